package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const orgColumns = `o.id, o.name, o.state, COALESCE(o.merged_into, 0), COALESCE(p.organization_id, 0), COALESCE(po.name, ''),
	COALESCE(o.primary_location_id, 0), o.fields, COALESCE(o.trashed_by, 0), o.version, o.created_at, o.updated_at, o.name_key`

const orgFrom = ` FROM organizations o LEFT JOIN binders p ON p.id = o.parent_binder_id LEFT JOIN organizations po ON po.id = p.organization_id`

// orgRow is an organization with what paging needs.
type orgRow struct {
	tenon.Organization
	key      string
	location int64
}

func scanOrg(r Scanner, o *orgRow) error {
	var fields string
	err := r.Scan(&o.ID, &o.Name, &o.State, &o.MergedInto, &o.ParentID, &o.ParentName, &o.location, &fields,
		&o.TrashedBy, &o.Version, instant{&o.CreatedAt}, instant{&o.UpdatedAt}, &o.key)
	if err != nil {
		return err
	}
	if o.ParentID == o.ID { // its parent was merged into it: its own owner means none
		o.ParentID, o.ParentName = 0, ""
	}
	o.Values, err = tenon.ParseValues(tenon.OrganizationFields, fields)
	if err != nil {
		return err
	}
	o.Values["name"] = o.Name
	setID(o.Values, "parent_id", int64(o.ParentID))
	setID(o.Values, "primary_location_id", o.location)
	return nil
}

func setID(v tenon.Values, name string, id int64) {
	if id == 0 {
		delete(v, name)
		return
	}
	v[name] = id
}

// GetOrganization returns the organization under exactly this id, in any state
// but purged. NotFound where there is none or the viewer reaches none of it.
func (tx *Tx) GetOrganization(v tenon.Viewer, id tenon.OrgID) (*tenon.Organization, error) {
	var a args
	return tx.organization(v, id, "o.id = "+a.add(id), a)
}

// GetOwner follows a reference to the organization that answers for it now.
// NotFound where the viewer reaches nothing of it.
func (tx *Tx) GetOwner(v tenon.Viewer, ref tenon.OrgID) (*tenon.Organization, error) {
	var a args
	return tx.organization(v, ref, ownerOf+a.add(ref.Home())+")", a)
}

// ownerOf begins the condition that an organization owns a binder.
const ownerOf = "o.id = (SELECT ob.organization_id FROM binders ob WHERE ob.id = "

func (tx *Tx) organization(v tenon.Viewer, id tenon.OrgID, where string, a args) (*tenon.Organization, error) {
	rows, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE `+where+` AND `+a.seesOrganization(v, "o"), a...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("organization", int64(id), err)
	}
	orgs := []*tenon.Organization{&rows[0].Organization}
	if err := tx.finishOrganizations(v, orgs); err != nil {
		return nil, err
	}
	return orgs[0], nil
}

// SaidByOrganizations returns what live organizations say about themselves, of
// those whose home binder the viewer reaches: nothing that other tables hold.
func (tx *Tx) SaidByOrganizations(v tenon.Viewer, ids []tenon.OrgID) (map[tenon.OrgID]tenon.Values, error) {
	out := map[tenon.OrgID]tenon.Values{}
	var a args
	return out, tx.each(func(r Scanner) error {
		var id tenon.OrgID
		var fields string
		err := r.Scan(&id, &fields)
		if err == nil {
			out[id], err = tenon.ParseValues(tenon.OrganizationFields, fields)
		}
		return err
	}, `SELECT o.id, o.fields FROM organizations o WHERE `+tx.d.inBinders("o.id", a.add(tx.d.bindersArg(binderIDs(ids))))+
		` AND o.state = 'live' AND `+a.seesOrganization(v, "o")+` AND `+a.seesBinder(v, "o.id"), a...)
}

// SystemOrganizations returns those of the organizations that are there, in any
// state but purged, by their ids.
func (tx *Tx) SystemOrganizations(ids []tenon.OrgID) (map[tenon.OrgID]*tenon.Organization, error) {
	byID, err := tx.SystemOwners(ids)
	if err != nil {
		return nil, err
	}
	orgs := make([]*tenon.Organization, 0, len(byID))
	for _, o := range byID {
		orgs = append(orgs, o)
	}
	return byID, tx.finishOrganizations(tenon.SystemViewer(), orgs)
}

// SystemOwners is SystemOrganizations without binders and domains, and without
// telling the account's own: states, names and what they say of themselves.
func (tx *Tx) SystemOwners(ids []tenon.OrgID) (map[tenon.OrgID]*tenon.Organization, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := list(tx, scanOrg, `SELECT `+orgColumns+orgFrom+` WHERE `+tx.d.inBinders("o.id", "$1"), tx.d.bindersArg(binderIDs(ids)))
	byID := make(map[tenon.OrgID]*tenon.Organization, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i].Organization
	}
	return byID, err
}

// finishOrganizations adds, for the whole page at once, what stands in other
// tables.
func (tx *Tx) finishOrganizations(v tenon.Viewer, orgs []*tenon.Organization) error {
	byID := map[tenon.OrgID]*tenon.Organization{}
	homes := make([]tenon.BinderID, 0, len(orgs))
	for _, o := range orgs {
		byID[o.ID] = o
		homes = append(homes, o.ID.Home())
	}
	if len(orgs) == 0 {
		return nil
	}
	primary, err := tx.PrimaryOrganization()
	if err != nil {
		return err
	}
	if err := tx.addBinders(v, byID, homes); err != nil {
		return err
	}
	for _, o := range orgs {
		o.Primary = o.ID == primary
		hideValues(v, o)
	}
	return nil
}

// hideValues leaves of an organization what the viewer may know of it: who
// reaches only some of its binders, and not its home, learns its name alone.
func hideValues(v tenon.Viewer, o *tenon.Organization) {
	if !v.Everywhere && o.State != tenon.Merged && !hasBinder(o.Binders, o.ID.Home()) {
		o.Values = tenon.Values{"name": o.Name}
		o.Domains = nil
	}
}

// addBinders adds the binders that the viewer reaches, and the e-mail domains of these.
func (tx *Tx) addBinders(v tenon.Viewer, byID map[tenon.OrgID]*tenon.Organization, homes []tenon.BinderID) error {
	var a args
	split := false // of an organization with several binders, the domains are not in order
	err := tx.each(func(r Scanner) error {
		var b tenon.BinderID
		var org tenon.OrgID
		var domain string
		if err := r.Scan(&b, &org, &domain); err != nil {
			return err
		}
		o := byID[org]
		if n := len(o.Binders); n == 0 || o.Binders[n-1] != b {
			o.Binders = append(o.Binders, b)
			split = split || n > 0
		}
		if domain != "" {
			o.Domains = append(o.Domains, domain)
		}
		return nil
	}, `SELECT b.id, b.organization_id, COALESCE(d.domain, '') FROM binders b LEFT JOIN email_domains d ON d.binder_id = b.id AND d.dropped_by IS NULL
		WHERE `+tx.d.inBinders("b.organization_id", a.add(tx.d.bindersArg(homes)))+` AND `+a.seesBinder(v, "b.id")+
		` ORDER BY b.organization_id, b.id, d.domain`, a...)
	if err != nil || !split {
		return err
	}
	for _, o := range byID {
		slices.Sort(o.Domains)
		o.Domains = slices.Compact(o.Domains)
	}
	return nil
}

func hasBinder(l []tenon.BinderID, b tenon.BinderID) bool {
	for _, x := range l {
		if x == b {
			return true
		}
	}
	return false
}

// OrgQuery filters a list of organizations.
type OrgQuery struct {
	State  tenon.OrgState // default Live
	IDs    []tenon.OrgID
	Not    []tenon.OrgID
	Name   string // exact, folded
	Search string // part of a name, folded
	Type   []tenon.LookupID
	Status []tenon.LookupID
	Parent tenon.OrgID
	Field  string // a look-up field with Key, folded
	Key    string
	// Favourite asks for those that the viewer has starred.
	Favourite    bool
	Since, Until time.Time // own last change at or after, and before
	tenon.Page
}

var orgSorts = map[string][]string{
	"name": {"o.name_key", "o.id"}, "-name": {"o.name_key DESC", "o.id DESC"},
	"updated": {"o.updated_at", "o.id"}, "-updated": {"o.updated_at DESC", "o.id DESC"},
	"id": {"o.id"}, "-id": {"o.id DESC"},
}

func (q *OrgQuery) where(a *args, tx *Tx, v tenon.Viewer) string {
	c := []string{a.seesOrganization(v, "o")}
	if q.State == "" || q.State == tenon.Live {
		c = append(c, "o.state = 'live'")
	} else {
		// The others have an index of their own on SQLite.
		c = append(c, "o.state = "+a.add(string(q.State)), "o.state <> 'live'")
	}
	in := func(col string, ids []int64, not string) {
		marks := make([]string, len(ids))
		for i, id := range ids {
			marks[i] = a.add(id)
		}
		c = append(c, col+not+" IN ("+strings.Join(marks, ",")+")")
	}
	if len(q.IDs) > 0 {
		in("o.id", int64s(q.IDs), "")
	}
	if len(q.Not) > 0 {
		in("o.id", int64s(q.Not), " NOT")
	}
	if len(q.Type) > 0 {
		in("o.type_id", int64s(q.Type), "")
	}
	if len(q.Status) > 0 {
		in("o.status_id", int64s(q.Status), "")
	}
	if q.Name != "" {
		c = append(c, "o.name_key = "+a.add(textkey.Fold(q.Name)))
	}
	if q.Search != "" {
		c = append(c, "o.name_key LIKE "+a.add("%"+likeText(textkey.Fold(q.Search))+"%")+` ESCAPE '\'`)
	}
	if q.Parent != 0 {
		// Every binder the parent owns may be named by a child.
		c = append(c, "o.parent_binder_id IN (SELECT pb.id FROM binders pb WHERE pb.organization_id = "+a.add(q.Parent)+")", "o.id <> "+a.add(q.Parent))
	}
	if q.Field != "" {
		c = append(c, "o.id IN (SELECT k.record_id FROM record_keys k WHERE k.field = "+a.add("organization."+q.Field)+" AND k.key = "+a.add(q.Key)+")")
	}
	if q.Favourite {
		c = append(c, "o.id IN (SELECT fb.organization_id FROM favourites f JOIN binders fb ON fb.id = f.record_id WHERE f.user_id = "+a.add(v.User)+")")
	}
	if !q.Since.IsZero() {
		c = append(c, "o.updated_at >= "+a.add(micros(q.Since)))
	}
	if !q.Until.IsZero() {
		c = append(c, "o.updated_at < "+a.add(micros(q.Until)))
	}
	return strings.Join(c, " AND ")
}

func int64s[T ~int64](in []T) []int64 {
	out := make([]int64, len(in))
	for i, x := range in {
		out[i] = int64(x)
	}
	return out
}

// likeText quotes the characters that mean something in LIKE.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// ListOrganizations returns one page and the cursor of the next, "" at the end.
func (tx *Tx) ListOrganizations(v tenon.Viewer, q OrgQuery) ([]*tenon.Organization, string, error) {
	sort := q.Sort
	if sort == "" {
		sort = "name"
	}
	order, ok := orgSorts[sort]
	if !ok {
		return nil, "", tenon.FieldErrorf("sort", "Organizations cannot be sorted by %q.", q.Sort)
	}
	form := "ii"
	switch strings.TrimPrefix(sort, "-") {
	case "name":
		form = "ti"
	case "id":
		form = "i"
	}
	keys, err := readCursor(q.Cursor, sort, form)
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{table: "organizations o", order: order, keys: keys, limit: limit + 1}
	where := q.where(&l.args, tx, v)
	if c := l.after(); c != "" {
		where += " AND " + c
	}
	rows, err := list(tx, scanOrg, "SELECT "+orgColumns+orgFrom+" WHERE "+where+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		switch strings.TrimPrefix(sort, "-") {
		case "name":
			next = makeCursor(sort, last.key, int64(last.ID))
		case "updated":
			next = makeCursor(sort, micros(last.UpdatedAt), int64(last.ID))
		default:
			next = makeCursor(sort, int64(last.ID))
		}
	}
	out := make([]*tenon.Organization, len(rows))
	for i := range rows {
		out[i] = &rows[i].Organization
	}
	return out, next, tx.finishOrganizations(v, out)
}

// CountOrganizations counts what ListOrganizations would list in all.
func (tx *Tx) CountOrganizations(v tenon.Viewer, q OrgQuery) (int64, error) {
	var a args
	var n int64
	err := tx.row("SELECT count(*) FROM organizations o WHERE "+q.where(&a, tx, v), a...).Scan(&n)
	return n, err
}

// InsertOrganization files a new live organization with its home binder. The
// id must be fresh; o.Values must be clean.
func (tx *Tx) InsertOrganization(o *tenon.Organization) error {
	o.State, o.Version = tenon.Live, 1
	o.CreatedAt, o.UpdatedAt = tx.now, tx.now
	doc, parent := orgDocument(o)
	err := tx.run(`INSERT INTO organizations (id, name, name_key, parent_binder_id, primary_location_id, type_id, status_id, fields, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		o.ID, o.Name, textkey.Fold(o.Name), parent, null(o.Values.ID("primary_location_id")),
		null(o.Values.ID("organization_type_id")), null(o.Values.ID("organization_status_id")), doc, micros(tx.now), micros(tx.now))
	if err != nil {
		return err
	}
	if err := tx.run(`INSERT INTO binders (id, organization_id) VALUES ($1, $2)`, o.ID.Home(), o.ID); err != nil {
		return err
	}
	return tx.indexOrganization(o)
}

// orgDocument splits the values into the stored text and the parent's binder.
func orgDocument(o *tenon.Organization) (string, any) {
	doc := o.Values.Clone()
	delete(doc, "name")
	delete(doc, "parent_id")
	delete(doc, "primary_location_id")
	if p := o.Values.ID("parent_id"); p != 0 {
		return doc.JSON(), tenon.OrgID(p).Home()
	}
	return doc.JSON(), nil
}

// UpdateOrganization saves name and values of a live organization whose
// version is still o.Version, and raises the version. keepParent leaves the
// stored parent reference as it is: it may name a binder that was merged.
func (tx *Tx) UpdateOrganization(o *tenon.Organization, keepParent bool) error {
	doc, parent := orgDocument(o)
	var a args
	text := `UPDATE organizations SET name = ` + a.add(o.Name) + `, name_key = ` + a.add(textkey.Fold(o.Name)) +
		`, primary_location_id = ` + a.add(null(o.Values.ID("primary_location_id"))) +
		`, type_id = ` + a.add(null(o.Values.ID("organization_type_id"))) +
		`, status_id = ` + a.add(null(o.Values.ID("organization_status_id"))) +
		`, fields = ` + a.add(doc) + `, version = version + 1, updated_at = ` + a.add(micros(tx.now))
	if !keepParent {
		text += `, parent_binder_id = ` + a.add(parent)
	}
	n, err := tx.exec(text+` WHERE id = `+a.add(o.ID)+` AND version = `+a.add(o.Version)+` AND state = 'live'`, a...)
	if err != nil {
		return err
	}
	if n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", o.Name)
	}
	o.Version++
	o.UpdatedAt = tx.now
	return tx.indexOrganization(o)
}

// indexOrganization writes the look-up rows and the search entry.
func (tx *Tx) indexOrganization(o *tenon.Organization) error {
	e := organizationEntry(o)
	if err := tx.replaceKeys(e.id, e.keys, o.Version > 1); err != nil {
		return err
	}
	return tx.indexWords(&e, o.Version > 1)
}

// organizationEntry derives the look-up rows and the words of an organization.
func organizationEntry(o *tenon.Organization) indexed {
	return indexed{id: int64(o.ID), binder: o.ID.Home(), name: o.Name, tags: o.Values.Strings("tags"),
		keys: keysOf("organization.", tenon.OrganizationFields, o.Values), words: wordsOf(tenon.OrganizationFields, o.Values)}
}

// SetOrganizationState moves an organization through its life. Merge hands
// the binders over first; undo sets live first.
func (tx *Tx) SetOrganizationState(id tenon.OrgID, state tenon.OrgState, mergedInto tenon.OrgID, by tenon.OperationID) error {
	return tx.run(`UPDATE organizations SET state = $1, merged_into = $2, trashed_by = $3, version = version + 1, updated_at = $4 WHERE id = $5`,
		string(state), null(mergedInto), null(by), micros(tx.now), id)
}

// SystemSetParent writes the parent reference as a binder, 0 for none, and nothing else.
func (tx *Tx) SystemSetParent(id tenon.OrgID, b tenon.BinderID) error {
	return tx.run(`UPDATE organizations SET parent_binder_id = $1, version = version + 1, updated_at = $2 WHERE id = $3`, null(b), micros(tx.now), id)
}

// SystemParentBinder returns the binder that the organization names as its parent, 0 for none.
func (tx *Tx) SystemParentBinder(id tenon.OrgID) (tenon.BinderID, error) {
	var b tenon.BinderID
	err := tx.row(`SELECT COALESCE(parent_binder_id, 0) FROM organizations WHERE id = $1`, id).Scan(&b)
	return b, fail("organization", int64(id), err)
}

// SystemAncestors climbs from the organization to its root: parents first. It
// stops where the climb would close a ring, which the checker reports.
func (tx *Tx) SystemAncestors(id tenon.OrgID) ([]tenon.OrgID, error) {
	var out []tenon.OrgID
	seen := map[tenon.OrgID]bool{id: true}
	for at := id; len(out) < 100; {
		var parent tenon.OrgID
		err := tx.row(`SELECT COALESCE(b.organization_id, 0) FROM organizations o LEFT JOIN binders b ON b.id = o.parent_binder_id WHERE o.id = $1`, at).Scan(&parent)
		if err != nil {
			return nil, fail("organization", int64(at), err)
		}
		if parent == 0 || seen[parent] {
			return out, nil
		}
		seen[parent] = true
		out = append(out, parent)
		at = parent
	}
	return out, nil
}

// ResolveOrganization follows a reference to the organization that answers for
// it now. NotFound where the viewer reaches nothing of it.
func (tx *Tx) ResolveOrganization(v tenon.Viewer, id tenon.OrgID) (tenon.OrgID, error) {
	var a args
	found, err := column[tenon.OrgID](tx, `SELECT o.id FROM organizations o WHERE `+ownerOf+a.add(id.Home())+`) AND `+a.seesOrganization(v, "o"), a...)
	if err != nil {
		return 0, err
	}
	if len(found) == 0 {
		return 0, tenon.Errorf(tenon.NotFound, "There is no organization %s.", strconv.FormatInt(int64(id), 10))
	}
	return found[0], nil
}
