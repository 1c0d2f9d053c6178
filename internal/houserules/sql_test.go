package houserules

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// A text that begins like this is a statement: ours have their keywords in
	// capitals, and sentences do not.
	statement = regexp.MustCompile(`^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\)\s*)?AS\b|CREATE\s+(TABLE|INDEX|UNIQUE|DATABASE)\s)`)

	// What statements may not hold. Times are Go's, so that a test can set them
	// and both databases mean the same; columns are named, so that a new one
	// changes no result.
	inStatement = map[string]*regexp.Regexp{
		"asks the database for the time": regexp.MustCompile(`(?i)\bnow\(\)|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bdatetime\(|\bclock_timestamp\(|\bunixepoch\(`),
		"takes all columns":              regexp.MustCompile(`(?i)\bSELECT\s+(\w+\.)?\*|\bRETURNING\s+\*`),
	}
)

// sqlFiles may hold statements although they are not the store's.
var sqlFiles = exceptions{
	"internal/job/queue.go": "the queue's own table, which the store does not know, and the lock around making it",
}

// composed may put statements together from parts. Keyed by file.
var composed = exceptions{
	"internal/store/list.go": "a list over several binders: fixed texts around the columns and conditions of the inner list",
}

func TestStatementsLiveInTheStore(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		if _, isHarness := harness[f.dir]; f.test || isHarness || inDirs(f.dir, []string{store}) {
			continue
		}
		for _, s := range statements(f) {
			used[f.path] = true
			if _, ok := sqlFiles[f.path]; !ok {
				t.Errorf("%s:%d is SQL, which belongs in %s: %.60q", f.path, s.line, store, s.text)
			}
		}
	}
	sqlFiles.unused(t, used)
}

func TestStatementsKeepTheRules(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || !inDirs(f.dir, []string{store}) {
			continue
		}
		report := func(line int, what string) {
			used[f.path] = true
			if _, ok := composed[f.path]; !ok {
				t.Errorf("%s:%d: a statement %s", f.path, line, what)
			}
		}
		for _, s := range statements(f) {
			for rule, pattern := range inStatement {
				if pattern.MatchString(s.text) {
					report(s.line, rule)
				}
			}
		}
		for _, line := range formatted(f) {
			report(line, "is made by Sprintf; pass values as arguments")
		}
	}
	composed.unused(t, used)
}

type sqlText struct {
	line int
	text string
}

// statements returns the literals of a file that begin like SQL.
func statements(f *sourceFile) []sqlText {
	var found []sqlText
	ast.Inspect(f.ast, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(lit.Value); err == nil && statement.MatchString(text) {
			found = append(found, sqlText{f.line(lit), strings.Join(strings.Fields(text), " ")})
		}
		return true
	})
	return found
}

// formatted returns the lines where a statement is the format of a Sprintf.
func formatted(f *sourceFile) []int {
	var lines []int
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || callee(call) != "Sprintf" || len(call.Args) == 0 {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(lit.Value); err == nil && statement.MatchString(text) {
				lines = append(lines, f.line(call))
			}
		}
		return true
	})
	return lines
}

func TestStatementPattern(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{"SELECT id FROM items", true},
		{"\n\t\tINSERT INTO items (id) VALUES ($1)", true},
		{"WITH owned AS (SELECT 1) SELECT 2", true},
		{"UPDATE items SET name = $1", true},
		{"Select an organization first.", false},
		{"Selected organizations", false},
		{"Update the contact", false},
		{"with all that belongs to them", false},
	}
	for _, tt := range tests {
		if got := statement.MatchString(tt.text); got != tt.want {
			t.Errorf("%q is a statement: %v, want %v", tt.text, got, tt.want)
		}
	}
}
