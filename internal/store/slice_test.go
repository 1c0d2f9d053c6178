package store

import (
	"slices"
	"testing"
)

func TestCases(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][]string{
		"":            {""},
		"Hull":        {"hull"},
		"ÄRGER":       {"Ärger", "ärger"},
		"Öl für 3":    {"Öl fÜr 3", "Öl für 3", "öl fÜr 3", "öl für 3"},
		"ΑΒΓΔΕ Pier":  {"ΑΒΓΔΕ pier", "αβγδε pier"},
		"東京 Harbour":  {"東京 harbour"},
		"a\u0000É\nb": {"a\u0000É\nb", "a\u0000é\nb"},
	} {
		got := cases(s)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
