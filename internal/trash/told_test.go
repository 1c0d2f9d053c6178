package trash

import (
	"encoding/json"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestTold wants every act to be told, in the three forms and with what it was
// done with; also one whose job began before acts were told in sentences.
func TestTold(t *testing.T) {
	t.Parallel()
	for action := range actions {
		if tellings[action].one == "" || tellings[action].many == "" || tellings[action].now == "" {
			t.Errorf("%s is not told", action)
		}
	}
	for kept, want := range map[string][3]string{
		`{"did":{"how":"move","with":["Bolt 5 %"]}}`: {"One item was moved to Bolt 5 %", "2 items were moved to Bolt 5 %", "2 items are being moved to Bolt 5 %"},
		`{"did":{"how":"tag","with":[["\"a\"","\"b\""]]},"orgs":true}`: {`One organization was tagged "a" and "b"`,
			`2 organizations were tagged "a" and "b"`, `2 organizations are being tagged "a" and "b"`},
		`{"did":{"how":"restrict","with":[{"n":1,"one":"user or group","many":"users and groups"}]}}`: {"One item was restricted to 1 user or group",
			"2 items were restricted to 1 user or group", "2 items are being restricted to 1 user or group"},
		`{"done":"tagged \"a\""}`: {`One item was tagged "a"`, `2 items were tagged "a"`, `2 items are being tagged "a"`},
	} {
		var j manyJournal
		if err := json.Unmarshal([]byte(kept), &j); err != nil {
			t.Fatal(err)
		}
		j.settle()
		got := [3]string{j.title(1).String(), j.title(2).String(), j.Did.now(j.amount(2)).String()}
		if got != want {
			t.Errorf("%s is told as %q, want %q", kept, got, want)
		}
	}
	if got := didWith(ActionCopy, nil, &tenon.Organization{Name: "Bolt"}).one("A"); got.String() != "A was copied to Bolt" {
		t.Errorf("a copy is told as %q", got)
	}
}
