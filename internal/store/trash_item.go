package store

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// SystemItems returns the items whatever their state and that of their
// organization, in the order of their ids.
func (tx *Tx) SystemItems(ids ...tenon.ItemID) ([]*tenon.Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.someItems(tenon.SystemViewer(), ids, "", false)
}

// SystemItemsSeen is SystemItems, and tells which of them GetItems would
// return, or with trashed GetTrashedItems.
func (tx *Tx) SystemItemsSeen(v tenon.Viewer, ids []tenon.ItemID, trashed bool) ([]*tenon.Item, map[tenon.ItemID]bool, error) {
	there := `i.trashed_by IS NULL AND o.state = 'live'`
	if trashed {
		there = `i.trashed_by IS NOT NULL AND i.merged_into IS NULL`
	}
	found, err := tx.ownedItems(ids, func(a *args) string {
		return `(` + there + ` AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id") + `)` + ownedFrom + ` WHERE ` + tx.itemIn(a, ids)
	})
	out := make([]*tenon.Item, len(found))
	seen := map[tenon.ItemID]bool{}
	for n := range found {
		out[n] = &found[n].Item
		seen[out[n].ID] = found[n].seen
	}
	return out, seen, err
}

// GetTrashedItems is GetItems for items that were deleted singly. What was
// merged into another item is not among them.
func (tx *Tx) GetTrashedItems(v tenon.Viewer, ids []tenon.ItemID) ([]*tenon.Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.someItems(v, ids, ` AND i.trashed_by IS NOT NULL AND i.merged_into IS NULL`, false)
}

// SystemSaveItem writes an item whose version is still i.Version, its binder
// and number too, whatever its state, and raises the version. It is for what
// moves and merges items; nothing else may touch the binder.
func (tx *Tx) SystemSaveItem(i *tenon.Item, parts []tenon.Part) error {
	tags, err := json.Marshal(i.Tags)
	if err != nil {
		return err
	}
	if len(i.Tags) == 0 {
		tags = []byte("[]")
	}
	n, err := tx.exec(`UPDATE items SET name = $1, name_key = $2, type_id = $3, status = $4, fields = $5, tags = $6, archived = $7, number = $8,
		in_binder_since = CASE WHEN binder_id = $9 THEN in_binder_since ELSE $10 END, binder_id = $9, version = version + 1, updated_at = $10
		WHERE id = $11 AND version = $12`,
		i.Name, textkey.Fold(i.Name), null(itemType(i)), null(itemStatus(i)), i.Values.JSON(), string(tags), i.Archived, null(i.Number),
		i.BinderID, micros(tx.now), i.ID, i.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s meanwhile. Nothing was changed.", i.Name)
	}
	i.Version++
	i.UpdatedAt = tx.now
	return tx.indexItem(i, parts, true)
}

// SealedRevision is a revision that keeps secrets, with the binder that they
// are bound to.
type SealedRevision struct {
	ID     int64
	Binder tenon.BinderID
	Sealed map[string][]byte
}

// SystemSealedRevisions returns the revisions of a record that keep secrets.
func (tx *Tx) SystemSealedRevisions(record int64) ([]SealedRevision, error) {
	return list(tx, func(r Scanner, s *SealedRevision) error {
		var text string
		if err := r.Scan(&s.ID, &s.Binder, &text); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &s.Sealed)
	}, `SELECT id, binder_id, secrets FROM revisions WHERE record_id = $1 AND secrets <> '{}' ORDER BY id`, record)
}

// SystemRebindRevision writes the secrets of a revision, sealed for another binder.
func (tx *Tx) SystemRebindRevision(s SealedRevision) error {
	sealed, err := json.Marshal(s.Sealed)
	if err != nil {
		return err
	}
	return tx.run(`UPDATE revisions SET secrets = $1, binder_id = $2 WHERE id = $3`, string(sealed), s.Binder, s.ID)
}

// SystemMoveRevisions files the revisions of a record that keep no secrets in another binder.
func (tx *Tx) SystemMoveRevisions(record int64, to tenon.BinderID) error {
	return tx.run(`UPDATE revisions SET binder_id = $1 WHERE record_id = $2 AND secrets = '{}'`, to, record)
}

// Guest is the membership of a contact in an organization that is not its own.
type Guest struct {
	Person tenon.ItemID   `json:"person"`
	Binder tenon.BinderID `json:"binder"`
	At     int64          `json:"at"`
}

// SystemGuests returns the memberships of a contact beside its own.
func (tx *Tx) SystemGuests(person tenon.ItemID) ([]Guest, error) {
	return list(tx, func(r Scanner, g *Guest) error { return r.Scan(&g.Person, &g.Binder, &g.At) },
		`SELECT person_id, binder_id, created_at FROM memberships WHERE person_id = $1 AND own = FALSE ORDER BY binder_id`, person)
}

// SystemAddGuest files a membership as it was, where there is none, and tells
// whether it did.
func (tx *Tx) SystemAddGuest(g Guest) (bool, error) {
	n, err := tx.exec(`INSERT INTO memberships (person_id, binder_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, g.Person, g.Binder, g.At)
	return n > 0, err
}

// SystemRemoveGuest ends a membership that is not the contact's own.
func (tx *Tx) SystemRemoveGuest(g Guest) error {
	return tx.run(`DELETE FROM memberships WHERE person_id = $1 AND binder_id = $2 AND own = FALSE`, g.Person, g.Binder)
}

// SystemItemLinks returns the links of items.
func (tx *Tx) SystemItemLinks(ids ...tenon.ItemID) ([]Link, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return list(tx, scanLink, `SELECT `+linkColumns+` FROM links l WHERE `+tx.d.inBinders("l.item_id", "$1")+
		` ORDER BY l.connection_id, l.kind, l.external_id`, tx.d.bindersArg(binderIDs(ids)))
}

// SystemRelink gives a link to another item.
func (tx *Tx) SystemRelink(l Link, to tenon.ItemID) error {
	return tx.run(`UPDATE links SET item_id = $1 WHERE connection_id = $2 AND kind = $3 AND external_id = $4`, to, l.Connection, l.Kind, l.External)
}

// MergedItem returns the item that answers for one that was merged into
// another, for faces: its id under which to look. NotFound where it was not.
func (tx *Tx) MergedItem(id tenon.ItemID) (tenon.ItemID, error) {
	at := id
	for range 100 {
		var next tenon.ItemID
		err := tx.row(`SELECT merged_into FROM items WHERE id = $1 AND merged_into IS NOT NULL`, at).Scan(&next)
		if err != nil && at != id {
			return at, nil
		}
		if err != nil {
			return 0, fail("merged item", int64(id), err)
		}
		at = next
	}
	return at, nil
}

// SystemMergeItem marks an item as merged into another by an operation, or
// takes that back where into is 0.
func (tx *Tx) SystemMergeItem(id, into tenon.ItemID, by tenon.OperationID) error {
	return tx.run(`UPDATE items SET merged_into = $1, trashed_by = $2, version = version + 1, updated_at = $3 WHERE id = $4`,
		null(into), null(by), micros(tx.now), id)
}

// SystemUntrash takes items out of the trash that the operation put there, of
// those given, and returns how many.
func (tx *Tx) SystemUntrash(ids []tenon.ItemID, by tenon.OperationID) (int64, error) {
	return tx.exec(`UPDATE items SET trashed_by = NULL, version = version + 1, updated_at = $1 WHERE trashed_by = $2 AND `+
		tx.d.inBinders("id", "$3"), micros(tx.now), by, tx.d.bindersArg(binderIDs(ids)))
}

// SystemTrashedBy returns the items that the operation put into the trash and that are there.
func (tx *Tx) SystemTrashedBy(op tenon.OperationID) ([]tenon.ItemID, error) {
	return column[tenon.ItemID](tx, `SELECT id FROM items WHERE trashed_by = $1 ORDER BY id`, op)
}

// Naming is a field of one record that names an item.
type Naming struct {
	Record tenon.ItemID
	Field  string
	Named  tenon.ItemID
}

// SystemNaming returns where other items name these: their fields that hold an
// item's id, and the tags of flexible assets as "traits." and the key.
func (tx *Tx) SystemNaming(ids ...tenon.ItemID) ([]Naming, error) {
	tags, err := tx.TagFields()
	if err != nil {
		return nil, err
	}
	var fields []string
	for _, list := range tags {
		for i := range list {
			if name := traitPrefix + list[i].Key; !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	slices.Sort(fields)
	for _, k := range tenon.Kinds {
		for i := range k.Fields {
			if f := &k.Fields[i]; f.Type == tenon.Ref && f.Index && !slices.Contains(fields, f.Name) {
				fields = append(fields, f.Name)
			}
		}
	}
	var out []Naming
	for chunk := range slices.Chunk(ids, 500) {
		var a args
		in := make([]string, len(fields))
		for i, f := range fields {
			in[i] = a.add(f)
		}
		marks := make([]string, len(chunk))
		for i, id := range chunk {
			marks[i] = a.add(id.String())
		}
		found, err := list(tx, func(r Scanner, n *Naming) error {
			var key string
			if err := r.Scan(&n.Record, &n.Field, &key); err != nil {
				return err
			}
			n.Named = tenon.ItemID(tenon.ParseID(key))
			return nil
		}, `SELECT k.record_id, k.field, k.key FROM record_keys k JOIN items i ON i.id = k.record_id
			WHERE k.field IN (`+strings.Join(in, ",")+`) AND k.key IN (`+strings.Join(marks, ",")+`) ORDER BY k.record_id, k.field, k.key`, a...)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// SystemCountFilesOf counts the files that hang on items.
func (tx *Tx) SystemCountFilesOf(ids []tenon.ItemID) (int64, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM attachments a WHERE a.removed_at IS NULL AND `+tx.d.inBinders("a.item_id", "$1"), tx.d.bindersArg(binderIDs(ids))).Scan(&n)
	return n, err
}

// SystemMoveFile hangs a file on another item, where it hangs on from.
func (tx *Tx) SystemMoveFile(id int64, from, to tenon.ItemID) error {
	return tx.run(`UPDATE attachments SET item_id = $1 WHERE id = $2 AND item_id = $3`, to, id, from)
}

// SystemMovePart gives a part to another item, where it belongs to from.
func (tx *Tx) SystemMovePart(id int64, from, to tenon.ItemID, position int) error {
	return tx.run(`UPDATE parts SET item_id = $1, position = $2, updated_at = $3 WHERE id = $4 AND item_id = $5`, to, position, micros(tx.now), id, from)
}

// SystemRepointRelation makes a relation tie other items, where it still ties
// those in was.
func (tx *Tx) SystemRepointRelation(was, now tenon.Relation) error {
	return tx.run(`UPDATE relations SET from_item = $1, to_item = $2 WHERE id = $3 AND from_item = $4 AND COALESCE(to_item, 0) = $5
		AND NOT EXISTS (SELECT 1 FROM relations x WHERE x.id <> $3 AND x.from_item = $1 AND COALESCE(x.to_item, 0) = COALESCE($2, 0) AND COALESCE(x.to_binder, 0) = $6)`,
		now.From, null(now.To), was.ID, was.From, was.To, was.ToOrg)
}

// SystemPutRelation files a relation as it was, where its pair is free. ToOrg
// is a binder, as SystemRelationsOf has it.
func (tx *Tx) SystemPutRelation(r tenon.Relation) error {
	return tx.run(`INSERT INTO relations (id, from_item, to_item, to_binder, notes, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		r.ID, r.From, null(r.To), null(r.ToOrg), r.Notes, micros(r.CreatedAt))
}

// SystemMergeOf returns what an item was merged into, and by which operation; 0 where it was not.
func (tx *Tx) SystemMergeOf(id tenon.ItemID) (into tenon.ItemID, by tenon.OperationID, err error) {
	err = tx.row(`SELECT COALESCE(merged_into, 0), COALESCE(trashed_by, 0) FROM items WHERE id = $1`, id).Scan(&into, &by)
	return into, by, fail("item", int64(id), err)
}

// SystemSwapLocation makes the organizations whose primary location is one
// item say another, and returns them.
func (tx *Tx) SystemSwapLocation(from, to tenon.ItemID) ([]tenon.OrgID, error) {
	return column[tenon.OrgID](tx, `UPDATE organizations SET primary_location_id = $1, version = version + 1, updated_at = $2 WHERE primary_location_id = $3 RETURNING id`,
		to, micros(tx.now), from)
}
