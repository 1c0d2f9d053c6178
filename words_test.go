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
