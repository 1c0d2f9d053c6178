package houserules

import (
	"fmt"
	"go/ast"
	"strings"
	"testing"
)

// How long a file, a function and a package may be. What is longer is a sign
// that it does two things; where it is not, it goes into a table below.
const (
	maxFileLines = 500
	maxFuncLines = 60
	// The rows of a table test are data: they make a function longer, not
	// harder to read.
	maxTestFuncLines = 120
	maxPackageFiles  = 30
)

var longFiles = exceptions{}

// longFuncs is keyed by file and function: "internal/store/item.go: ListItems".
var longFuncs = exceptions{}

var widePackages = exceptions{
	"internal/store":  "one file per table, and every table is here",
	"internal/itglue": "one file per resource of the reference",
	"internal/api":    "one file per resource, and every resource is here",
	"internal/core":   "one file per thing that can be changed",
	"internal/web":    "one file per page, and every page is here",
}

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		if f.lines <= maxFileLines {
			continue
		}
		used[f.path] = true
		if _, ok := longFiles[f.path]; !ok {
			t.Errorf("%s has %d lines, more than %d", f.path, f.lines, maxFileLines)
		}
	}
	longFiles.unused(t, used)
}

func TestFunctionsAreShort(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		limit := maxFuncLines
		if f.test {
			limit = maxTestFuncLines
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := f.fset.Position(fn.End()).Line - f.line(fn) + 1
			if lines <= limit {
				continue
			}
			name := f.path + ": " + fn.Name.Name
			used[name] = true
			if _, ok := longFuncs[name]; !ok {
				t.Errorf("%s has %d lines, more than %d", name, lines, limit)
			}
		}
	}
	longFuncs.unused(t, used)
}

func TestPackagesAreNarrow(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, f := range sources(t) {
		if !f.test {
			count[f.dir]++
		}
	}
	used := map[string]bool{}
	for dir, n := range count {
		if n <= maxPackageFiles {
			continue
		}
		used[dir] = true
		if _, ok := widePackages[dir]; !ok {
			t.Errorf("%s has %d files, more than %d", dir, n, maxPackageFiles)
		}
	}
	widePackages.unused(t, used)
}

func TestPackagesHaveDocComments(t *testing.T) {
	t.Parallel()
	documented := map[string]int{}
	names := map[string]string{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		names[f.dir] = f.ast.Name.Name
		if f.ast.Doc == nil {
			continue
		}
		documented[f.dir]++
		want := "Package " + f.ast.Name.Name
		if f.ast.Name.Name == "main" {
			want = "Command "
		}
		if !strings.HasPrefix(f.ast.Doc.Text(), want) {
			t.Errorf("%s: the package comment must start with %q", f.path, want)
		}
	}
	for dir, name := range names {
		if n := documented[dir]; n != 1 {
			t.Errorf("package %s in %s has %d package comments, want one", name, dir, n)
		}
	}
}

// TestExportedNamesAreDocumented wants a comment on each exported type, function and
// method: its contract. Constants and variables often explain themselves in a
// group, and methods of unexported types are no one's interface.
func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, name := range undocumented(f) {
			t.Errorf("%s has no comment", name)
		}
	}
}

// standardMethods are explained by the interface of the standard library that
// they satisfy.
var standardMethods = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true, "GoString": true, "Format": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true, "LogValue": true,
	"Scan": true, "Value": true, "Len": true, "Less": true, "Swap": true, "Close": true, "Kind": true,
	"Read": true, "Write": true, "ServeHTTP": true, "RoundTrip": true,
}

func undocumented(f *sourceFile) []string {
	var names []string
	report := func(n ast.Node, name string) {
		names = append(names, fmt.Sprintf("%s:%d: %s", f.path, f.line(n), name))
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if !d.Name.IsExported() || d.Doc != nil {
				continue
			}
			if d.Recv != nil && (!ast.IsExported(receiver(d)) || standardMethods[d.Name.Name]) {
				continue
			}
			report(d, d.Name.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				s, ok := spec.(*ast.TypeSpec)
				if ok && s.Name.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
					report(s, s.Name.Name)
				}
			}
		}
	}
	return names
}

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
