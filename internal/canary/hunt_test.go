package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/canary"
)

// TestHuntFinds dresses a secret in every way, and proves that it is found.
func TestHuntFinds(t *testing.T) {
	t.Parallel()
	const value = `Quay "7" & <lantern>/ü+`
	inJSON, err := json.Marshal(map[string]string{"password": value})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"plain":          "x" + value + "x",
		"hex":            "x" + hex.EncodeToString([]byte(value)),
		"upper hex":      strings.ToUpper(hex.EncodeToString([]byte("x" + value))),
		"base64":         base64.StdEncoding.EncodeToString([]byte(value)),
		"later base64":   base64.StdEncoding.EncodeToString([]byte("a" + value + "tail")),
		"latest base64":  base64.RawURLEncoding.EncodeToString([]byte("ab" + value + "tail")),
		"address":        "?q=" + url.QueryEscape(value),
		"JSON":           string(inJSON),
		"nested in JSON": `{"body":"x ` + strings.ReplaceAll(value, `"`, `\"`) + `"}`,
	}
	for name, text := range tests {
		h := canary.NewHunt([]canary.Secret{{Name: "it", Value: value}})
		h.Look("a text", "a.txt", []byte(text))
		if len(h.Finds()) == 0 {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	h := canary.NewHunt([]canary.Secret{{Name: "it", Value: value, Home: "keys.json"}, {Name: "other", Value: "something else"}})
	h.Look("its home", "keys.json", []byte(value))
	if len(h.Finds()) > 0 || !h.AtHome("it") || h.AtHome("other") {
		t.Errorf("at home: %v, finds %v", h.AtHome("it"), h.Finds())
	}
}
