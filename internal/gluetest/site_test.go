package gluetest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/storetest"
)

// site is a running server, asked as an administrator.
type site struct {
	*browsertest.Site
	t   *testing.T
	url string // of the API, without a slash at its end
	key string
	// kept are the answers that the validator is to see, each with its question.
	kept []kept
}

type kept struct {
	What string          `json:"what"`
	Body json.RawMessage `json:"body"`
}

// onEngines runs fn against a server on each database.
func onEngines(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := &site{Site: browsertest.Serve(t, engine, browsertest.SiteOptions{}), t: t}
			s.url = s.URL + "/itglue"
			ctx, name, email, role, everywhere := context.Background(), "Scripts", "scripts@harbourline.example", tenon.Administrator, true
			u, err := s.App.Core.CreateUser(ctx, s.Root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
			s.must(err)
			key, _, err := s.App.Core.CreateKey(ctx, s.Root, u.ID, name, true)
			s.must(err)
			s.key = key.Reveal()
			s.must(s.App.Core.SetSetting(ctx, s.Root, tenon.SettingBulkDelete, "true"))
			fn(t, s)
		})
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// reply is an answer with its body read.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// ask sends a request; headers come in pairs. The path may be a whole address.
func (s *site) ask(method, path, body string, headers ...string) reply {
	s.t.Helper()
	if !strings.HasPrefix(path, "http://") {
		path = s.url + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	s.must(err)
	r.Header.Set("x-api-key", s.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/vnd.api+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	s.must(err)
	b, err := io.ReadAll(resp.Body)
	s.must(err)
	s.must(resp.Body.Close())
	return reply{s.t, method + " " + path, resp.StatusCode, resp.Header, b}
}

// read is a GET that must succeed, whose answer the validator is to see.
func (s *site) read(path string) reply {
	s.t.Helper()
	r := s.ask("GET", path, "").want(200)
	s.kept = append(s.kept, kept{r.what, r.body})
	return r
}

// want fails unless the answer has the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: got %d, want %d: %s", r.what, r.status, status, r.body)
	}
	return r
}

// at returns a member of the body by its path, such as "data.0.id".
func (r reply) at(path string) any {
	r.t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	var x any
	if err := d.Decode(&x); err != nil {
		r.t.Fatalf("%s: not JSON: %s", r.what, r.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch in := x.(type) {
		case map[string]any:
			x = in[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(in) {
				return nil
			}
			x = in[n]
		default:
			return nil
		}
	}
	return x
}

// text returns a member as text, "" for null.
func (r reply) text(path string) string {
	r.t.Helper()
	return asText(r.at(path))
}

func asText(x any) string {
	switch x := x.(type) {
	case nil:
		return ""
	case string:
		return x
	}
	b, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// has fails unless the member has the value.
func (r reply) has(path, want string) reply {
	r.t.Helper()
	if got := r.text(path); got != want {
		r.t.Errorf("%s: %s is %q, want %q: %.600s", r.what, path, got, want, r.body)
	}
	return r
}

// rows returns the resource objects of a list.
func (r reply) rows() []map[string]any {
	r.t.Helper()
	list, ok := r.at("data").([]any)
	if !ok {
		r.t.Fatalf("%s: data is no list: %.300s", r.what, r.body)
	}
	out := make([]map[string]any, len(list))
	for i, x := range list {
		if out[i], ok = x.(map[string]any); !ok {
			r.t.Fatalf("%s: data holds what is no object: %.300s", r.what, r.body)
		}
	}
	return out
}

// ids returns the ids of a list, with commas between.
func (r reply) ids() string {
	r.t.Helper()
	var out []string
	for _, row := range r.rows() {
		out = append(out, asText(row["id"]))
	}
	return strings.Join(out, ",")
}

// body is a request that sends one object.
func body(typ string, attrs map[string]any) string { return wrap(object(typ, attrs)) }

func object(typ string, attrs map[string]any) map[string]any {
	return map[string]any{"type": typ, "attributes": attrs}
}

// wrap is a request with that data.
func wrap(data any) string {
	b, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return err.Error()
	}
	return string(b)
}
