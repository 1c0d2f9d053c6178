package store

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// This file holds the questions that plans ask.

// SystemBusy returns an unfinished operation that holds one of the organizations, or 0.
func (tx *Tx) SystemBusy(orgs []tenon.OrgID) (tenon.OperationID, tenon.Phrase, error) {
	var id tenon.OperationID
	var title tenon.Phrase
	arg := tx.d.bindersArg(binderIDs(orgs))
	err := tx.each(func(r Scanner) error { return r.Scan(&id, &title.Text, phrase{&title}) },
		`SELECT p.id, p.title, p.title_phrase FROM operations p WHERE p.state = 'running' AND (`+tx.d.inBinders("p.source_id", "$1")+` OR `+tx.d.inBinders("p.target_id", "$1")+`) ORDER BY p.id LIMIT 1`, arg)
	return id, title, err
}

// Syncing counts what a connection keeps in step: organizations, and items.
type Syncing struct{ Organizations, Items int64 }

// SystemSyncing tells for each of the binders whether it is linked and syncing
// itself, and how many linked items it holds.
func (tx *Tx) SystemSyncing(binders []tenon.BinderID) (map[tenon.BinderID]Syncing, error) {
	out := map[tenon.BinderID]Syncing{}
	scan := func(r Scanner) error {
		var b tenon.BinderID
		var own, items int64
		err := r.Scan(&b, &own, &items)
		out[b] = Syncing{out[b].Organizations + own, out[b].Items + items}
		return err
	}
	return out, tx.each(scan, `SELECT l.binder_id, count(*), 0 FROM links l WHERE l.state = 'syncing' AND `+tx.d.inBinders("l.binder_id", "$1")+` GROUP BY l.binder_id
		UNION ALL SELECT i.binder_id, 0, count(*) FROM links l JOIN items i ON i.id = l.item_id WHERE l.state = 'syncing' AND `+tx.d.inBinders("i.binder_id", "$1")+` GROUP BY i.binder_id`,
		tx.d.bindersArg(binders))
}

// SystemCountItems counts all items of some binders by kind.
func (tx *Tx) SystemCountItems(binders []tenon.BinderID) (map[tenon.Kind]int64, error) {
	return tx.CountItems(tenon.SystemViewer(), binders)
}

// SystemClearLocation takes away the primary location of the organization
// where it is not filed with it any more, and tells whether it did.
func (tx *Tx) SystemClearLocation(org tenon.OrgID) (bool, error) {
	n, err := tx.exec(`UPDATE organizations SET primary_location_id = NULL, version = version + 1, updated_at = $2 WHERE id = $1 AND primary_location_id IS NOT NULL AND NOT EXISTS (
		SELECT 1 FROM items i JOIN binders b ON b.id = i.binder_id WHERE i.id = organizations.primary_location_id AND b.organization_id = organizations.id)`, org, micros(tx.now))
	return n > 0, err
}

// SystemUpdateOrganization saves name and values of an organization in any
// state: an undo puts fields back also where the row has been merged away since.
func (tx *Tx) SystemUpdateOrganization(o *tenon.Organization) error {
	doc, _ := orgDocument(o)
	var a args
	text := strings.Join([]string{
		`UPDATE organizations SET name = ` + a.add(o.Name), `name_key = ` + a.add(textkey.Fold(o.Name)),
		`primary_location_id = ` + a.add(null(o.Values.ID("primary_location_id"))),
		`type_id = ` + a.add(null(o.Values.ID("organization_type_id"))),
		`status_id = ` + a.add(null(o.Values.ID("organization_status_id"))),
		`fields = ` + a.add(doc), `version = version + 1`, `updated_at = ` + a.add(micros(tx.now)),
	}, ", ")
	if err := tx.run(text+` WHERE id = `+a.add(o.ID), a...); err != nil {
		return err
	}
	o.Version++
	return tx.indexOrganization(o)
}

// SystemStandingMerges returns the merges of these sources that were not
// undone, in the order in which they happened.
func (tx *Tx) SystemStandingMerges(sources []tenon.OrgID) ([]tenon.Operation, error) {
	return list(tx, scanOperation, `SELECT `+operationColumns+operationFrom+` WHERE p.kind = 'merge' AND p.state = 'done' AND `+
		tx.d.inBinders("p.source_id", "$1")+` ORDER BY p.id`, tx.d.bindersArg(binderIDs(sources)))
}
