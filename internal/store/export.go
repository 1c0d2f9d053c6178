package store

import (
	"strings"
	"time"

	"github.com/tenonhq/tenon"
)

const exportColumns = `x.id, x.user_id, COALESCE(b.organization_id, 0), COALESCE(o.name, ''), x.logs, x.secrets, x.locked, p.state, p.cancel_at IS NOT NULL, p.error, p.error_phrase, p.done, x.size,
	x.passphrase_sealed, x.created_at, x.updated_at, x.ends_at
	FROM exports x JOIN operations p ON p.id = x.id LEFT JOIN binders b ON b.id = x.binder_id LEFT JOIN organizations o ON o.id = b.organization_id`

func scanExport(r Scanner, e *tenon.Export) error {
	return r.Scan(&e.ID, &e.User, &e.Org, &e.OrgName, &e.Logs, &e.Secrets, &e.Locked, &e.State, &e.Cancelled, &e.Error.Text, phrase{&e.Error}, &e.Done, &e.Size,
		&e.Sealed, instant{&e.CreatedAt}, instant{&e.UpdatedAt}, instant{&e.EndsAt})
}

// InsertExport writes an export beside its operation, which is there.
func (tx *Tx) InsertExport(e *tenon.Export) error {
	var binder any
	if e.Org != 0 {
		binder = e.Org.Home()
	}
	e.CreatedAt, e.UpdatedAt = tx.now, tx.now
	return tx.run(`INSERT INTO exports (id, user_id, binder_id, logs, secrets, locked, passphrase_sealed, created_at, updated_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`, e.ID, e.User, binder, e.Logs, e.Secrets, e.Locked, e.Sealed, micros(tx.now), micros(e.EndsAt))
}

// GetExport returns an export that the viewer asked for and that is not over.
// NotFound for those of others.
func (tx *Tx) GetExport(v tenon.Viewer, id tenon.OperationID) (*tenon.Export, error) {
	return tx.export(id, `x.user_id = $2 AND x.ends_at > $3`, v.User, micros(tx.now))
}

// SystemExport returns an export, whoever asked for it.
func (tx *Tx) SystemExport(id tenon.OperationID) (*tenon.Export, error) { return tx.export(id, `TRUE`) }

func (tx *Tx) export(id tenon.OperationID, where string, more ...any) (*tenon.Export, error) {
	rows, err := list(tx, scanExport, `SELECT `+exportColumns+` WHERE x.id = $1 AND `+where, append([]any{id}, more...)...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("export", int64(id), err)
	}
	return &rows[0], nil
}

// ListExports returns one page of what the viewer asked for, the newest first,
// and the cursor of the next.
func (tx *Tx) ListExports(v tenon.Viewer, page tenon.Page) ([]tenon.Export, string, error) {
	keys, err := readCursor(page.Cursor, "-id", "i")
	if err != nil {
		return nil, "", err
	}
	l := listQuery{order: []string{"x.id DESC"}, keys: keys, limit: page.Size() + 1}
	where := []string{"x.user_id = " + l.args.add(v.User), "x.ends_at > " + l.args.add(micros(tx.now))}
	if after := l.after(); after != "" {
		where = append(where, after)
	}
	rows, err := list(tx, scanExport, `SELECT `+exportColumns+` WHERE `+strings.Join(where, " AND ")+l.tail(), l.args...)
	next := ""
	if err == nil && len(rows) == l.limit {
		rows = rows[:l.limit-1]
		next = makeCursor("-id", int64(rows[len(rows)-1].ID))
	}
	return rows, next, err
}

// CountRunningExports counts the exports of the viewer that are being made.
func (tx *Tx) CountRunningExports(v tenon.Viewer) (n int64, err error) {
	err = tx.row(`SELECT count(*) FROM exports x JOIN operations p ON p.id = x.id WHERE x.user_id = $1 AND p.state = 'running'`, v.User).Scan(&n)
	return n, err
}

// ExportPart is a piece of the file of an export.
type ExportPart struct {
	Part    int64
	Hash    string
	Size    int64
	Entries string // what is in it, as the engine writes it
}

// SystemAddExportPart notes the next piece of a file. Conflict where the export
// was deleted meanwhile.
func (tx *Tx) SystemAddExportPart(id tenon.OperationID, p ExportPart) error {
	n, err := tx.exec(`UPDATE exports SET updated_at = $1 WHERE id = $2`, micros(tx.now), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Conflict, "This export was deleted while it was being made.")
	}
	return tx.run(`INSERT INTO export_parts (export_id, part, hash, size, entries) VALUES ($1, $2, $3, $4, $5)`, id, p.Part, p.Hash, p.Size, p.Entries)
}

// SystemFinishExport notes that the file is whole, and forgets the passphrase.
func (tx *Tx) SystemFinishExport(id tenon.OperationID) error {
	return tx.run(`UPDATE exports SET passphrase_sealed = NULL, updated_at = $1,
		size = (SELECT COALESCE(sum(e.size), 0) FROM export_parts e WHERE e.export_id = exports.id) WHERE id = $2`, micros(tx.now), id)
}

// SystemEmptyExport lets go of the pieces of an export that was cancelled, and
// of its passphrase.
func (tx *Tx) SystemEmptyExport(id tenon.OperationID) error {
	if err := tx.run(`DELETE FROM export_parts WHERE export_id = $1`, id); err != nil {
		return err
	}
	return tx.run(`UPDATE exports SET passphrase_sealed = NULL, updated_at = $1 WHERE id = $2`, micros(tx.now), id)
}

// SystemExportParts returns the pieces of a file in their order.
func (tx *Tx) SystemExportParts(id tenon.OperationID) ([]ExportPart, error) {
	return list(tx, func(r Scanner, p *ExportPart) error { return r.Scan(&p.Part, &p.Hash, &p.Size, &p.Entries) },
		`SELECT part, hash, size, entries FROM export_parts WHERE export_id = $1 ORDER BY part`, id)
}

// DeleteExport forgets an export of the viewer's. Its pieces are files that
// nothing needs then.
func (tx *Tx) DeleteExport(v tenon.Viewer, id tenon.OperationID) error {
	n, err := tx.exec(`DELETE FROM exports WHERE id = $1 AND user_id = $2`, id, v.User)
	if err == nil && n == 0 {
		err = errNoRow
	}
	return fail("export", int64(id), err)
}

// SystemEndExports forgets what ended before, and of those that failed all but
// that they did. It returns how many went.
func (tx *Tx) SystemEndExports(before time.Time) (int64, error) {
	const failed = `(SELECT p.id FROM operations p JOIN exports x ON x.id = p.id WHERE p.state = 'failed')`
	for _, text := range []string{
		`DELETE FROM export_parts WHERE export_id IN ` + failed,
		`UPDATE exports SET passphrase_sealed = NULL WHERE passphrase_sealed IS NOT NULL AND id IN ` + failed,
	} {
		if err := tx.run(text); err != nil {
			return 0, err
		}
	}
	return tx.exec(`DELETE FROM exports WHERE ends_at <= $1`, micros(before))
}

// ExportedFile is an attached file on its way into an export, with the record
// that it hangs on.
type ExportedFile struct {
	tenon.Attachment
	Kind    tenon.Kind // 0 for an organization
	Record  int64
	Name    string // of the record
	Org     tenon.OrgID
	OrgName string
}

// ListExportedFiles returns the next files after an id, on records that the
// viewer sees: those of one organization, or all for 0.
func (tx *Tx) ListExportedFiles(v tenon.Viewer, org tenon.OrgID, after int64, limit int) ([]ExportedFile, error) {
	var a args
	onItems := "i.trashed_by IS NULL AND " + a.seesItem(v, "i") + " AND " + a.seesBinder(v, "b.id")
	where := "f.id > " + a.add(after) + " AND f.removed_at IS NULL AND o.state = 'live' AND o.id <> 1"
	onOrganization := a.seesBinder(v, "b.id")
	if org != 0 {
		where += " AND o.id = " + a.add(org)
	}
	n := a.add(limit)
	return list(tx, func(r Scanner, f *ExportedFile) error {
		return r.Scan(&f.ID, &f.Item, &f.Binder, &f.Attachment.Name, &f.Size, &f.Hash, &f.ContentType, instant{&f.CreatedAt}, &f.CreatedBy,
			&f.Kind, &f.Record, &f.Name, &f.Org, &f.OrgName)
	}, `SELECT `+attachmentColumns+`, COALESCE(i.kind, 0), COALESCE(i.id, o.id), COALESCE(i.name, o.name), o.id, o.name
		FROM attachments f LEFT JOIN items i ON i.id = f.item_id JOIN binders b ON b.id = COALESCE(i.binder_id, f.binder_id)
		JOIN organizations o ON o.id = b.organization_id
		WHERE `+where+` AND ((f.item_id IS NOT NULL AND `+onItems+`) OR (f.item_id IS NULL AND `+onOrganization+`)) ORDER BY f.id LIMIT `+n, a...)
}

// ExportedTie is two related records on their way into an export. An end that
// is an organization has no kind.
type ExportedTie struct {
	ID        int64
	Ends      [2]ExportedEnd
	Notes     string
	CreatedAt time.Time
}

// ExportedEnd is one of two related records.
type ExportedEnd struct {
	Kind    tenon.Kind
	Record  int64
	Name    string
	Org     tenon.OrgID
	OrgName string
}

// ListExportedTies returns the next pairs of related records after an id, both
// of which the viewer sees: those with an end in one organization, or all for 0.
func (tx *Tx) ListExportedTies(v tenon.Viewer, org tenon.OrgID, after int64, limit int) ([]ExportedTie, error) {
	var a args
	where := "r.id > " + a.add(after) + " AND " + a.seenItem(v, "f") + " AND ((t.id IS NOT NULL AND " + a.seenItem(v, "t") + ") OR (t.id IS NULL AND o.state = 'live' AND " + a.seesOrganization(v, "o") + "))"
	if org != 0 {
		at := a.add(org)
		where += " AND (fo.id = " + at + " OR o.id = " + at + ")"
	}
	n := a.add(limit)
	return list(tx, func(r Scanner, t *ExportedTie) error {
		f, to := &t.Ends[0], &t.Ends[1]
		return r.Scan(&t.ID, &t.Notes, instant{&t.CreatedAt}, &f.Kind, &f.Record, &f.Name, &f.Org, &f.OrgName, &to.Kind, &to.Record, &to.Name, &to.Org, &to.OrgName)
	}, `SELECT r.id, r.notes, r.created_at, f.kind, f.id, f.name, fo.id, fo.name, COALESCE(t.kind, 0), COALESCE(t.id, o.id), COALESCE(t.name, o.name), o.id, o.name
		FROM relations r JOIN items f ON f.id = r.from_item JOIN binders fb ON fb.id = f.binder_id JOIN organizations fo ON fo.id = fb.organization_id
		LEFT JOIN items t ON t.id = r.to_item JOIN binders b ON b.id = COALESCE(t.binder_id, r.to_binder) JOIN organizations o ON o.id = b.organization_id
		WHERE `+where+` ORDER BY r.id LIMIT `+n, a...)
}
