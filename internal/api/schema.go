package api

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tenonhq/tenon"
)

// kind of JSON value, perhaps also null.
func typed(name string, nullable bool) *openapi3.Schema {
	t := openapi3.Types{name}
	if nullable {
		t = append(t, openapi3.TypeNull)
	}
	return &openapi3.Schema{Type: &t}
}

func inline(s *openapi3.Schema) *openapi3.SchemaRef { return &openapi3.SchemaRef{Value: s} }

// anything is a value of any type: the before and after of a change.
func anything() *openapi3.Schema {
	return &openapi3.Schema{Description: "any value", Type: &openapi3.Types{openapi3.TypeString, openapi3.TypeNumber, openapi3.TypeBoolean,
		openapi3.TypeObject, openapi3.TypeArray, openapi3.TypeNull}}
}

func formatted(name, format string, nullable bool) *openapi3.Schema {
	s := typed(name, nullable)
	s.Format = format
	return s
}

func listOf(items *openapi3.SchemaRef) *openapi3.Schema {
	s := typed(openapi3.TypeArray, false)
	s.Items = items
	return s
}

func mapOf(values *openapi3.SchemaRef) *openapi3.Schema {
	s := typed(openapi3.TypeObject, false)
	s.AdditionalProperties.Schema = values
	return s
}

// closed is an object with these members and no others.
func closed() *openapi3.Schema {
	s := typed(openapi3.TypeObject, false)
	no := false
	s.Properties, s.AdditionalProperties.Has = openapi3.Schemas{}, &no
	return s
}

// structSchema describes a wire struct by its json tags. What is not omitted
// when empty is required.
func structSchema(t reflect.Type) *openapi3.Schema {
	s := closed()
	for _, f := range reflect.VisibleFields(t) { // also those of a struct inside it
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		s.Properties[name] = inline(typeSchema(f.Type))
		if options == "" {
			s.Required = append(s.Required, name)
		}
	}
	return s
}

func typeSchema(t reflect.Type) *openapi3.Schema {
	if t == reflect.TypeFor[time.Time]() {
		return formatted(openapi3.TypeString, "date-time", false)
	}
	switch t.Kind() {
	case reflect.Pointer:
		s := typeSchema(t.Elem())
		if s.Type != nil {
			null := append(openapi3.Types{}, *s.Type...)
			null = append(null, openapi3.TypeNull)
			s.Type = &null
		}
		return s
	case reflect.Struct:
		return structSchema(t)
	case reflect.Slice:
		return listOf(inline(typeSchema(t.Elem())))
	case reflect.Map:
		return mapOf(inline(typeSchema(t.Elem())))
	case reflect.Bool:
		return typed(openapi3.TypeBoolean, false)
	case reflect.String:
		return typed(openapi3.TypeString, false)
	case reflect.Int, reflect.Int16, reflect.Int64:
		return formatted(openapi3.TypeInteger, "int64", false)
	case reflect.Float64:
		return typed(openapi3.TypeNumber, false)
	}
	return anything()
}

// fieldSchema describes a field of a record as it is answered, or as it is sent.
func fieldSchema(f *tenon.Field, sent bool) *openapi3.Schema {
	s := fieldType(f, sent)
	s.Description = f.Label
	if f.Help != "" {
		s.Description += ". " + f.Help
	}
	return s
}

func fieldType(f *tenon.Field, sent bool) *openapi3.Schema {
	switch f.Type {
	case tenon.Number:
		return typed(openapi3.TypeNumber, true)
	case tenon.Bool:
		return typed(openapi3.TypeBoolean, sent)
	case tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef:
		return formatted(openapi3.TypeInteger, "int64", true)
	case tenon.Strings:
		s := listOf(inline(typed(openapi3.TypeString, false)))
		return orNullType(s, sent)
	case tenon.Emails, tenon.Phones:
		s := listOf(inline(addressSchema()))
		return orNullType(s, sent)
	case tenon.Object:
		return typed(openapi3.TypeObject, true)
	case tenon.Moment:
		return formatted(openapi3.TypeString, "date-time", true)
	case tenon.Date:
		return formatted(openapi3.TypeString, "date", true)
	}
	s := typed(openapi3.TypeString, true)
	if sent && f.Type != tenon.Choice {
		longest := uint64(f.MaxLen())
		s.MaxLength = &longest
	}
	for _, o := range f.Options {
		s.Enum = append(s.Enum, o)
	}
	if len(s.Enum) > 0 {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

func orNullType(s *openapi3.Schema, nullable bool) *openapi3.Schema {
	if nullable {
		s.Type = &openapi3.Types{openapi3.TypeArray, openapi3.TypeNull}
	}
	return s
}

func addressSchema() *openapi3.Schema {
	s := closed()
	for _, name := range []string{"value", "label", "extension"} {
		s.Properties[name] = inline(typed(openapi3.TypeString, false))
	}
	s.Properties["primary"] = inline(typed(openapi3.TypeBoolean, false))
	s.Required = []string{"value"}
	return s
}

// answered is an object whose members are all there, in every answer.
func answered(members map[string]*openapi3.Schema, s tenon.Schema, without ...string) *openapi3.Schema {
	out := closed()
	for name, m := range members {
		out.Properties[name] = inline(m)
		out.Required = append(out.Required, name)
	}
	addFields(out, s, false, without)
	for name := range out.Properties {
		if !slices.Contains(out.Required, name) {
			out.Required = append(out.Required, name)
		}
	}
	slices.Sort(out.Required)
	return out
}

// sent is an object of a change: every member may be left out.
func sent(members map[string]*openapi3.Schema, s tenon.Schema, without ...string) *openapi3.Schema {
	out := closed()
	for name, m := range members {
		out.Properties[name] = inline(m)
	}
	addFields(out, s, true, without)
	return out
}

func addFields(out *openapi3.Schema, s tenon.Schema, sent bool, without []string) {
	for i := range s {
		f := &s[i]
		hidden := !sent && f.Type == tenon.Secret
		unwritable := sent && (f.ReadOnly || f.Type == tenon.File)
		if hidden || unwritable || slices.Contains(without, f.Name) || out.Properties[f.Name] != nil {
			continue
		}
		out.Properties[f.Name] = inline(fieldSchema(f, sent))
	}
}

func idSchema(nullable bool) *openapi3.Schema {
	return formatted(openapi3.TypeInteger, "int64", nullable)
}

func stringSchema(nullable bool) *openapi3.Schema { return typed(openapi3.TypeString, nullable) }

func boolSchema() *openapi3.Schema { return typed(openapi3.TypeBoolean, false) }

func timeSchema(nullable bool) *openapi3.Schema {
	return formatted(openapi3.TypeString, "date-time", nullable)
}

func stringsSchema() *openapi3.Schema { return listOf(inline(stringSchema(false))) }

func organizationSchema() *openapi3.Schema {
	state := stringSchema(false)
	state.Enum = []any{"live", "trashed", "merged"}
	return answered(map[string]*openapi3.Schema{
		"id": idSchema(false), "name": stringSchema(false), "state": state, "merged_into": idSchema(true),
		"parent_id": idSchema(true), "parent_name": stringSchema(true), "primary": boolSchema(), "domains": stringsSchema(),
		"version": idSchema(false), "created_at": timeSchema(false), "updated_at": timeSchema(false),
	}, tenon.OrganizationFields)
}

func organizationChangeSchema() *openapi3.Schema {
	return sent(map[string]*openapi3.Schema{"domains": orNullType(stringsSchema(), true), "version": idSchema(true)}, tenon.OrganizationFields)
}

// kindSchemas adds the schemas of every kind of item and of its parts.
func kindSchemas(out openapi3.Schemas) {
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		name := typeName(info.Name)
		item, change := itemSchema(info), itemChangeSchema(info)
		for k := range info.Parts {
			p := &info.Parts[k]
			part := name + typeName(p.Name)
			out[part] = inline(answered(map[string]*openapi3.Schema{
				"id": idSchema(false), "position": idSchema(false), "created_at": timeSchema(true), "updated_at": timeSchema(true),
			}, p.Fields))
			out[part+"Change"] = inline(sent(nil, p.Fields))
			// A list of items leaves out what hangs on them.
			item.Properties[p.Plural] = inline(listOf(openapi3.NewSchemaRef("#/components/schemas/"+part, nil)))
			change.Properties[p.Plural] = inline(listOf(openapi3.NewSchemaRef("#/components/schemas/"+part+"Change", nil)))
		}
		out[name], out[name+"Change"] = inline(item), inline(change)
	}
}

func itemSchema(info *tenon.KindInfo) *openapi3.Schema {
	kind := stringSchema(false)
	kind.Enum = []any{info.Name}
	members := map[string]*openapi3.Schema{
		"id": idSchema(false), "kind": kind, "organization_id": idSchema(true), "organization_name": stringSchema(true), "name": stringSchema(false),
		"tags": stringsSchema(), "secrets": stringsSchema(), "archived": boolSchema(), "restricted": boolSchema(), "version": idSchema(false),
		"created_at": timeSchema(false), "updated_at": timeSchema(false), "changed_at": timeSchema(false),
	}
	if info.Numbered {
		members["number"] = idSchema(true)
	}
	return answered(members, info.Fields)
}

func itemChangeSchema(info *tenon.KindInfo) *openapi3.Schema {
	org := idSchema(true)
	org.Description = "Where it is filed; only when it is created. May be left out where another field says what it hangs on."
	members := map[string]*openapi3.Schema{
		"organization_id": org, "tags": orNullType(stringsSchema(), true), "archived": boolSchema(), "version": idSchema(true),
	}
	if info.Kind == tenon.FlexibleAsset {
		members[traitSecrets] = mapOf(inline(stringSchema(true)))
	}
	return sent(members, info.Fields)
}

// anyItemSchema is an item of any kind.
func anyItemSchema() *openapi3.Schema {
	s := &openapi3.Schema{}
	for i := range tenon.Kinds {
		s.OneOf = append(s.OneOf, openapi3.NewSchemaRef("#/components/schemas/"+typeName(tenon.Kinds[i].Name), nil))
	}
	return s
}
