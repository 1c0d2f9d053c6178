package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// PurgedName is what the row of a purged organization says instead of its name.
const PurgedName = "Purged organization"

// SystemHold gives what is in the trash to a purge, so that no restore finds
// it any more. It returns how many records there were.
func (tx *Tx) SystemHold(op tenon.OperationID, orgs []tenon.OrgID, items []tenon.ItemID) (int64, error) {
	n, err := tx.exec(`UPDATE organizations SET trashed_by = $1, version = version + 1, updated_at = $2 WHERE state = 'trashed' AND `+tx.d.inBinders("id", "$3"),
		op, micros(tx.now), tx.d.bindersArg(binderIDs(orgs)))
	if err != nil {
		return 0, err
	}
	m, err := tx.exec(`UPDATE items SET trashed_by = $1, version = version + 1, updated_at = $2 WHERE trashed_by IS NOT NULL AND `+tx.d.inBinders("id", "$3"),
		op, micros(tx.now), tx.d.bindersArg(binderIDs(items)))
	return n + m, err
}

// SystemCountTrashed counts the items of some binders that were deleted singly, by kind.
func (tx *Tx) SystemCountTrashed(binders []tenon.BinderID) (map[tenon.Kind]int64, error) {
	out := map[tenon.Kind]int64{}
	return out, tx.each(countRow(out, 1), `SELECT i.kind, count(*) FROM items i WHERE i.trashed_by IS NOT NULL AND `+
		tx.d.inBinders("i.binder_id", "$1")+` GROUP BY i.kind`, tx.d.bindersArg(binders))
}

// SystemMergedInto returns the items that were merged into these, directly or through others.
func (tx *Tx) SystemMergedInto(ids []tenon.ItemID) ([]tenon.ItemID, error) {
	var all []tenon.ItemID
	for level := ids; len(level) > 0; {
		next, err := column[tenon.ItemID](tx, `SELECT id FROM items WHERE `+tx.d.inBinders("merged_into", "$1")+` ORDER BY id`, tx.d.bindersArg(binderIDs(level)))
		if err != nil {
			return nil, err
		}
		all = append(all, next...)
		level = next
	}
	return all, nil
}

// SystemDoomedItems returns at most limit items of these binders, or held by
// the purge, that are there.
func (tx *Tx) SystemDoomedItems(op tenon.OperationID, binders []tenon.BinderID, limit int) ([]tenon.ItemID, error) {
	n := ` LIMIT ` + strconv.Itoa(limit)
	held, err := column[tenon.ItemID](tx, `SELECT id FROM items WHERE trashed_by = $1 ORDER BY id`+n, op)
	if err != nil || len(held) > 0 || len(binders) == 0 {
		return held, err
	}
	// Two statements, for each of which there is an index.
	for _, trashed := range []string{"IS NULL", "IS NOT NULL"} {
		ids, err := column[tenon.ItemID](tx, `SELECT i.id FROM items i WHERE `+tx.d.inBinders("i.binder_id", "$1")+` AND i.trashed_by `+trashed+n, tx.d.bindersArg(binders))
		if err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return nil, nil
}

// purgeStep deletes rows of one table. keys is its primary key.
type purgeStep struct{ table, keys, where string }

// itemSteps is what hangs on an item. $1 lists items.
var itemSteps = []purgeStep{
	{"parts", "id", "item_id"},
	{"secrets", "item_id, field", "item_id"},
	{"attachments", "id", "item_id"},
	{"relations", "id", "from_item"},
	{"relations", "id", "to_item"},
	{"restrictions", "item_id, subject_kind, subject_id", "item_id"},
	{"item_guards", "item_id, guard_id", "item_id"},
	{"expirations", "id", "item_id"},
	{"revisions", "id", "record_id"},
	{"memberships", "person_id, binder_id", "person_id"},
	{"record_keys", "field, key, record_id", "record_id"},
	{"favourites", "user_id, record_id", "record_id"},
	{"opened", "user_id, record_id", "record_id"},
	{"demo_records", "record_id", "record_id"},
}

// binderSteps is what hangs on an organization through its binders. $1 lists binders.
var binderSteps = []purgeStep{
	{"email_domains", "binder_id, domain", "binder_id"},
	{"aliases", "space, value, binder_id", "binder_id"},
	{"memberships", "person_id, binder_id", "binder_id"},
	{"attachments", "id", "binder_id"},
	{"relations", "id", "to_binder"},
	{"grants", "id", "binder_id"},
	{"reach", "user_id, binder_id", "binder_id"},
	{"revisions", "id", "record_id"},
	{"record_keys", "field, key, record_id", "record_id"},
	{"favourites", "user_id, record_id", "record_id"},
	{"opened", "user_id, record_id", "record_id"},
	{"exports", "id", "binder_id"},
	{"demo_records", "record_id", "record_id"},
}

// purgeRows deletes at most budget rows in the order of the steps, and returns
// how many it may still delete: 0 means that there may be more.
func (tx *Tx) purgeRows(steps []purgeStep, arg any, budget int64) (int64, error) {
	for _, s := range steps {
		keys := "(" + s.keys + ")"
		if !strings.Contains(s.keys, ",") {
			keys = s.keys
		}
		n, err := tx.exec(`DELETE FROM `+s.table+` WHERE `+keys+` IN (SELECT `+s.keys+` FROM `+s.table+` WHERE `+tx.d.inBinders(s.where, "$1")+
			` LIMIT `+strconv.FormatInt(budget, 10)+`)`, arg)
		if err != nil {
			return 0, err
		}
		if budget -= n; budget <= 0 {
			return 0, nil
		}
	}
	return budget, nil
}

// SystemPurgeItems removes items with all that hangs on them, at most budget
// rows of it. It returns how many items went: none where more hangs on them.
// A link becomes a tombstone of the item's binder, so that a sync does not
// bring the record back.
func (tx *Tx) SystemPurgeItems(ids []tenon.ItemID, budget int64) (int64, error) {
	arg := tx.d.bindersArg(binderIDs(ids))
	left, err := tx.purgeRows(itemSteps, arg, budget)
	if err != nil || left == 0 {
		return 0, err
	}
	for _, text := range []string{
		`UPDATE links SET state = 'tombstone', binder_id = (SELECT i.binder_id FROM items i WHERE i.id = links.item_id), item_id = NULL WHERE ` + tx.d.inBinders("item_id", "$1"),
		`UPDATE organizations SET primary_location_id = NULL WHERE ` + tx.d.inBinders("primary_location_id", "$1"),
		`UPDATE items SET merged_into = NULL WHERE ` + tx.d.inBinders("merged_into", "$1"),
	} {
		if err := tx.run(text, arg); err != nil {
			return 0, err
		}
	}
	if err := tx.unindexWords(int64s(ids)); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM items WHERE `+tx.d.inBinders("id", "$1"), arg)
}

// SystemUnusedFiles returns those hashes that no file, no logo, no export and no
// running import names any more.
func (tx *Tx) SystemUnusedFiles(hashes []string) ([]string, error) {
	used := map[string]bool{}
	err := tx.each(func(r Scanner) error {
		var text string
		if err := r.Scan(&text); err != nil {
			return err
		}
		v, err := tenon.ParseValues(tenon.OrganizationFields, text)
		used[v.Text("logo")] = true
		return err
	}, `SELECT fields FROM organizations WHERE fields LIKE '%"logo":%'`)
	if err != nil {
		return nil, err
	}
	if err := tx.importFiles(used); err != nil {
		return nil, err
	}
	var out []string
	for chunk := range slices.Chunk(hashes, 500) {
		var a args
		marks := make([]string, len(chunk))
		for i, h := range chunk {
			marks[i] = a.add(h)
		}
		// A file that was taken off its record still has its row, and its content.
		in := ` WHERE hash IN (` + strings.Join(marks, ",") + `)`
		named, err := column[string](tx, `SELECT hash FROM attachments`+in+` UNION SELECT hash FROM export_parts`+in, a...)
		if err != nil {
			return nil, err
		}
		for _, h := range chunk {
			if !used[h] && !slices.Contains(named, h) {
				out = append(out, h)
			}
		}
	}
	return out, nil
}

// SystemPurgeOrganization removes what hangs on an organization, at most
// budget rows, and then blanks its row. It tells whether it did that. One that
// was merged into another stays merged, so that its id goes on leading there.
func (tx *Tx) SystemPurgeOrganization(id tenon.OrgID, budget int64) (bool, error) {
	home := tx.d.bindersArg([]tenon.BinderID{id.Home()})
	left, err := tx.purgeRows(binderSteps, home, budget)
	if err != nil || left == 0 {
		return false, err
	}
	if err := tx.run(`UPDATE links SET state = 'tombstone' WHERE binder_id = $1`, id.Home()); err != nil {
		return false, err
	}
	if err := tx.unindexWords([]int64{int64(id)}); err != nil {
		return false, err
	}
	err = tx.run(`UPDATE organizations SET name = $1, name_key = $2, state = CASE WHEN state = 'trashed' THEN 'purged' ELSE state END, parent_binder_id = NULL,
		primary_location_id = NULL, type_id = NULL, status_id = NULL, fields = '{}', trashed_by = NULL, version = version + 1, updated_at = $3 WHERE id = $4`,
		PurgedName, textkey.Fold(PurgedName), micros(tx.now), id)
	if err != nil {
		return false, err
	}
	var state tenon.OrgState
	if err := tx.row(`SELECT state FROM organizations WHERE id = $1`, id).Scan(&state); err != nil || state == tenon.Purged {
		return err == nil, err
	}
	o := &tenon.Organization{ID: id, Name: PurgedName, Version: 1, Values: tenon.Values{"name": PurgedName}}
	return true, tx.indexOrganization(o)
}

// SystemScrubOperations takes out of the plans and receipts of other operations
// what they say of purged organizations. Their titles stay.
func (tx *Tx) SystemScrubOperations(by tenon.OperationID, orgs []tenon.OrgID) error {
	arg := tx.d.bindersArg(binderIDs(orgs))
	ops, err := list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE p.id <> $2 AND p.state <> 'running' AND (`+
		tx.d.inBinders("p.source_id", "$1")+` OR `+tx.d.inBinders("p.target_id", "$1")+`)`, arg, by)
	if err != nil {
		return err
	}
	for _, o := range ops {
		o.Receipt.Kept, o.Receipt.Changed, o.Receipt.Domains = nil, nil, nil
		if err := tx.SystemSetReceipt(o.ID, o.Receipt); err != nil {
			return err
		}
		if err := tx.run(`UPDATE operations SET plan = '{}', journal = CASE WHEN kind = 'merge' THEN '{}' ELSE journal END WHERE id = $1`, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// SystemLastEvent returns the time of the newest entry of the activity log.
func (tx *Tx) SystemLastEvent() (time.Time, error) {
	var at time.Time
	err := tx.row(`SELECT MAX(at) FROM activity`).Scan(instant{&at})
	return at, err
}

// SystemExpired returns what has been in the trash since before a time: at
// most limit organizations and items, the oldest first.
func (tx *Tx) SystemExpired(before time.Time, limit int) (orgs []tenon.OrgID, items []tenon.ItemID, err error) {
	n := ` LIMIT ` + strconv.Itoa(limit)
	orgs, err = column[tenon.OrgID](tx, `SELECT o.id FROM organizations o JOIN operations p ON p.id = o.trashed_by
		WHERE o.state = 'trashed' AND o.trashed_by IS NOT NULL AND p.created_at < $1 AND p.state <> 'running' ORDER BY p.id, o.id`+n, micros(before))
	if err != nil {
		return nil, nil, err
	}
	items, err = column[tenon.ItemID](tx, `SELECT i.id FROM items i JOIN operations p ON p.id = i.trashed_by JOIN binders b ON b.id = i.binder_id
		JOIN organizations o ON o.id = b.organization_id WHERE i.trashed_by IS NOT NULL AND i.merged_into IS NULL AND o.state = 'live'
		AND p.created_at < $1 AND p.state <> 'running' ORDER BY p.id, i.id`+n, micros(before))
	return orgs, items, err
}
