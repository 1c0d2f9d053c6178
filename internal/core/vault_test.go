package core_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
)

func TestSecrets(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		pw, err := h.CreateItem(ctx, admin, tenon.Password, acme, core.ItemChange{Values: tenon.Values{"name": "root", "password": "in the open"},
			Secrets: map[string]*secret.Text{"password": text("hunter2-one"), "otp_secret": text("JBSW Y3DP EHPK 3PXP JBSW Y3DP")}})
		h.must(err)
		if !slices.Equal(pw.Secrets, []string{"otp_secret", "password"}) || pw.Values.Text("password") != "" || pw.Values.Text("password_updated_at") == "" {
			h.t.Errorf("created %+v", pw)
		}
		got, err := h.Reveal(ctx, admin, pw.ID, "password")
		h.must(err)
		if got.Reveal() != "hunter2-one" {
			h.t.Errorf("revealed %q", got.Reveal())
		}
		code, left, err := h.TOTPCode(ctx, admin, pw.ID)
		h.must(err)
		if len(code) != 6 || left < 1 || left > 30 {
			h.t.Errorf("code %q for %d s", code, left)
		}
		for i, want := range []string{"reveal code", "reveal", "create"} {
			if e := h.events(admin, pw.ID)[i]; e.Action != want || e.Binder != acme.Home() {
				h.t.Errorf("event %d is %q", i, e.Action)
			}
		}
		same, err := h.UpdateItem(ctx, admin, pw.ID, core.ItemChange{Secrets: map[string]*secret.Text{"password": text("hunter2-one")}})
		h.must(err)
		if same.Version != 1 {
			h.t.Errorf("the same password made version %d", same.Version)
		}
		next, err := h.UpdateItem(ctx, admin, pw.ID, core.ItemChange{Secrets: map[string]*secret.Text{"password": text("hunter2-two"), "otp_secret": nil}})
		h.must(err)
		if next.Version != 2 || !slices.Equal(next.Secrets, []string{"password"}) {
			h.t.Errorf("updated %+v", next)
		}
		log, err := json.Marshal(h.events(admin, pw.ID)[0].Changes)
		h.must(err)
		if string(log) != `[{"field":"otp_secret"},{"field":"password"}]` {
			h.t.Errorf("the log says %s", log)
		}
		_, _, err = h.TOTPCode(ctx, admin, pw.ID)
		h.refused("a code without a seed", err, tenon.NotFound)
		for field, value := range map[string]string{"otp_secret": "not a seed!", "name": "x", "password": strings.Repeat("x", 70_000), "traits.x": "y"} {
			_, err := h.UpdateItem(ctx, admin, pw.ID, core.ItemChange{Secrets: map[string]*secret.Text{field: text(value)}})
			h.refused("a secret in "+field, err, tenon.Invalid)
		}
		_, err = h.Reveal(ctx, admin, pw.ID, "otp_secret")
		h.refused("the seed itself", err, tenon.Forbidden)
		noKeys := core.New(core.Options{Store: h.st})
		_, err = noKeys.Reveal(ctx, admin, pw.ID, "password")
		h.refused("a vault without keys", err, tenon.Unavailable)
		_, err = noKeys.UpdateItem(ctx, admin, pw.ID, core.ItemChange{Secrets: map[string]*secret.Text{"password": text("x")}})
		h.refused("sealing without keys", err, tenon.Unavailable)

		back, err := h.RestoreRevision(ctx, admin, pw.ID, 1)
		h.must(err)
		if back.Version != 3 || !slices.Equal(back.Secrets, []string{"otp_secret", "password"}) {
			h.t.Errorf("restored %+v", back)
		}
		old, err := h.Reveal(ctx, admin, pw.ID, "password")
		h.must(err)
		if old.Reveal() != "hunter2-one" {
			h.t.Errorf("restored %q", old.Reveal())
		}
		if hits := h.inTheClear("hunter2"); len(hits) > 0 {
			h.t.Errorf("the password stands in %v", hits)
		}
	})
}

// inTheClear returns the tables in which a text stands as it is.
func (h *house) inTheClear(s string) []string {
	h.t.Helper()
	var hits []string
	for table, column := range map[string]string{"items": "fields", "revisions": "body || secrets", "activity": "changes || name", "record_keys": "key", "parts": "fields"} {
		text := `SELECT count(*) FROM ` + table + ` WHERE ` + column + ` LIKE '%` + s + `%'`
		var n int64
		if db, ok := h.st.Raw().(*sql.DB); ok {
			h.must(db.QueryRowContext(ctx, text).Scan(&n))
		} else {
			h.must(h.st.Raw().(*pgxpool.Pool).QueryRow(ctx, text).Scan(&n))
		}
		if n > 0 {
			hits = append(hits, table)
		}
	}
	return hits
}

func TestWhoMayReveal(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		pw, err := h.CreateItem(ctx, admin, tenon.Password, acme, core.ItemChange{Values: tenon.Values{"name": "root"}, Secrets: map[string]*secret.Text{"password": text("x")}})
		h.must(err)
		for what, try := range map[string]struct {
			v    tenon.Viewer
			code tenon.Code
		}{
			"read-only, reaches it":       {h.user("r", tenon.ReadOnly, acme), ""},
			"lite, reaches it":            {h.user("l", tenon.Lite, acme), ""},
			"reaches another":             {h.user("e", tenon.Editor, beta), tenon.NotFound},
			"the kind is denied":          {with(h.user("d", tenon.Editor, acme), func(v *tenon.Viewer) { v.Denied = []tenon.Kind{tenon.Password} }), tenon.NotFound},
			"a key without access":        {with(h.user("k", tenon.Manager, acme), func(v *tenon.Viewer) { v.NoSecrets = true }), tenon.Forbidden},
			"nobody":                      {tenon.Viewer{Everywhere: true}, tenon.Unauthenticated},
			"a key that does not see it ": {with(h.user("n", tenon.Manager, beta), func(v *tenon.Viewer) { v.NoSecrets = true }), tenon.NotFound},
		} {
			before := len(h.events(admin, pw.ID))
			_, err := h.Reveal(ctx, try.v, pw.ID, "password")
			h.refused(what, err, try.code)
			if wrote := len(h.events(admin, pw.ID)) > before; wrote != (try.code == "") {
				h.t.Errorf("%s: recorded %v", what, wrote)
			}
		}
	})
}

func with(v tenon.Viewer, fn func(*tenon.Viewer)) tenon.Viewer { fn(&v); return v }
