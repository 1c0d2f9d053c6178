package houserules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// floors is the import picture: a package may import packages of lower floors
// only, never one of its own. docs/architecture.md draws it. A new package
// gets its line here.
var floors = map[string]int{
	// The vocabulary, which knows only the standard library, and keys by which
	// texts are compared, which know nothing of ours.
	".":                0,
	"internal/textkey": 0,

	// Names of steps, for tests that kill the process there; nothing in the product.
	"internal/failpoint": 0,

	// Small tools over these. None knows another.
	"internal/config":   1, // settings
	"internal/blob":     1, // attachment files
	"internal/csvfile":  1, // reads and writes CSV as people make it
	"internal/picture":  1, // logos made of uploads
	"internal/richtext": 1, // cleans, splits, shows what people write; Markdown
	"internal/web/say":  1, // the texts of the pages, in the language of whoever reads
	"web":               1, // the embedded files for browsers
	"docs":              1, // the pages of docs that the product shows

	"internal/web/ui":          2, // the parts that pages are built of
	"internal/web/ui/specimen": 3, // every part in every state, to be looked at

	// What everything stands on.
	"internal/store":     2, // all SQL
	"internal/secret":    2, // encryption
	"internal/httpkit":   2, // what the faces share
	"internal/connector": 2, // what a PSA or RMM must answer

	// Rules for one thing, and what only reads.
	"internal/core":   3,
	"internal/job":    3,
	"internal/mail":   3, // sends what waits in the outbox
	"internal/search": 3,
	"internal/match":  3,
	"internal/backup": 3,
	"internal/check":  3,

	// The frame of plan, confirm, run, receipt, undo.
	"internal/operation": 4,

	// Work through many things.
	"internal/merge":      5,
	"internal/trash":      5,
	"internal/csvimport":  5,
	"internal/export":     5, // all that somebody may see, in one file
	"internal/glueimport": 5,
	"internal/reminder":   5, // mails people what expires soon
	"internal/demo":       5, // makes data as a person would, through what is below
	"internal/syncer":     5,

	// The faces: parse, call, print.
	"internal/api":     6,
	"internal/itglue":  6,
	"internal/zendesk": 6,
	"internal/web":     6,

	"internal/app": 7, // the one place that wires
	"internal/cli": 8, // the commands

	"cmd/tenon":                  9,
	"cmd/psasim":                 9,
	"internal/pgtest/cmd/pgtest": 9,
	"internal/smoke":             9,
	"web/bundle":                 9,
}

// vendors is the folder of connectors. Each may import connector and what is
// below; a simulator, one folder deeper, also its own connector's wire types.
// Only app and commands import them, so that removing one removes a vendor.
const vendors = "internal/connector/"

// harness lists packages that exist for tests: test files and each other may
// import them, and, where said, a command.
var harness = map[string][]string{
	"internal/pgtest":                  {"internal/pgtest/cmd/pgtest"},
	"internal/replytest":               nil,
	"internal/storetest":               nil,
	"internal/connector/connectortest": nil,
	"internal/houserules":              nil,
	"internal/bench":                   nil,
	"internal/modeltest":               nil,
	"internal/killtest":                nil,
	"internal/racetest":                nil,
	"internal/killtest/driver":         nil,
	"internal/browsertest":             nil,
	"internal/browsertest/pictures":    nil,
	"internal/canary":                  nil,
	"internal/gluetest":                nil,
}

// floorOf returns the floor of a package, and whether the table knows it.
func floorOf(dir string) (int, bool) {
	if strings.HasPrefix(dir, vendors) {
		if strings.Contains(strings.TrimPrefix(dir, vendors), "/") {
			return 4, true // a simulator
		}
		return 3, true
	}
	floor, ok := floors[dir]
	return floor, ok
}

// checkImport says why the package may not import the other one, or "".
func checkImport(from, to string) string {
	if users, ok := harness[to]; ok {
		if _, ok := harness[from]; ok || inDirs(from, users) {
			return ""
		}
		return fmt.Sprintf("%s is for tests only", to)
	}
	if _, ok := harness[from]; ok {
		return "" // a harness sets up whatever it tests
	}
	fromFloor, known := floorOf(from)
	if !known {
		return fmt.Sprintf("%s is on no floor; give it its line in internal/houserules/imports_test.go", from)
	}
	toFloor, known := floorOf(to)
	if !known {
		return fmt.Sprintf("%s is on no floor; give it its line in internal/houserules/imports_test.go", to)
	}
	if strings.HasPrefix(to, vendors) {
		ownSimulator := strings.HasPrefix(from, to+"/")
		if !ownSimulator && fromFloor < floors["internal/app"] {
			return fmt.Sprintf("%s is a vendor's; only app, commands and its own simulator know it", to)
		}
	}
	if toFloor >= fromFloor {
		return fmt.Sprintf("imports run down: %s is on floor %d, %s on floor %d", from, fromFloor, to, toFloor)
	}
	return ""
}

func TestImportsRunDown(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.test {
			continue // a test may climb to see the whole
		}
		if _, known := floorOf(f.dir); !known {
			if _, ok := harness[f.dir]; !ok {
				t.Errorf("%s: package %s is on no floor; give it its line in the table of this test", f.path, f.dir)
				continue
			}
		}
		for _, imported := range f.imports() {
			to, own := ownPackage(imported)
			if !own {
				continue
			}
			if refusal := checkImport(f.dir, to); refusal != "" {
				t.Errorf("%s: %s", f.path, refusal)
			}
		}
	}
}

// ownPackage returns the folder of an import of our own.
func ownPackage(imported string) (dir string, own bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// TestArchitectureNamesThePackages keeps the picture in the map of the
// repository in step with the table.
func TestArchitectureNamesThePackages(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for dir := range floors {
		if dir != "." && !strings.Contains(string(text), "`"+dir+"`") {
			t.Errorf("docs/architecture.md does not name %s", dir)
		}
	}
}

func TestCheckImport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, to string
		allowed  bool
	}{
		{"internal/store", ".", true},
		{".", "internal/textkey", false},
		{"internal/store", "internal/secret", false}, // same floor
		{"internal/store", "internal/core", false},
		{"internal/merge", "internal/operation", true},
		{"internal/merge", "internal/trash", false},
		{"internal/api", "internal/web", false},
		{"internal/core", "internal/pgtest", false},
		{"internal/storetest", "internal/pgtest", true},
		{"internal/pgtest/cmd/pgtest", "internal/pgtest", true},
		{"internal/connector/connectwise", "internal/connector", true},
		{"internal/connector/connectwise", "internal/connector/autotask", false},
		{"internal/connector/connectwise/cwsim", "internal/connector/connectwise", true},
		{"internal/connector/connectwise/cwsim", "internal/connector/autotask", false},
		{"internal/syncer", "internal/connector", true},
		{"internal/syncer", "internal/connector/connectwise", false},
		{"internal/app", "internal/connector/connectwise", true},
		{"cmd/psasim", "internal/connector/connectwise/cwsim", true},
		{"internal/newcomer", ".", false},
		{"internal/core", "internal/newcomer", false},
	}
	for _, tt := range tests {
		refusal := checkImport(tt.from, tt.to)
		if (refusal == "") != tt.allowed {
			t.Errorf("checkImport(%q, %q) = %q, want allowed %v", tt.from, tt.to, refusal, tt.allowed)
		}
	}
}

// allowed is a module of others, why we use it, and who may import it: the
// folders listed and those below them, or, when none is listed, everyone.
type allowed struct {
	reason string
	in     []string
}

// tests stands for test files in the lists below.
const tests = "_test.go"

// modules is everything of others that may be imported. docs/decisions says
// more about each choice.
var modules = map[string]allowed{
	"filippo.io/age":                                      {"encrypted backup files", []string{"internal/backup", "internal/app", "internal/cli", tests}},
	"github.com/a-h/templ":                                {"typed page components", []string{"internal/web", "internal/houserules"}},
	"github.com/alecthomas/kong":                          {"commands and their flags", []string{"internal/cli", "cmd"}},
	"github.com/emersion/go-smtp":                         {"a real mail server in tests", []string{tests}},
	"github.com/emersion/go-sasl":                         {"part of go-smtp: signing in there", []string{tests}},
	"github.com/evanw/esbuild":                            {"bundles scripts and styles at build time", []string{"web/bundle"}},
	"github.com/getkin/kin-openapi":                       {"the OpenAPI document, and tests against it", []string{"internal/api", "internal/itglue", tests}},
	"github.com/go-rod/rod":                               {"a real browser in tests of the pages", []string{tests}},
	"github.com/hashicorp/go-retryablehttp":               {"asks other servers again, as they say", []string{"internal/glueimport", "internal/connector"}},
	"github.com/jackc/pgx/v5":                             {"PostgreSQL", []string{"internal/store", "internal/job", "internal/pgtest", tests}},
	"github.com/microcosm-cc/bluemonday":                  {"cleans rich text, the only sanitizer", nil},
	"github.com/nyaruka/phonenumbers":                     {"phone numbers in their one comparable form", nil},
	"github.com/pquerna/otp":                              {"one-time codes", nil},
	"github.com/riverqueue/river":                         {"durable jobs on both databases", []string{"internal/job", "internal/store", tests}},
	"github.com/riverqueue/river/riverdriver":             {"part of river", []string{"internal/job", "internal/store", tests}},
	"github.com/riverqueue/river/riverdriver/riverpgxv5":  {"part of river: PostgreSQL", []string{"internal/job", "internal/store", tests}},
	"github.com/riverqueue/river/riverdriver/riversqlite": {"part of river: SQLite", []string{"internal/job", "internal/store", tests}},
	"github.com/riverqueue/river/rivertype":               {"part of river", []string{"internal/job", "internal/store", tests}},
	"github.com/rogpeppe/go-internal":                     {"scripts as tests of the command line", []string{tests}},
	"github.com/sergi/go-diff":                            {"says how two versions of a text differ", nil},
	"github.com/schollz/progressbar/v3":                   {"progress on the terminal", []string{"internal/cli"}},
	"github.com/wneessen/go-mail":                         {"mail in its form, and SMTP", []string{"internal/mail"}},
	"github.com/yuin/goldmark":                            {"reads Markdown", []string{"internal/richtext"}},
	"golang.org/x/crypto":                                 {"argon2id", nil},
	"golang.org/x/image":                                  {"WebP, scaling of logos", nil},
	"golang.org/x/net":                                    {"the list of public suffixes; HTML as browsers read it", nil},
	"golang.org/x/term":                                   {"asks for secrets on the terminal", []string{"internal/cli"}},
	"golang.org/x/text":                                   {"encodings, folding of accents", nil},
	"golang.org/x/time":                                   {"rate limits", nil},
	"modernc.org/libc":                                    {"what SQLite without a C compiler stands on, and is called with", []string{"internal/store"}},
	"modernc.org/sqlite":                                  {"SQLite without a C compiler", []string{"internal/store", tests}},
}

// moduleOf returns the longest allowed module that an import belongs to.
func moduleOf(imported string) (string, bool) {
	for p := imported; p != "."; p = filepath.ToSlash(filepath.Dir(p)) {
		if _, ok := modules[p]; ok {
			return p, true
		}
	}
	return "", false
}

func TestModulesAreAllowed(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, imported := range f.imports() {
			first, _, _ := strings.Cut(imported, "/")
			if _, own := ownPackage(imported); own || !strings.Contains(first, ".") {
				continue // ours, or the standard library's
			}
			name, ok := moduleOf(imported)
			if !ok {
				t.Errorf("%s imports %s, a module that is not on the list; a new one needs a reason, there and in docs/decisions",
					f.path, imported)
				continue
			}
			m := modules[name]
			_, isHarness := harness[f.dir]
			forTests := f.test || isHarness
			if len(m.in) > 0 && !inDirs(f.dir, m.in) && !(forTests && m.in[len(m.in)-1] == tests) {
				t.Errorf("%s imports %s (%s), which belongs in %s only", f.path, imported, m.reason, strings.Join(m.in, ", "))
			}
			if f.dir == "." && !f.test {
				t.Errorf("%s imports %s: the vocabulary imports only the standard library", f.path, imported)
			}
		}
	}
}

func TestAllowedModulesAreRequired(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range modules {
		if !strings.Contains(string(text), "\t"+name+" v") {
			t.Errorf("the list allows %s, which go.mod does not require", name)
		}
		if m.reason == "" {
			t.Errorf("the list gives no reason for %s", name)
		}
	}
}
