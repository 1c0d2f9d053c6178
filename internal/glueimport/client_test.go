package glueimport

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/secret"
)

// TestPaging reads whether a page is the last, in the ways in which that is said.
func TestPaging(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]answer{
		`{"data":[],"meta":{"next-page":2,"total-count":70}}`:           {Next: true, Total: 70},
		`{"data":[],"meta":{"next-page":"2","total-count":"70"}}`:       {Next: true, Total: 70},
		`{"data":[],"meta":{"next-page":null,"total-pages":5}}`:         {},
		`{"data":[],"meta":{"next-page":"","current-page":1}}`:          {},
		`{"data":[],"meta":{"current-page":1,"total-pages":2}}`:         {Next: true},
		`{"data":[],"meta":{"current-page":2,"total-pages":2}}`:         {},
		`{"data":[],"meta":{},"links":{"next":"https://x.example/?p"}}`: {Next: true},
		`{"data":[],"meta":[],"links":{"next":null}}`:                   {},
		`{"data":null}`:          {Unsaid: true},
		`{"data":[],"links":{}}`: {Unsaid: true},
	} {
		got, err := decode(strings.NewReader(text))
		if err != nil || got.Next != want.Next || got.Unsaid != want.Unsaid || got.Total != want.Total || len(got.Data) != 0 {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{`{"errors":[]}`, `<html>`, `{"data":[{"id":1}`, ``} {
		if got, err := decode(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

// TestRecordsAsWritten reads records as servers write them.
func TestRecordsAsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"id":"12","type":"a_b","attributes":{"x":1}}`:                 "12 a-b 1 [] false",
		`{"id":12,"type":"a","attributes":null,"relationships":[]}`:     "12 a  [] false",
		`{"type":"a","attributes":{"id":9007199254740,"x":"y"}}`:        "9007199254740 a y [] false",
		`{"id":1,"relationships":{"r":{"data":[{"id":2},{"id":"3"}]}}}`: "1   [2 3] true",
		`{"id":1,"relationships":{"r":{"data":[]}}}`:                    "1   [] true",
		`{"id":1,"relationships":{"r":{"data":null}}}`:                  "1   [] false",
		`{"attributes":[]}`: "   [] false",
	} {
		var r record
		err := r.UnmarshalJSON([]byte(text))
		if got := fmt.Sprint(r.ID, " ", r.Type, " ", r.text("x"), " ", r.named("r"), " ", r.related("r")); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	a, err := decode(strings.NewReader(`{"data":[{"id":1},{"id":"1"},{"id":2},{"type":"x"}]}`))
	if err != nil || a.once() != 1 || len(a.Data) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAnswersOfTrouble tells what a source refuses from what it cannot do now.
func TestAnswersOfTrouble(t *testing.T) {
	t.Parallel()
	up, taken := true, true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"/broken": 500, "/closed": 403, "/busy": 429, "/late": 504}[r.URL.Path]
		switch {
		case !up:
			status = http.StatusBadGateway
		case !taken:
			status = http.StatusUnauthorized
		}
		if status != 0 {
			w.WriteHeader(status)
		}
		if _, err := fmt.Fprint(w, map[bool]string{true: `{"data":[`, false: `{"data":[]}`}[r.URL.Path == "/cut"]); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	base, err := parseBase(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := (&Engine{again: time.Millisecond}).client(base, secret.NewText("ITG.key"), 1_000_000, time.Second)
	t.Cleanup(c.close)
	ask := func(path string) error {
		_, err := c.list(t.Context(), path, nil, 1, pageSize)
		return err
	}
	for _, path := range []string{"broken", "late", "cut"} {
		if err := ask(path); !broken(err) {
			t.Errorf("%s alone: %v", path, err)
		}
	}
	if err := ask("closed"); !refused(err) || broken(err) {
		t.Errorf("closed alone: %v", err)
	}
	var later *job.Later
	if err := ask("busy"); !errors.As(err, &later) || later.Wait != unsaidWait {
		t.Errorf("busy, and no word for how long: %v", err)
	}
	if err := ask("fine"); err != nil {
		t.Error(err)
	}
	up = false
	for _, path := range []string{"broken", "fine"} {
		if err := ask(path); refused(err) || tenon.CodeOf(err) != tenon.Unavailable {
			t.Errorf("%s, and nothing answers: %v", path, err)
		}
	}
	up, taken = true, false
	for range turnedAway {
		err = ask("fine")
	}
	if refused(err) || !strings.Contains(tenon.MessageOf(err), "does not take the key any more") {
		t.Errorf("with a key that was taken back: %v", err)
	}
}
