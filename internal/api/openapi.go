package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tenonhq/tenon/internal/httpkit"
)

// structs are the wire structs that routes name, described by reflection.
var structs = map[string]any{
	"Problem":                   httpkit.Problem{},
	"Plan":                      planJSON{},
	"Operation":                 operationJSON{},
	"OperationSummary":          operationSummaryJSON{},
	"CanUndo":                   canUndoJSON{},
	"MergePlan":                 mergePlanIn{},
	"Merge":                     mergeIn{},
	"ItemOperationPlan":         itemsPlanIn{},
	"ItemOperation":             itemsIn{},
	"PurgePlan":                 purgePlanIn{},
	"Purge":                     purgeIn{},
	"TrashEntry":                trashEntryJSON{},
	"ItemMergePlan":             mergeItemsPlanIn{},
	"ItemMerge":                 mergeItemsIn{},
	"DeletePlan":                deletePlanIn{},
	"Import":                    importIn{},
	"Delete":                    deleteIn{},
	"Attachment":                attachmentJSON{},
	"Rename":                    renameIn{},
	"Relation":                  relationJSON{},
	"RelationChange":            relationIn{},
	"Restrictions":              restrictionsJSON{},
	"Membership":                membershipJSON{},
	"ListName":                  listNameJSON{},
	"Lookup":                    lookupJSON{},
	"LookupChange":              lookupIn{},
	"FlexibleAssetType":         flexTypeJSON{},
	"FlexibleAssetTypeChange":   flexTypeIn{},
	"FlexibleAssetField":        flexFieldJSON{},
	"FlexibleAssetFieldChange":  flexFieldChangeIn{},
	"OrganizationOperationPlan": orgsPlanIn{},
	"OrganizationOperation":     orgsIn{},
	"Publish":                   publishIn{},
	"ChecklistFrom":             checklistFromIn{},
	"View":                      viewJSON{},
	"ViewChange":                viewIn{},
	"Favourite":                 favouriteJSON{},
	"Access":                    sightJSON{},
	"Explanation":               explanationJSON{},
	"Subject":                   subjectJSON{},
	"Setting":                   settingJSON{},
	"SettingChange":             settingIn{},
	"Event":                     eventJSON{},
	"Export":                    exportJSON{},
	"ExportRequest":             exportIn{},
	"Expiration":                expirationJSON{},
	"Revision":                  revisionJSON{},
	"Reveal":                    revealIn{},
	"Revealed":                  revealedJSON{},
	"Code":                      codeJSON{},
	"Me":                        meJSON{},
	"User":                      userJSON{},
	"UserChange":                userIn{},
	"Group":                     groupJSON{},
	"GroupChange":               groupIn{},
	"Key":                       keyJSON{},
	"KeyChange":                 keyIn{},
	"Session":                   sessionJSON{},
	"Found":                     searchJSON{},
	"SignIn":                    signInJSON{},
	"Granted":                   grantedJSON{},
	"Mail":                      mailJSON{},
}

// components returns the named schemas of the document.
func components() openapi3.Schemas {
	out := openapi3.Schemas{}
	for name, v := range structs {
		out[name] = inline(structSchema(reflect.TypeOf(v)))
	}
	out["Organization"] = inline(organizationSchema())
	out["OrganizationChange"] = inline(organizationChangeSchema())
	kindSchemas(out)
	out["Item"] = inline(anyItemSchema())
	return out
}

// Document returns the OpenAPI document, made from the table of routes and the
// declared fields, and checked.
func Document() (*openapi3.T, error) {
	d := &openapi3.T{
		OpenAPI: "3.1.0",
		Info:    &openapi3.Info{Title: "Tenon", Version: "1", Description: description},
		Servers: openapi3.Servers{{URL: "/"}},
		Paths:   openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas: components(),
			SecuritySchemes: openapi3.SecuritySchemes{
				"key":     {Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer")},
				"session": {Value: openapi3.NewSecurityScheme().WithType("apiKey").WithIn("cookie").WithName("tenon_session")},
			},
		},
		Security: openapi3.SecurityRequirements{{"key": {}}, {"session": {}}},
	}
	for _, rt := range routes() {
		op, err := operationOf(&rt, d.Components.Schemas)
		if err != nil {
			return nil, err
		}
		d.AddOperation(rt.path, rt.method, op)
	}
	if err := openapi3.NewLoader().ResolveRefsIn(d, nil); err != nil {
		return nil, fmt.Errorf("the API's document: %w", err)
	}
	if err := d.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()); err != nil {
		return nil, fmt.Errorf("the API's document: %w", err)
	}
	return d, nil
}

const description = `The API of Tenon. Send an API key as "Authorization: Bearer KEY".
Lists are pages: pass next_cursor as cursor for the next one. Errors are problem+json with a code.
An answer's ETag may be sent back in If-None-Match, and in If-Match with a change. A POST with an Idempotency-Key has its effect once.
Changes name only what changes; null clears. What belongs to an organization that was merged away is found under the one that it was merged into,
and both ids are understood wherever an organization is referred to.`

func operationOf(rt *route, schemas openapi3.Schemas) (*openapi3.Operation, error) {
	op := openapi3.NewOperation()
	op.OperationID, op.Summary, op.Tags = rt.id(), rt.summary, []string{rt.tag()}
	op.Responses = openapi3.NewResponses()
	op.Responses.Delete("default")
	if rt.need != "" {
		op.Description = "Needs the right to " + string(rt.need) + "."
	}
	for _, name := range rt.pathNames() {
		op.AddParameter(openapi3.NewPathParameter(name).WithSchema(pathSchema(name)))
	}
	for _, p := range rt.query {
		s := openapi3.NewStringSchema()
		op.AddParameter(openapi3.NewQueryParameter(p.name).WithDescription(p.about).WithSchema(s))
	}
	if rt.method == http.MethodPost {
		s := openapi3.NewStringSchema().WithMaxLength(255)
		op.AddParameter(openapi3.NewHeaderParameter("Idempotency-Key").WithSchema(s))
	}
	if err := addBody(op, rt, schemas); err != nil {
		return nil, err
	}
	return op, addAnswers(op, rt, schemas)
}

func pathSchema(name string) *openapi3.Schema {
	if textParts[name] {
		return openapi3.NewStringSchema()
	}
	return openapi3.NewInt64Schema().WithMin(1)
}

func addBody(op *openapi3.Operation, rt *route, schemas openapi3.Schemas) error {
	body := openapi3.NewRequestBody().WithRequired(true)
	switch {
	case rt.upload:
		binary := openapi3.NewContentWithSchema(&openapi3.Schema{}, []string{"application/octet-stream"})
		op.RequestBody = &openapi3.RequestBodyRef{Value: body.WithContent(binary)}
	case rt.in != "":
		ref, err := named(rt.in, schemas)
		if err != nil {
			return err
		}
		op.RequestBody = &openapi3.RequestBodyRef{Value: body.WithJSONSchemaRef(ref)}
	}
	return nil
}

func addAnswers(op *openapi3.Operation, rt *route, schemas openapi3.Schemas) error {
	good := openapi3.NewResponse().WithDescription(rt.summary)
	switch {
	case rt.out == fileOut:
		good.WithContent(openapi3.NewContentWithSchema(&openapi3.Schema{}, []string{"*/*"}))
	case rt.out != "":
		ref, err := named(rt.out, schemas)
		if err != nil {
			return err
		}
		good.WithJSONSchemaRef(ref)
	}
	op.AddResponse(rt.status(), good)
	if rt.also != 0 {
		op.AddResponse(rt.also, good)
	}
	problem := openapi3.NewResponse().WithDescription("An error").
		WithContent(openapi3.NewContentWithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Problem", nil), []string{"application/problem+json"}))
	op.Responses.Set("default", &openapi3.ResponseRef{Value: problem})
	return nil
}

// named returns a reference to a schema, or to a page of it: "[]Organization".
func named(name string, schemas openapi3.Schemas) (*openapi3.SchemaRef, error) {
	one, isList := strings.CutPrefix(name, "[]")
	if schemas[one] == nil {
		return nil, fmt.Errorf("the API's document: a route names %s, which is not described", strconv.Quote(one))
	}
	ref := openapi3.NewSchemaRef("#/components/schemas/"+one, nil)
	if !isList {
		return ref, nil
	}
	page := closed()
	page.Properties["data"] = inline(listOf(ref))
	page.Properties["next_cursor"] = inline(stringSchema(true))
	page.Required = []string{"data", "next_cursor"}
	return inline(page), nil
}
