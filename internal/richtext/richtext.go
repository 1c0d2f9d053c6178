// Package richtext is the text that people write with headings, lists, tables,
// pictures and links: HTML of a fixed, harmless set.
//
// It cleans that HTML, brings what editors and other programs make of it into
// one form, splits the body of a document into its sections and joins them,
// and writes it as Markdown and reads it back, for browsers without scripts.
// It knows no database: what records are called is asked of the caller.
package richtext

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// stored is what may be kept.
var stored = func() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowURLSchemes("http", "https", "mailto", "tel", "ssh", "rdp")
	p.RequireNoFollowOnLinks(true)
	p.AllowAttrs(recordAttr).Matching(bluemonday.Integer).OnElements("a")
	p.AllowAttrs(checkedAttr).Matching(regexp.MustCompile(`^(true|false)$`)).OnElements("li")
	return p
}()

// The attributes of our own that rich text may carry.
const (
	recordAttr  = "data-record"  // of a link: the id of the record that it leads to
	checkedAttr = "data-checked" // of an entry of a check list
	stepAttr    = "data-step"    // of a step in a body, with its minutes
	galleryAttr = "data-gallery" // of a gallery in a body
)

// Sanitize returns what of the HTML may be stored. Links to records lose the
// name that they were written with: whoever reads them sees today's name, and
// only where they may.
func Sanitize(text string) string {
	if !strings.ContainsAny(text, "<>&\"'\r\x00") {
		return text // no HTML, and nothing that is written otherwise in it
	}
	clean := stored.Sanitize(text)
	if !strings.Contains(clean, recordAttr) {
		return clean
	}
	nodes := parse(clean)
	for _, a := range all(nodes, atom.A) {
		if id := recordOf(a); id != 0 {
			nameless(a, id)
		}
	}
	return render(nodes)
}

// nameless makes a link to a record say its id alone.
func nameless(a *html.Node, id int64) {
	to := strconv.FormatInt(id, 10)
	href := attr(a, "href")
	if href != "/organizations/"+to {
		href = "/items/" + to
	}
	a.Attr = []html.Attribute{{Key: "href", Val: href}, {Key: recordAttr, Val: to}, {Key: "rel", Val: "nofollow"}}
	setText(a, "Record "+to)
}

// recordOf returns the id of the record that a link leads to, 0 for any other link.
func recordOf(a *html.Node) int64 {
	id, err := strconv.ParseInt(attr(a, recordAttr), 10, 64)
	if err != nil || id <= 0 {
		return 0
	}
	return id
}

// Records returns the ids of the records that the HTML links to.
func Records(text string) []int64 {
	if !strings.Contains(text, recordAttr) {
		return nil
	}
	var ids []int64
	for _, a := range all(parse(text), atom.A) {
		if id := recordOf(a); id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// Attachments returns the ids of the attachments that the HTML shows as pictures.
func Attachments(text string) []int64 {
	if !strings.Contains(text, attachmentPath) {
		return nil
	}
	var ids []int64
	for _, img := range all(parse(text), atom.Img) {
		if id := attachmentOf(attr(img, "src")); id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// WithAttachments returns the HTML with the pictures of other attachments: a
// copy of a document shows the copies of its files.
func WithAttachments(text string, to map[int64]int64) string {
	if len(to) == 0 || !strings.Contains(text, attachmentPath) {
		return text
	}
	nodes := parse(text)
	changed := false
	for _, img := range all(nodes, atom.Img) {
		if id := to[attachmentOf(attr(img, "src"))]; id != 0 {
			setAttr(img, "src", attachmentPath+strconv.FormatInt(id, 10))
			changed = true
		}
	}
	if !changed {
		return text
	}
	return render(nodes)
}

// attachmentPath is where pictures of a document are served.
const attachmentPath = "/attachments/"

func attachmentOf(src string) int64 {
	rest, ours := strings.CutPrefix(src, attachmentPath)
	id, err := strconv.ParseInt(rest, 10, 64)
	if !ours || err != nil || id <= 0 {
		return 0
	}
	return id
}

// PlainText is what of the HTML people read, in one line.
func PlainText(text string) string {
	var b strings.Builder
	for _, n := range parse(text) {
		writeText(&b, n)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func writeText(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		b.WriteString(n.Data)
		return
	}
	if n.DataAtom == atom.Script || n.DataAtom == atom.Style {
		return
	}
	for c := range n.ChildNodes() {
		writeText(b, c)
	}
	if n.Type == html.ElementNode && !inline(n) {
		b.WriteByte(' ')
	}
}
