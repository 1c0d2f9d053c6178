package richtext

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Tidy brings HTML into the one form in which bodies are kept: blocks on lines
// of their own, no element that says nothing, one element for each meaning.
// Tidying again changes nothing. It is no sanitizer.
func Tidy(text string) string { return lines(tidy(parse(text))) }

// lines writes each block on a line, so that versions compare well.
func lines(blocks []*html.Node) string {
	var b strings.Builder
	for i, n := range blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(render([]*html.Node{n}))
	}
	return b.String()
}

// tidy returns the blocks that the nodes come to.
func tidy(nodes []*html.Node) []*html.Node {
	var out, run []*html.Node
	flush := func() {
		if p := paragraph(run); p != nil {
			out = append(out, p)
		}
		run = nil
	}
	for _, n := range nodes {
		if inline(n) {
			if n.Parent != nil {
				n.Parent.RemoveChild(n)
			}
			run = append(run, n)
			continue
		}
		if n.Type != html.ElementNode {
			continue
		}
		flush()
		out = append(out, block(n)...)
	}
	flush()
	return out
}

// block returns what a block element comes to: itself, tidied, or what is in it.
func block(n *html.Node) []*html.Node {
	switch n.DataAtom {
	case atom.P:
		return some(paragraphs(n)...)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return some(heading(n))
	case atom.Ul, atom.Ol:
		return some(list(n))
	case atom.Li: // outside a list
		return tidy(kids(n))
	case atom.Pre:
		return some(code(n))
	case atom.Blockquote:
		return some(holding(element(atom.Blockquote), tidy(kids(n))))
	case atom.Hr:
		return []*html.Node{element(atom.Hr)}
	case atom.Table:
		return some(table(n))
	case atom.Script, atom.Style, atom.Title, atom.Head, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Embed, atom.Svg, atom.Math,
		atom.Select, atom.Textarea, atom.Input, atom.Button, atom.Form, atom.Video, atom.Audio, atom.Canvas:
		return nil
	}
	if hasAttr(n, stepAttr) || hasAttr(n, galleryAttr) {
		return some(box(n))
	}
	return tidy(kids(n))
}

// box is a step or a gallery. They do not lie in each other.
func box(n *html.Node) *html.Node {
	b := element(atom.Div)
	if hasAttr(n, stepAttr) {
		minutes, err := strconv.Atoi(attr(n, stepAttr))
		if err != nil || minutes < 0 || minutes > maxMinutes {
			minutes = 0
		}
		value := ""
		if minutes > 0 {
			value = strconv.Itoa(minutes)
		}
		setAttr(b, stepAttr, value)
	} else {
		setAttr(b, galleryAttr, "")
	}
	return holding(b, tidy(kids(n)))
}

// maxMinutes is the longest that a step may take: a week.
const maxMinutes = 7 * 24 * 60

// holding puts blocks into an element, nil where there are none.
func holding(n *html.Node, blocks []*html.Node) *html.Node {
	if len(blocks) == 0 {
		return nil
	}
	for _, b := range blocks {
		for _, inside := range unboxed(b) {
			n.AppendChild(inside)
		}
	}
	return n
}

// unboxed takes blocks out of a step or a gallery: these stand in a body alone.
func unboxed(n *html.Node) []*html.Node {
	if n.DataAtom == atom.Div {
		return kids(n)
	}
	return []*html.Node{n}
}

func some(nodes ...*html.Node) []*html.Node {
	return slices.DeleteFunc(nodes, func(n *html.Node) bool { return n == nil })
}

// paragraphs tidies a paragraph. The reader of HTML never leaves a block in
// one, but a tree from elsewhere may have it.
func paragraphs(n *html.Node) []*html.Node {
	if !slices.ContainsFunc(slices.Collect(n.ChildNodes()), func(c *html.Node) bool { return !inline(c) && c.Type == html.ElementNode }) {
		return []*html.Node{paragraph(kids(n))}
	}
	return tidy(kids(n))
}

// paragraph makes one of a run of text, nil where it says nothing.
func paragraph(run []*html.Node) *html.Node {
	run = trimmed(phrase(run, nil, 0))
	if len(run) == 0 {
		return nil
	}
	return element(atom.P, run...)
}

// heading keeps the ranks below that of the page, which has the first.
func heading(n *html.Node) *html.Node {
	rank := n.DataAtom
	if rank == atom.H1 {
		rank = atom.H2
	}
	run := trimmed(phrase(flat(kids(n)), nil, 0))
	if len(run) == 0 {
		return nil
	}
	return element(rank, run...)
}

// flat takes what stands in a line out of the blocks around it, with breaks between.
func flat(nodes []*html.Node) []*html.Node {
	var out []*html.Node
	for _, n := range nodes {
		if inline(n) {
			out = append(out, n)
			continue
		}
		if n.Type != html.ElementNode || n.DataAtom == atom.Script || n.DataAtom == atom.Style {
			continue
		}
		inside := flat(kids(n))
		if len(out) > 0 && len(inside) > 0 {
			out = append(out, element(atom.Br))
		}
		out = append(out, inside...)
	}
	return out
}

// code keeps the text of a code block, line by line.
func code(n *html.Node) *html.Node {
	var b strings.Builder
	codeText(&b, n)
	text := strings.TrimRight(strings.ReplaceAll(b.String(), "\u200b", ""), " \t\n")
	text = strings.TrimLeft(text, "\n")
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return element(atom.Pre, element(atom.Code, &html.Node{Type: html.TextNode, Data: text + "\n"}))
}

func codeText(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(n.Data, "\u00a0", " "), "\r", ""))
	case n.DataAtom == atom.Br:
		b.WriteByte('\n')
	}
	for c := range n.ChildNodes() {
		codeText(b, c)
	}
	if n.Type == html.ElementNode && (n.DataAtom == atom.Div || n.DataAtom == atom.P) {
		b.WriteByte('\n')
	}
}
