package gluetest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/replytest"
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

type reply = replytest.Reply

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
	return reply{T: s.t, What: method + " " + path, Status: resp.StatusCode, Header: resp.Header, Body: b}
}

// read is a GET that must succeed, whose answer the validator is to see.
func (s *site) read(path string) reply {
	s.t.Helper()
	r := s.ask("GET", path, "").Want(200)
	s.kept = append(s.kept, kept{r.What, r.Body})
	return r
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
