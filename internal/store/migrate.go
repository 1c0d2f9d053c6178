package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tenonhq/tenon"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Its name orders it; blocks of 100
// belong to an area, so that work side by side does not collide.
type migration struct {
	name, text, hash string
}

// migrations returns the steps for one engine: files named NAME.sql, or
// NAME.sqlite.sql and NAME.postgres.sql where the two cannot agree.
func (s *Store) migrations() ([]migration, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	mine, other := ".sqlite.sql", ".postgres.sql"
	if s.d.engine() != "sqlite" {
		mine, other = other, mine
	}
	var out []migration
	for _, f := range files {
		if strings.HasSuffix(f, other) {
			continue
		}
		b, err := migrationFiles.ReadFile(f)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f, "migrations/"), ".sql")
		name = strings.TrimSuffix(name, strings.TrimSuffix(mine, ".sql"))
		sum := sha256.Sum256(b)
		out = append(out, migration{name: name, text: s.d.macro(string(b)), hash: hex.EncodeToString(sum[:])})
	}
	return out, nil
}

// migrate applies what is missing, each step in a transaction of its own. It
// refuses a database that holds steps this program does not know.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := s.migrations()
	if err != nil {
		return err
	}
	known := map[string]string{}
	for _, m := range steps {
		known[m.name] = m.hash
	}
	for i := 0; i < len(steps); {
		err := s.Write(ctx, func(tx *Tx) error {
			done, err := tx.migrated(known)
			if err != nil {
				return err
			}
			for i < len(steps) && done[steps[i].name] {
				i++
			}
			if i == len(steps) {
				return nil
			}
			if err := tx.run(steps[i].text); err != nil {
				return fmt.Errorf("migration %s: %w", steps[i].name, err)
			}
			return tx.run(`INSERT INTO schema_migrations (name, hash, at) VALUES ($1, $2, $3)`,
				steps[i].name, steps[i].hash, micros(tx.now))
		})
		if err != nil {
			return err
		}
	}
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.d.lockSchema(tx); err != nil {
			return err
		}
		return tx.reindexAsked()
	})
}

// migrated returns the names of the steps that were applied. On PostgreSQL it
// holds a lock until the transaction ends: several processes may start at once.
func (tx *Tx) migrated(known map[string]string) (map[string]bool, error) {
	if err := tx.d.lockSchema(tx); err != nil {
		return nil, err
	}
	if err := tx.run(`CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, hash TEXT NOT NULL, at BIGINT NOT NULL)`); err != nil {
		return nil, err
	}
	done := map[string]bool{}
	err := tx.each(func(r Scanner) error {
		var name, hash string
		if err := r.Scan(&name, &hash); err != nil {
			return err
		}
		switch want, ok := known[name]; {
		case !ok:
			return tenon.Errorf(tenon.Conflict, "This data was written by a newer Tenon (its schema has the step %s). Start the newer version, or restore a backup made before the upgrade.", name)
		case want != hash:
			return tenon.Errorf(tenon.Conflict, "The schema step %s of this data is not the one this program knows. Nothing was changed.", name)
		}
		done[name] = true
		return nil
	}, `SELECT name, hash FROM schema_migrations ORDER BY name`)
	return done, err
}
