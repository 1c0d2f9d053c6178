package richtext

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads Markdown with tables, check lists and struck text. HTML in it
// is let through: what Markdown has no signs for (underlined text, cells over
// several columns) is written so, and all of it passes the same sanitizer as
// what a browser sends.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList),
	goldmark.WithParserOptions(
		parser.WithASTTransformers(util.Prioritized(checkLists{}, 1000)),
		parser.WithInlineParsers(util.Prioritized(recordLinks{}, 50)),
	),
	goldmark.WithRendererOptions(goldhtml.WithUnsafe(), goldhtml.WithXHTML()),
)

// FromMarkdown returns the body that the Markdown says, tidied. Beside what
// Markdown knows, [[12 anything]] is a link to the record 12, and lines
// between "::: step 5" or "::: gallery" and ":::" are a step of five minutes
// or a gallery.
func FromMarkdown(source string) string {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	var out, run []string
	open := ""
	flush := func() {
		if body := convert(strings.Join(run, "\n")); strings.TrimSpace(body) != "" {
			switch {
			case open == "":
				out = append(out, body)
			default:
				out = append(out, open+Tidy(body)+"</div>")
			}
		}
		run = nil
	}
	fence := ""
	for line := range strings.SplitSeq(source, "\n") {
		if fence = fenceAfter(fence, line); fence != "" || !strings.HasPrefix(line, ":::") {
			run = append(run, line)
			continue
		}
		flush()
		open = boxTag(strings.TrimSpace(strings.TrimLeft(line, ":")))
	}
	flush()
	return Tidy(strings.Join(out, "\n"))
}

// boxTag returns the element that a line of colons opens, "" where it closes one.
func boxTag(words string) string {
	name, rest, _ := strings.Cut(words, " ")
	switch strings.ToLower(name) {
	case "step":
		minutes, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if n, err := strconv.Atoi(minutes); err != nil || n <= 0 {
			minutes = ""
		}
		return `<div ` + stepAttr + `="` + minutes + `">`
	case "gallery":
		return `<div ` + galleryAttr + `="">`
	}
	return ""
}

var fenceLine = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})(.*)$")

// fenceAfter returns the fence of the code block that is open after a line, ""
// where none is: colons in code are code.
func fenceAfter(open, line string) string {
	m := fenceLine.FindStringSubmatch(line)
	switch {
	case open == "" && m != nil && !(m[1][0] == '`' && strings.Contains(m[2], "`")):
		return m[1]
	case open != "" && m != nil && m[1][0] == open[0] && len(m[1]) >= len(open) && strings.TrimSpace(m[2]) == "":
		return ""
	}
	return open
}

// convert turns Markdown into HTML.
func convert(source string) string {
	var b bytes.Buffer
	if err := markdown.Convert([]byte(source), &b); err != nil {
		return "<p>" + html.EscapeString(source) + "</p>" // a buffer does not fail
	}
	return b.String()
}

// checkLists puts the ticks of a check list into its entries.
type checkLists struct{}

// Transform implements parser.ASTTransformer.
func (checkLists) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var boxes []*extast.TaskCheckBox
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if box, ok := n.(*extast.TaskCheckBox); ok && entering {
			boxes = append(boxes, box)
		}
		return ast.WalkContinue, nil
	})
	for _, box := range boxes {
		for p := box.Parent(); p != nil; p = p.Parent() {
			if p.Kind() == ast.KindListItem {
				p.SetAttributeString(checkedAttr, []byte(strconv.FormatBool(box.IsChecked)))
				break
			}
		}
		box.Parent().RemoveChild(box.Parent(), box)
	}
}

// recordLinks reads [[12 anything]].
type recordLinks struct{}

// Trigger implements parser.InlineParser.
func (recordLinks) Trigger() []byte { return []byte{'['} }

var recordSign = regexp.MustCompile(`^\[\[([1-9][0-9]{0,15})(?:[ |][^\[\]\n]*)?\]\]`)

// Parse implements parser.InlineParser.
func (recordLinks) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := recordSign.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	n := ast.NewString([]byte(`<a href="/items/` + string(m[1]) + `" ` + recordAttr + `="` + string(m[1]) + `">.</a>`))
	n.SetRaw(true)
	n.SetCode(true)
	return n
}
