package tenon

import (
	"encoding/json"
	"testing"
)

// TestKeptPlans reads plans as they were kept before their sentences were
// phrases, and as they are kept now.
func TestKeptPlans(t *testing.T) {
	t.Parallel()
	old := `{"Advice": "Acme has more items (3 against 1).",
		"Contents": [{"Kind": "contacts", "Note": "2 probable duplicates, to work off afterwards; 1 restricted; restrictions stay as they are"}, {"Kind": "documents", "Note": ""}],
		"Access": {"Gain": [{"Name": "Ada", "Through": "by name, Team"}]},
		"Children": [{"Name": "Yard", "Why": "It was below the source."}],
		"References": [{"What": "name of Acme", "Count": 1, "Now": "leads to Bolt"}, {"What": "grants of access to 100% Acme", "Count": 1200, "Now": "go on as planned under access"}],
		"Moves": [{"Name": "Ada", "Why": ""}],
		"Duplicates": [{"Kind": "contacts", "Why": "same name"}]}`
	want := []string{"Acme has more items (3 against 1).",
		"2 probable duplicates, to work off afterwards; 1 restricted; restrictions stay as they are", "", "by name, Team", "It was below the source.",
		"The name of Acme", "name of Acme", "The name of Acme leads to Bolt.",
		"1,200 grants of access to 100% Acme", "grants of access to 100% Acme", "1,200 grants of access to 100% Acme go on as planned under access.",
		"", "same name"}
	var was, is Plan
	if err := json.Unmarshal([]byte(old), &was); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "before", wordsOf(&was), want)
	now := Plan{Advice: Say("%s has more items (%s against %s).", "Acme", "3", "1"),
		Contents: []KindCount{{Note: Phrases{Say("%s, to work off afterwards", Amount(2, "probable duplicate", "probable duplicates")),
			Say("%s restricted; restrictions stay as they are", "1")}}, {}},
		Access:   AccessPlan{Gain: []AccessChange{{Through: Phrases{Say("by name"), Say("%s", "Team")}}}},
		Children: []ChildPlan{{Why: Say("It was below the source.")}},
		References: []ReferencePlan{{Subject: Say("The name of %s", "Acme"), Count: 1, Now: Say("%s to %s", Form(1, "leads", "lead"), "Bolt")},
			{Subject: Say("%s of access to %s", Amount(1200, "grant", "grants"), "100% Acme"), Count: 1200, Now: Say("go on as planned under access")}},
		Moves:      []MovePlan{{}},
		Duplicates: []DuplicatePlan{{Why: Say("same name")}}}
	wantWords(t, "now", wordsOf(&now), want)
	kept, err := json.Marshal(&now)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(kept, &is); err != nil {
		t.Fatal(err)
	}
	wantWords(t, "kept", wordsOf(&is), want)
	if q, ok := is.References[1].Subject.Args[0].(Quantity); !ok || q.N != 1200 || !is.Access.Gain[0].Through.Has(Say("by name")) {
		t.Errorf("what was kept lost its arguments: %+v", is)
	}
}

// wordsOf are the sentences of a plan, in English.
func wordsOf(p *Plan) []string {
	out := []string{p.Advice.String()}
	for _, k := range p.Contents {
		out = append(out, k.Note.Join("; "))
	}
	out = append(out, p.Access.Gain[0].Through.Join(", "), p.Children[0].Why.String())
	for _, r := range p.References {
		out = append(out, r.Subject.String(), r.What(), r.Sentence().String())
	}
	return append(out, p.Moves[0].Why.String(), p.Duplicates[0].Why.String())
}

func wantWords(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: got %q, want %q", what, got[i], want[i])
		}
	}
}
