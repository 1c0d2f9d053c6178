package backup_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/backup"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

var admin = tenon.Viewer{User: 1, Name: "Administrator", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// place is an installation on one engine.
type place struct {
	backup.Installation
	c *core.Core
}

func open(t *testing.T, engine string, keys *secret.Ring) *place {
	t.Helper()
	clock := storetest.NewClock()
	st := storetest.Open(t, engine, clock)
	files, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	return &place{backup.Installation{Store: st, Files: files, Keys: keys, Now: clock.Now, Version: "test"}, core.New(core.Options{Store: st})}
}

func newKeys(t *testing.T) *secret.Ring {
	t.Helper()
	ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// fill makes organizations, a tree, domains, and a file.
func (p *place) fill(t *testing.T, n int) {
	t.Helper()
	ctx := context.Background()
	var parent *tenon.Organization
	for i := range n {
		values := tenon.Values{"name": fmt.Sprintf("Org %d\t\"ü\u2028", i), "alert": strings.Repeat("line\n", i%7), "tags": []string{"a", "b"}}
		if parent != nil && i%3 != 0 {
			values["parent_id"] = int64(parent.ID)
		}
		domains := []string{fmt.Sprintf("org%d.example", i)}
		o, err := p.c.CreateOrganization(ctx, admin, core.OrganizationChange{Values: values, Domains: &domains})
		if err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			parent = o
		}
	}
	if _, err := p.Files.Put(ctx, strings.NewReader("a floor plan"), 100); err != nil {
		t.Fatal(err)
	}
}

// seal puts something into the vault, as far as a backup can tell.
func (p *place) seal(t *testing.T) {
	t.Helper()
	p.exec(t, `UPDATE revisions SET secrets = '{"x":"y"}'`)
}

// exec runs a statement that no program of ours would.
func (p *place) exec(t *testing.T, text string) {
	t.Helper()
	var err error
	switch db := p.Store.Raw().(type) {
	case *sql.DB:
		_, err = db.Exec(text)
	case *pgxpool.Pool:
		_, err = db.Exec(context.Background(), text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) write(t *testing.T, to age.Recipient) ([]byte, *backup.Manifest) {
	t.Helper()
	var b bytes.Buffer
	m, err := backup.Write(context.Background(), &b, p.Installation, to)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m
}

func source(b []byte) backup.Source {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRoundTrip copies from each engine to each: the census is the same, and the
// restored database goes on working.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, from := range storetest.Engines {
		for _, to := range storetest.Engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				id, keys := identity(t), newKeys(t)
				a, b := open(t, from, keys), open(t, to, keys)
				a.fill(t, 40)
				b.fill(t, 3) // goes away
				archive, m := a.write(t, id.Recipient())
				if m.Rows("organizations") != 41 || m.Files != 1 || m.Engine != a.Store.Engine() {
					t.Errorf("manifest: %d organizations, %d files, %s", m.Rows("organizations"), m.Files, m.Engine)
				}
				seen, err := backup.Inspect(ctx, bytes.NewReader(archive), id)
				if err != nil || seen.Census != m.Census {
					t.Fatalf("inspect: %v %v", seen, err)
				}
				if _, err := backup.Restore(ctx, source(archive), b.Installation, id); err != nil {
					t.Fatal(err)
				}
				_, after := b.write(t, id.Recipient())
				if after.Census != m.Census || after.NextID != m.NextID {
					t.Errorf("after the restore: census %s, next id %d; want %s, %d", after.Census, after.NextID, m.Census, m.NextID)
				}
				b.fill(t, 2)
			})
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		id, keys := identity(t), newKeys(t)
		engine := storetest.Engines[0]
		if st.Engine() != engine {
			engine = storetest.Engines[1]
		}
		a, b := open(t, engine, keys), open(t, engine, keys)
		a.fill(t, 5)
		a.seal(t)
		b.fill(t, 2)
		archive, _ := a.write(t, id.Recipient())
		_, before := b.write(t, id.Recipient())

		newer := open(t, engine, keys)
		newer.exec(t, `INSERT INTO schema_migrations (name, hash, at) VALUES ('9999_from_the_future', 'x', 0)`)
		future, _ := newer.write(t, id.Recipient())

		flipped := bytes.Clone(archive)
		flipped[len(flipped)/2] ^= 1
		other := b.Installation
		other.Keys = newKeys(t)
		tests := []struct {
			name string
			in   backup.Installation
			file []byte
			key  age.Identity
			want string
		}{
			{"cut off", b.Installation, archive[:len(archive)-200], id, "damaged"},
			{"changed byte", b.Installation, flipped, id, "damaged"},
			{"no archive", b.Installation, []byte("hello"), id, "damaged"},
			{"wrong backup key", b.Installation, archive, identity(t), "does not open"},
			{"newer schema", b.Installation, future, id, "9999_from_the_future"},
			{"older schema", newer.Installation, archive, id, "9999_from_the_future"},
			{"vault key is not here", other, archive, id, "sealed with keys that are not here"},
		}
		for _, tt := range tests {
			_, err := backup.Restore(ctx, source(tt.file), tt.in, tt.key)
			if err == nil || !strings.Contains(tenon.MessageOf(err), tt.want) || !strings.Contains(tenon.MessageOf(err), "Nothing was changed") {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			}
		}
		if _, after := b.write(t, id.Recipient()); after.Census != before.Census {
			t.Error("a refused restore has changed something")
		}
	})
}

// TestRestoreIsWhole fails the last statements of a restore: nothing of it stays.
func TestRestoreIsWhole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		id := identity(t)
		a, b := open(t, st.Engine(), nil), open(t, st.Engine(), nil)
		a.fill(t, 5)
		b.fill(t, 2)
		archive, _ := a.write(t, id.Recipient())
		_, before := b.write(t, id.Recipient())
		reads := 0
		failing := func() (io.ReadCloser, error) {
			if reads++; reads == 3 { // after the check and the files: the rows
				return io.NopCloser(bytes.NewReader(archive[:len(archive)-100])), nil
			}
			return io.NopCloser(bytes.NewReader(archive)), nil
		}
		if _, err := backup.Restore(ctx, failing, b.Installation, id); err == nil {
			t.Fatal("the restore went through")
		}
		if _, after := b.write(t, id.Recipient()); after.Census != before.Census {
			t.Error("half a restore has stayed")
		}
	})
}

func TestServerKeepsRestoreOut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	id := identity(t)
	p := open(t, "postgresql", nil)
	archive, _ := p.write(t, id.Recipient())
	release, err := p.Store.HoldServing(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, source(archive), p.Installation, id); tenon.CodeOf(err) != tenon.Conflict {
		t.Errorf("beside a server: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, source(archive), p.Installation, id); err != nil {
		t.Errorf("after the server: %v", err)
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), backup.KeyFile)
	key, made, err := backup.Key(name)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	again, made, err := backup.Key(name)
	if err != nil || made || again.String() != key.String() {
		t.Errorf("second time: %v, %v", made, err)
	}
	if ids, err := backup.Identities(name); err != nil || len(ids) != 1 {
		t.Errorf("as identities: %d, %v", len(ids), err)
	}
}
