package store

import (
	"encoding/json"
	"slices"

	"github.com/tenonhq/tenon"
)

// indexed is a record with what is derived from it.
type indexed struct {
	id     int64
	binder tenon.BinderID
	kind   tenon.Kind // 0 for an organization
	name   string
	tags   []string
	keys   []recordKey
	words  string
	dates  []dated
}

// Derived compares what is derived from records, look-up rows and search, with
// a fresh derivation. It belongs to one transaction.
type Derived struct {
	tx     *Tx
	search searchProof
}

// searchProof finds the records of a page whose search entry is not what it
// should be. One that is missing is another probe's finding.
type searchProof interface {
	faults(page []indexed) ([]int64, error)
}

// SystemDerived begins a comparison: of whole tables, or of a few records.
func (tx *Tx) SystemDerived(whole bool) (*Derived, error) {
	proof, err := tx.d.proveSearch(tx, whole)
	return &Derived{tx, proof}, err
}

// Page compares one page of organizations, or of items, after an id. It
// returns the faults and the last id looked at, 0 at the end.
func (p *Derived) Page(items bool, after int64, limit int) (faults []Fault, last int64, err error) {
	tx := p.tx
	var page []indexed
	if items {
		page, err = tx.indexedItems(after, limit)
	} else {
		page, err = tx.indexedOrganizations(after, limit)
	}
	if err != nil || len(page) == 0 {
		return nil, 0, err
	}
	wrong, err := tx.keyFaults(page)
	if err != nil {
		return nil, 0, err
	}
	late, err := tx.expirationFaults(page, items)
	if err != nil {
		return nil, 0, err
	}
	wrong = append(wrong, late...)
	lost, err := p.search.faults(page)
	if err != nil {
		return nil, 0, err
	}
	for _, id := range lost {
		wrong = append(wrong, Fault{ID: id, Text: "search"})
	}
	return wrong, page[len(page)-1].id, nil
}

// SystemLastRecord returns the largest id of an organization or an item.
func (tx *Tx) SystemLastRecord() (id int64, err error) {
	err = tx.row(`SELECT COALESCE(MAX(x.id), 0) FROM (SELECT MAX(id) AS id FROM organizations UNION ALL SELECT MAX(id) FROM items) x`).Scan(&id)
	return id, err
}

func (tx *Tx) indexedOrganizations(after int64, limit int) ([]indexed, error) {
	rows, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE o.id > $1 AND o.id <> 1 AND o.state <> 'purged' ORDER BY o.id LIMIT $2`, after, limit)
	out := make([]indexed, len(rows))
	for i := range rows {
		out[i] = organizationEntry(&rows[i].Organization)
	}
	return out, err
}

func (tx *Tx) indexedItems(after int64, limit int) ([]indexed, error) {
	rows, err := list(tx, scanItem, `SELECT `+itemColumns+` FROM items i WHERE i.id > $1 ORDER BY i.id LIMIT $2`, after, limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]tenon.ItemID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	parts, err := tx.partsForCheck(rows, ids)
	if err != nil {
		return nil, err
	}
	marks, err := tx.allExpirationMarks()
	if err != nil {
		return nil, err
	}
	out := make([]indexed, 0, len(rows))
	for i := range rows {
		it := &rows[i].Item
		if it.Kind.Info() == nil {
			continue
		}
		e := itemEntry(it, parts[it.ID])
		e.dates = datesOf(it, e.keys, marks[itemType(it)])
		out = append(out, e)
	}
	return out, nil
}

func (tx *Tx) partsForCheck(rows []itemRow, ids []tenon.ItemID) (map[tenon.ItemID][]tenon.Part, error) {
	kinds := map[tenon.ItemID]*tenon.KindInfo{}
	for i := range rows {
		kinds[rows[i].ID] = rows[i].Kind.Info()
	}
	out := map[tenon.ItemID][]tenon.Part{}
	err := tx.each(func(r Scanner) error {
		var id tenon.ItemID
		var p tenon.Part
		var fields string
		if err := r.Scan(&id, &p.Name, &fields); err != nil || kinds[id] == nil {
			return err
		}
		info := kinds[id].Part(p.Name)
		if info == nil {
			return nil
		}
		var err error
		p.Values, err = tenon.ParseValues(info.Fields, fields)
		out[id] = append(out[id], p)
		return err
	}, `SELECT item_id, part, fields FROM parts WHERE `+tx.d.inBinders("item_id", "$1")+` ORDER BY item_id, part, position, id`, tx.d.bindersArg(binderIDs(ids)))
	return out, err
}

// keyFaults compares the look-up rows of a page with what they should be.
func (tx *Tx) keyFaults(page []indexed) ([]Fault, error) {
	stored := map[int64][]recordKey{}
	ids := make([]tenon.BinderID, len(page))
	for i := range page {
		ids[i] = tenon.BinderID(page[i].id)
	}
	err := tx.each(func(r Scanner) error {
		var id int64
		var k recordKey
		if err := r.Scan(&id, &k.field, &k.key); err != nil {
			return err
		}
		stored[id] = append(stored[id], k)
		return nil
	}, `SELECT record_id, field, key FROM record_keys WHERE `+tx.d.inBinders("record_id", "$1"), tx.d.bindersArg(ids))
	if err != nil {
		return nil, err
	}
	var out []Fault
	for i := range page {
		if !sameKeys(page[i].keys, stored[page[i].id]) {
			out = append(out, Fault{ID: page[i].id, Text: "look-up rows"})
		}
	}
	return out, nil
}

func sameKeys(want, have []recordKey) bool {
	if len(want) != len(have) {
		return false
	}
	for _, k := range have {
		if !slices.Contains(want, k) {
			return false
		}
	}
	return true
}

func (d *sqliteDB) queuedJobs(tx *Tx) ([]string, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'river_job'`).Scan(&n)
	if err != nil || n == 0 {
		return nil, err
	}
	return column[string](tx, `SELECT json(args) FROM river_job WHERE finalized_at IS NULL`)
}

func (d *postgresDB) queuedJobs(tx *Tx) ([]string, error) {
	var there bool
	if err := tx.row(`SELECT to_regclass('river_job') IS NOT NULL`).Scan(&there); err != nil || !there {
		return nil, err
	}
	return column[string](tx, `SELECT args::text FROM river_job WHERE finalized_at IS NULL`)
}

// SealedRow is a sealed value with the place it belongs to.
type SealedRow struct {
	Record int64
	Binder tenon.BinderID
	Field  string
	Sealed []byte
	// Version is that of the revision that keeps it, 0 for the present value.
	Version int64
}

// SystemSealed calls fn for every sealed value of items, those in revisions included.
func (tx *Tx) SystemSealed(fn func(SealedRow) error) error {
	err := tx.each(func(r Scanner) error {
		var s SealedRow
		if err := r.Scan(&s.Record, &s.Binder, &s.Field, &s.Sealed); err != nil {
			return err
		}
		return fn(s)
	}, `SELECT s.item_id, i.binder_id, s.field, s.sealed FROM secrets s JOIN items i ON i.id = s.item_id ORDER BY s.item_id, s.field`)
	if err != nil {
		return err
	}
	return tx.each(func(r Scanner) error {
		var s SealedRow
		var text string
		if err := r.Scan(&s.Record, &s.Version, &s.Binder, &text); err != nil {
			return err
		}
		sealed := map[string][]byte{}
		if err := json.Unmarshal([]byte(text), &sealed); err != nil {
			return err
		}
		for field, b := range sealed {
			s.Field, s.Sealed = field, b
			if err := fn(s); err != nil {
				return err
			}
		}
		return nil
	}, `SELECT record_id, version, binder_id, secrets FROM revisions WHERE secrets <> '{}' ORDER BY record_id, version`)
}

// FileRow is a file that the database names.
type FileRow struct {
	Owner string // "attachment", "logo"
	ID    int64
	Hash  string
	Size  int64 // 0 where it is not known
}

// SystemFiles calls fn for every file that attachments, exports and logos name.
func (tx *Tx) SystemFiles(fn func(FileRow) error) error {
	err := tx.each(func(r Scanner) error {
		f := FileRow{Owner: "attachment"}
		if err := r.Scan(&f.ID, &f.Hash, &f.Size); err != nil {
			return err
		}
		return fn(f)
	}, `SELECT id, hash, size FROM attachments WHERE removed_at IS NULL ORDER BY id`)
	if err != nil {
		return err
	}
	err = tx.each(func(r Scanner) error {
		f := FileRow{Owner: "export"}
		if err := r.Scan(&f.ID, &f.Hash, &f.Size); err != nil {
			return err
		}
		return fn(f)
	}, `SELECT export_id, hash, size FROM export_parts ORDER BY export_id, part`)
	if err != nil {
		return err
	}
	return tx.each(func(r Scanner) error {
		f := FileRow{Owner: "logo"}
		var text string
		if err := r.Scan(&f.ID, &text); err != nil {
			return err
		}
		v, err := tenon.ParseValues(tenon.OrganizationFields, text)
		if err != nil || v.Text("logo") == "" {
			return err
		}
		f.Hash = v.Text("logo")
		return fn(f)
	}, `SELECT id, fields FROM organizations WHERE fields LIKE '%"logo":%' ORDER BY id`)
}
