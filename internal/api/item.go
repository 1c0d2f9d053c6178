package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// itemJSON is an item as every answer has it. Its secrets are named, never shown.
func itemJSON(i *tenon.Item) object {
	info := i.Kind.Info()
	out := object{{"id", i.ID}, {"kind", info.Name}, {"organization_id", nil}, {"organization_name", nil}, {"name", i.Name}}
	if i.OrgID != tenon.SystemOrg {
		out[2].value, out[3].value = i.OrgID, i.OrgName
	}
	if info.Numbered {
		out = append(out, member{"number", orNull(i.Number)})
	}
	out = out.fields(info.Fields, i.Values, "name")
	return append(out, object{
		{"tags", some(i.Tags)}, {"secrets", some(i.Secrets)}, {"archived", i.Archived}, {"restricted", i.Restricted},
		{"version", i.Version}, {"created_at", at(i.CreatedAt)}, {"updated_at", at(i.UpdatedAt)}, {"changed_at", at(i.ChangedAt)},
	}...)
}

func partJSON(info *tenon.PartInfo, p tenon.Part) object {
	out := object{{"id", p.ID}, {"position", p.Position}}
	out = out.fields(info.Fields, p.Values)
	return append(out, object{{"created_at", at(p.CreatedAt)}, {"updated_at", at(p.UpdatedAt)}}...)
}

// itemChange reads a change of an item: its fields under their names, its
// lists under theirs, and what every item has.
func itemChange(r *request, info *tenon.KindInfo) (in core.ItemChange, org tenon.OrgID, err error) {
	m, err := httpkit.ParseObject(r.body)
	if err != nil {
		return in, 0, err
	}
	if in.Version, err = takeVersion(m, r); err != nil {
		return in, 0, err
	}
	if in.Tags, err = takeStrings(m, "tags"); err != nil {
		return in, 0, err
	}
	if in.Archived, err = takeBool(m, "archived"); err != nil {
		return in, 0, err
	}
	if r.Method == post {
		if org, err = takeID[tenon.OrgID](m, "organization_id"); err != nil {
			return in, 0, err
		}
	}
	if in.Secrets, err = takeSecrets(m, info); err != nil {
		return in, 0, err
	}
	if in.Parts, err = takeParts(m, info); err != nil {
		return in, 0, err
	}
	in.Values = m
	return in, org, writable(info.Fields, m)
}

// takeID takes a member that is an id, 0 where it is not sent.
func takeID[T ~int64](m map[string]any, name string) (T, error) {
	x, sent := m[name]
	delete(m, name)
	if !sent || x == nil {
		return 0, nil
	}
	n, isNumber := x.(json.Number)
	id := tenon.ParseID(n.String())
	if !isNumber || id == 0 {
		return 0, tenon.FieldErrorf(name, "%s must be an id.", name)
	}
	return T(id), nil
}

// traitSecrets is the member that holds the secret traits of a flexible asset, by key.
const traitSecrets = "trait_secrets"

// takeSecrets takes the secret fields out of a change.
func takeSecrets(m map[string]any, info *tenon.KindInfo) (map[string]*secret.Text, error) {
	out := map[string]*secret.Text{}
	take := func(name, as string, x any) error {
		if x == nil {
			out[as] = nil
			return nil
		}
		s, isText := x.(string)
		if !isText {
			return tenon.FieldErrorf(name, "%s must be text.", name)
		}
		t := secret.NewText(s)
		out[as] = &t
		return nil
	}
	for i := range info.Fields {
		name := info.Fields[i].Name
		if x, sent := m[name]; sent && info.Fields[i].Type == tenon.Secret {
			delete(m, name)
			if err := take(name, name, x); err != nil {
				return nil, err
			}
		}
	}
	if x, sent := m[traitSecrets]; sent && info.Kind == tenon.FlexibleAsset {
		delete(m, traitSecrets)
		all, isObject := x.(map[string]any)
		if !isObject {
			return nil, tenon.FieldErrorf(traitSecrets, "%s must be an object.", traitSecrets)
		}
		for key, y := range all {
			if err := take(traitSecrets+"."+key, "traits."+key, y); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// takeParts takes the lists that hang on an item out of a change.
func takeParts(m map[string]any, info *tenon.KindInfo) (map[string][]tenon.Values, error) {
	var out map[string][]tenon.Values
	for i := range info.Parts {
		p := &info.Parts[i]
		x, sent := m[p.Plural]
		if !sent {
			continue
		}
		delete(m, p.Plural)
		l, isList := x.([]any)
		if !isList {
			return nil, tenon.FieldErrorf(p.Plural, "%s must be a list.", p.Plural)
		}
		parts := []tenon.Values{}
		for _, y := range l {
			values, isObject := y.(map[string]any)
			if !isObject {
				return nil, tenon.FieldErrorf(p.Plural, "%s must be a list of objects.", p.Plural)
			}
			if err := writable(p.Fields, values); err != nil {
				return nil, err
			}
			parts = append(parts, values)
		}
		if out == nil {
			out = map[string][]tenon.Values{}
		}
		out[p.Plural] = parts
	}
	return out, nil
}

// indexed returns the look-up fields by which a list of the kind can be
// filtered: the name of the parameter, and the field.
func indexed(info *tenon.KindInfo) map[string]*tenon.Field {
	out := map[string]*tenon.Field{}
	add := func(prefix string, s tenon.Schema) {
		for i := range s {
			f := &s[i]
			if f.Index && f.Type != tenon.Object && f.Name != "name" && f.Name != info.Type && f.Name != info.Status {
				out[prefix+f.Name] = f
			}
		}
	}
	add("", info.Fields)
	for i := range info.Parts {
		add(info.Parts[i].Name+".", info.Parts[i].Fields)
	}
	return out
}

func itemParams(info *tenon.KindInfo) []param {
	out := params(paging, sorting("name, updated, id"), itemFilters)
	if info.Type != "" {
		out = append(out, param{"type", "id of a type"})
	}
	if info.Status != "" {
		out = append(out, param{"status", "a status"})
	}
	fields := indexed(info)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, param{name, fields[name].Label})
	}
	return out
}

var itemFilters = []param{
	{"organization", "id of an organization"}, {"id", "ids, with commas between"}, {"name", "the exact name, whatever its case"},
	{"search", "how the name begins"}, {"archived", "true or false"}, {"tag", "a tag"}, {"updated_since", "own last change at or after"},
}

func itemQuery(r *request, info *tenon.KindInfo) (q store.ItemQuery, err error) {
	q = store.ItemQuery{Name: r.query["name"], Search: r.query["search"], Status: r.query["status"]}
	if q.Page, err = r.page(); err != nil {
		return q, err
	}
	if q.Org, err = oneID[tenon.OrgID](r, "organization"); err != nil {
		return q, err
	}
	if q.IDs, err = ids[tenon.ItemID](r, "id"); err != nil {
		return q, err
	}
	if q.Type, err = oneID[tenon.LookupID](r, "type"); err != nil {
		return q, err
	}
	if q.Archived, err = r.flag("archived"); err != nil {
		return q, err
	}
	if q.Since, err = r.moment("updated_since"); err != nil {
		return q, err
	}
	if tag, sent := r.query["tag"]; sent {
		tags := tenon.Field{Name: "tags", Type: tenon.Text}
		q.Match = append(q.Match, store.KeyMatch{Field: "tags", Keys: []string{store.FieldKey(&tags, tag)}})
	}
	if info == nil {
		return q, nil
	}
	q.Kind = info.Kind
	return q, addMatches(r, info, &q)
}

func addMatches(r *request, info *tenon.KindInfo, q *store.ItemQuery) error {
	for name, f := range indexed(info) {
		text, sent := r.query[name]
		if !sent {
			continue
		}
		var x any = text
		switch f.Type {
		case tenon.Ref, tenon.Lookup, tenon.UserRef, tenon.GroupRef, tenon.OrgRef:
			id, err := oneID[int64](r, name)
			if err != nil {
				return err
			}
			x = id
		case tenon.Strings, tenon.Bool, tenon.Number:
			return tenon.FieldErrorf(name, "Lists cannot be filtered by %s.", name)
		}
		q.Match = append(q.Match, store.KeyMatch{Field: name, Keys: []string{store.FieldKey(f, x)}})
	}
	return nil
}

func (s *server) itemList(r *request, info *tenon.KindInfo) (answer, error) {
	q, err := itemQuery(r, info)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Items(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, itemJSON)
}

// item returns the item that the path names. Under the address of a kind, an
// item of another is not there; info is nil where any kind will do.
func (s *server) item(r *request, info *tenon.KindInfo) (*tenon.Item, error) {
	id := tenon.ItemID(r.id("item"))
	i, err := s.core.Item(r.Context(), r.viewer, id)
	if err == nil && info != nil && i.Kind != info.Kind {
		return nil, tenon.Errorf(tenon.NotFound, "There is no %s %d.", strings.ToLower(info.Label), id)
	}
	return i, err
}

func (s *server) itemGet(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	body, err := s.whole(r, i)
	if err != nil {
		return answer{}, err
	}
	return ok(body)
}

// whole is an item with the lists that hang on it.
func (s *server) whole(r *request, i *tenon.Item) (object, error) {
	out := itemJSON(i)
	info := i.Kind.Info()
	if len(info.Parts) == 0 {
		return out, nil
	}
	parts, err := s.core.Parts(r.Context(), r.viewer, i.ID)
	if err != nil {
		return nil, err
	}
	for k := range info.Parts {
		p := &info.Parts[k]
		of := []object{}
		for _, part := range parts {
			if part.Name == p.Name {
				of = append(of, partJSON(p, part))
			}
		}
		out = append(out, member{p.Plural, of})
	}
	return out, nil
}

func (s *server) itemCreate(r *request, info *tenon.KindInfo) (answer, error) {
	in, org, err := itemChange(r, info)
	if err != nil {
		return answer{}, err
	}
	i, err := s.core.CreateItem(r.Context(), r.viewer, info.Kind, org, in)
	if err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, i.ID, true)
}

func (s *server) itemUpdate(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	in, _, err := itemChange(r, i.Kind.Info())
	if err != nil {
		return answer{}, err
	}
	if _, err := s.core.UpdateItem(r.Context(), r.viewer, i.ID, in); err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, i.ID, false)
}

// itemAgain reads what was written, so that the answer has the bytes, and the
// entity tag, of the next read.
func (s *server) itemAgain(r *request, id tenon.ItemID, isNew bool) (answer, error) {
	i, err := s.core.Item(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	body, err := s.whole(r, i)
	if err != nil {
		return answer{}, err
	}
	if isNew {
		return created(i.Kind.Info().Plural, int64(id), body)
	}
	return ok(body)
}
