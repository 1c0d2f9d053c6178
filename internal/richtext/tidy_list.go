package richtext

import (
	"slices"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// list tidies a list; what is no entry becomes one, and a list that lies
// beside the entries goes into the one before it.
func list(n *html.Node) *html.Node {
	out := element(n.DataAtom)
	if start, err := strconv.Atoi(attr(n, "start")); err == nil && n.DataAtom == atom.Ol && start > 1 && start < 1e9 {
		setAttr(out, "start", strconv.Itoa(start))
	}
	var loose []*html.Node
	flush := func() {
		if li := entry(element(atom.Li), loose); li != nil {
			out.AppendChild(li)
		}
		loose = nil
	}
	for _, c := range kids(n) {
		switch {
		case c.DataAtom == atom.Li:
			flush()
			li := element(atom.Li)
			if checked := attr(c, checkedAttr); n.DataAtom == atom.Ul && (checked == "true" || checked == "false") {
				setAttr(li, checkedAttr, checked)
			}
			if li = entry(li, kids(c)); li != nil {
				out.AppendChild(li)
			}
		case c.DataAtom == atom.Ul || c.DataAtom == atom.Ol:
			flush()
			inside := list(c)
			switch {
			case inside == nil:
			case out.LastChild == nil:
				for _, li := range kids(inside) {
					out.AppendChild(li)
				}
			default:
				out.LastChild.AppendChild(inside)
			}
		case c.Type == html.ElementNode || !blank(c):
			loose = append(loose, c)
		}
	}
	flush()
	if out.FirstChild == nil {
		return nil
	}
	return out
}

// entry fills an entry of a list. One paragraph stands in it without being
// one, also before lists that lie in the entry.
func entry(li *html.Node, nodes []*html.Node) *html.Node {
	var blocks []*html.Node
	for _, b := range tidy(nodes) {
		blocks = append(blocks, unboxed(b)...)
	}
	if len(blocks) == 0 {
		return nil
	}
	others := slices.ContainsFunc(blocks[1:], func(b *html.Node) bool { return b.DataAtom != atom.Ul && b.DataAtom != atom.Ol })
	if blocks[0].DataAtom == atom.P && !others {
		blocks = append(kids(blocks[0]), blocks[1:]...)
	}
	for _, b := range blocks {
		li.AppendChild(b)
	}
	return li
}

// table tidies a table: a head where the first row is of head cells, and one body.
func table(n *html.Node) *html.Node {
	head, body := element(atom.Thead), element(atom.Tbody)
	for _, tr := range all([]*html.Node{n}, atom.Tr) {
		if nested(tr, n) {
			continue
		}
		row := element(atom.Tr)
		heads := true
		for _, c := range kids(tr) {
			if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			heads = heads && c.DataAtom == atom.Th
			row.AppendChild(cell(c))
		}
		switch {
		case row.FirstChild == nil:
		case heads && body.FirstChild == nil && head.FirstChild == nil:
			head.AppendChild(row)
		default:
			body.AppendChild(row)
		}
	}
	out := element(atom.Table)
	for _, part := range []*html.Node{head, body} {
		if part.FirstChild != nil {
			out.AppendChild(part)
		}
	}
	if out.FirstChild == nil || PlainText(inner(out)) == "" && len(all([]*html.Node{out}, atom.Img)) == 0 {
		return nil
	}
	return out
}

// nested tells whether a row belongs to a table inside this one.
func nested(tr, in *html.Node) bool {
	for p := tr.Parent; p != nil && p != in; p = p.Parent {
		if p.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

// maxSpan is over how many columns or rows a cell may reach.
const maxSpan = 100

func cell(c *html.Node) *html.Node {
	out := element(c.DataAtom)
	for _, name := range []string{"colspan", "rowspan"} {
		if n, err := strconv.Atoi(attr(c, name)); err == nil && n > 1 && n <= maxSpan {
			setAttr(out, name, strconv.Itoa(n))
		}
	}
	var blocks []*html.Node
	for _, b := range tidy(kids(c)) {
		if b.DataAtom == atom.Table { // a table in a table: its text, row by row
			blocks = append(blocks, tidy(flat(kids(b)))...)
			continue
		}
		blocks = append(blocks, unboxed(b)...)
	}
	if len(blocks) == 1 && blocks[0].DataAtom == atom.P {
		blocks = kids(blocks[0])
	}
	for _, b := range blocks {
		out.AppendChild(b)
	}
	return out
}
