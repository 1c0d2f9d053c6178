package export

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// seed is the one secret that nobody is ever shown: it can be used, and replaced.
const seed = "otp_secret"

// secretFields are the secrets of the items, where they are to be exported.
func (l *listing) secretFields() (fields, heads []string) {
	if l.w.v.NoSecrets {
		return nil, nil
	}
	for i := range l.kind.Fields {
		if f := &l.kind.Fields[i]; f.Type == tenon.Secret && f.Name != seed {
			fields, heads = append(fields, f.Name), append(heads, f.Label)
		}
	}
	if l.flex != nil {
		for i := range l.flex.Fields {
			if f := &l.flex.Fields[i]; f.Kind == tenon.FlexPassword {
				fields, heads = append(fields, f.Secret()), append(heads, f.Name)
			}
		}
	}
	return fields, heads
}

// traits are the fields of the type that hold something to be read.
func (l *listing) traits() (out []*tenon.FlexField) {
	if l.flex == nil {
		return nil
	}
	for i := range l.flex.Fields {
		if f := &l.flex.Fields[i]; f.Kind != tenon.FlexHeader && f.Kind != tenon.FlexPassword {
			out = append(out, f)
		}
	}
	return out
}

// itemHead is the head of a sheet of items.
func (l *listing) itemHead() []string {
	head := []string{"Id", "Organization id", "Organization"}
	if l.kind.Fields.Field("name") == nil {
		head = append(head, "Name")
	}
	head = append(head, labels(l.kind.Fields)...)
	for _, f := range l.traits() {
		head = append(head, f.Name)
	}
	_, secrets := l.secretFields()
	head = append(head, secrets...)
	return append(head, "Tags", "Archived", "Restricted", "Created", "Updated")
}

// itemPage is a page of items, with all that is said of them.
type itemPage struct {
	items   []*tenon.Item
	parts   map[tenon.ItemID][]tenon.Part
	secrets map[tenon.ItemID]map[string]string
	names   names
	next    string
}

func (l *listing) items(ctx context.Context) error {
	fields, _ := l.secretFields()
	var p itemPage
	load := func(tx *store.Tx) (err error) {
		p, err = l.itemPage(tx, fields)
		return err
	}
	run := l.w.e.st.Read
	if len(fields) > 0 {
		run = l.w.e.st.Write // each secret is recorded as revealed
	}
	if err := run(ctx, load); err != nil {
		return err
	}
	l.cursor = p.next
	for _, i := range p.items {
		if err := l.itemRow(&p, i, fields); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) itemPage(tx *store.Tx, fields []string) (p itemPage, err error) {
	q := store.ItemQuery{Kind: l.kind.Kind, Org: l.w.x.Org, Page: l.page("id")}
	if l.flex != nil {
		q.Type = tenon.LookupID(l.flex.ID)
	}
	if p.items, p.next, err = tx.ListItems(l.w.v, q); err != nil {
		return p, err
	}
	ids := make([]tenon.ItemID, len(p.items))
	for n, i := range p.items {
		ids[n] = i.ID
		p.names.want(l.kind.Fields, i.Values)
		for _, f := range l.traits() {
			if f.Kind == tenon.FlexTag {
				p.names.records = append(p.names.records, tagged(i, f)...)
			}
		}
	}
	if len(l.kind.Parts) > 0 {
		if p.parts, err = tx.SystemParts(ids...); err != nil {
			return p, err
		}
		for _, list := range p.parts {
			for n := range list {
				p.names.want(l.kind.Part(list[n].Name).Fields, list[n].Values)
			}
		}
	}
	if err := p.names.load(tx, l.w.v); err != nil {
		return p, err
	}
	p.secrets = map[tenon.ItemID]map[string]string{}
	for _, i := range p.items {
		for _, name := range fields {
			if !slices.Contains(i.Secrets, name) {
				continue
			}
			value, err := l.reveal(tx, i, name)
			if err != nil {
				return p, err
			}
			if p.secrets[i.ID] == nil {
				p.secrets[i.ID] = map[string]string{}
			}
			p.secrets[i.ID][name] = value.Reveal()
		}
	}
	return p, nil
}

// reveal opens a secret. One that is gone meanwhile is empty.
func (l *listing) reveal(tx *store.Tx, i *tenon.Item, name string) (secret.Text, error) {
	value, err := l.w.e.o.Core.RevealIn(tx, l.w.v, i.ID, name)
	if tenon.CodeOf(err) == tenon.NotFound {
		return secret.Text{}, nil
	}
	return value, err
}

func (l *listing) itemRow(p *itemPage, i *tenon.Item, secrets []string) error {
	org := i.OrgID.String()
	if i.OrgID == tenon.SystemOrg {
		org = ""
	}
	row := []string{i.ID.String(), org, i.OrgName}
	if l.kind.Fields.Field("name") == nil {
		row = append(row, i.Name)
	}
	row = append(row, p.names.cells(l.kind.Fields, i.Values)...)
	for _, f := range l.traits() {
		row = append(row, p.names.trait(i, f))
	}
	for _, name := range secrets {
		row = append(row, p.secrets[i.ID][name])
	}
	row = append(row, strings.Join(i.Tags, ", "), plain(i.Archived), plain(i.Restricted), stamp(i.CreatedAt), stamp(i.UpdatedAt))
	if err := l.sheets[0].add(row); err != nil {
		return err
	}
	for n := range l.kind.Parts {
		info := &l.kind.Parts[n]
		for k := range p.parts[i.ID] {
			part := &p.parts[i.ID][k]
			if part.Name != info.Name {
				continue
			}
			row := append([]string{strconv.FormatInt(part.ID, 10), i.ID.String(), i.Name}, p.names.cells(info.Fields, part.Values)...)
			if err := l.sheets[n+1].add(row); err != nil {
				return err
			}
		}
	}
	return nil
}
