package tenon

import (
	"encoding/json"
	"testing"
)

// TestValuesJSON holds the short way of writing to what the library writes.
func TestValuesJSON(t *testing.T) {
	t.Parallel()
	texts := append([]string{"", "plain", "é 漢 😀", "a\u2028b", "\x00\x1f\x7f", "\xff\xc3", "<b>&amp;</b>", `"\`}, storedTexts...)
	for _, text := range texts {
		holdWritten(t, Values{"a": text, text: "b"})
	}
	holdWritten(t, Values{"b": int64(-12), "a": true, "c": 1.5, "d": []string{"<x>", "y"}, "e": []Address{{Value: "x@example.com", Primary: true}}, "f": map[string]any{"z": "1", "a": nil}})
	if got := (Values{}).JSON(); got != "{}" {
		t.Errorf("nothing is written as %s", got)
	}
}

// FuzzValuesJSON does so with whatever else a text may be.
func FuzzValuesJSON(f *testing.F) {
	for _, text := range storedTexts {
		f.Add(text, "x")
	}
	f.Fuzz(func(t *testing.T, name, text string) { holdWritten(t, Values{name: text, "n": int64(len(text))}) })
}

func holdWritten(t *testing.T, v Values) {
	t.Helper()
	want, err := json.Marshal(map[string]any(v))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.JSON(); got != string(want) {
		t.Errorf("%q is written as\n%s\nand by the library as\n%s", v, got, want)
	}
}
