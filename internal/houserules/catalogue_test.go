package houserules

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

var update = flag.Bool("update", false, "write the catalogue of texts anew")

// catalogueFile lists what there is to translate, and in which files it stands.
const catalogueFile = "internal/web/say/language/en.json"

// entry is a text of the catalogue; of what goes with a number it is "one|many".
type entry struct {
	Text  string `json:"text"`
	Count bool   `json:"count,omitempty"`
	In    string `json:"in"`
}

// collector gathers the texts of the code. It reads the Go code that is made
// of templates, so that there is one sort of text.
type collector struct {
	consts map[string]string // words with a name
	found  map[entry][]string
}

// saying are the functions that say a text, and at which argument it stands;
// with two, they are one and many.
var saying = map[string][]int{
	"say.Text": {1}, "say.Textf": {1}, "say.Key": {0}, "say.Count": {2, 3}, "say.Plural": {2, 3}, "ui.Count": {2, 3}, "Count": {2, 3}, "plural": {2, 3},
	"tenon.Find": {3}, "tenon.Say": {0}, "Say": {0}, "u.tell": {0}, "r.tell": {0}, "tenon.Amount": {1, 2}, "tenon.Form": {1, 2}, "tenon.Errorf": {1}, "tenon.FieldErrorf": {1}, "Errorf": {1}, "FieldErrorf": {1}, "l.format": {0}, "l.text": {0},
}

// members are what of a literal is said: the message of an error, and what was
// done in a line of the activity log.
var members = map[string]string{"tenon.Error": "Message", "Error": "Message", "tenon.Event": "Action"}

func (c *collector) text(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, err == nil && x.Kind == token.STRING
	case *ast.Ident:
		s, ok := c.consts[x.Name]
		return s, ok
	case *ast.SelectorExpr:
		s, ok := c.consts[x.Sel.Name]
		return s, ok
	case *ast.BinaryExpr:
		a, ok1 := c.text(x.X)
		b, ok2 := c.text(x.Y)
		return a + b, ok1 && ok2 && x.Op == token.ADD
	}
	return "", false
}

func (c *collector) add(text string, count bool, in string) {
	if text == "" || text == "%s" {
		return
	}
	e := entry{Text: text, Count: count}
	if !slices.Contains(c.found[e], in) {
		c.found[e] = append(c.found[e], in)
	}
}

func (c *collector) file(name string, f *ast.File) {
	in := strings.TrimPrefix(strings.Replace(name, "_templ.go", ".templ", 1), "internal/")
	passing := map[string][]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncDecl:
			passing = passingOn(x)
		case *ast.CallExpr:
			at, ok := saying[callName(x)]
			if !ok {
				at, ok = passing[callName(x)]
			}
			if !ok || at[len(at)-1] >= len(x.Args) {
				return true
			}
			var words []string
			for _, i := range at {
				if s, ok := c.text(x.Args[i]); ok {
					words = append(words, s)
				}
			}
			if len(words) == len(at) {
				c.add(strings.Join(words, "|"), len(at) > 1, in)
			}
		case *ast.CompositeLit:
			if member := members[typeName(x.Type)]; member != "" {
				for _, el := range x.Elts {
					if kv, ok := el.(*ast.KeyValueExpr); ok && typeName(kv.Key) == member {
						if s, ok := c.text(kv.Value); ok {
							c.add(s, false, in)
						}
					}
				}
			}
		}
		return true
	})
}

// passingOn finds the functions inside of a function that take a text as their
// parameter "format", and where it stands: they pass it on.
func passingOn(f *ast.FuncDecl) map[string][]int {
	out := map[string][]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
			return true
		}
		fn, ok := a.Rhs[0].(*ast.FuncLit)
		if !ok {
			return true
		}
		at := 0
		for _, p := range fn.Type.Params.List {
			for _, name := range p.Names {
				if name.Name == "format" {
					out[typeName(a.Lhs[0])] = []int{at}
				}
				at++
			}
		}
		return true
	})
	return out
}

func callName(x *ast.CallExpr) string {
	if i, ok := x.Fun.(*ast.IndexExpr); ok {
		return typeName(i.X)
	}
	return typeName(x.Fun)
}

func typeName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return id.Name + "." + x.Sel.Name
		}
	}
	return ""
}

// tables adds the labels of what the root of the module declares.
func (c *collector) tables() {
	schema := func(fields tenon.Schema) {
		for i := range fields {
			f := &fields[i]
			c.add(f.Label, false, "kinds")
			c.add(f.Help, false, "kinds")
			for _, o := range f.Options {
				c.add(o, false, "kinds")
			}
		}
	}
	schema(tenon.OrganizationFields)
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		c.add(k.Label, false, "kinds")
		c.add(k.Labels, false, "kinds")
		c.add(tenon.Lower(k.Label)+"|"+tenon.Lower(k.Labels), true, "kinds")
		schema(k.Fields)
		for p := range k.Parts {
			c.add(k.Parts[p].Label, false, "kinds")
			c.add(k.Parts[p].Label+"|"+k.Parts[p].Label+"s", true, "kinds")
			schema(k.Parts[p].Fields)
		}
	}
	for _, k := range tenon.FlexKinds {
		c.add(string(k), false, "kinds")
	}
	for a := range tenon.Allowed {
		c.add(string(a), false, "roles")
	}
	for i := range tenon.Lists {
		c.add(tenon.Lists[i].Label, false, "lists")
	}
	for _, r := range tenon.Roles {
		c.add(string(r), false, "roles")
	}
	for i := range tenon.AccountSettings {
		c.add(tenon.AccountSettings[i].Label, false, "settings")
		c.add(tenon.AccountSettings[i].Help, false, "settings")
	}
}

// collect reads the code of the product.
func collect(t *testing.T) []byte {
	t.Helper()
	c := &collector{consts: map[string]string{}, found: map[entry][]string{}}
	files := map[string]*ast.File{}
	for _, pattern := range []string{"*.go", "internal/*/*.go", "internal/web/ui/*.go", "internal/web/say/*.go"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			rel, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			if _, harnessed := harness[filepath.ToSlash(filepath.Dir(rel))]; harnessed || strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(rel)] = f
			c.named(filepath.ToSlash(rel), f)
		}
	}
	for name, f := range files {
		c.file(name, f)
	}
	c.tables()
	return c.write(t)
}

// named remembers the words that have a name.
func (c *collector) named(name string, f *ast.File) {
	if !strings.HasPrefix(name, "internal/web/") {
		return
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range v.Values {
				if text, ok := c.text(value); ok && i < len(v.Names) {
					c.consts[v.Names[i].Name] = text
				}
			}
		}
	}
}

// write is the catalogue: a line for each text, sorted.
func (c *collector) write(t *testing.T) []byte {
	t.Helper()
	all := slices.SortedFunc(maps.Keys(c.found), func(a, b entry) int {
		if n := strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)); n != 0 {
			return n
		}
		return strings.Compare(a.Text, b.Text)
	})
	var b bytes.Buffer
	b.WriteString("[\n")
	for i, e := range all {
		places := c.found[e]
		slices.Sort(places)
		e.In = strings.Join(places, " ")
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
		b.WriteString(strings.TrimSpace(line.String()))
		if i < len(all)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	return b.Bytes()
}

// TestCatalogue holds the list of texts to the code.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	made := collect(t)
	path := filepath.Join(root, filepath.FromSlash(catalogueFile))
	if *update {
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	is, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(is, made) {
		t.Errorf("%s is not what the texts of the code are: make texts writes it anew", catalogueFile)
	}
}
