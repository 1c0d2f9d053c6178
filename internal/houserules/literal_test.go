package houserules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	templ "github.com/a-h/templ/parser/v2"
)

// This file keeps texts from standing in pages outside of the catalogue. What
// it cannot see, such as a word that comes from a function, is found by
// TestEveryTextIsSaid in internal/web, which reads the pages.

// spokenAttributes are attributes that people are shown or hear.
var spokenAttributes = map[string]bool{"placeholder": true, "title": true, "aria-label": true, "alt": true, "label": true, "data-text": true, "data-hidden": true,
	"data-copied": true, "data-refused": true, "data-over": true, "data-offers": true, "data-silent": true, "data-list-label": true, "data-at-end": true, "data-adding": true,
	"data-added": true, "data-not-added": true, "data-only-pictures": true}

// spokenFields are fields of the parts of pages that hold texts.
var spokenFields = map[string]bool{"Text": true, "Title": true, "Label": true, "Help": true, "Placeholder": true, "Caption": true, "BackText": true, "Does": true}

// spokenCalls are parts of pages that take a text, and at which argument.
var spokenCalls = map[string]int{"ui.Text": 0, "ui.Quiet": 0, "ui.Label": 1, "ui.State": 2, "ui.Link": 1, "ui.MenuButton": 0}

// notSaid are texts that stand as they are, and why.
var notSaid = map[string]string{
	"Esc":                  "the name of a key",
	"Ctrl K":               "the name of a key",
	"/api/v1/openapi.json": "an address",
}

var letters = regexp.MustCompile(`\pL{2}`)

func unsaid(text string) bool {
	text = strings.TrimSpace(html.UnescapeString(text))
	return letters.MatchString(text) && notSaid[text] == ""
}

func TestTextsAreSaid(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"internal/web", "internal/web/ui"} {
		names, err := filepath.Glob(filepath.Join(root, dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			for _, text := range unsaidIn(t, name) {
				t.Errorf("%s: %q is shown, and not said: docs/translating.md says how", strings.TrimPrefix(filepath.ToSlash(name), root+"/"), text)
			}
		}
	}
}

// TestUnsaidTextsAreFound shows that the test above can fail.
func TestUnsaidTextsAreFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := filepath.Join(dir, "page.templ")
	if err := os.WriteFile(page, []byte("package web\n\ntempl page() {\n\t<p title=\"A title\">Some text { say.Text(ctx, \"said\") }</p>\n\t<kbd>Esc</kbd>\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := filepath.Join(dir, "page.go")
	if err := os.WriteFile(code, []byte("package web\n\nvar b = ui.Button{Text: \"Save\", Icon: \"check\"}\nvar c = ui.Text(\"of \" + name)\nvar d = ui.Button{Text: say.Text(ctx, \"Save\")}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%q %q", unsaidIn(t, page), unsaidIn(t, code))
	if want := `["A title" "Some text"] ["Save" "of "]`; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func unsaidIn(t *testing.T, name string) []string {
	t.Helper()
	switch {
	case strings.HasSuffix(name, ".templ"):
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := templ.ParseString(string(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var out []string
		for _, n := range file.Nodes {
			if page, ok := n.(*templ.HTMLTemplate); ok {
				out = append(out, unsaidNodes(page.Children)...)
			}
		}
		return out
	case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return unsaidCode(f)
	}
	return nil
}

func unsaidNodes(list []templ.Node) (out []string) {
	for _, n := range list {
		switch x := n.(type) {
		case *templ.Text:
			if unsaid(x.Value) {
				out = append(out, strings.TrimSpace(x.Value))
			}
		case *templ.Element:
			out = append(out, unsaidAttributes(x.Attributes)...)
			if x.Name != "kbd" && x.Name != "code" {
				out = append(out, unsaidNodes(x.Children)...)
			}
		case *templ.IfExpression:
			out = append(append(out, unsaidNodes(x.Then)...), unsaidNodes(x.Else)...)
			for _, e := range x.ElseIfs {
				out = append(out, unsaidNodes(e.Then)...)
			}
		case *templ.ForExpression:
			out = append(out, unsaidNodes(x.Children)...)
		case *templ.TemplElementExpression:
			out = append(out, unsaidNodes(x.Children)...)
		case *templ.SwitchExpression:
			for _, c := range x.Cases {
				out = append(out, unsaidNodes(c.Children)...)
			}
		}
	}
	return out
}

func unsaidAttributes(list []templ.Attribute) (out []string) {
	for _, a := range list {
		switch x := a.(type) {
		case *templ.ConstantAttribute:
			if spokenAttributes[x.Key.String()] && unsaid(x.Value) {
				out = append(out, x.Value)
			}
		case *templ.ConditionalAttribute:
			out = append(append(out, unsaidAttributes(x.Then)...), unsaidAttributes(x.Else)...)
		}
	}
	return out
}

// unsaidCode finds texts that are handed to the parts of pages, also in the
// code that is made of templates.
func unsaidCode(f *ast.File) (out []string) {
	literal := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr, *ast.CompositeLit, *ast.IndexExpr, *ast.FuncLit:
				return false
			case *ast.BasicLit:
				if text := strings.Trim(x.Value, "\"`"); x.Kind == token.STRING && unsaid(text) {
					out = append(out, text)
				}
			}
			return true
		})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CompositeLit:
			if name := typeName(x.Type); name != "note" && !strings.HasPrefix(name, "ui.") {
				return true
			}
			for _, el := range x.Elts {
				kv, ok := el.(*ast.KeyValueExpr)
				if !ok || !spokenFields[typeName(kv.Key)] || typeName(x.Type)+"."+typeName(kv.Key) == "ui.Head.Help" { // that names a guide
					continue
				}
				literal(kv.Value)
			}
		case *ast.CallExpr:
			if at, ok := spokenCalls[callName(x)]; ok && at < len(x.Args) {
				literal(x.Args[at])
			}
		}
		return true
	})
	return out
}
