package houserules

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// clockReaders are the packages that may read the clock: they start things and
// pass the time on. Everything else takes it as an argument, so that a test can
// set it.
var clockReaders = []string{
	"cmd", "internal/cli", "internal/app", "internal/config",
	"internal/pgtest", "internal/smoke", // they wait for other programs
}

// clockFiles may read the clock although their package may not.
var clockFiles = exceptions{
	"internal/job/job.go": "the queue goes by the machine's clock, and is told when to try again",
}

func TestClockIsPassedIn(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || inDirs(f.dir, clockReaders) {
			continue
		}
		if _, ok := harness[f.dir]; ok {
			continue
		}
		for _, line := range selectors(f, "time", "Now", "Since", "Until") {
			used[f.path] = true
			if _, ok := clockFiles[f.path]; !ok {
				t.Errorf("%s:%d reads the clock; take the time, or a clock, as an argument", f.path, line)
			}
		}
	}
	clockFiles.unused(t, used)
}

func TestTestsDoNotSleep(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if !f.test {
			continue
		}
		for _, line := range selectors(f, "time", "Sleep") {
			t.Errorf("%s:%d sleeps; wait for what you wait for, or use testing/synctest", f.path, line)
		}
	}
}

// selectors returns the lines of pkg.name for each of the names.
func selectors(f *sourceFile, pkg string, names ...string) []int {
	var lines []int
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg && slices.Contains(names, s.Sel.Name) {
			lines = append(lines, f.line(s))
		}
		return true
	})
	return lines
}

// dialectFiles are where the two databases may differ.
func dialectFile(path string) bool {
	name, ok := strings.CutPrefix(path, "internal/store/")
	name = strings.TrimSuffix(name, ".go")
	return ok && (strings.Contains(name, "dialect") || strings.Contains(name, "sqlite") || strings.Contains(name, "postgres"))
}

// engineBranches may ask which database it is, outside of the store's dialect.
// Keyed by file.
var engineBranches = exceptions{
	"internal/store/migrate.go": "chooses between the two files of one migration, before there is anything to dispatch on",
}

func TestOnlyTheDialectKnowsTheEngine(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		if _, isHarness := harness[f.dir]; f.test || isHarness || dialectFile(f.path) {
			continue // a harness runs on both, and so names both
		}
		for _, line := range engineConditions(f) {
			used[f.path] = true
			if _, ok := engineBranches[f.path]; !ok {
				t.Errorf("%s:%d asks which database it is; make the difference a method of the store's dialect", f.path, line)
			}
		}
	}
	engineBranches.unused(t, used)
}

// engineConditions returns the lines of conditions and cases in which a name
// or a text speaks of an engine.
func engineConditions(f *sourceFile) []int {
	var lines []int
	look := func(n ast.Node) {
		if n == nil {
			return
		}
		ast.Inspect(n, func(n ast.Node) bool {
			var text string
			switch x := n.(type) {
			case *ast.Ident:
				text = x.Name
			case *ast.BasicLit:
				text = x.Value
			}
			text = strings.ToLower(text)
			if strings.Contains(text, "://") {
				return true // the form of an address, not the choice of an engine
			}
			if strings.Contains(text, "postgres") || strings.Contains(text, "sqlite") {
				lines = append(lines, f.line(n))
			}
			return true
		})
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.IfStmt:
			look(x.Cond)
		case *ast.SwitchStmt:
			if x.Tag != nil {
				look(x.Tag)
			}
		case *ast.CaseClause:
			for _, e := range x.List {
				look(e)
			}
		}
		return true
	})
	return slices.Compact(lines)
}

// store is where an ignored error is a wrong answer: nowhere else does so
// little stand between a failed read and a page that shows less than there is.
const store = "internal/store"

// ignoredErrors may ignore an error in store. Keyed by file and function.
var ignoredErrors = exceptions{
	"internal/store/postgres.go: openPostgres": closeOfPgx,
	"internal/store/postgres.go: close":        closeOfPgx,
	"internal/store/postgres.go: Close":        closeOfPgx,
}

const closeOfPgx = "Close of pgx's pool and rows returns nothing"

func TestStoreIgnoresNoError(t *testing.T) {
	t.Parallel()
	var files []*sourceFile
	for _, f := range sources(t) {
		if inDirs(f.dir, []string{store}) && !f.test {
			files = append(files, f)
		}
	}
	fallible := fallibleNames(files)
	used := map[string]bool{}
	for _, f := range files {
		for _, found := range ignored(f, fallible) {
			name := f.path + ": " + found.function
			used[name] = true
			if _, ok := ignoredErrors[name]; !ok {
				t.Errorf("%s:%d: %s (in %s)", f.path, found.line, found.what, found.function)
			}
		}
	}
	ignoredErrors.unused(t, used)
}

// fallibleNames returns the names of functions whose last result is an error:
// those declared in the files, and the drivers'. It goes by name alone: the
// types would take as long to check as everything else together.
func fallibleNames(files []*sourceFile) map[string]bool {
	names := map[string]bool{
		"Exec": true, "ExecContext": true, "Query": true, "QueryContext": true, "Scan": true, "Commit": true,
		"Rollback": true, "Close": true, "Err": true, "Ping": true,
	}
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Type.Results == nil || len(fn.Type.Results.List) == 0 {
				continue
			}
			last := fn.Type.Results.List[len(fn.Type.Results.List)-1]
			if id, ok := last.Type.(*ast.Ident); ok && id.Name == "error" {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

type ignoredError struct {
	function string
	line     int
	what     string
}

// ignored finds the errors that a file drops: a result assigned to the blank
// name, a call as a statement, rows that are read to their end without asking
// why they ended. A deferred Close is none: what it could say was said before.
func ignored(f *sourceFile, fallible map[string]bool) []ignoredError {
	var found []ignoredError
	for _, decl := range f.ast.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		add := func(n ast.Node, what string) {
			found = append(found, ignoredError{fn.Name.Name, f.line(n), what})
		}
		var looped, asked []string
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.AssignStmt:
				if dropsError(x, fallible) {
					add(x, "an error is assigned to _")
				}
			case *ast.ExprStmt:
				if call, ok := x.X.(*ast.CallExpr); ok && fallible[callee(call)] {
					add(x, "the error of "+callee(call)+" is dropped")
				}
			case *ast.ForStmt:
				if call, ok := x.Cond.(*ast.CallExpr); ok && callee(call) == "Next" {
					looped = append(looped, operand(call))
				}
			case *ast.CallExpr:
				if callee(x) == "Err" {
					asked = append(asked, operand(x))
				}
			}
			return true
		})
		for _, rows := range looped {
			if !slices.Contains(asked, rows) {
				add(fn, fmt.Sprintf("%s.Next is called and %s.Err is not", rows, rows))
			}
		}
	}
	return found
}

// dropsError reports whether an assignment drops the error of a call: all
// results, or the last one of a function known to fail.
func dropsError(a *ast.AssignStmt, fallible map[string]bool) bool {
	if len(a.Rhs) != 1 || a.Tok != token.ASSIGN && a.Tok != token.DEFINE {
		return false
	}
	call, ok := a.Rhs[0].(*ast.CallExpr)
	if !ok || !blank(a.Lhs[len(a.Lhs)-1]) {
		return false
	}
	return fallible[callee(call)] || !slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return !blank(e) })
}

func blank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// callee returns the last name of what is called: "Scan" of rows.Scan(...).
func callee(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.SelectorExpr:
		return fn.Sel.Name
	case *ast.Ident:
		return fn.Name
	}
	return ""
}

// operand returns the name that a method is called on: "rows" of rows.Next().
func operand(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name
		}
	}
	return ""
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	tests := []struct{ body, want string }{
		{`err := tx.put(); return err`, ""},
		{`_ = tx.put()`, "an error is assigned to _"},
		{`_, _ = f.anything()`, "an error is assigned to _"},
		{`n, _ := tx.Exec("x"); use(n)`, "an error is assigned to _"},
		{`before, _ := strings.CutSuffix(s, "x"); use(before)`, ""},
		{`tx.put()`, "the error of put is dropped"},
		{`defer rows.Close()`, ""},
		{`rows.Close()`, "the error of Close is dropped"},
		{`for rows.Next() { use() }`, "rows.Next is called and rows.Err is not"},
		{`for rows.Next() { use() }; return rows.Err()`, ""},
		{`_, ok := m[k]; use(ok)`, ""},
	}
	for _, tt := range tests {
		f := mustParse(t, "x.go", "package x\n\nfunc (tx *Tx) put() error { return nil }\n\nfunc f() error {\n"+tt.body+"\n}\n")
		var got []string
		for _, found := range ignored(f, fallibleNames([]*sourceFile{f})) {
			got = append(got, found.what)
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.body, got, tt.want)
		}
	}
}

func TestEngineConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body string
		want int
	}{
		{`if s.isPostgres { a() }`, 1},
		{`if driver == "sqlite" { a() }`, 1},
		{`switch driver { case "postgres", "sqlite": a() }`, 1},
		{`if strings.HasPrefix(s, "postgres://") { a() }`, 0},
		{`if s.ready { openSQLite() }`, 0},
	}
	for _, tt := range tests {
		f := mustParse(t, "x.go", "package x\nfunc f() { "+tt.body+" }\n")
		if got := len(engineConditions(f)); got != tt.want {
			t.Errorf("%s: %d conditions found, want %d", tt.body, got, tt.want)
		}
	}
}
