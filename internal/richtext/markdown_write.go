package richtext

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ToMarkdown writes a body as Markdown that FromMarkdown reads back as the same
// body. What Markdown cannot say, or not without a doubt, stands in it as HTML.
// name returns what a record is called, "" where the reader may not know.
func ToMarkdown(body string, name func(id int64) string) string {
	blocks := tidy(parse(body))
	w := &writer{name: name}
	out := make([]string, len(blocks))
	for i, n := range blocks {
		out[i] = w.checked(n)
	}
	whole := strings.Join(out, "\n\n")
	if lines(tidy(parse(body))) != FromMarkdown(whole) { // what is right alone can differ beside another, as two lists do
		for i, n := range blocks {
			out[i] = literal(n)
		}
		whole = strings.Join(out, "\n\n")
	}
	if whole == "" {
		return ""
	}
	return whole + "\n"
}

// writer writes the elements of a body.
type writer struct {
	name func(id int64) string
}

// checked writes a block, and reads it again to be sure.
func (w *writer) checked(n *html.Node) string {
	want := render([]*html.Node{n})
	if n.DataAtom == atom.Div {
		text := w.box(n)
		if FromMarkdown(text) == want {
			return text
		}
		return literal(n)
	}
	if text := w.block(n); FromMarkdown(text) == want {
		return text
	}
	return literal(n)
}

// literal is a block as HTML, on one line: an empty line would end it.
func literal(n *html.Node) string {
	text := render([]*html.Node{n})
	if !strings.Contains(text, "\n") {
		return text
	}
	return strings.ReplaceAll(text, "\n", "&#10;")
}

// box writes a step or a gallery between lines of colons.
func (w *writer) box(n *html.Node) string {
	head := "::: gallery"
	if hasAttr(n, stepAttr) {
		head = strings.TrimSpace("::: step " + attr(n, stepAttr))
	}
	var parts []string
	for c := range n.ChildNodes() {
		parts = append(parts, w.checked(c))
	}
	return head + "\n" + strings.Join(parts, "\n\n") + "\n:::"
}

func (w *writer) block(n *html.Node) string {
	switch n.DataAtom {
	case atom.P:
		return w.line(n)
	case atom.Hr:
		return "---"
	case atom.Pre:
		return fenced(n)
	case atom.Blockquote:
		return prefixed("> ", "> ", w.blocks(n))
	case atom.Ul, atom.Ol:
		return w.list(n)
	case atom.Table:
		return w.table(n)
	}
	if level := levelOf(n); level > 0 {
		return strings.Repeat("#", level) + " " + w.line(n)
	}
	return literal(n)
}

// blocks writes what is in an element; a run of text in it is a paragraph.
func (w *writer) blocks(n *html.Node) string {
	var parts []string
	var run []*html.Node
	flush := func() {
		if len(run) > 0 {
			parts = append(parts, w.run(run))
		}
		run = nil
	}
	marker := ""
	for c := range n.ChildNodes() {
		if inline(c) {
			run = append(run, c)
			continue
		}
		flush()
		text := w.block(c)
		if marker != "" && c.DataAtom == atom.Ul && c.PrevSibling.DataAtom == atom.Ul { // side by side they would be one
			text = literal(c)
		}
		marker = text
		parts = append(parts, text)
	}
	flush()
	gap := "\n\n"
	if n.DataAtom == atom.Li && !slices.ContainsFunc(slices.Collect(n.ChildNodes()), func(c *html.Node) bool {
		return !inline(c) && c.DataAtom != atom.Ul && c.DataAtom != atom.Ol
	}) {
		gap = "\n"
	}
	return strings.Join(parts, gap)
}

func (w *writer) list(n *html.Node) string {
	number := 1
	if start, err := strconv.Atoi(attr(n, "start")); err == nil {
		number = start
	}
	loose := false
	var entries []string
	for li := range n.ChildNodes() {
		marker := "- "
		if n.DataAtom == atom.Ol {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		text := w.blocks(li)
		switch attr(li, checkedAttr) {
		case "true":
			text = "[x] " + text
		case "false":
			text = "[ ] " + text
		}
		loose = loose || strings.Contains(text, "\n\n")
		entries = append(entries, prefixed(marker, strings.Repeat(" ", len(marker)), text))
	}
	if loose {
		return strings.Join(entries, "\n\n")
	}
	return strings.Join(entries, "\n")
}

func prefixed(first, rest, text string) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		prefix := rest
		if i == 0 {
			prefix = first
		} else {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(prefix+line, " "))
	}
	return b.String()
}

var ticks = regexp.MustCompile("`+")

// fenced writes a code block within more ticks than are in it.
func fenced(n *html.Node) string {
	var b strings.Builder
	codeText(&b, n)
	text := strings.TrimSuffix(b.String(), "\n")
	fence := "```"
	for _, run := range ticks.FindAllString(text, -1) {
		if len(run) >= len(fence) {
			fence = strings.Repeat("`", len(run)+1)
		}
	}
	return fence + "\n" + text + "\n" + fence
}

// table writes a table that has a head, and one line in each cell.
func (w *writer) table(n *html.Node) string {
	var rows []string
	width := 0
	for _, tr := range all([]*html.Node{n}, atom.Tr) {
		cells := 0
		row := "|"
		for c := range tr.ChildNodes() {
			if len(c.Attr) > 0 || slices.ContainsFunc(slices.Collect(c.ChildNodes()), func(k *html.Node) bool { return !inline(k) }) {
				return literal(n)
			}
			text := strings.ReplaceAll(w.run(slices.Collect(c.ChildNodes())), "|", `\|`)
			row += " " + strings.ReplaceAll(text, "\\\n", "<br>") + " |"
			cells++
		}
		if len(rows) == 0 {
			width = cells
		}
		rows = append(rows, row)
		if len(rows) == 1 {
			rows = append(rows, "|"+strings.Repeat(" --- |", width))
		}
		if cells != width {
			return literal(n)
		}
	}
	if n.FirstChild.DataAtom != atom.Thead {
		return literal(n)
	}
	return strings.Join(rows, "\n")
}

// line writes what stands in a paragraph or a heading.
func (w *writer) line(n *html.Node) string { return w.run(slices.Collect(n.ChildNodes())) }

func (w *writer) run(nodes []*html.Node) string {
	var b strings.Builder
	w.phrase(&b, nodes)
	return b.String()
}

func (w *writer) phrase(b *strings.Builder, nodes []*html.Node) {
	for _, n := range nodes {
		switch {
		case n.Type == html.TextNode:
			escape(b, n.Data)
		case n.DataAtom == atom.Br:
			b.WriteString("\\\n")
		case n.DataAtom == atom.Img:
			picture(b, n)
		case n.DataAtom == atom.A:
			w.link(b, n)
		case n.DataAtom == atom.Code:
			codeSpan(b, n)
		case n.DataAtom == atom.Strong && plainly(b, n):
			w.marked(b, "**", n)
		case n.DataAtom == atom.Em && plainly(b, n):
			w.marked(b, "*", n)
		case n.DataAtom == atom.S && plainly(b, n):
			w.marked(b, "~~", n)
		default:
			b.WriteString("<" + n.Data + ">")
			w.phrase(b, slices.Collect(n.ChildNodes()))
			b.WriteString("</" + n.Data + ">")
		}
	}
}

func (w *writer) marked(b *strings.Builder, sign string, n *html.Node) {
	b.WriteString(sign)
	w.phrase(b, slices.Collect(n.ChildNodes()))
	b.WriteString(sign)
}

// plainly tells whether the signs of a mark are read as such where they stand:
// around letters and digits, and not beside other signs.
func plainly(b *strings.Builder, n *html.Node) bool {
	first, last := n.FirstChild, n.LastChild
	if first.Type != html.TextNode || last.Type != html.TextNode || strings.HasSuffix(b.String(), "*") || strings.HasSuffix(b.String(), "~") {
		return false
	}
	a, _ := utf8.DecodeRuneInString(first.Data)
	z, _ := utf8.DecodeLastRuneInString(last.Data)
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return word(a) && word(z)
}

func codeSpan(b *strings.Builder, n *html.Node) {
	var text strings.Builder
	writeText(&text, n)
	s := text.String()
	fence := "`"
	for _, run := range ticks.FindAllString(s, -1) {
		if len(run) >= len(fence) {
			fence = strings.Repeat("`", len(run)+1)
		}
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	b.WriteString(fence + s + fence)
}

var plainAddress = regexp.MustCompile(`^[A-Za-z0-9:/?#@!$&+,;=%._~-]+$`)

func picture(b *strings.Builder, n *html.Node) {
	src := attr(n, "src")
	if attr(n, "width") != "" || attr(n, "height") != "" || !plainAddress.MatchString(src) {
		b.WriteString(render([]*html.Node{n}))
		return
	}
	b.WriteString("![")
	escape(b, attr(n, "alt"))
	b.WriteString("](" + src + ")")
}

var unsafeName = regexp.MustCompile(`[\[\]\\<>&|\s` + "`" + `*_~]+`)

func (w *writer) link(b *strings.Builder, n *html.Node) {
	if id := recordOf(n); id != 0 {
		b.WriteString("[[" + strconv.FormatInt(id, 10))
		if w.name != nil {
			if name := strings.TrimSpace(unsafeName.ReplaceAllString(w.name(id), " ")); name != "" {
				b.WriteString(" " + name)
			}
		}
		b.WriteString("]]")
		return
	}
	href := attr(n, "href")
	if !plainAddress.MatchString(href) {
		b.WriteString(`<a href="` + html.EscapeString(href) + `">`)
		w.phrase(b, slices.Collect(n.ChildNodes()))
		b.WriteString("</a>")
		return
	}
	b.WriteByte('[')
	w.phrase(b, slices.Collect(n.ChildNodes()))
	b.WriteString("](" + href + ")")
}

var (
	lineStart = regexp.MustCompile(`^(#{1,6}(?: |$)|[-+](?: |$)|-{3,}|={1,}|:{3,}|>|\d{1,9}[.)](?: |$)|~~~)`)
	entity    = regexp.MustCompile(`^&(?:#?[A-Za-z0-9]{1,32});`)
)

// escape writes text so that nothing in it is taken for a sign.
func escape(b *strings.Builder, text string) {
	if s := b.String(); s == "" || strings.HasSuffix(s, "\n") {
		if m := lineStart.FindString(text); m != "" {
			at := strings.IndexAny(m, ".)")
			if at < 0 || !unicode.IsDigit(rune(m[0])) {
				at = 0
			}
			b.WriteString(text[:at] + `\` + text[at:at+1])
			text = text[at+1:]
		}
	}
	for i, r := range text {
		switch {
		case strings.ContainsRune("\\`*[]<>~|", r):
			b.WriteByte('\\')
		case r == '_' && !inWord(text, i):
			b.WriteByte('\\')
		case r == '&' && entity.MatchString(text[i:]):
			b.WriteByte('\\')
		case r == '!' && strings.HasPrefix(text[i:], "!["):
			b.WriteByte('\\')
		case r == '!' && i == len(text)-1: // before a link it would make a picture of it
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}

// inWord tells whether the sign at i stands between letters or digits.
func inWord(text string, i int) bool {
	a, _ := utf8.DecodeLastRuneInString(text[:i])
	z, _ := utf8.DecodeRuneInString(text[i+1:])
	word := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return word(a) && word(z)
}
