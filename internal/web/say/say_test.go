package say

import (
	"context"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

const german = `{"name": "Deutsch",
	"texts": {"Edit": "Bearbeiten", "%s was given to %s.": "%[2]s hat jetzt %[1]s.", "%d%% of %s": "%d %% von %s", "%s and %s": "%s und %s", "Because: %s": "Weil: %s"},
	"counts": {"item|items": {"one": "Eintrag", "other": "Einträge"}}}`

func TestSay(t *testing.T) {
	t.Parallel()
	l, err := Parse("de", []byte(german))
	if err != nil {
		t.Fatal(err)
	}
	english := context.Background()
	own := With(english, l)
	for _, c := range []struct{ got, want string }{
		{Text(english, "Edit"), "Edit"},
		{Text(own, "Edit"), "Bearbeiten"},
		{Text(own, "Merge"), "Merge"},
		{Textf(english, "%s was given to %s.", "Key", "Team"), "Key was given to Team."},
		{Textf(own, "%s was given to %s.", "Key", "Team"), "Team hat jetzt Key."},
		{Textf(own, "%d%% of %s", 5, "x"), "5 % von x"},
		{Count(english, 1284, "item", "items"), "1,284 items"},
		{Count(own, 1, "item", "items"), "1 Eintrag"},
		{Count(own, 1284, "item", "items"), "1,284 Einträge"},
		{Plural(own, 2, "organization", "organizations"), "organizations"},
		{Error(own, tenon.Errorf(tenon.Conflict, "%s was given to %s.", "a", "b")), "b hat jetzt a."},
		{Error(english, tenon.Errorf(tenon.Conflict, "%s was given to %s.", "a", "b")), "a was given to b."},
		{Phrase(own, tenon.Say("Because: %s", tenon.Say("%s was given to %s.", "a", tenon.Amount(2, "item", "items")))), "Weil: 2 Einträge hat jetzt a."},
		{Phrase(english, tenon.Say("Because: %s", tenon.Say("Edit"))), "Because: Edit"},
		{Phrase(own, tenon.Say("Because: %s", tenon.ListOf([]string{"Edit", "b", "c"}))), "Weil: Edit, b und c"},
		{Phrase(own, tenon.Say("Because: %s", tenon.List{tenon.Say("Edit"), tenon.Amount(1, "item", "items")})), "Weil: Bearbeiten und 1 Eintrag"},
		{Finding(own, tenon.Find("code", "", 0, "Because: %s", tenon.Say("Edit"))), "Weil: Bearbeiten"},
		{Finding(english, tenon.Find("code", "", 0, "Because: %s", tenon.Say("Edit"))), "Because: Edit"},
		{Error(own, tenon.Errorf(tenon.Conflict, "Because: %s", tenon.Say("Edit"))), "Weil: Bearbeiten"},
		{Tag(english), "en"},
		{Tag(own), "de"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestEnglishCostsNothing is not parallel: it counts.
func TestEnglishCostsNothing(t *testing.T) {
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { Text(ctx, "Edit") }); n != 0 {
		t.Errorf("a text in English allocates %v times", n)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tag, file, want string }{
		{"de", `{"texts": {"%s was saved.": "Gespeichert."}}`, "other arguments"},
		{"de", `{"texts": {"%s of %d": "%d von %s"}}`, "other arguments"},
		{"de", `{"counts": {"item|items": {"several": "Einträge"}}}`, "no language has"},
		{"???", `{}`, "language ???"},
		{"de", `{`, "language de"},
	} {
		if _, err := Parse(c.tag, []byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: got %v, want %q", c.tag, c.file, err, c.want)
		}
	}
}
