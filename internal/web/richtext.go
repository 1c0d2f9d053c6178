package web

import "github.com/microcosm-cc/bluemonday"

// richText is what rich text may hold when it is drawn. It is narrower than
// what core stores: no headings of the first rank, for the page has one; no
// ids, classes or data attributes, for our scripts act on them.
var richText = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "code", "pre", "blockquote", "span", "div", "h2", "h3", "h4", "h5", "h6")
	p.AllowLists()
	p.AllowElements("table", "caption", "thead", "tbody", "tfoot", "tr")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowElements("td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "ssh", "rdp")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// harmless returns rich text as it may stand in a page.
func harmless(html string) string { return richText.Sanitize(html) }
