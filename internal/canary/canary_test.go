package canary_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"

	"github.com/tenonhq/tenon/internal/canary"
)

// wanted is how many secrets are planted at least.
const wanted = 50

// TestCanary drives a whole installation with secrets, and searches all that it
// leaves for them: while it runs, and once it has stopped.
func TestCanary(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, engine)
			h.people()
			h.vault()
			h.glue()
			h.files()
			h.keys()
			if len(h.secrets) < wanted {
				t.Errorf("only %d secrets were planted, want %d", len(h.secrets), wanted)
			}
			h.search("while it runs")
			h.stop()
			h.search("once it has stopped")
			t.Logf("%d secrets", len(h.secrets))
		})
	}
}

// keys plants the keys of the vault and of the backups, which the installation
// made itself, at home in their files.
func (h *house) keys() {
	h.t.Helper()
	text, err := os.ReadFile(h.path("data/keys.json"))
	h.must(err)
	var file struct{ Keys []struct{ ID, Key string } }
	h.must(json.Unmarshal(text, &file))
	for _, k := range file.Keys {
		h.plant("the vault's key", k.Key, "keys.json")
	}
	text, err = os.ReadFile(h.path("data/backup.key"))
	h.must(err)
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			h.plant("the key of the backups", strings.TrimSpace(line), "backup.key")
		}
	}
}

// record is the name of an organization, as the vault's records have it.
const record = "Aldermoor Joinery Ltd"

// search looks everywhere for everything.
func (h *house) search(when string) {
	h.t.Helper()
	hunt := canary.NewHunt(h.secrets)
	for _, dir := range []string{"data", "logs", "tmp"} {
		h.must(hunt.LookBelow(h.path(dir)))
	}
	for _, name := range []string{"backup.tenon", "phrase.tenon"} {
		text, err := os.ReadFile(h.path(name))
		h.must(err)
		hunt.Look(name, name, text)
	}
	rows := h.unpack(hunt)
	if h.database != "" {
		rows += h.rows(hunt)
	}
	h.processes(hunt)
	for _, f := range hunt.Finds() {
		h.t.Errorf("%s: %s", when, f)
	}
	for _, name := range []string{"the vault's key", "the key of the backups"} {
		if !hunt.AtHome(name) {
			h.t.Errorf("%s: %s is not found at its home: what is searched?", when, name)
		}
	}
	// What is no secret is found both in the data and in the backup: the search
	// reaches the records.
	open := canary.NewHunt([]canary.Secret{{Name: "a name", Value: record}})
	h.must(open.LookBelow(h.path("data")))
	if (h.database == "" && len(open.Finds()) == 0) || !strings.Contains(rows, record) {
		h.t.Errorf("%s: the records were not among what was searched", when)
	}
}

// unpack searches what the backup holds for whoever has its key.
func (h *house) unpack(hunt *canary.Hunt) string {
	h.t.Helper()
	key, err := os.Open(h.path("data/backup.key"))
	h.must(err)
	with, err := age.ParseIdentities(key)
	h.must(err)
	h.must(key.Close())
	f, err := os.Open(h.path("backup.tenon"))
	h.must(err)
	plain, err := age.Decrypt(f, with...)
	h.must(err)
	unpacked, err := gzip.NewReader(plain)
	h.must(err)
	var all strings.Builder
	for archive := tar.NewReader(unpacked); ; {
		entry, err := archive.Next()
		if err == io.EOF {
			break
		}
		h.must(err)
		text, err := io.ReadAll(archive)
		h.must(err)
		hunt.Look("the backup, unpacked: "+entry.Name, "", text)
		all.Write(text)
	}
	h.must(f.Close())
	return all.String()
}

// rows searches every row of a PostgreSQL, whose files are not in our folder.
func (h *house) rows(hunt *canary.Hunt) string {
	h.t.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, h.database)
	h.must(err)
	defer func() { h.must(db.Close(ctx)) }()
	found, err := db.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	h.must(err)
	tables, err := pgx.CollectRows(found, pgx.RowTo[string])
	h.must(err)
	var all strings.Builder
	for _, table := range tables {
		found, err := db.Query(ctx, fmt.Sprintf(`SELECT t::text FROM %s t`, pgx.Identifier{table}.Sanitize()))
		h.must(err)
		rows, err := pgx.CollectRows(found, pgx.RowTo[string])
		h.must(err)
		text := strings.Join(rows, "\n")
		hunt.Look("the table "+table, "", []byte(text))
		all.WriteString(text)
	}
	if len(tables) < 10 {
		h.t.Errorf("only %d tables were searched", len(tables))
	}
	return all.String()
}

// processes searches the arguments of the server, where the system shows them.
func (h *house) processes(hunt *canary.Hunt) {
	h.t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	h.must(err)
	for _, name := range lines {
		text, err := os.ReadFile(name)
		if err == nil && strings.Contains(string(text), h.bin) { // another may have ended meanwhile
			hunt.Look("the arguments of "+string(text), "", text)
		}
	}
}
