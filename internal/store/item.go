package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const itemColumns = `i.id, i.kind, i.binder_id, i.name, i.name_key, COALESCE(i.number, 0) AS number, COALESCE(i.type_id, 0) AS type_id,
	i.fields, i.tags, i.archived, i.restricted, COALESCE(i.trashed_by, 0) AS trashed_by, i.version, i.created_at, i.updated_at`

type itemRow struct {
	tenon.Item
	key string
}

func scanItem(r Scanner, i *itemRow) error {
	var fields, tags string
	err := r.Scan(&i.ID, &i.Kind, &i.BinderID, &i.Name, &i.key, &i.Number, &i.TypeID, &fields, &tags,
		&i.Archived, &i.Restricted, &i.TrashedBy, &i.Version, instant{&i.CreatedAt}, instant{&i.UpdatedAt})
	if err != nil {
		return err
	}
	if tags != "[]" {
		if err := json.Unmarshal([]byte(tags), &i.Tags); err != nil {
			return err
		}
	}
	info := i.Kind.Info()
	if info == nil {
		i.Values = tenon.Values{}
		return nil
	}
	i.Values, err = tenon.ParseValues(info.Fields, fields)
	return err
}

// GetItem returns the item with its owner. NotFound where there is none, the
// viewer may not know of it, it is in the trash, or its organization is not live.
func (tx *Tx) GetItem(v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	return tx.getItem(v, id, ` AND i.trashed_by IS NULL`, true)
}

// GetTrashedItem is GetItem for an item that was deleted singly.
func (tx *Tx) GetTrashedItem(v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	return tx.getItem(v, id, ` AND i.trashed_by IS NOT NULL`, false)
}

// GetItemAnywhere is GetItem for an item in whatever state: in the trash, merged
// away, of an organization that is not live. NotFound where the viewer could not
// see it if it were there.
func (tx *Tx) GetItemAnywhere(v tenon.Viewer, id tenon.ItemID) (*tenon.Item, error) {
	return tx.getItem(v, id, "", false)
}

func (tx *Tx) getItem(v tenon.Viewer, id tenon.ItemID, more string, live bool) (*tenon.Item, error) {
	found, err := tx.someItems(v, []tenon.ItemID{id}, more, live)
	if err == nil && len(found) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("item", int64(id), err)
	}
	return found[0], nil
}

// GetItems returns those of the items that GetItem would return, in the order
// of their ids. Those that it would not are left out.
func (tx *Tx) GetItems(v tenon.Viewer, ids []tenon.ItemID) ([]*tenon.Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return tx.someItems(v, ids, ` AND i.trashed_by IS NULL`, true)
}

func (tx *Tx) someItems(v tenon.Viewer, ids []tenon.ItemID, more string, live bool) ([]*tenon.Item, error) {
	if live {
		more += ` AND o.state = 'live'`
	}
	found, err := tx.ownedItems(ids, func(a *args) string {
		return `TRUE` + ownedFrom + ` WHERE ` + tx.itemIn(a, ids) + more + ` AND ` + a.seesItem(v, "i") + ` AND ` + a.seesBinder(v, "i.binder_id")
	})
	out := make([]*tenon.Item, len(found))
	for n := range found {
		out[n] = &found[n].Item
	}
	return out, err
}

// itemIn is true for items of these ids.
func (tx *Tx) itemIn(a *args, ids []tenon.ItemID) string {
	if len(ids) == 1 {
		return "i.id = " + a.add(ids[0])
	}
	return tx.d.inBinders("i.id", a.add(tx.d.bindersArg(binderIDs(ids))))
}

// ownedItem is an item with what other tables say of it.
type ownedItem struct {
	itemRow
	seen bool // whatever the statement asks of it
}

const (
	ownedColumns = `, b.organization_id, o.name, b.changed_at, COALESCE((SELECT string_agg(s.field, ',') FROM secrets s WHERE s.item_id = i.id), ''), `
	ownedFrom    = ` FROM items i JOIN binders b ON b.id = i.binder_id JOIN organizations o ON o.id = b.organization_id`
)

// ownedItems returns items that are asked for by their ids, with their owners
// and the names of their sealed fields, in one statement. Lists walk an index,
// and add both to a page: finishItems.
func (tx *Tx) ownedItems(ids []tenon.ItemID, rest func(*args) string) ([]ownedItem, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	text := `SELECT ` + itemColumns + ownedColumns + rest(&a) + ` ORDER BY i.id`
	return list(tx, func(r Scanner, i *ownedItem) error {
		var changed time.Time
		var secrets string
		err := scanItem(scanMore{r, []any{&i.OrgID, &i.OrgName, instant{&changed}, &secrets, &i.seen}}, &i.itemRow)
		i.ChangedAt = i.UpdatedAt
		if changed.After(i.ChangedAt) {
			i.ChangedAt = changed
		}
		if secrets != "" {
			i.Secrets = strings.Split(secrets, ",")
			slices.Sort(i.Secrets)
		}
		return err
	}, text, a...)
}

// scanMore scans further columns after those that are asked for.
type scanMore struct {
	Scanner
	more []any
}

func (s scanMore) Scan(dest ...any) error { return s.Scanner.Scan(append(dest, s.more...)...) }

// LockItems locks items in the order of their ids, so that what is read of
// them after it stays true until the transaction ends. Ids that do not exist
// are passed over.
func (tx *Tx) LockItems(ids ...tenon.ItemID) error {
	lock := tx.d.lockRows()
	if lock == "" || len(ids) == 0 {
		return nil
	}
	_, err := column[int64](tx, `SELECT id FROM items WHERE `+tx.d.inBinders("id", "$1")+` ORDER BY id`+lock, tx.d.bindersArg(binderIDs(ids)))
	return err
}

// finishItems adds owners and the names of sealed fields, for the whole page at once.
func (tx *Tx) finishItems(items []*tenon.Item) error {
	if len(items) == 0 {
		return nil
	}
	seen := map[tenon.BinderID]bool{}
	var binders []tenon.BinderID
	byID := map[tenon.ItemID]*tenon.Item{}
	var sealed []tenon.BinderID // ids of items with secret fields; the list argument is typed by binders
	for _, i := range items {
		if !seen[i.BinderID] {
			seen[i.BinderID] = true
			binders = append(binders, i.BinderID)
		}
		byID[i.ID] = i
		if i.Kind == tenon.FlexibleAsset || hasSecret(i.Kind) {
			sealed = append(sealed, tenon.BinderID(i.ID))
		}
	}
	owners, err := tx.owners(binders, sealed, func(id tenon.ItemID, field string) { byID[id].Secrets = append(byID[id].Secrets, field) })
	if err != nil {
		return err
	}
	for _, i := range items {
		o := owners[i.BinderID]
		i.OrgID, i.OrgName = o.org, o.name
		i.ChangedAt = i.UpdatedAt
		if t := moment(o.changedAt); t.After(i.ChangedAt) {
			i.ChangedAt = t
		}
		slices.Sort(i.Secrets)
	}
	return nil
}

func hasSecret(k tenon.Kind) bool {
	info := k.Info()
	for i := range info.Fields {
		if info.Fields[i].Type == tenon.Secret {
			return true
		}
	}
	return false
}

// Filing is where something new of an organization would be filed.
type Filing struct {
	Org   tenon.OrgID
	Name  string
	State tenon.OrgState
	// Home tells whether the viewer reaches the organization's home binder.
	Home bool
}

// ResolveFiling follows a reference to an organization to where something new
// is filed: with who owns its binder now. NotFound where the viewer reaches
// nothing of that one.
func (tx *Tx) ResolveFiling(v tenon.Viewer, ref tenon.OrgID) (Filing, error) {
	var a args
	var f Filing
	text := `SELECT o.id, o.name, o.state, ` + a.seesBinder(v, "o.id") + ` FROM binders b JOIN organizations o ON o.id = b.organization_id
		WHERE b.id = ` + a.add(ref.Home()) + ` AND ` + a.seesOrganization(v, "o")
	err := tx.row(text, a...).Scan(&f.Org, &f.Name, &f.State, &f.Home)
	return f, fail("organization", int64(ref), err)
}

// InsertItem files a new item. The binder's owner must be live, in the same
// statement: 0 rows mean that the organization went away meanwhile. The parts
// are indexed with it and stored by SaveParts. A contact becomes a member of
// its own organization.
func (tx *Tx) InsertItem(i *tenon.Item, parts ...tenon.Part) error {
	i.Version, i.CreatedAt, i.UpdatedAt = 1, tx.now, tx.now
	tags, err := json.Marshal(i.Tags)
	if err != nil {
		return err
	}
	if len(i.Tags) == 0 {
		tags = []byte("[]")
	}
	n, err := tx.exec(`INSERT INTO items (id, binder_id, kind, name, name_key, number, type_id, status, fields, tags, archived, restricted, in_binder_since, created_at, updated_at)
		SELECT $1, b.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12
		FROM binders b JOIN organizations o ON o.id = b.organization_id WHERE b.id = $13 AND o.state = 'live'`,
		i.ID, int64(i.Kind), i.Name, textkey.Fold(i.Name), null(i.Number), null(itemType(i)), null(itemStatus(i)), i.Values.JSON(), string(tags),
		i.Archived, i.Restricted, micros(tx.now), i.BinderID)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Conflict, "The organization is not live any more, so nothing can be filed there. Nothing was changed.")
	}
	if i.Kind == tenon.Contact {
		if err := tx.insertOwnMembership(i.ID, i.BinderID); err != nil {
			return err
		}
	}
	return tx.indexItem(i, parts, false)
}

// itemType is the id that lists filter the type by.
func itemType(i *tenon.Item) tenon.LookupID {
	if info := i.Kind.Info(); info != nil && info.Type != "" {
		return tenon.LookupID(i.Values.ID(info.Type))
	}
	return 0
}

// itemStatus is the text that lists filter the status by.
func itemStatus(i *tenon.Item) string {
	info := i.Kind.Info()
	if info == nil || info.Status == "" {
		return ""
	}
	if id := i.Values.ID(info.Status); id != 0 {
		return strconv.FormatInt(id, 10)
	}
	return i.Values.Text(info.Status)
}

// UpdateItem saves an item whose version is still i.Version, and raises it.
// parts are all that the item carries: they are indexed with it. Restricted
// is not written: it follows from SetRestrictions and SettleRestrictions.
func (tx *Tx) UpdateItem(i *tenon.Item, parts []tenon.Part) error {
	tags, err := json.Marshal(i.Tags)
	if err != nil {
		return err
	}
	if len(i.Tags) == 0 {
		tags = []byte("[]")
	}
	n, err := tx.exec(`UPDATE items SET name = $1, name_key = $2, type_id = $3, status = $4, fields = $5, tags = $6, archived = $7,
		version = version + 1, updated_at = $8 WHERE id = $9 AND version = $10 AND trashed_by IS NULL AND `+ownerLive("items.binder_id"),
		i.Name, textkey.Fold(i.Name), null(itemType(i)), null(itemStatus(i)), i.Values.JSON(), string(tags), i.Archived,
		micros(tx.now), i.ID, i.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", i.Name)
	}
	i.Version++
	i.UpdatedAt = tx.now
	return tx.indexItem(i, parts, true)
}

// indexItem writes the look-up rows, the dates and the search entry of an item.
func (tx *Tx) indexItem(i *tenon.Item, parts []tenon.Part, had bool) error {
	e := itemEntry(i, parts)
	if err := tx.replaceKeys(e.id, e.keys, had); err != nil {
		return err
	}
	if err := tx.saveExpirations(i, e.keys, had); err != nil {
		return err
	}
	return tx.indexWords(&e, had)
}

// itemEntry derives the look-up rows and the words of an item.
func itemEntry(i *tenon.Item, parts []tenon.Part) indexed {
	info := i.Kind.Info()
	e := indexed{id: int64(i.ID), binder: i.BinderID, kind: i.Kind, name: i.Name, tags: i.Tags}
	e.keys = keysOf("", info.Fields, i.Values)
	var words strings.Builder
	words.WriteString(wordsOf(info.Fields, i.Values))
	for _, t := range i.Tags {
		e.keys = append(e.keys, recordKey{"tags", textkey.Fold(t)})
		words.WriteString(" " + t)
	}
	for _, p := range parts {
		if pi := info.Part(p.Name); pi != nil {
			e.keys = append(e.keys, keysOf(p.Name+".", pi.Fields, p.Values)...)
			words.WriteString(" " + wordsOf(pi.Fields, p.Values))
		}
	}
	e.keys, e.words = unique(e.keys), words.String()
	return e
}

func unique(keys []recordKey) []recordKey {
	seen := map[recordKey]bool{}
	out := keys[:0]
	for _, k := range keys {
		if !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

// TrashItems marks items as deleted by the operation and returns how many
// were. Items already in the trash are left alone.
func (tx *Tx) TrashItems(ids []tenon.ItemID, by tenon.OperationID) (int64, error) {
	var a args
	return tx.exec(`UPDATE items SET trashed_by = `+a.add(by)+`, version = version + 1, updated_at = `+a.add(micros(tx.now))+
		` WHERE trashed_by IS NULL AND `+tx.d.inBinders("id", a.add(tx.d.bindersArg(binderIDs(ids)))), a...)
}

// RestoreItems takes items back that the operation deleted.
func (tx *Tx) RestoreItems(by tenon.OperationID) (int64, error) {
	return tx.exec(`UPDATE items SET trashed_by = NULL, version = version + 1, updated_at = $1 WHERE trashed_by = $2`, micros(tx.now), by)
}

// binderIDs retypes ids for the dialect's list argument.
func binderIDs[T ~int64](ids []T) []tenon.BinderID {
	out := make([]tenon.BinderID, len(ids))
	for i, id := range ids {
		out[i] = tenon.BinderID(id)
	}
	return out
}

// itemNameKey is the name by which lists are sorted.
func itemNameKey(i *tenon.Item) string { return textkey.Fold(i.Name) }
