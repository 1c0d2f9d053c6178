package check_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/check"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{User: 1, Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// world is a small database in which everything is as it must be.
type world struct {
	acme, globex, old tenon.OrgID // old is merged into acme
	pc, box           tenon.ItemID
	merge             tenon.OperationID
}

func newWorld(t *testing.T, st *store.Store) world {
	t.Helper()
	ctx := context.Background()
	c := core.New(core.Options{Store: st})
	var w world
	for i, id := range []*tenon.OrgID{&w.acme, &w.globex, &w.old} {
		name := []string{"Acme Ltd", "Globex", "Acme old"}[i]
		o, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name, "short_name": name[:4], "notes": "first line, second ¬ ‚ †"}})
		if err != nil {
			t.Fatal(err)
		}
		*id = o.ID
	}
	err := st.Write(ctx, func(tx *store.Tx) error {
		file := func(b tenon.BinderID, name string) (tenon.ItemID, error) {
			id, err := tx.NewID()
			if err != nil {
				return 0, err
			}
			i := &tenon.Item{ID: tenon.ItemID(id), BinderID: b, Kind: tenon.Configuration, Name: name, Values: tenon.Values{"name": name, "serial_number": "SN-" + name}, Tags: []string{"vip"}}
			if err := tx.InsertItem(i); err != nil {
				return 0, err
			}
			return i.ID, tx.Record(admin, tenon.Event{Action: "create", Subject: "configuration", SubjectID: id, Name: name, Binder: b})
		}
		var err error
		if w.pc, err = file(w.acme.Home(), "pc-1"); err != nil {
			return err
		}
		if w.box, err = file(w.old.Home(), "box-1"); err != nil {
			return err
		}
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		w.merge = tenon.OperationID(id)
		if err := tx.InsertOperation(&tenon.Operation{ID: w.merge, Kind: "merge", State: tenon.Finished, SourceID: w.old, TargetID: w.acme}, nil); err != nil {
			return err
		}
		if err := tx.HandOver(w.merge, []tenon.BinderID{w.old.Home()}, w.old, w.acme); err != nil {
			return err
		}
		if err := tx.SetOrganizationState(w.old, tenon.Merged, w.acme, 0); err != nil {
			return err
		}
		return tx.Record(admin, tenon.Event{Action: "merge", Subject: "organization", SubjectID: int64(w.old), Name: "Acme old", Binder: w.acme.Home(), Operation: w.merge})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// vandalize runs statements without the guards that would refuse them.
func vandalize(t *testing.T, st *store.Store, statements ...string) {
	t.Helper()
	ctx := context.Background()
	run := func(exec func(string) error, before, after string) {
		for _, text := range append(append([]string{before}, statements...), after) {
			if text == "" {
				continue
			}
			if err := exec(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	if pool, ok := st.Raw().(*sql.DB); ok {
		for _, name := range guards {
			if _, err := pool.ExecContext(ctx, "DROP TRIGGER "+name); err != nil {
				t.Fatal(err)
			}
		}
		run(func(text string) error { _, err := pool.ExecContext(ctx, text); return err }, "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
		return
	}
	err := st.Write(ctx, func(tx *store.Tx) error {
		db := tx.Raw().(pgx.Tx)
		// Neither triggers nor foreign keys hold in this role.
		run(func(text string) error { _, err := db.Exec(ctx, text); return err }, "SET LOCAL session_replication_role = replica", "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// guards are the triggers of the embedded database.
var guards = []string{"binders_owner_stands", "binders_id_stays", "binders_stay", "organizations_merged_own_nothing", "activity_stays", "activity_is_kept"}

func run(t *testing.T, st *store.Store, o check.Options) []string {
	t.Helper()
	found, err := check.Run(context.Background(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(found))
	for i, v := range found {
		out[i] = v.String()
	}
	return out
}

func TestCleanDatabase(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		if got := run(t, st, check.Options{Deep: true}); len(got) > 0 {
			t.Errorf("an empty database: %q", got)
		}
		newWorld(t, st)
		if got := run(t, st, check.Options{Deep: true}); len(got) > 0 {
			t.Errorf("a small world: %q", got)
		}
	})
}

// TestEachInvariant breaks the data in one way at a time, and wants to read
// exactly that. The texts have the ids of the world in place of {names}.
func TestEachInvariant(t *testing.T) {
	t.Parallel()
	const op = `INSERT INTO operations (id, kind, state, fingerprint, user_id, user_name, undone_by, undoes, created_at) VALUES `
	const event = `INSERT INTO activity (id, at, action, subject, subject_id, name, binder_id, operation_id, user_id, user_name, face) VALUES `
	tests := []struct {
		name   string
		broken []string
		want   []string
	}{
		{"owner", []string{`UPDATE items SET binder_id = 777 WHERE id = {pc}`}, []string{`I1 item {pc}:`, `I13 record {pc}:`}},
		{"merged owns", []string{`UPDATE binders SET organization_id = {old} WHERE id = {old}`},
			[]string{`I2 item {box}:`, `I2 organization {old}:`, `I8 organization {old}:`, `I19 binder {old}:`}},
		{"no event", []string{`DELETE FROM activity WHERE subject_id = {pc}`}, []string{`I5 item {pc}:`}},
		{"ring", []string{`UPDATE organizations SET parent_binder_id = {globex} WHERE id = {acme}`, `UPDATE organizations SET parent_binder_id = {old} WHERE id = {globex}`},
			[]string{`I6 organization {acme}:`, `I6 organization {globex}:`}},
		{"external id", []string{`INSERT INTO record_keys (record_id, field, key) VALUES ({acme}, 'organization.external_id', 'x'), ({globex}, 'organization.external_id', 'x')`},
			[]string{`I7 organization {acme}:`, `I13 record {acme}:`, `I13 record {globex}:`}},
		{"primary", []string{`INSERT INTO settings (name, value, updated_at) VALUES ('primary_binder', '777', 0)`}, []string{`I7 setting primary_binder:`}},
		{"wrong root", []string{`UPDATE organizations SET merged_into = {globex} WHERE id = {old}`}, []string{`I8 organization {old}:`}},
		{"merge ring", []string{`UPDATE organizations SET merged_into = {old}, state = 'merged' WHERE id = {acme}`},
			[]string{`I2 item {pc}:`, `I2 item {box}:`, `I2 organization {acme}:`, `I2 organization {acme}:`, `I8 organization {acme}:`, `I8 organization {old}:`}},
		{"dangling part", []string{`INSERT INTO parts (id, item_id, part, position, created_at, updated_at) VALUES (900, 901, 'interface', 0, 0, 0)`}, []string{`I9 parts 900:`}},
		{"dangling field", []string{`INSERT INTO record_keys (record_id, field, key) VALUES ({pc}, 'location_id', '901')`}, []string{`I9 item {pc}:`, `I13 record {pc}:`}},
		{"reach", []string{`INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES (900, 'U', 'u', 'u', 'editor', 0, 0)`,
			`INSERT INTO reach (user_id, binder_id) VALUES (900, {globex})`,
			`INSERT INTO grants (id, subject_kind, subject_id, binder_id, breadth, created_at) VALUES (901, 'user', 900, {acme}, 'organization', 0)`,
			`INSERT INTO reach (user_id, binder_id) VALUES (900, {acme})`},
			[]string{`I10 user 900: A grant gives binder {old}`, `I10 user 900: The user reaches binder {globex}`}},
		{"restriction", []string{`UPDATE items SET restricted = TRUE WHERE id = {pc}`}, []string{`I10 item {pc}:`}},
		{"search row gone", []string{`DELETE FROM search WHERE {searchid} = {pc}`}, []string{`I13 record {pc}: Search does not find "pc-1"`}},
		{"search says the old", []string{`UPDATE items SET fields = '{"name":"pc-1","serial_number":"SN-pc-1","notes":"new"}' WHERE id = {pc}`},
			[]string{`I13 record {pc}:`}},
		{"search says more", []string{`UPDATE organizations SET fields = '{"short_name":"Acme"}' WHERE id = {acme}`}, []string{`I13 record {acme}:`}},
		{"look-up row", []string{`UPDATE record_keys SET key = 'other' WHERE record_id = {pc} AND field = 'serial_number'`}, []string{`I13 record {pc}: What is derived from it is out of date: look-up rows`}},
		{"date that is none", []string{`INSERT INTO expirations (id, item_id, field, binder_id, kind, expires_on) VALUES (900, {pc}, 'warranty_expires_at', {acme}, 1, '2026-11-30')`},
			[]string{`I13 record {pc}: What is derived from it is out of date: expirations`}},
		{"no job", []string{op + `(900, 'import', 'running', '', 1, '', NULL, NULL, 0)`}, []string{`I14 operation 900:`}},
		{"linked twice", []string{`INSERT INTO links (connection_id, kind, external_id, binder_id, state) VALUES (5, 'organization', 'a', {acme}, 'syncing'), (5, 'organization', 'b', {old}, 'syncing')`},
			[]string{`I16 connection 5:`}},
		{"trash mark", []string{`UPDATE organizations SET trashed_by = {merge} WHERE id = {globex}`}, []string{`I18 organization {globex}:`}},
		{"purge left", []string{`UPDATE organizations SET state = 'purged' WHERE id = {globex}`}, []string{`I13 record {globex}:`, `I18 record {globex}:`, `I18 record {globex}:`}},
		{"undo half", []string{op + `(900, 'merge', 'undone', '', 1, '', NULL, NULL, 0)`, event + `(901, 0, 'merge', 'organization', {globex}, '', {globex}, 900, 1, '', '')`},
			[]string{`I19 operation 900:`}},
		{"domain", []string{op + `(900, 'merge', 'undone', '', 1, '', 901, NULL, 0), (901, 'undo', 'done', '', 1, '', NULL, 900, 0)`,
			event + `(902, 0, 'merge', 'organization', {globex}, '', {globex}, 900, 1, '', ''), (903, 0, 'merge', 'organization', {globex}, '', {globex}, 901, 1, '', '')`,
			`INSERT INTO email_domains (binder_id, domain, dropped_by) VALUES ({globex}, 'x.example', 900)`}, []string{`I19 binder {globex}:`}},
		{"title in other words", []string{`UPDATE operations SET title = 'Acme old was merged into Globex', title_phrase = '{"text":"%s was merged into %s","args":["Acme old","Acme Ltd"]}' WHERE id = {merge}`},
			[]string{`I21 operation {merge}: Its title and`}},
		{"reason in other words", []string{`UPDATE operations SET title = 'Acme old was merged into Acme Ltd', title_phrase = '{"text":"%s was merged into %s","args":["Acme old","Acme Ltd"]}',
			error = 'It was cancelled', error_phrase = '{"text":"%s was merged into %s","args":["Acme old","Acme Ltd"]}' WHERE id = {merge}`}, []string{`I21 operation {merge}: Its error and`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
				w := newWorld(t, st)
				id := "id"
				if st.Engine() == "sqlite" {
					id = "rowid"
				}
				names := strings.NewReplacer("{acme}", fmt.Sprint(w.acme), "{globex}", fmt.Sprint(w.globex), "{old}", fmt.Sprint(w.old),
					"{pc}", fmt.Sprint(w.pc), "{box}", fmt.Sprint(w.box), "{merge}", fmt.Sprint(w.merge), "{searchid}", id)
				var statements []string
				for _, s := range tt.broken {
					statements = append(statements, names.Replace(s))
				}
				index(t, st)
				vandalize(t, st, statements...)
				compare(t, run(t, st, check.Options{Deep: true}), tt.want, names)
			})
		})
	}
}

// compare holds the findings to the beginnings that are wanted, in order.
func compare(t *testing.T, got, want []string, names *strings.Replacer) {
	t.Helper()
	rest := make([]string, len(want))
	for i, w := range want {
		rest[i] = names.Replace(w)
	}
	ok := len(got) == len(rest)
	for i := 0; ok && i < len(got); i++ {
		ok = strings.HasPrefix(got[i], rest[i])
	}
	if !ok {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(rest, "\n  "))
	}
}

func TestSecretsOpen(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		w := newWorld(t, st)
		ring, err := secret.ParseKeys(secret.NewText("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
		if err != nil {
			t.Fatal(err)
		}
		seal := func(field string, b tenon.BinderID) string {
			s, err := ring.Seal(secret.Place{Item: w.pc, Binder: b, Field: field}, secret.NewText("hunter2"))
			if err != nil {
				t.Fatal(err)
			}
			quoted := fmt.Sprintf("'\\x%x'", []byte(s))
			if st.Engine() == "sqlite" {
				quoted = fmt.Sprintf("x'%x'", []byte(s))
			}
			return fmt.Sprintf(`INSERT INTO secrets (item_id, field, sealed, updated_at) VALUES (%d, '%s', %s, 0)`, w.pc, field, quoted)
		}
		vandalize(t, st, seal("password", w.acme.Home()))
		if got := run(t, st, check.Options{Keys: ring}); len(got) > 0 {
			t.Errorf("a good secret: %q", got)
		}
	})
}

func TestCensus(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		w := newWorld(t, st)
		before, err := check.Take(ctx, st)
		if err != nil {
			t.Fatal(err)
		}
		vandalize(t, st, fmt.Sprintf(`UPDATE items SET name = 'other' WHERE id = %d`, w.pc), fmt.Sprintf(`DELETE FROM items WHERE id = %d`, w.box))
		after, err := check.Take(ctx, st)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(before.Diff(after), "; ")
		want := fmt.Sprintf("items %d says something else; items %d is gone", w.pc, w.box)
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// index makes entries that wait part of the index.
func index(t *testing.T, st *store.Store) {
	t.Helper()
	if err := st.TidySearch(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestWaitingEntries finds what is wrong with entries that are not in the index
// yet, by a whole check and by a sample.
func TestWaitingEntries(t *testing.T) {
	t.Parallel()
	for _, deep := range []bool{false, true} {
		for _, text := range []string{`DELETE FROM search_waiting WHERE id = %d`, `UPDATE search_waiting SET words = words || ' more' WHERE id = %d`, `UPDATE search_waiting SET id = 987654 WHERE id = %d`} {
			st := storetest.Open(t, "sqlite", storetest.NewClock())
			w := newWorld(t, st)
			vandalize(t, st, fmt.Sprintf(text, w.pc))
			if got := run(t, st, check.Options{Deep: deep}); len(got) == 0 || !strings.Contains(strings.Join(got, " "), fmt.Sprintf("I13 record %d:", w.pc)) {
				t.Errorf("%s, deep %t: %q", text, deep, got)
			}
		}
	}
}

// TestSearchInAnyScript compares entries whose words only the engine can tell,
// after changes, and finds words that stand in another order.
func TestSearchInAnyScript(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		ctx := context.Background()
		c := core.New(core.Options{Store: st})
		w := newWorld(t, st)
		for _, name := range []string{"Ελληνικά Σίσυφος", "東京 支店 ＡＢＣ", "Ⅷ½ café naïve_x", "שלום עולם", "— ¬ ‚ †", "Ꙁ 𐐀 é́"} {
			o, err := c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: tenon.Values{"name": name, "notes": name + " was"}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.UpdateOrganization(ctx, admin, o.ID, core.OrganizationChange{Values: tenon.Values{"notes": name + " is, and is"}}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if got := run(t, st, check.Options{Deep: true}); len(got) > 0 {
				t.Errorf("after changes: %q", got)
			}
			index(t, st)
		}
		text := `UPDATE search SET words = array_to_tsvector(ARRAY['1', 'pc']) WHERE id = %[1]d`
		if st.Engine() == "sqlite" {
			text = `INSERT OR REPLACE INTO search (rowid, words) VALUES (%[1]d, '1 pc sn @%[2]d')`
		}
		vandalize(t, st, fmt.Sprintf(text, w.pc, w.acme))
		compare(t, run(t, st, check.Options{Deep: true}), []string{fmt.Sprintf("I13 record %d:", w.pc)}, strings.NewReplacer())
	})
}
