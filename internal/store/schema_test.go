package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// texts runs a query on the driver's own pool and returns its rows, cells
// joined with blanks.
func texts(t *testing.T, st *store.Store, text string) []string {
	t.Helper()
	ctx := context.Background()
	var out []string
	line := func(cells []any) {
		words := make([]string, len(cells))
		for i, c := range cells {
			words[i] = fmt.Sprint(c)
		}
		out = append(out, strings.Join(words, " "))
	}
	if pool, ok := st.Raw().(*pgxpool.Pool); ok {
		rows, err := pool.Query(ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([]any, error) { return r.Values() })
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range all {
			line(cells)
		}
		return out
	}
	rows, err := st.Raw().(*sql.DB).QueryContext(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line(cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// The questions to the catalogue, per engine: "table column".
var schemaTexts = map[string]struct{ columns, foreign, leading, unique string }{
	"sqlite": {
		columns: `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
		foreign: `SELECT m.name, f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
		leading: `SELECT m.name, i.name FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i WHERE m.type = 'table' AND i.seqno = 0
			UNION SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 1`,
		unique: `SELECT l.name FROM pragma_index_list('binders') l WHERE l."unique" = 1`,
	},
	"postgresql": {
		columns: `SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'`,
		foreign: `SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'`,
		leading: `SELECT i.indrelid::regclass::text, a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]`,
		unique:  `SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = 'binders'::regclass AND i.indisunique AND NOT i.indisprimary`,
	},
}

func TestSchemaRules(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		q := schemaTexts[st.Engine()]
		columns := texts(t, st, q.columns)
		if len(columns) < 100 {
			t.Fatalf("the catalogue shows only %d columns", len(columns))
		}
		for _, c := range columns {
			if table, column, _ := strings.Cut(c, " "); column == "organization_id" && table != "binders" {
				t.Errorf("%s has a column organization_id: name a binder instead, or a merge has to rewrite it", table)
			}
		}
		leading := texts(t, st, q.leading)
		for _, f := range texts(t, st, q.foreign) {
			// Binders are never deleted, and nobody asks for their revisions.
			if f != "revisions binder_id" && !slices.Contains(leading, f) {
				t.Errorf("the foreign key %s has no index: deleting what it names scans the table", f)
			}
		}
		if extra := texts(t, st, q.unique); len(extra) > 0 {
			t.Errorf("binders has unique indexes beside its key: %q; inserts would wait for merges", extra)
		}
	})
}
