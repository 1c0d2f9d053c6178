package richtext

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shown is what rich text may hold when it is drawn. It is narrower than what
// is stored: no headings of the first rank, for the page has one; no ids,
// classes or data attributes, for our scripts act on them.
var shown = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "code", "kbd", "samp", "pre", "blockquote", "span", "div", "h2", "h3", "h4", "h5", "h6")
	p.AllowLists()
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("table", "caption", "thead", "tbody", "tfoot", "tr")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("table")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowElements("td", "th")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "ssh", "rdp")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.Integer).OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(tn-check|tn-checked|tn-hidden|tn-gone|tn-record)$`)).OnElements("li", "span", "a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// Record is what a link to a record shows its reader.
type Record struct {
	ID   int64 // that of today: the record may have been merged into another
	Name string
	Path string
}

// TextNoRecord stands in the place of a link that leads to nothing the reader may see.
const TextNoRecord = "a record that you may not see, or that is gone"

// Show returns the HTML as it may stand in a page. Links to records say
// today's names; where find knows none, no name is shown. Pictures from
// elsewhere become links: our pages load nothing from other places.
func Show(text string, find func(id int64) (Record, bool)) string {
	if !strings.ContainsAny(text, "<&") {
		return html.EscapeString(text)
	}
	nodes := []*html.Node{element(atom.Div, parse(text)...)}
	unclass(nodes[0])
	for _, a := range all(nodes, atom.A) {
		if id := recordOf(a); id != 0 {
			showRecord(a, id, find)
		}
	}
	for _, img := range all(nodes, atom.Img) {
		showImage(img)
	}
	for _, li := range all(nodes, atom.Li) {
		showCheck(li)
	}
	for _, table := range all(nodes, atom.Table) {
		// A wide one is scrolled sideways, with the keys too.
		table.Attr = []html.Attribute{{Key: "tabindex", Val: "0"}}
	}
	return shown.Sanitize(inner(nodes[0]))
}

// unclass takes off the classes that the text came with: those that pass are ours.
func unclass(n *html.Node) {
	for d := range n.Descendants() {
		for i := range d.Attr {
			if d.Attr[i].Key == "class" {
				d.Attr[i].Val = ""
			}
		}
	}
}

func showRecord(a *html.Node, id int64, find func(id int64) (Record, bool)) {
	r, ok := Record{}, false
	if find != nil {
		r, ok = find(id)
	}
	if !ok {
		a.DataAtom, a.Data = atom.Span, "span"
		a.Attr = []html.Attribute{{Key: "class", Val: "tn-gone"}}
		setText(a, TextNoRecord)
		return
	}
	a.Attr = []html.Attribute{{Key: "href", Val: r.Path}, {Key: "class", Val: "tn-record"}}
	setText(a, r.Name)
}

// showImage draws pictures that are ours when they are reached, and leads to others.
func showImage(img *html.Node) {
	src := attr(img, "src")
	if attachmentOf(src) != 0 {
		setAttr(img, "loading", "lazy")
		if !hasAttr(img, "alt") {
			setAttr(img, "alt", "")
		}
		return
	}
	words := "Picture elsewhere"
	if u, err := url.Parse(src); err == nil && u.Host != "" {
		words = "Picture at " + u.Host
	}
	if alt := attr(img, "alt"); alt != "" {
		words = alt + " (" + strings.ToLower(words[:1]) + words[1:] + ")"
	}
	img.DataAtom, img.Data = atom.A, "a"
	img.Attr = []html.Attribute{{Key: "href", Val: src}}
	for p := img.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.A { // no link in a link
			img.DataAtom, img.Data, img.Attr = atom.Span, "span", nil
			break
		}
	}
	setText(img, words)
}

// showCheck draws the entry of a check list: the box by its class, and in words
// for those who listen.
func showCheck(li *html.Node) {
	words, class := "", ""
	switch attr(li, checkedAttr) {
	case "true":
		words, class = "Done: ", "tn-checked"
	case "false":
		words, class = "To do: ", "tn-check"
	default:
		return
	}
	li.Attr = []html.Attribute{{Key: "class", Val: class}}
	say := element(atom.Span)
	setAttr(say, "class", "tn-hidden")
	setText(say, words)
	li.InsertBefore(say, li.FirstChild)
}

// ForEditor returns a body as the editor shows it: as stored, with today's
// names in the links to records.
func ForEditor(body string, find func(id int64) (Record, bool)) string {
	if !strings.Contains(body, recordAttr) {
		return body
	}
	nodes := parse(body)
	for _, a := range all(nodes, atom.A) {
		id := recordOf(a)
		if id == 0 {
			continue
		}
		name := "Record " + strconv.FormatInt(id, 10)
		if r, ok := find(id); ok {
			name = r.Name
			setAttr(a, "href", r.Path)
			setAttr(a, recordAttr, strconv.FormatInt(r.ID, 10))
		}
		setText(a, name)
	}
	return render(nodes)
}
