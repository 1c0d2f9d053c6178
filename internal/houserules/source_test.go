package houserules

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the path that every import of our own starts with.
const module = "github.com/tenonhq/tenon"

// root is the repository, seen from this package.
const root = "../.."

// sourceFile is one Go file of the repository.
type sourceFile struct {
	path  string // from the root, with slashes
	dir   string // its package: "." for the root, "internal/store"
	test  bool   // a _test.go file
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// line returns the line of a node in its file.
func (f *sourceFile) line(n ast.Node) int { return f.fset.Position(n.Pos()).Line }

// imports returns the import paths of the file.
func (f *sourceFile) imports() []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// hasAnySuffix reports whether s ends in one of the suffixes.
func hasAnySuffix(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

// skipDirs are folders that hold no source of ours.
var skipDirs = map[string]bool{
	".git": true, ".cache": true, "node_modules": true, "bin": true, "data": true, "testdata": true, "dist": true,
}

// parsed reads all Go files once for all tests. Generated ones are left out:
// their shape is the generator's.
var parsed = sync.OnceValues(func() ([]*sourceFile, error) {
	var files []*sourceFile
	err := walk(func(path string, text []byte) error {
		if !strings.HasSuffix(path, ".go") || generated(path, text) {
			return nil
		}
		f, err := parse(path, text)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	return files, err
})

// walk calls fn with every file of the repository that may be a text of ours.
func walk(fn func(path string, text []byte) error) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			// A folder with a module of its own is another house.
			if _, err := os.Stat(filepath.Join(name, "go.mod")); skipDirs[d.Name()] || (err == nil && filepath.Clean(name) != filepath.Clean(root)) {
				return fs.SkipDir
			}
			return nil
		}
		if !hasAnySuffix(d.Name(), ".go", ".md", ".sql", ".templ", ".js", ".css", ".txt", ".yml", ".yaml", ".json", ".html") &&
			d.Name() != "Makefile" {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return fn(filepath.ToSlash(rel), text)
	})
}

func parse(name string, text []byte) (*sourceFile, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &sourceFile{
		path:  name,
		dir:   path.Dir(name),
		test:  strings.HasSuffix(name, "_test.go"),
		lines: bytes.Count(text, []byte("\n")),
		fset:  fset,
		ast:   tree,
	}, nil
}

func generated(path string, text []byte) bool {
	head, _, _ := bytes.Cut(text, []byte("\npackage "))
	return strings.HasSuffix(path, "_templ.go") || bytes.Contains(head, []byte("DO NOT EDIT."))
}

// sources returns all Go files of the repository but generated ones.
func sources(t *testing.T) []*sourceFile {
	t.Helper()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mustParse parses a sample for the tests of the rules themselves.
func mustParse(t *testing.T, name, text string) *sourceFile {
	t.Helper()
	f, err := parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// inDirs reports whether a package is one of the given ones or below one.
func inDirs(dir string, dirs []string) bool {
	for _, d := range dirs {
		if dir == d || strings.HasPrefix(dir, d+"/") {
			return true
		}
	}
	return false
}

// exceptions is a table of what a rule lets pass, and why.
type exceptions map[string]string

// unused fails the test for exceptions that no longer match anything.
func (e exceptions) unused(t *testing.T, used map[string]bool) {
	t.Helper()
	for name, reason := range e {
		if !used[name] {
			t.Errorf("the exception for %s is no longer needed; remove it", name)
		}
		if strings.TrimSpace(reason) == "" {
			t.Errorf("the exception for %s has no reason", name)
		}
	}
}
