package houserules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ofBrowsers are words that browsers give to keys, errors and the like.
var ofBrowsers = regexp.MustCompile(`^(Arrow(Up|Down|Left|Right)|Enter|Escape|Tab|Home|End|Delete|Backspace|Files|Digit\d|AbortError|Content-Type|Accept)$`)

var (
	scriptLine   = regexp.MustCompile(`(?m)^\s*//.*$`)
	scriptString = regexp.MustCompile("\"([A-Z][a-z][^\"]*)\"|'([A-Z][a-z][^']*)'|`([A-Z][a-z][^`]*)`")
)

// TestScriptsHaveNoTexts wants the words that scripts say to come from the page,
// which has them in the language of whoever reads it.
func TestScriptsHaveNoTexts(t *testing.T) {
	t.Parallel()
	read := 0
	for _, pattern := range []string{"assets/*.js", "assets/lib/*.js"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read++
			for _, m := range scriptString.FindAllStringSubmatch(scriptLine.ReplaceAllString(string(b), ""), -1) {
				if text := strings.Join(m[1:], ""); !ofBrowsers.MatchString(text) {
					t.Errorf("%s says %q: the page hands texts to scripts in its attributes", filepath.Base(name), text)
				}
			}
		}
	}
	if read < 10 {
		t.Errorf("only %d scripts were read", read)
	}
}
