package web

import (
	"context"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

// columnSchema are the fields among the columns.
func columnSchema(columns []listColumn) tenon.Schema {
	var s tenon.Schema
	for _, c := range columns {
		if c.field != nil {
			s = append(s, *c.field)
		}
	}
	return s
}

// itemColumns are all that a list can show of a kind, beside the name.
func itemColumns(ctx context.Context, k *tenon.KindInfo, flex *tenon.FlexType, everywhere bool) []listColumn {
	var out []listColumn
	if everywhere {
		out = append(out, listColumn{name: "organization", label: say.Text(ctx, "Organization"), sort: "organization", width: "large"})
	}
	for i := range k.Fields {
		f := &k.Fields[i]
		switch f.Type {
		case tenon.Secret, tenon.LongText, tenon.RichText, tenon.Object, tenon.File:
			continue
		}
		if !slices.Contains(k.Title, f.Name) {
			out = append(out, listColumn{name: f.Name, label: say.Text(ctx, f.Label), field: f, width: widthOf(f)})
		}
	}
	if flex != nil {
		for i := range flex.Fields {
			f := &flex.Fields[i]
			switch f.Kind {
			case tenon.FlexText, tenon.FlexNumber, tenon.FlexPercent, tenon.FlexSelect, tenon.FlexCheckbox, tenon.FlexDate:
				out = append(out, listColumn{name: "traits." + f.Key, label: f.Name, trait: f})
			}
		}
	}
	if k.Numbered {
		out = append(out, listColumn{name: "number", label: say.Text(ctx, "Number"), width: "small"})
	}
	return append(out, listColumn{name: "tags", label: say.Text(ctx, "Tags")}, listColumn{name: "id", label: say.Text(ctx, "Id"), width: "small"},
		listColumn{name: "created", label: say.Text(ctx, "Created")}, listColumn{name: "updated", label: say.Text(ctx, "Updated"), sort: "updated"})
}

func widthOf(f *tenon.Field) string {
	switch f.Type {
	case tenon.Emails, tenon.URL:
		return "large"
	}
	return ""
}

// maxColumns is how many fields a list shows beside the name unless somebody
// chooses others.
const maxColumns = 3

// usualColumns chooses what a list shows of a kind: its type and status, then
// what people look it up by, then what comes first. Of a flexible asset type it
// shows what its designer wants in lists.
func usualColumns(k *tenon.KindInfo, flex *tenon.FlexType, everywhere bool) []string {
	var out []string
	fields := 0
	if everywhere {
		out = append(out, "organization")
	}
	if flex != nil {
		for i := range flex.Fields {
			if f := &flex.Fields[i]; f.ShowInList && fields <= maxColumns {
				out, fields = append(out, "traits."+f.Key), fields+1
			}
		}
		return append(out, "updated")
	}
	add := func(f *tenon.Field) {
		switch f.Type {
		case tenon.Secret, tenon.LongText, tenon.RichText, tenon.Object, tenon.Bool, tenon.File:
			return
		}
		if fields < maxColumns && !slices.Contains(k.Title, f.Name) && !slices.Contains(out, f.Name) && !f.ReadOnly {
			out, fields = append(out, f.Name), fields+1
		}
	}
	for _, name := range []string{k.Type, k.Status} {
		if f := k.Fields.Field(name); f != nil {
			add(f)
		}
	}
	for _, indexed := range []bool{true, false} {
		for i := range k.Fields {
			// What is looked up by an entry of a list says less than what tells one record from another.
			if f := &k.Fields[i]; (f.Index && f.Type != tenon.Lookup) == indexed {
				add(f)
			}
		}
	}
	return append(out, "updated")
}
