package httpkit_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
)

type inner struct {
	Name string `json:"name"`
}

type outer struct {
	Text  string           `json:"text"`
	Count int64            `json:"count"`
	On    *bool            `json:"on"`
	List  []inner          `json:"list"`
	Map   map[string]inner `json:"map"`
	Any   any              `json:"any"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body  string
		want  int // status, 0 where it is accepted
		field string
	}{
		{`{}`, 0, ""},
		{`{"text":"x","count":1,"on":true,"list":[{"name":"a"}],"map":{"k":{"name":"b"}},"any":{"whatever":[1]}}`, 0, ""},
		{` {"text":null} `, 0, ""},
		{``, 400, ""}, {`null`, 400, ""}, {`[]`, 400, ""}, {`{`, 400, ""}, {`{}{}`, 400, ""}, {`{} x`, 400, ""}, {`{"text":"a","text":"b"}`, 400, ""},
		{`{"any":{"a":1,"a":2}}`, 400, ""}, {"{\"text\":\"\xc3\x28\"}", 400, ""}, {`{"text":01}`, 400, ""},
		{`{"any":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, 0, ""},
		{`{"any":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, 400, ""},
		{`{"other":1}`, 422, "other"}, {`{"Text":"x"}`, 422, "Text"}, {`{"list":[{"name":"a"},{"nmae":"b"}]}`, 422, "list.nmae"}, {`{"map":{"k":{"x":1}}}`, 422, "map.k.x"},
		{`{"text":1}`, 422, "text"}, {`{"count":"1"}`, 422, "count"}, {`{"count":1.5}`, 422, "count"}, {`{"count":1e30}`, 422, "count"}, {`{"on":1}`, 422, "on"}, {`{"list":{}}`, 422, "list"},
	}
	for _, tt := range tests {
		var o outer
		err := httpkit.Decode([]byte(tt.body), &o)
		switch {
		case tt.want == 0 && err != nil:
			t.Errorf("%s: %v", tt.body, err)
		case tt.want != 0 && (err == nil || httpkit.StatusOf(err) != tt.want):
			t.Errorf("%.80s: %v, want %d", tt.body, err, tt.want)
		case tt.want != 0:
			if p := httpkit.ProblemOf(err, ""); tt.field != "" && (len(p.Fields) != 1 || p.Fields[0].Field != tt.field) {
				t.Errorf("%s: fields %v, want %s", tt.body, p.Fields, tt.field)
			}
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{"": 0, "a=1": 0, "a=1&b=2": 0, "a=": 0, "a=1&a=2": 400, "c=1": 400, "a=%zz": 400, "a=1;b=2": 400, "a=%ff": 400, "a=%00": 400} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		_, err := httpkit.Query(r, "a", "b")
		if (err == nil) != (want == 0) || (err != nil && httpkit.StatusOf(err) != want) {
			t.Errorf("%q: %v, want %d", query, err, want)
		}
	}
}

// TestTooLongBodyIsAnswered sends a body that is too long as simple clients do,
// the whole of it before anything is read: the answer comes all the same.
func TestTooLongBodyIsAnswered(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := httpkit.ReadBody(r, 1<<20); err != nil {
			w.WriteHeader(httpkit.StatusOf(err))
		}
	}))
	defer s.Close()
	for _, length := range []string{"Content-Length: 10485766\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nA00000\r\n"} {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sent := "POST / HTTP/1.1\r\nHost: x\r\n" + length + strings.Repeat("x", 10<<20) + "\r\n0\r\n\r\n"
		if strings.HasPrefix(length, "Content") {
			sent = sent[:len(sent)-1]
		}
		if _, err := c.Write([]byte(sent)); err != nil {
			t.Errorf("%.17s: %v", length, err)
			continue
		}
		got, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || got.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%.17s: got %v, %v", length, got, err)
		}
	}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", strings.NewReader("12345"))
	if b, err := httpkit.ReadBody(r, 5); err != nil || string(b) != "12345" {
		t.Errorf("got %q, %v", b, err)
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader("123456"))
	if _, err := httpkit.ReadBody(r, 5); httpkit.StatusOf(err) != 413 {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode holds that whatever is accepted is one JSON object of valid text,
// and that every refusal is in words.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"text":"x"}`, `{"list":[{"name":"a"}]}`, `{"any":[[1]]}`, `{"a":1,"a":2}`, `[`, "{\"\xff\":1}", `{"count":1e9}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var o outer
		err := httpkit.Decode(body, &o)
		if err != nil {
			var e *tenon.Error
			if !errors.As(err, &e) || e.Message == "" {
				t.Errorf("%q: an error without words: %v", body, err)
			}
			return
		}
		var again map[string]any
		if json.Unmarshal(body, &again) != nil || !utf8.Valid(body) {
			t.Errorf("%q was accepted", body)
		}
		for name := range again {
			switch name {
			case "text", "count", "on", "list", "map", "any":
			default:
				t.Errorf("%q: the unknown name %q was accepted", body, name)
			}
		}
	})
}
