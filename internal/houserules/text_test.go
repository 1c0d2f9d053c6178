package houserules

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The repository speaks for itself: whoever reads it has nothing else.
var (
	// A document that is named must be here.
	document = regexp.MustCompile(`[\w./-]*\w\.md\b`)
	// A folder of one person's machine means nothing on another.
	machinePath = regexp.MustCompile(`(?:^|[\s"'(=:])/(?:home|Users|root|work|tmp/\w+)/\w`)
	// A number in a tracker explains nothing; the reason belongs in the text.
	trackerNumber = regexp.MustCompile(`(?i)\b(?:issue|ticket|pull request|PR) #\d+`)
	// A numbered section of a document that has no name here.
	bareSection = regexp.MustCompile(`\b(?:DESIGN|[Gg]uide|seed) \d+\b`)
)

// otherDocuments are named, and rightly not here.
var otherDocuments = exceptions{}

func TestTextsStandAlone(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	err := walk(func(name string, text []byte) error {
		if name == "package-lock.json" || strings.HasPrefix(name, "internal/houserules/") {
			return nil
		}
		for i, line := range strings.Split(string(text), "\n") {
			for rule, pattern := range map[string]*regexp.Regexp{
				"names a folder of one machine": machinePath,
				"refers to a tracker":           trackerNumber,
				"refers to an unnamed document": bareSection,
			} {
				if found := pattern.FindString(line); found != "" {
					t.Errorf("%s:%d %s: %q", name, i+1, rule, found)
				}
			}
			for _, doc := range document.FindAllString(line, -1) {
				if exists(doc) || exists(path.Join(path.Dir(name), doc)) {
					continue
				}
				used[doc] = true
				if _, ok := otherDocuments[doc]; !ok {
					t.Errorf("%s:%d names %s, which is not here", name, i+1, doc)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	otherDocuments.unused(t, used)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

func TestTextPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern *regexp.Regexp
		text    string
		want    bool
	}{
		{machinePath, `open "/home/ann/x"`, true},
		{machinePath, `see https://example.com/home/x`, false},
		{machinePath, `GET /users/1`, false},
		{trackerNumber, `fixes issue #12`, true},
		{trackerNumber, `ticket 12 is closed`, false},
		{bareSection, `as DESIGN 3 has it`, true},
		{document, `see docs/architecture.md`, true},
	}
	for _, tt := range tests {
		if got := tt.pattern.MatchString(tt.text); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
}
