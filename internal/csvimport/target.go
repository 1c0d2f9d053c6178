package csvimport

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

func newTarget(kind *tenon.KindInfo) target {
	if kind == nil {
		return &organizations{}
	}
	return &items{kind: kind}
}

// organizations are written in bulk.
type organizations struct{ known owners }

func orgRecord(o *tenon.Organization, former bool) *record {
	return &record{id: int64(o.ID), name: textkey.Fold(o.Name), values: o.Values, domains: o.Domains, version: o.Version,
		merged: o.State == tenon.Merged, former: former}
}

func (*organizations) named(tx *store.Tx, p *prepared, names []string) (map[string][]*record, error) {
	found, err := tx.ImportCandidates(p.v, names, p.below)
	out := map[string][]*record{}
	for _, n := range found {
		if n.Former && len(out[n.Key]) > 0 {
			continue // somebody bears the name today
		}
		out[n.Key] = append(out[n.Key], orgRecord(n.Organization, n.Former))
	}
	return out, err
}

func (*organizations) byID(tx *store.Tx, p *prepared, id int64) (*record, error) {
	o, err := tx.GetOrganization(p.v, tenon.OrgID(id))
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && o.State == tenon.Trashed) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return orgRecord(o, false), nil
}

func (*organizations) byExternal(tx *store.Tx, p *prepared, ids []string) (map[string]*record, error) {
	found, err := tx.ImportByExternalID(p.v, ids, p.below)
	out := map[string]*record{}
	for _, n := range found {
		if out[n.Key] == nil { // live ones come first
			out[n.Key] = orgRecord(n.Organization, false)
		}
	}
	return out, err
}

// place resolves the parent, which must be there before the import.
func (t *organizations) place(tx *store.Tx, p *prepared, r *row) error {
	for name, text := range r.refs {
		id, err := t.known.resolve(tx, p, text)
		if err != nil {
			return err
		}
		r.values[name] = int64(id)
	}
	return nil
}

// valid holds the values to the schema. Names to be added to look-up lists have
// no id yet, and are left out.
func (*organizations) valid(p *prepared, values tenon.Values, x *record) error {
	return validValues(p.layout.schema, values, x)
}

func validValues(schema tenon.Schema, values tenon.Values, x *record) error {
	old := tenon.Values{}
	if x != nil {
		old = x.values
	}
	check := values.Clone()
	for name, v := range values {
		if n, ok := v.(int64); ok && n < 0 {
			check[name] = int64(1)
		}
	}
	_, _, err := schema.Apply(old, check)
	return err
}

func (*organizations) create(tx *store.Tx, p *prepared, rows []*row) (ids []int64, problems []error, err error) {
	in := make([]core.OrganizationChange, len(rows))
	for i, r := range rows {
		values, domains, _ := r.change(nil)
		in[i] = core.OrganizationChange{Values: values, Domains: domains}
	}
	orgs, problems, err := p.e.c.CreateOrganizationsIn(tx, p.v, in)
	if err != nil {
		return nil, nil, err
	}
	ids = make([]int64, len(rows))
	for i, o := range orgs {
		if o != nil {
			ids[i] = int64(o.ID)
		}
	}
	return ids, problems, nil
}

func (*organizations) update(tx *store.Tx, p *prepared, r *row, x *record) (bool, tenon.Values, int64, error) {
	values, domains, _ := r.change(x)
	o, changed, err := p.e.c.UpdateOrganizationIn(tx, p.v, tenon.OrgID(x.id), core.OrganizationChange{Values: values, Domains: domains})
	if err != nil {
		return false, nil, 0, err
	}
	return changed, o.Values, o.Version, nil
}

// items are filed one by one: each has its own rules, secrets and host.
type items struct {
	kind  *tenon.KindInfo
	known owners
}

func itemRecord(i *tenon.Item) *record {
	return &record{id: int64(i.ID), org: i.OrgID, name: textkey.Fold(i.Name), values: i.Values, tags: i.Tags, version: i.Version}
}

func (t *items) named(tx *store.Tx, p *prepared, names []string) (map[string][]*record, error) {
	found, err := tx.ImportItems(p.v, t.kind.Kind, names, p.below)
	out := map[string][]*record{}
	for _, i := range found {
		x := itemRecord(i)
		out[x.name] = append(out[x.name], x)
	}
	return out, err
}

func (t *items) byID(tx *store.Tx, p *prepared, id int64) (*record, error) {
	i, err := tx.GetItem(p.v, tenon.ItemID(id))
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && i.Kind != t.kind.Kind) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return itemRecord(i), nil
}

func (t *items) byExternal(tx *store.Tx, p *prepared, ids []string) (map[string]*record, error) {
	out := map[string]*record{}
	if len(ids) == 0 {
		return out, nil
	}
	found, _, err := tx.ListItems(p.v, store.ItemQuery{Kind: t.kind.Kind, Match: []store.KeyMatch{{Field: "external_id", Keys: ids}}, Page: tenon.Page{Limit: tenon.MaxPage}})
	for _, i := range found {
		if key := textkey.Fold(i.Values.Text("external_id")); out[key] == nil && int64(i.ID) < p.below {
			out[key] = itemRecord(i)
		}
	}
	return out, err
}

// place finds the row's organization by id, by name, or by external id; what
// was merged away leads to who answers for it now.
func (t *items) place(tx *store.Tx, p *prepared, r *row) error {
	if r.org != 0 || r.orgText == "" {
		return nil
	}
	id, err := t.known.resolve(tx, p, r.orgText)
	r.org = id
	return err
}

// owners remembers what names of organizations were resolved to.
type owners map[string]tenon.OrgID

func (o *owners) resolve(tx *store.Tx, p *prepared, text string) (tenon.OrgID, error) {
	key := textkey.Fold(text)
	if id, ok := (*o)[key]; ok {
		return id, nil
	}
	id, err := resolveOrganization(tx, p.v, text, p.below)
	if err != nil {
		return 0, err
	}
	if *o == nil || len(*o) > 100000 {
		*o = owners{}
	}
	(*o)[key] = id
	return id, nil
}

// resolveOrganization finds who answers for a reference: an id, a name or an
// external id, also of what was merged away.
func resolveOrganization(tx *store.Tx, v tenon.Viewer, text string, below int64) (tenon.OrgID, error) {
	if id := tenon.ParseID(text); id != 0 {
		if org, err := tx.ResolveOrganization(v, tenon.OrgID(id)); err == nil {
			return org, nil
		}
	}
	found, err := tx.FindByName(v, text)
	if err != nil {
		return 0, err
	}
	found = slices.DeleteFunc(found, func(id tenon.OrgID) bool { return int64(id) >= below })
	if len(found) > 1 {
		return 0, tenon.FieldErrorf("organization", "%d organizations are named %q. Use the id.", len(found), text)
	}
	if len(found) == 1 {
		return found[0], nil
	}
	known, err := tx.ImportByExternalID(v, []string{textkey.Fold(text)}, below)
	if err != nil {
		return 0, err
	}
	if len(known) > 0 {
		return tx.ResolveOrganization(v, known[0].ID)
	}
	return 0, tenon.FieldErrorf("organization", "There is no organization %q.", text)
}

func (t *items) valid(_ *prepared, values tenon.Values, x *record) error {
	return validValues(t.kind.Fields, values, x)
}

func (t *items) create(tx *store.Tx, p *prepared, rows []*row) (ids []int64, problems []error, err error) {
	ids, problems = make([]int64, len(rows)), make([]error, len(rows))
	for i, r := range rows {
		values, _, tags := r.change(nil)
		item, err := p.e.c.CreateItemIn(tx, p.v, t.kind.Kind, r.org, core.ItemChange{Values: values, Tags: tags, Secrets: r.secrets})
		if operation.Fatal(err) {
			return nil, nil, err
		}
		if problems[i] = err; err == nil {
			ids[i] = int64(item.ID)
		}
	}
	return ids, problems, nil
}

func (t *items) update(tx *store.Tx, p *prepared, r *row, x *record) (bool, tenon.Values, int64, error) {
	values, _, tags := r.change(x)
	item, changed, err := p.e.c.UpdateItemIn(tx, p.v, tenon.ItemID(x.id), core.ItemChange{Values: values, Tags: tags, Secrets: r.secrets})
	if err != nil {
		return false, nil, 0, err
	}
	return changed, item.Values, item.Version, nil
}

// subject is what events about the imported records are filed under.
func (l *layout) subject() string {
	if l.kind == nil {
		return "organization"
	}
	return l.kind.Name
}

// amount is so many records of the kind.
func (l *layout) amount(n int64) tenon.Quantity {
	if l.kind == nil {
		return tenon.Amount(n, "organization", "organizations")
	}
	return l.kind.Amount(n)
}

// mappedValues keeps of a record what the import may have changed.
func (l *layout) mappedValues(v tenon.Values) tenon.Values {
	out := tenon.Values{}
	for _, c := range l.columns {
		if c.field == nil || c.field.Type == tenon.Secret {
			continue
		}
		if x, ok := v[c.field.Name]; ok {
			out[c.field.Name] = x
		}
	}
	return out
}

func sortedCopy(l []string) []string {
	l = slices.Clone(l)
	slices.Sort(l)
	return l
}
