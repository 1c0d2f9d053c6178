package export

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// shown tells whether a field is a column: what is no text is not, and secrets
// have columns of their own.
func shown(f *tenon.Field) bool {
	return f.Type != tenon.Secret && f.Type != tenon.File && f.Name != "traits" && f.List != "flexible_asset_types"
}

// byID tells whether a field names another record, by its id as well.
func byID(f *tenon.Field) bool { return f.Type == tenon.Ref || f.Type == tenon.OrgRef }

// labels are the heads of a schema's columns.
func labels(s tenon.Schema) (out []string) {
	for i := range s {
		if f := &s[i]; shown(f) {
			out = append(out, f.Label)
			if byID(f) {
				out = append(out, f.Label+" id")
			}
		}
	}
	return out
}

// names are those of what a page of records refers to.
type names struct {
	lookups              []tenon.LookupID
	records              []int64
	users, groups        []int64
	lookup               map[tenon.LookupID]string
	record               map[int64]store.RecordName
	userNames, groupName map[int64]string
}

// want notes what the values refer to.
func (n *names) want(s tenon.Schema, v tenon.Values) {
	for i := range s {
		f := &s[i]
		id := v.ID(f.Name)
		if id == 0 {
			continue
		}
		switch f.Type {
		case tenon.Lookup:
			n.lookups = append(n.lookups, tenon.LookupID(id))
		case tenon.Ref, tenon.OrgRef:
			n.records = append(n.records, id)
		case tenon.UserRef:
			n.users = append(n.users, id)
		case tenon.GroupRef:
			n.groups = append(n.groups, id)
		}
	}
}

// load reads the names, of records as far as the viewer sees them.
func (n *names) load(tx *store.Tx, v tenon.Viewer) (err error) {
	if n.lookup, err = tx.LookupNames(distinct(n.lookups)); err != nil {
		return err
	}
	if n.record, err = tx.RecordNames(v, distinct(n.records)); err != nil {
		return err
	}
	if n.userNames, err = tx.SystemNames("user", distinct(n.users)); err != nil {
		return err
	}
	n.groupName, err = tx.SystemNames("group", distinct(n.groups))
	return err
}

func distinct[T ~int64](ids []T) []T {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// cells are the columns of a record.
func (n *names) cells(s tenon.Schema, v tenon.Values) (out []string) {
	for i := range s {
		f := &s[i]
		if !shown(f) {
			continue
		}
		id := v.ID(f.Name)
		switch {
		case byID(f):
			// The id of what the viewer may not see says nothing to them.
			at := ""
			if _, seen := n.record[id]; seen {
				at = strconv.FormatInt(id, 10)
			}
			out = append(out, n.record[id].Name, at)
		case f.Type == tenon.Lookup:
			out = append(out, n.lookup[tenon.LookupID(id)])
		case f.Type == tenon.UserRef:
			out = append(out, n.userNames[id])
		case f.Type == tenon.GroupRef:
			out = append(out, n.groupName[id])
		case f.Type == tenon.Emails, f.Type == tenon.Phones:
			out = append(out, addresses(v.Addresses(f.Name)))
		default:
			out = append(out, plain(v[f.Name]))
		}
	}
	return out
}

func addresses(list []tenon.Address) string {
	all := make([]string, len(list))
	for i, a := range list {
		if all[i] = a.Value; a.Extension != "" {
			all[i] += " x" + a.Extension
		}
	}
	return strings.Join(all, ", ")
}

// tagged are the records that a flexible asset names in a field.
func tagged(i *tenon.Item, f *tenon.FlexField) (out []int64) {
	list, _ := i.Values.Object("traits")[f.Key].([]any)
	for _, x := range list {
		if id, ok := x.(float64); ok {
			out = append(out, int64(id))
		}
	}
	return out
}

// trait is a field of a flexible asset in words.
func (n *names) trait(i *tenon.Item, f *tenon.FlexField) string {
	if f.Kind != tenon.FlexTag {
		return plain(i.Values.Object("traits")[f.Key])
	}
	var all []string
	for _, id := range tagged(i, f) {
		if r, seen := n.record[id]; seen {
			all = append(all, r.Name)
		}
	}
	return strings.Join(all, ", ")
}

// plain is a value as a text.
func plain(x any) string {
	switch v := x.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return map[bool]string{true: "Yes", false: "No"}[v]
	case []string:
		return strings.Join(v, ", ")
	case []any:
		all := make([]string, len(v))
		for i := range v {
			all[i] = plain(v[i])
		}
		return strings.Join(all, ", ")
	}
	text, err := json.Marshal(x)
	if err != nil {
		return ""
	}
	return string(text)
}

// fileWord makes a word for the name of a file.
func fileWord(s string) string {
	word := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, s)
	return strings.Trim(word[:min(len(word), 40)], "_")
}
