package store

import (
	"encoding/json"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// InsertImportChunk keeps what one chunk of an import did, in its transaction.
// row is the number of its first row.
func (tx *Tx) InsertImportChunk(op tenon.OperationID, row int64, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return tx.run(`INSERT INTO import_chunks (operation_id, first_row, body) VALUES ($1, $2, $3)`, op, row, string(b))
}

// NoChunk is the row of a chunk that is not there.
const NoChunk int64 = -1 << 40

// SystemImportChunk reads the first chunk of an import at or after the row, or
// with back the last one before it, into body. It returns the chunk's first
// row, and -1 where there is none.
func (tx *Tx) SystemImportChunk(op tenon.OperationID, row int64, back bool, body any) (int64, error) {
	where, order := "first_row >= $2", ""
	if back {
		where, order = "first_row < $2", " DESC"
	}
	type chunk struct {
		row  int64
		body string
	}
	found, err := list(tx, func(r Scanner, c *chunk) error { return r.Scan(&c.row, &c.body) },
		`SELECT first_row, body FROM import_chunks WHERE operation_id = $1 AND `+where+` ORDER BY first_row`+order+` LIMIT 1`, op, row)
	if err != nil || len(found) == 0 {
		return NoChunk, err
	}
	return found[0].row, json.Unmarshal([]byte(found[0].body), body)
}

// Namesake is an organization that a row of a file may mean.
type Namesake struct {
	*tenon.Organization
	// Key is the folded name under which it was found; Former tells that it is a
	// name it once had.
	Key    string
	Former bool
}

// ImportCandidates returns the organizations, live and merged away, that bear
// or once bore one of the folded names and have an id below the one given, in
// id order: what came later was made by the import itself.
func (tx *Tx) ImportCandidates(v tenon.Viewer, names []string, below int64) ([]Namesake, error) {
	var out []Namesake
	for len(names) > 0 {
		n := min(len(names), 500)
		found, err := tx.candidates(v, names[:n], below)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
		names = names[n:]
	}
	return out, nil
}

func (tx *Tx) candidates(v tenon.Viewer, names []string, below int64) ([]Namesake, error) {
	var a args
	named := tx.d.inTexts("o.name_key", a.add(tx.d.textsArg(names)))
	// Live ones and others have an index each on SQLite.
	rows, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE (`+named+` AND o.state = 'live' AND o.id <> 1 OR `+named+` AND o.state = 'merged' AND o.state <> 'live') AND o.id < `+
		a.add(below)+` AND `+a.seesOrganization(v, "o")+` ORDER BY o.id`, a...)
	if err != nil {
		return nil, err
	}
	out := make([]Namesake, 0, len(rows))
	for i := range rows {
		out = append(out, Namesake{Organization: &rows[i].Organization, Key: rows[i].key})
	}
	type former struct {
		key string
		id  tenon.OrgID
	}
	a = nil
	in := tx.d.inTexts("a.value", a.add(tx.d.textsArg(names)))
	old, err := list(tx, func(r Scanner, f *former) error { return r.Scan(&f.key, &f.id) }, `SELECT DISTINCT a.value, o.id FROM aliases a JOIN binders b ON b.id = a.binder_id
		JOIN organizations o ON o.id = b.organization_id WHERE a.space = 'name' AND `+in+` AND o.state = 'live' AND o.id < `+a.add(below)+` ORDER BY 2`, a...)
	if err != nil {
		return nil, err
	}
	for _, f := range old {
		o, err := tx.GetOrganization(v, f.id)
		if tenon.CodeOf(err) == tenon.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Namesake{Organization: o, Key: f.key, Former: true})
	}
	orgs := make([]*tenon.Organization, len(rows))
	for i := range rows {
		orgs[i] = out[i].Organization
	}
	return out, tx.finishOrganizations(v, orgs)
}

// ImportByExternalID returns the live and merged organizations with one of the
// external ids; Key is the folded external id.
func (tx *Tx) ImportByExternalID(v tenon.Viewer, ids []string, below int64) ([]Namesake, error) {
	var out []Namesake
	for len(ids) > 0 {
		n := min(len(ids), 500)
		var a args
		in := tx.d.inTexts("k.key", a.add(tx.d.textsArg(ids[:n])))
		rows, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE o.id IN (SELECT k.record_id FROM record_keys k WHERE k.field = 'organization.external_id' AND `+
			in+`) AND o.state IN ('live','merged') AND o.id < `+a.add(below)+` AND `+a.seesOrganization(v, "o")+` ORDER BY o.state, o.id`, a...)
		if err != nil {
			return nil, err
		}
		orgs := make([]*tenon.Organization, len(rows))
		for i := range rows {
			orgs[i] = &rows[i].Organization
			out = append(out, Namesake{Organization: orgs[i], Key: textkey.Fold(orgs[i].Values.Text("external_id"))})
		}
		if err := tx.finishOrganizations(v, orgs); err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return out, nil
}

// ImportItems returns the items of a kind, in live organizations, that bear one
// of the folded names and have an id below the one given, in id order.
func (tx *Tx) ImportItems(v tenon.Viewer, kind tenon.Kind, names []string, below int64) ([]*tenon.Item, error) {
	var out []*tenon.Item
	for len(names) > 0 {
		n := min(len(names), 500)
		var a args
		in := tx.d.inTexts("i.name_key", a.add(tx.d.textsArg(names[:n])))
		rows, err := list(tx, scanItem, `SELECT `+itemColumns+` FROM items i WHERE i.kind = `+a.add(int64(kind))+` AND `+in+
			` AND i.trashed_by IS NULL AND i.id < `+a.add(below)+` AND `+a.seesItem(v, "i")+` AND `+a.seesBinder(v, "i.binder_id")+` AND `+ownerLive("i.binder_id")+` ORDER BY i.id`, a...)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out = append(out, &rows[i].Item)
		}
		names = names[n:]
	}
	return out, tx.finishItems(out)
}

// SystemTrashNew puts organizations and items into the trash under an
// operation that takes an import back: those that are still live and not the
// primary one. It returns how many.
func (tx *Tx) SystemTrashNew(ids []int64, items bool, by tenon.OperationID) (int64, error) {
	if items {
		l := make([]tenon.ItemID, len(ids))
		for i, id := range ids {
			l[i] = tenon.ItemID(id)
		}
		return tx.TrashItems(l, by)
	}
	primary, err := tx.PrimaryOrganization()
	if err != nil {
		return 0, err
	}
	var a args
	return tx.exec(`UPDATE organizations SET state = 'trashed', trashed_by = `+a.add(by)+`, version = version + 1, updated_at = `+a.add(micros(tx.now))+
		` WHERE state = 'live' AND id <> `+strconv.FormatInt(int64(primary), 10)+` AND `+tx.d.inBinders("id", a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
}

// importFiles adds the files that running imports still read.
func (tx *Tx) importFiles(used map[string]bool) error {
	return tx.each(func(r Scanner) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		var j struct{ Settings struct{ Hash string } }
		err := json.Unmarshal([]byte(text), &j)
		used[j.Settings.Hash] = true
		return err
	}, `SELECT journal FROM operations WHERE state = 'running' AND kind = 'import'`)
}
