package store_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tenonhq/tenon/internal/storetest"
)

// framed opens a database with the layer that gathers frames, or without it,
// and with a cache so small that changes reach the log before they commit.
func framed(t *testing.T, path string, layer bool) *sql.DB {
	t.Helper()
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(NORMAL)", "cache_size(12)", "busy_timeout(5000)"}}
	if layer {
		q.Set("vfs", "tenon-frames")
	}
	db, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestFrames makes the same changes with the layer that gathers frames and
// without it: large and small ones, ones that are taken back in whole or in
// part, with the log begun anew in between, while somebody who knows nothing of
// the layer reads. Both must come to the same, and the reader never see half a
// change.
func TestFrames(t *testing.T) {
	t.Parallel()
	storetest.Open(t, "sqlite", storetest.NewClock()) // whoever opens a store first makes the layer known
	dir := t.TempDir()
	layered, plain := filepath.Join(dir, "layered.db"), filepath.Join(dir, "plain.db")
	with, without := framed(t, layered, true), framed(t, plain, false)
	for _, db := range []*sql.DB{with, without} {
		run(t, db, `CREATE TABLE pages (id INTEGER PRIMARY KEY, round INTEGER, text TEXT)`, `CREATE INDEX pages_text ON pages (text)`, `CREATE TABLE sums (round INTEGER, rows INTEGER)`,
			`INSERT INTO sums VALUES (0, 0)`)
	}
	var over atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		reader := framed(t, layered, false)
		readers.Go(func() {
			for !over.Load() {
				var said, there int64
				if err := reader.QueryRow(`SELECT (SELECT rows FROM sums), (SELECT count(*) FROM pages)`).Scan(&said, &there); err != nil || said != there {
					t.Errorf("a reader sees %d rows where the change says %d, %v", there, said, err)
					return
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 80 {
		rows, undone, half := 1+r.IntN(3), r.IntN(6) == 0, r.IntN(4) == 0
		if r.IntN(5) == 0 {
			rows = 400 // more than the cache holds
		}
		keys := make([]int64, rows)
		for i := range keys {
			keys[i] = r.Int64N(3000)
		}
		for _, db := range []*sql.DB{with, without} {
			change(t, db, round, keys, half, undone)
		}
		if r.IntN(10) == 0 {
			for _, db := range []*sql.DB{with, without} {
				run(t, db, `PRAGMA wal_checkpoint(TRUNCATE)`)
			}
		}
	}
	over.Store(true)
	readers.Wait()
	if a, b := content(t, with), content(t, without); a != b {
		t.Errorf("with the layer there are %d bytes, without it %d, and they differ", len(a), len(b))
	}
	for _, db := range []*sql.DB{with, framed(t, layered, false)} {
		var said string
		if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&said); err != nil || said != "ok" {
			t.Errorf("the database is said to be %q, %v", said, err)
		}
	}
}

func run(t *testing.T, db *sql.DB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// change writes rows of these keys in one transaction, takes a part of it back
// where half is set, and all where undone is.
func change(t *testing.T, db *sql.DB, round int, keys []int64, half, undone bool) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	do := func(text string, args ...any) {
		if _, err := tx.Exec(text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	for i, k := range keys {
		if half && i == len(keys)/2 {
			do(`SAVEPOINT half`)
		}
		do(`INSERT OR REPLACE INTO pages VALUES (?, ?, ?)`, k, round, strings.Repeat(fmt.Sprint(k*7919%3001, " "), 30))
		if i%3 == 0 {
			do(`DELETE FROM pages WHERE id = ?`, keys[0]+1)
		}
	}
	if half {
		do(`ROLLBACK TO half`)
	}
	do(`UPDATE sums SET round = ?, rows = (SELECT count(*) FROM pages)`, round)
	end := tx.Commit
	if undone {
		end = tx.Rollback
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
}

// content is all that a database holds, as text.
func content(t *testing.T, db *sql.DB) string {
	t.Helper()
	var all string
	if err := db.QueryRow(`SELECT group_concat(id || ' ' || round || ' ' || text, char(10)) FROM (SELECT * FROM pages ORDER BY id)`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}
