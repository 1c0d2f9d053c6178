package web_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/store"
)

// glueAccount serves an installation with a few records through the API that
// IT Glue has, and returns its address and a key to it.
func glueAccount(t *testing.T) (address, key string) {
	t.Helper()
	from := newSite(t, "sqlite")
	for _, name := range []string{"Harbor Dental", "Quay Freight"} {
		o := from.organization(tenon.Values{"name": name})
		from.contact(o.ID, "Iris")
		from.file(tenon.Password, o.ID, core.ItemChange{Values: tenon.Values{"name": "Router", "password": "lobster quay"}})
	}
	api, err := itglue.New(itglue.Options{Core: from.core, Trash: from.engines.trash, Export: from.exports, Now: time.Now, URL: func() string { return "http://127.0.0.1" }, Limit: -1})
	from.must(err)
	server := httptest.NewServer(httpkit.Wrap(httpkit.Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)}, api.Handler("")))
	t.Cleanup(server.Close)
	role, all := tenon.Administrator, true
	u, err := from.core.CreateUser(context.Background(), from.root, core.UserChange{Name: ptr("Copier"), Email: ptr("copier@msp.example"), Role: &role, Everywhere: &all})
	from.must(err)
	made, _, err := from.core.CreateKey(context.Background(), from.root, u.ID, "copy", true)
	from.must(err)
	return server.URL, made.Reveal()
}

// keptKey tells whether the key to an account is stored, and whether it can be
// read there.
func (s *site) keptKey(address, key string) (kept, plain bool) {
	s.t.Helper()
	s.must(s.core.Store().Read(context.Background(), func(tx *store.Tx) error {
		found, err := tx.SystemCopySource(address)
		if err == nil {
			kept, plain = len(found.Sealed) > 0, strings.Contains(string(found.Sealed), key)
		}
		return err
	}))
	return kept, plain
}

func TestCopyAStepAPage(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		address, key := glueAccount(t)
		_, link := s.join("Mia", tenon.Administrator)
		s.want(s.get("/welcome/records"), 200, `href="/import/itglue"`)
		s.want(s.get("/import/itglue"), 200, "Copy an IT Glue account", `aria-current="step"`, `value="https://api.itglue.com"`)
		plan := func(url, key string) answer { return s.post("/import/itglue", "url", url, "key_secret", key) }
		s.want(plan("http://glue.example", key), 422, "The key would go to glue.example unprotected. Use https.", `value="http://glue.example"`)
		s.want(plan("https://glue.example", ""), 422, "Give a key to glue.example.")
		s.want(plan(address, key), 422, "is the machine that Tenon runs on")
		s.engines.copies.Near()
		s.want(plan(address, "wrong"), 422, "refuses the key", `value="`+address+`"`)
		a := plan(address, key)
		s.want(a, 200, "What would come", "Organizations", "Copies 6 records from 127.0.0.1:")
		s.lacks(a, key)
		fields := formFields(a)

		// Nobody else can confirm it, and nobody later.
		s.as(func() {
			s.want(s.post(link, "password", "copper hill brewery yard"), 200)
			s.want(s.post("/import/itglue/run", fields...), 422, "was made by somebody else")
		})
		running := s.post("/import/itglue/run", fields...)
		s.want(running, 200, "Copying 127.0.0.1:", "Steps of the copy", "Under way.", "Cancel")
		if kept, plain := s.keptKey(address, key); !kept || plain {
			t.Errorf("while it runs the key is kept: %t, in the clear: %t", kept, plain)
		}
		s.settle()
		s.want(s.get(running.path), 200, "was copied: 6 created", "Undo", running.path+"/problems")
		s.want(s.get(running.path+"/problems"), 200, "list,id,name,message")
		if kept, _ := s.keptKey(address, key); kept {
			t.Error("after the copy its key is still there")
		}
		s.want(s.get("/organizations?q=harbor"), 200, "Harbor Dental")
		if again := s.post("/import/itglue/run", fields...); again.path != running.path {
			t.Errorf("the same form sent again leads to %s", again.path)
		}

		// The second copy is cancelled before it has begun.
		a = plan(address, key)
		s.want(a, 200, "6 records are here from an earlier copy")
		second := s.post("/import/itglue/run", formFields(a)...)
		s.want(s.post(second.path+"/cancel", "next", second.path), 200, "Being cancelled.")
		s.settle()
		s.want(s.get(second.path), 200, "was cancelled", "Another copy goes on from here.")
		if kept, _ := s.keptKey(address, key); kept {
			t.Error("after a cancelled copy its key is still there")
		}

		s.clock.Advance(3 * time.Hour)
		s.signInAgain()
		s.want(s.post("/import/itglue/run", formFields(a)[:6]...), 422, "This plan is too old")
		// What a copy made is taken back as a whole.
		s.want(s.post(running.path+"/undo"), 200)
		s.settle()
		s.want(s.get("/organizations"), 200, "No organizations yet")
	})
}
