package richtext

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// marks are the elements that say how a text is meant, and what each is called
// here; of those that are not among them only the text stays.
var marks = map[atom.Atom]atom.Atom{
	atom.B: atom.Strong, atom.Strong: atom.Strong, atom.I: atom.Em, atom.Em: atom.Em, atom.Cite: atom.Em, atom.U: atom.U, atom.Ins: atom.U,
	atom.S: atom.S, atom.Del: atom.S, atom.Strike: atom.S, atom.Sub: atom.Sub, atom.Sup: atom.Sup,
	atom.Code: atom.Code, atom.Kbd: atom.Code, atom.Samp: atom.Code, atom.Tt: atom.Code,
}

// phrase tidies what stands in a line. within are the marks that it stands in.
func phrase(nodes []*html.Node, within []atom.Atom, depth int) []*html.Node {
	var out []*html.Node
	for _, n := range nodes {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
		switch {
		case n.Type == html.TextNode:
			out = appendText(out, n.Data)
		case n.Type != html.ElementNode || depth > maxDepth:
		case n.DataAtom == atom.Br:
			out = append(out, element(atom.Br))
		case n.DataAtom == atom.Img:
			if img := image(n); img != nil {
				out = append(out, img)
			}
		case n.DataAtom == atom.A:
			out = appendLink(out, n, within, depth)
		case marks[n.DataAtom] != 0:
			out = appendMark(out, marks[n.DataAtom], kids(n), within, depth)
		case n.DataAtom == atom.Script || n.DataAtom == atom.Style:
		default:
			for _, k := range phrase(kids(n), within, depth+1) {
				out = appendNode(out, k)
			}
		}
	}
	return out
}

// appendNode adds what is tidy, and joins texts and like marks that meet.
func appendNode(out []*html.Node, n *html.Node) []*html.Node {
	if n.Type == html.TextNode {
		return appendText(out, n.Data)
	}
	if len(out) > 0 {
		last := out[len(out)-1]
		if last.DataAtom == n.DataAtom && marks[n.DataAtom] == n.DataAtom && n.DataAtom != 0 {
			joined := kids(last)
			for _, k := range kids(n) {
				joined = appendNode(joined, k)
			}
			for _, k := range joined {
				last.AppendChild(k)
			}
			return out
		}
	}
	return append(out, n)
}

// appendText adds text with single blanks. Blanks that do not break come from
// editors that keep a line's end in sight; zero-wide ones from their carets.
func appendText(out []*html.Node, text string) []*html.Node {
	text = strings.Map(func(r rune) rune {
		switch r {
		case '\u200b', '\ufeff', 0:
			return -1
		case '\u00a0', '\t', '\n', '\r', '\f', '\v', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return r
	}, text)
	if len(out) > 0 && out[len(out)-1].Type == html.TextNode {
		last := out[len(out)-1]
		last.Data = single(last.Data + text)
		return out
	}
	if text = single(text); text == "" {
		return out
	}
	return append(out, &html.Node{Type: html.TextNode, Data: text})
}

func single(text string) string {
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return text
}

func appendMark(out []*html.Node, mark atom.Atom, inside []*html.Node, within []atom.Atom, depth int) []*html.Node {
	for _, w := range within {
		if w == mark || w == atom.Code { // code has no marks in it
			for _, k := range phrase(inside, within, depth+1) {
				out = appendNode(out, k)
			}
			return out
		}
	}
	run := phrase(inside, append(within[:len(within):len(within)], mark), depth+1)
	if mark == atom.Code {
		run = onlyText(run)
	}
	// Blanks at the ends go outside: they cannot be seen to be marked.
	before, run, after := edges(run)
	if before {
		out = appendText(out, " ")
	}
	if len(run) > 0 {
		out = appendNode(out, element(mark, run...))
	}
	if after {
		out = appendText(out, " ")
	}
	return out
}

func onlyText(run []*html.Node) []*html.Node {
	var b strings.Builder
	for _, n := range run {
		if n.DataAtom == atom.Br {
			b.WriteByte(' ')
		}
		writeText(&b, n)
	}
	return appendText(nil, b.String())
}

// edges takes the blanks off both ends of a run.
func edges(run []*html.Node) (before bool, _ []*html.Node, after bool) {
	if len(run) > 0 && run[0].Type == html.TextNode && strings.HasPrefix(run[0].Data, " ") {
		before = true
		if run[0].Data = strings.TrimPrefix(run[0].Data, " "); run[0].Data == "" {
			run = run[1:]
		}
	}
	if n := len(run); n > 0 && run[n-1].Type == html.TextNode && strings.HasSuffix(run[n-1].Data, " ") {
		after = true
		if run[n-1].Data = strings.TrimSuffix(run[n-1].Data, " "); run[n-1].Data == "" {
			run = run[:n-1]
		}
	}
	return before, run, after
}

// trimmed takes blanks and breaks off both ends of a line, and blanks beside breaks.
func trimmed(run []*html.Node) []*html.Node {
	for {
		n := len(run)
		_, run, _ = edges(run)
		for len(run) > 0 && run[0].DataAtom == atom.Br {
			run = run[1:]
		}
		for len(run) > 0 && run[len(run)-1].DataAtom == atom.Br {
			run = run[:len(run)-1]
		}
		if len(run) == n {
			break
		}
	}
	var out []*html.Node
	for i, n := range run {
		if n.Type == html.TextNode {
			if i > 0 && run[i-1].DataAtom == atom.Br {
				n.Data = strings.TrimPrefix(n.Data, " ")
			}
			if i+1 < len(run) && run[i+1].DataAtom == atom.Br {
				n.Data = strings.TrimSuffix(n.Data, " ")
			}
			if n.Data == "" {
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// image keeps a picture with its text and its size.
func image(n *html.Node) *html.Node {
	src := strings.TrimSpace(attr(n, "src"))
	if src == "" {
		return nil
	}
	img := element(atom.Img)
	img.Attr = []html.Attribute{{Key: "src", Val: src}}
	if alt := strings.Join(strings.Fields(attr(n, "alt")), " "); alt != "" {
		setAttr(img, "alt", alt)
	}
	for _, side := range []string{"width", "height"} {
		if v := attr(n, side); v != "" && len(v) <= 4 && strings.Trim(v, "0123456789") == "" && strings.Trim(v, "0") != "" {
			setAttr(img, side, v)
		}
	}
	return img
}

// appendLink adds a link. One to a record stands for itself; any other needs a text.
func appendLink(out []*html.Node, n *html.Node, within []atom.Atom, depth int) []*html.Node {
	href := strings.TrimSpace(attr(n, "href"))
	for _, w := range within {
		if w == atom.A || w == atom.Code {
			href = ""
		}
	}
	if id := recordOf(n); id != 0 && href != "" {
		a := element(atom.A)
		a.Attr = []html.Attribute{{Key: "href", Val: href}}
		nameless(a, id)
		return append(out, a)
	}
	if href == "" {
		for _, k := range phrase(kids(n), within, depth+1) {
			out = appendNode(out, k)
		}
		return out
	}
	before, run, after := edges(phrase(kids(n), append(within[:len(within):len(within)], atom.A), depth+1))
	if before {
		out = appendText(out, " ")
	}
	if len(run) > 0 {
		a := element(atom.A, run...)
		a.Attr = []html.Attribute{{Key: "href", Val: href}, {Key: "rel", Val: "nofollow"}}
		out = append(out, a)
	}
	if after {
		out = appendText(out, " ")
	}
	return out
}
