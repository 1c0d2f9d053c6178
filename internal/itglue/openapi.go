package itglue

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document returns the OpenAPI document, made from the table of resources and
// checked.
func Document() (*openapi3.T, error) {
	all := resources()
	key := openapi3.NewSecurityScheme().WithType("apiKey").WithIn("header").WithName("x-api-key")
	token := openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer")
	d := &openapi3.T{
		OpenAPI: "3.1.0",
		Info:    &openapi3.Info{Title: "Tenon: the IT Glue-compatible API", Version: "1", Description: description},
		Servers: openapi3.Servers{{URL: "/itglue"}, {URL: "/"}},
		Paths:   openapi3.NewPaths(),
		Components: &openapi3.Components{Schemas: schemas(all),
			SecuritySchemes: openapi3.SecuritySchemes{"key": {Value: key}, "token": {Value: token}}},
		Security: openapi3.SecurityRequirements{{"key": {}}, {"token": {}}},
	}
	rts := routes(all)
	for i := range rts {
		d.AddOperation("/"+rts[i].path, rts[i].method, operationOf(&rts[i]))
	}
	if err := openapi3.NewLoader().ResolveRefsIn(d, nil); err != nil {
		return nil, fmt.Errorf("the document of the IT Glue API: %w", err)
	}
	if err := d.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()); err != nil {
		return nil, fmt.Errorf("the document of the IT Glue API: %w", err)
	}
	return d, nil
}

const description = `What was written for the IT Glue API runs against these routes when its address and its key are changed.
Names of attributes, filters, sorts and includes are understood in kebab-case and in snake_case. Lists are pages by number.
Read-only and unknown attributes in a body are passed over. What belongs to an organization that was merged away is found under the one
that it was merged into; the organization itself is 404, and the header X-Merged-Into names the other.`

// kinds is a schema of these JSON types.
func kinds(names ...string) *openapi3.Schema {
	t := openapi3.Types(names)
	return &openapi3.Schema{Type: &t}
}

func inline(s *openapi3.Schema) *openapi3.SchemaRef { return &openapi3.SchemaRef{Value: s} }

func ref(name string) *openapi3.SchemaRef {
	return openapi3.NewSchemaRef("#/components/schemas/"+name, nil)
}

// closed is an object that has just these members; those in optional may be missing.
func closed(props openapi3.Schemas, optional ...string) *openapi3.Schema {
	s := kinds(openapi3.TypeObject)
	no := false
	s.Properties, s.AdditionalProperties.Has = props, &no
	for _, name := range sortedKeys(props) {
		if !strings.Contains(" "+strings.Join(optional, " ")+" ", " "+name+" ") {
			s.Required = append(s.Required, name)
		}
	}
	return s
}

func arrayOf(items *openapi3.SchemaRef) *openapi3.Schema {
	s := kinds(openapi3.TypeArray)
	s.Items = items
	return s
}

const null = openapi3.TypeNull

// formSchema describes an attribute as it is answered.
func formSchema(f form) *openapi3.Schema {
	switch f {
	case id:
		s := kinds(openapi3.TypeInteger, null)
		s.Format = "int64"
		return s
	case number:
		return kinds(openapi3.TypeNumber, null)
	case flag:
		return kinds(openapi3.TypeBoolean)
	case date, moment:
		s := kinds(openapi3.TypeString, null)
		s.Pattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
		if f == moment {
			s.Pattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`
		}
		return s
	case list:
		return arrayOf(inline(kinds(openapi3.TypeObject, openapi3.TypeInteger)))
	case object:
		return kinds(openapi3.TypeObject, null)
	}
	return kinds(openapi3.TypeString, null)
}

// schemas describes every resource: as an object, as an answer, and as a list.
func schemas(all map[string]*resource) openapi3.Schemas {
	text, whole := inline(kinds(openapi3.TypeString)), inline(kinds(openapi3.TypeInteger))
	page := inline(kinds(openapi3.TypeInteger, null))
	link := closed(openapi3.Schemas{"self": text, "first": text, "prev": text, "next": text, "last": text}, "self", "first", "prev", "next", "last")
	identifier := closed(openapi3.Schemas{"id": text, "type": text})
	relationship := closed(openapi3.Schemas{"data": inline(arrayOf(inline(identifier)))})
	related := kinds(openapi3.TypeObject)
	related.AdditionalProperties.Schema = inline(relationship)
	failed := closed(openapi3.Schemas{"title": text, "detail": text, "status": whole, "source": inline(closed(openapi3.Schemas{"pointer": text}))}, "source")
	out := openapi3.Schemas{
		"meta": inline(closed(openapi3.Schemas{"current-page": whole, "next-page": page, "prev-page": page, "total-pages": whole, "total-count": whole,
			"filters": inline(kinds(openapi3.TypeObject))})),
		"links": inline(link), "relationships": inline(related),
		"errors":    inline(closed(openapi3.Schemas{"errors": inline(arrayOf(inline(failed)))})),
		"forbidden": inline(closed(openapi3.Schemas{"message": text})),
		"included":  inline(arrayOf(inline(kinds(openapi3.TypeObject)))),
		"body":      inline(bodySchema()),
	}
	for _, path := range sortedKeys(all) {
		res := all[path]
		props, optional := openapi3.Schemas{}, []string(nil)
		for i := range res.attrs {
			a := &res.attrs[i]
			s := formSchema(a.form)
			s.ReadOnly = !a.write
			props[a.name] = inline(s)
			if a.when != nil {
				optional = append(optional, a.name)
			}
		}
		typ := kinds(openapi3.TypeString)
		typ.Enum = []any{res.typ()}
		one := closed(openapi3.Schemas{"id": text, "type": inline(typ), "attributes": inline(closed(props, optional...)), "relationships": ref("relationships")})
		one.Description = res.about
		out[res.typ()] = inline(one)
	}
	return out
}

// bodySchema is what is sent. It is judged by what it does, and not by its shape.
func bodySchema() *openapi3.Schema {
	s := kinds(openapi3.TypeObject)
	s.Properties = openapi3.Schemas{"data": inline(kinds(openapi3.TypeObject, openapi3.TypeArray, null))}
	return s
}

func operationOf(rt *route) *openapi3.Operation {
	op := openapi3.NewOperation()
	op.OperationID = strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.ToLower(rt.method) + "-" + rt.path)
	op.Summary, op.Tags = rt.summary(), []string{rt.tag()}
	op.Responses = openapi3.NewResponses()
	op.Responses.Delete("default")
	if rt.need != "" {
		op.Description = "Needs the right to " + string(rt.need) + "."
	}
	for _, name := range pathNames(rt.path) {
		op.AddParameter(openapi3.NewPathParameter(name).WithSchema(openapi3.NewInt64Schema().WithMin(1)))
	}
	query := func(name, about string) {
		op.AddParameter(openapi3.NewQueryParameter(name).WithDescription(about).WithSchema(openapi3.NewStringSchema()))
	}
	if rt.res != nil {
		addQuery(rt, query)
	}
	if rt.method != http.MethodGet {
		body := openapi3.NewRequestBody().WithContent(openapi3.NewContentWithSchemaRef(ref("body"), []string{contentType, "application/json"}))
		op.RequestBody = &openapi3.RequestBodyRef{Value: body}
	}
	addAnswers(op, rt)
	return op
}

func addQuery(rt *route, query func(name, about string)) {
	if rt.verb == canList {
		query("page[number]", "from 1")
		query("page[size]", "1 to 1000; 50 when left out")
		if len(rt.res.sorts) > 0 {
			query("sort", "several of "+strings.Join(sortedKeys(rt.res.sorts), ", ")+", with commas between; with - in front the other way round")
		}
	}
	if rt.verb&(canList|canUpdateMany|canDeleteMany) != 0 && rt.handleRecords {
		for i := range rt.res.filters {
			query(rt.res.filters[i].param(), "values with commas between: any of them")
		}
	}
	if rt.res.versioned && rt.verb&(canGet|canCreate|canUpdate) != 0 {
		query("show_password", "true or false; without it a GET shows the value to a key that may see it")
	}
	if rt.res.versioned && rt.verb == canGet {
		query("version_id", "id of a version, of include=recent_versions: what the record was then")
	}
	if len(rt.res.includes) > 0 && rt.verb&(canList|canGet) != 0 {
		names := make([]string, len(rt.res.includes))
		for i := range rt.res.includes {
			names[i] = rt.res.includes[i].name
		}
		query("include", "several of "+strings.Join(names, ", "))
	}
}

func addAnswers(op *openapi3.Operation, rt *route) {
	status := http.StatusOK
	if rt.method == http.MethodPost && !rt.open {
		status = http.StatusCreated
	}
	good := openapi3.NewResponse().WithDescription(rt.summary())
	switch {
	case rt.plain != nil:
		good.WithContent(openapi3.NewContentWithSchema(rt.plain, []string{contentType}))
	case rt.res == nil || strings.HasSuffix(rt.path, "/download"):
		good.WithContent(openapi3.NewContentWithSchema(&openapi3.Schema{}, []string{"*/*"}))
	default:
		object := ref(rt.res.typ())
		one := closed(openapi3.Schemas{"data": object, "included": ref("included")}, "included")
		many := closed(openapi3.Schemas{"data": inline(arrayOf(object)), "meta": ref("meta"), "links": ref("links"), "included": ref("included")}, "included")
		s := &openapi3.Schema{OneOf: openapi3.SchemaRefs{inline(one), inline(many)}}
		switch {
		case rt.verb&(canList|canUpdateMany|canDeleteMany) != 0:
			s = many
		case rt.verb != canCreate:
			s = one
		}
		good.WithContent(openapi3.NewContentWithSchema(s, []string{contentType}))
	}
	op.AddResponse(status, good)
	bad := openapi3.NewResponse().WithDescription("No key, or a wrong one; or an error").
		WithContent(openapi3.NewContentWithSchema(&openapi3.Schema{OneOf: openapi3.SchemaRefs{ref("forbidden"), ref("errors")}}, []string{contentType}))
	op.AddResponse(http.StatusForbidden, bad)
	other := openapi3.NewResponse().WithDescription("An error").WithContent(openapi3.NewContentWithSchemaRef(ref("errors"), []string{contentType}))
	op.Responses.Set("default", &openapi3.ResponseRef{Value: other})
}

// pathNames are the names between braces.
func pathNames(path string) []string {
	var out []string
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, strings.TrimSuffix(name, "}"))
		}
	}
	return out
}

func (rt *route) tag() string {
	if rt.res == nil {
		return "Session"
	}
	return rt.res.label
}

// verbWords are the verbs in words.
var verbWords = map[verb]string{canList: "List", canGet: "Get one", canCreate: "Create", canUpdate: "Change one", canUpdateMany: "Change several, by ids or by a filter",
	canDelete: "Delete one", canDeleteMany: "Delete several, by ids or by a filter"}

func (rt *route) summary() string {
	if rt.about != "" {
		return rt.about
	}
	s := rt.res.label + ": " + verbWords[rt.verb]
	if rt.under != nil {
		s += ", under " + rt.under.path
	}
	return s
}
