package richtext

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements may lie in each other; what lies deeper is
// left out, so that no text can make us climb without end.
const maxDepth = 60

// parse reads HTML as a browser reads it inside a page.
func parse(text string) []*html.Node {
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"})
	if err != nil { // a reader of a string does not fail, and all else is read somehow
		return nil
	}
	for _, n := range nodes {
		prune(n, 0)
	}
	return nodes
}

func prune(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if depth >= maxDepth {
			n.RemoveChild(c)
		} else {
			prune(c, depth+1)
		}
		c = next
	}
}

func render(nodes []*html.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			return "" // a builder does not fail; a tree that cannot be written says nothing
		}
	}
	return b.String()
}

// inner is the HTML of what is in an element.
func inner(n *html.Node) string {
	var kids []*html.Node
	for c := range n.ChildNodes() {
		kids = append(kids, c)
	}
	return render(kids)
}

// all returns the elements of a kind, in their order.
func all(nodes []*html.Node, kind atom.Atom) []*html.Node {
	var out []*html.Node
	for _, n := range nodes {
		if n.DataAtom == kind {
			out = append(out, n)
		}
		for d := range n.Descendants() {
			if d.DataAtom == kind {
				out = append(out, d)
			}
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func setAttr(n *html.Node, name, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

func setText(n *html.Node, text string) {
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
}

func element(kind atom.Atom, kids ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: kind, Data: kind.String()}
	for _, k := range kids {
		n.AppendChild(k)
	}
	return n
}

// kids takes the children out of an element.
func kids(n *html.Node) []*html.Node {
	var out []*html.Node
	for n.FirstChild != nil {
		out = append(out, n.FirstChild)
		n.RemoveChild(n.FirstChild)
	}
	return out
}

// inlines are the elements that stand in a line of text.
var inlines = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Strong: true, atom.I: true, atom.Em: true, atom.U: true, atom.S: true, atom.Sub: true, atom.Sup: true,
	atom.Code: true, atom.Br: true, atom.Img: true, atom.Span: true, atom.Small: true, atom.Font: true, atom.Del: true, atom.Ins: true,
	atom.Strike: true, atom.Mark: true, atom.Abbr: true, atom.Cite: true, atom.Kbd: true, atom.Samp: true, atom.Var: true, atom.Q: true,
	atom.Time: true, atom.Label: true, atom.Big: true, atom.Tt: true, atom.Dfn: true, atom.Wbr: true, atom.Bdi: true, atom.Bdo: true,
}

func inline(n *html.Node) bool {
	return n.Type == html.TextNode || (n.Type == html.ElementNode && inlines[n.DataAtom])
}

func blank(n *html.Node) bool {
	return n.Type == html.TextNode && strings.Trim(n.Data, " \t\r\n") == ""
}
