package secret

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Whatever prints, logs or encodes a secret, alone or inside something, shows
// nothing of it.
func TestTextIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const value = "hunter2hunter2"
	s := NewText(value)
	type exported struct{ S Text }
	type hiddenField struct {
		s Text
		p *Text
	}
	for _, v := range []any{s, &s, exported{s}, &exported{s}, hiddenField{s, &s}, &hiddenField{s, &s}, []Text{s}, map[string]Text{"a": s}, NewAPIKey(), fmt.Errorf("x %v", s)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "%20s", "%U"} {
			if out := fmt.Sprintf(verb, v); leaks(out, value) {
				t.Errorf("%s of %T prints the secret: %s", verb, v, out)
			}
		}
		j, _ := json.Marshal(v)
		x, _ := xml.Marshal(v)
		var g bytes.Buffer
		_ = gob.NewEncoder(&g).Encode(v)
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		for _, out := range []string{string(j), string(x), g.String(), log.String()} {
			if leaks(out, value) {
				t.Errorf("an encoder of %T shows the secret: %s", v, out)
			}
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %q %s", s, s, s, s, s); got != strings.TrimSpace(strings.Repeat("[secret] ", 5)) {
		t.Errorf("formatted: %s", got)
	}
	if j, err := json.Marshal(exported{s}); err != nil || string(j) != `{"S":"[secret]"}` {
		t.Errorf("JSON: %s, %v", j, err)
	}
}

func leaks(out, value string) bool {
	return strings.Contains(out, value) || strings.Contains(strings.ToLower(out), fmt.Sprintf("%x", value))
}

func TestText(t *testing.T) {
	t.Parallel()
	var in struct{ A, B, C Text }
	if err := json.Unmarshal([]byte(`{"A":"hunter2","B":null}`), &in); err != nil {
		t.Fatal(err)
	}
	if in.A.Reveal() != "hunter2" || !in.B.IsZero() || !in.C.IsZero() || in.A.IsZero() {
		t.Errorf("read %q, %q, %q", in.A.Reveal(), in.B.Reveal(), in.C.Reveal())
	}
	if err := json.Unmarshal([]byte(`{"A":12345678}`), &in); err == nil || strings.Contains(err.Error(), "12345678") {
		t.Errorf("a number: %v", err)
	}
	if !in.A.Equal(NewText("hunter2")) || in.A.Equal(NewText("hunter3")) || !(Text{}).Equal(NewText("")) {
		t.Error("Equal")
	}
}
