package tenon

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

var storedTexts = []string{
	`{"a":"x"}`, `{"a":"x","b":1.5,"c":true,"d":false}`, `{"a":"\u003cb\u003e \"q\" \\ \n é 漢"}`, `{"a":""}`, `{"a":"x","a":"y"}`, `{"n":-12}`, `{"n":1e3}`,
	`{}`, ``, `{`, `{"a"`, `{"a":`, `{"a":"x"`, `{"a":"x",`, `{"a":"x",}`, `{"a":"x"} `, `{"a":"x"}{`, `{ "a":"x"}`, `{"a": "x"}`, `{"a":null}`, `{"a":[1]}`, `{"a":{"b":1}}`,
	`{"a":"x\"}`, `{"a":"\u00zz"}`, "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", `{"a":12x}`, `{"a":truex}`, `[]`, `{a:1}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`,
}

// TestFlatMembers holds the short way to what the decoder of the library reads.
func TestFlatMembers(t *testing.T) {
	t.Parallel()
	for _, text := range storedTexts {
		holdFlat(t, text)
	}
	if ok, _ := flatMembers(storedTexts[2], func(string, any) error { return nil }); !ok {
		t.Error("an ordinary record is not read in the short way")
	}
}

// FuzzFlatMembers does so with whatever else there may be.
func FuzzFlatMembers(f *testing.F) {
	for _, text := range storedTexts {
		f.Add(text)
	}
	f.Fuzz(holdFlat)
}

// holdFlat refuses an answer of the short way that is not the library's. What
// it does not read it leaves to the library.
func holdFlat(t *testing.T, text string) {
	got := map[string]any{}
	ok, err := flatMembers(text, func(name string, x any) error {
		got[name] = x
		return nil
	})
	if !ok {
		return
	}
	want := map[string]any{}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if wrong := d.Decode(&want); wrong != nil || err != nil {
		t.Fatalf("%q was read as %v, want %v", text, got, wrong)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q was read as %v, want %v", text, got, want)
	}
}
