package tenon

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

// TestFind wants a finding to say in English what its text and arguments say,
// also after it was kept.
func TestFind(t *testing.T) {
	t.Parallel()
	f := Find("busy", "wait", 7, "%s of %s %s there (%d, 100 %%), %q.", Amount(1284, "item", "items"), Configuration, Form(1, "is", "are"), OperationID(12), "Calder")
	want := `1,284 items of configuration is there (12, 100 %), "Calder".`
	if f.Message != want {
		t.Errorf("it says %q, want %q", f.Message, want)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Finding
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f, back) {
		t.Errorf("kept and read it is %#v, was %#v", back, f)
	}
	if got := fmt.Sprintf(back.Text, back.Args...); got != want {
		t.Errorf("its parts say %q, want %q", got, want)
	}
	if err := json.Unmarshal([]byte(`{"Args":[1.5]}`), &back); err == nil {
		t.Error("an argument that is neither a text nor a whole number is read")
	}
	if plain := Find("a", "", 0, "Nothing."); plain.Args != nil || plain.Message != "Nothing." {
		t.Errorf("without arguments: %+v", plain)
	}
}

// TestPhrase keeps a phrase and reads it, also one from before there were any.
func TestPhrase(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{
		`{"text":"%s of %s","args":[{"n":2,"one":"day","many":"days"},"5 %"]}`: "2 days of 5 %",
		`{"text":"100 %"}`:   "100 %",
		`"as it was, 100 %"`: "as it was, 100 %",
		`""`:                 "",
	} {
		var p Phrase
		if err := json.Unmarshal([]byte(kept), &p); err != nil || p.String() != want {
			t.Errorf("%s says %q (%v), want %q", kept, p.String(), err, want)
		}
	}
	p := Say("%s since %d", "up", 3)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Phrase
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(p, back) {
		t.Errorf("%#v was %#v (%v)", back, p, err)
	}
}

// TestNestedPhrase keeps phrases with phrases and lists in them, also as
// arguments of findings, and reads them.
func TestNestedPhrase(t *testing.T) {
	t.Parallel()
	inner := Say("%s was merged into %s", "Acme 100 %", "Bolt")
	mixed := List{"A", Amount(2, "item", "items"), Say("number %d", 7), ListOf([]OrgID{1, 2})}
	for want, p := range map[string]Phrase{
		"Taken back: Acme 100 % was merged into Bolt.":  Say("%s.", Say("Taken back: %s", inner)),
		"Left out: a.example, b.example and c.example.": Say("Left out: %s.", ListOf([]string{"a.example", "b.example", "c.example"})),
		"a and b":                             Say("%s", ListOf([]string{"a", "b"})),
		"a":                                   Say("%s", ListOf([]string{"a"})),
		"none: ":                              Say("none: %s", ListOf([]string(nil))),
		"A, 2 items, number 7 and 1 and 2, 3": Say("%s, %d", mixed, 3),
		"old: kept 100 %":                     Say("old: %s", Phrase{Text: "kept 100 %"}),
		`it is "said 1"`:                      Say("it is %q", Say("said %d", 1)),
	} {
		if p.String() != want {
			t.Errorf("it says %q, want %q", p, want)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Phrase
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(p, back) || back.String() != want {
			t.Errorf("kept and read it is %#v, was %#v (%v)", back, p, err)
		}
		f := Find("code", "", 0, "Because: %s", p)
		if text, err = json.Marshal(f); err != nil {
			t.Fatal(err)
		}
		var found Finding
		if err := json.Unmarshal(text, &found); err != nil || !reflect.DeepEqual(f, found) || found.Message != "Because: "+want {
			t.Errorf("as a finding it is %#v, was %#v (%v)", found, f, err)
		}
	}
	for _, bad := range []string{`[1.5]`, `[[1.5]]`, `[{"text":5}]`, `{}`} {
		var a Args
		if err := json.Unmarshal([]byte(bad), &a); err == nil {
			t.Errorf("%s is read as %#v", bad, a)
		}
	}
}

func TestLower(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Contact": "contact", "Flexible assets": "flexible assets", "SSL certificate": "SSL certificate", "IP address": "IP address",
		"URL": "URL", "E-mail domains": "e-mail domains", "Äußeres": "äußeres", "": "", "A": "a",
	} {
		if got := Lower(label); got != want {
			t.Errorf("%q inside of a sentence is %q, want %q", label, got, want)
		}
	}
}
