package tenon_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

var update = flag.Bool("update", false, "write docs/rights.md anew")

// TestRightsPage keeps the reference page in step with the table of rights.
// Write it anew with: go test . -run TestRightsPage -update
func TestRightsPage(t *testing.T) {
	t.Parallel()
	const name = "docs/rights.md"
	page := rightsPage()
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Errorf("%s is not what the table of rights says; write it anew: go test . -run TestRightsPage -update", name)
	}
}

func rightsPage() string {
	var b strings.Builder
	b.WriteString(`# Rights

What each role may do, wherever it reaches. This page is printed from the table in ` + "`access.go`" + `
(` + "`tenon.Allowed`" + `), which is what the product asks; a test compares the two.

`)
	b.WriteString("| may |")
	for _, r := range tenon.Roles {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" :-: |", len(tenon.Roles)) + "\n")
	actions := slices.SortedFunc(maps.Keys(tenon.Allowed), func(a, b tenon.Action) int {
		if d := len(tenon.Allowed[b]) - len(tenon.Allowed[a]); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	for _, a := range actions {
		fmt.Fprintf(&b, "| %s |", a)
		for _, r := range tenon.Roles {
			mark := " "
			if slices.Contains(tenon.Allowed[a], r) {
				mark = " yes "
			}
			b.WriteString(mark + "|")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, `
## What a role reaches

| role | organizations | restricted items |
| --- | --- | --- |
| administrator | all | all |
| manager, editor, creator, read-only | all, or those granted to the user or to a group of theirs | those they, or a group of theirs, are named for |
| lite | at most %d; never all | as above |

An action is allowed where the role may do it **and** the record is reached. Kinds that one of a person's groups is
denied are not reached, whatever the role. What is not reached looks as if it were not there: in lists,
counts, searches and by its address.

## What asks for more than a role

- **Merging** needs the whole of every source and of the target in reach, not a part of it.
- **Deleting several organizations at once** is refused unless the account setting "Bulk deletion allowed" is on.
- **Revealing a secret** in a session asks for a proof of the second factor that is at most %d minutes old, where the
  person has one. An API key reveals only with password access. Each reveal is recorded.
- **Editing people**: nobody edits a person above their own rank or gives what they do not have themselves; see
  [people](%s).
- **The command line** acts as a built-in administrator: who may read and write the data directory may do everything.
  `+"`--as EMAIL`"+` acts as that person, with that person's rights.
`, tenon.MaxLiteOrganizations, int(tenon.FactorFresh.Minutes()), "people"+".md")
	return b.String()
}
