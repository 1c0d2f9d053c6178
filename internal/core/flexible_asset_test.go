package core_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// backups is a flexible asset type with a field of every kind.
func (h *house) backups() *tenon.FlexType {
	h.t.Helper()
	t, err := h.CreateFlexType(ctx, admin, tenon.FlexType{Name: " Backup job ", Enabled: true, Fields: []tenon.FlexField{
		{Name: "General", Kind: tenon.FlexHeader},
		{Name: "Job name", Kind: tenon.FlexText, Required: true, UseForTitle: true},
		{Name: "Host server(s)", Kind: tenon.FlexTag, TagType: tenon.Configuration, UseForTitle: true},
		{Name: "Schedule", Kind: tenon.FlexSelect, Options: []string{"daily", "weekly"}},
		{Name: "Retention", Kind: tenon.FlexNumber},
		{Name: "Share", Kind: tenon.FlexPercent},
		{Name: "Tested", Kind: tenon.FlexCheckbox},
		{Name: "Expires", Kind: tenon.FlexDate, Expiration: true},
		{Name: "Notes", Kind: tenon.FlexTextbox},
		{Name: "Password", Kind: tenon.FlexPassword},
		{Name: "Report", Kind: tenon.FlexUpload},
		{Name: "Notes", Kind: tenon.FlexText},
		{Name: "???", Kind: tenon.FlexText},
	}})
	h.must(err)
	return t
}

func TestFlexTypes(t *testing.T) {
	each(t, func(h *house) {
		made := h.backups()
		var keys []string
		for _, f := range made.Fields {
			keys = append(keys, f.Key)
		}
		want := []string{"general", "job-name", "host-server-s", "schedule", "retention", "share", "tested", "expires", "notes", "password", "report", "notes-2", "field"}
		if !slices.Equal(keys, want) || made.Name != "Backup job" {
			h.t.Errorf("%q has the keys %v, want %v", made.Name, keys, want)
		}
		got, err := h.FlexType(ctx, h.user("lite", tenon.Lite), made.ID)
		h.must(err)
		if a, b := asJSON(h, got), asJSON(h, made); a != b {
			h.t.Errorf("read back %s\nwant %s", a, b)
		}
		same, err := h.UpdateFlexType(ctx, admin, *got)
		h.must(err)
		if same.Version != 1 {
			h.t.Errorf("a change that changes nothing made version %d", same.Version)
		}
		change := *got
		change.Fields = slices.Delete(slices.Clone(got.Fields), 0, 1)
		change.Fields[0].Name = "Title"
		change.Fields = append(change.Fields, tenon.FlexField{Name: "General", Kind: tenon.FlexText})
		next, err := h.UpdateFlexType(ctx, admin, change)
		h.must(err)
		if next.Version != 2 || next.Fields[0].Key != "job-name" || next.Fields[len(next.Fields)-1].Key != "general-2" {
			h.t.Errorf("updated %+v", next)
		}
		text := tenon.FlexField{Name: "A", Kind: tenon.FlexText}
		other := tenon.FlexType{Name: "Other", Fields: []tenon.FlexField{text}}
		made2, err := h.CreateFlexType(ctx, admin, other)
		h.must(err)
		edit := func(fn func(*tenon.FlexType)) tenon.FlexType {
			t := *made2
			t.Fields = slices.Clone(t.Fields)
			fn(&t)
			return t
		}
		for what, try := range map[string]struct {
			t    tenon.FlexType
			code tenon.Code
		}{
			"no name":          {edit(func(t *tenon.FlexType) { t.Name = " " }), tenon.Invalid},
			"a taken name":     {edit(func(t *tenon.FlexType) { t.Name = "BACKUP JOB" }), tenon.Invalid},
			"an unknown kind":  {edit(func(t *tenon.FlexType) { t.Fields = append(t.Fields, tenon.FlexField{Name: "x", Kind: "Colour"}) }), tenon.Invalid},
			"an unknown field": {edit(func(t *tenon.FlexType) { t.Fields[0].ID = 999999 }), tenon.Invalid},
			"a field twice":    {edit(func(t *tenon.FlexType) { t.Fields = append(t.Fields, t.Fields[0]) }), tenon.Invalid},
			"a nameless field": {edit(func(t *tenon.FlexType) { t.Fields[0].Name = "" }), tenon.Invalid},
			"nothing to choose": {edit(func(t *tenon.FlexType) {
				t.Fields = append(t.Fields, tenon.FlexField{Name: "x", Kind: tenon.FlexSelect})
			}), tenon.Invalid},
			"a text with a kind":  {edit(func(t *tenon.FlexType) { t.Fields[0].TagType = tenon.Contact }), tenon.Invalid},
			"stale":               {edit(func(t *tenon.FlexType) { t.Version = 9 }), tenon.Stale},
			"a type that is none": {edit(func(t *tenon.FlexType) { t.ID = 999999 }), tenon.NotFound},
		} {
			_, err := h.UpdateFlexType(ctx, admin, try.t)
			h.refused(what, err, try.code)
		}
		_, err = h.CreateFlexType(ctx, admin, other)
		h.refused("creating the same again", err, tenon.Invalid)
		_, err = h.CreateFlexType(ctx, h.user("editor", tenon.Editor), tenon.FlexType{Name: "X"})
		h.refused("an editor", err, tenon.Forbidden)
		page, _, err := h.FlexTypes(ctx, admin, store.FlexTypeQuery{})
		h.must(err)
		if len(page) != 2 || page[0].Name != "Backup job" || len(page[1].Fields) != 1 {
			h.t.Errorf("list %+v", page)
		}
	})
}

func asJSON(h *house, x any) string {
	h.t.Helper()
	b, err := json.Marshal(x)
	h.must(err)
	return string(b)
}

func TestFlexibleAssets(t *testing.T) {
	each(t, func(h *house) {
		kind, acme, beta := h.backups(), h.org("Acme"), h.org("Beta")
		srv, elsewhere, doc := h.named(tenon.Configuration, acme, "srv"), h.named(tenon.Configuration, beta, "far"), h.named(tenon.Document, acme, "doc")
		asset := func(org tenon.OrgID, traits map[string]any) (*tenon.Item, error) {
			return h.CreateItem(ctx, admin, tenon.FlexibleAsset, org, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(kind.ID), "traits": traits}})
		}
		a, err := asset(acme, map[string]any{"job-name": " Nightly ", "host-server-s": []any{srv.ID.String(), int64(srv.ID)}, "schedule": "daily", "retention": "30", "share": 12.5,
			"tested": "yes", "expires": "2027-01-31", "notes": "<b>hi</b><script>x()</script>", "password": "s3cret-in-traits", "notes-2": ""})
		h.must(err)
		if a.Name != "Nightly srv" || a.TypeID != tenon.LookupID(kind.ID) && a.Values.ID("flexible_asset_type_id") != int64(kind.ID) || !slices.Equal(a.Secrets, []string{"traits.password"}) {
			h.t.Errorf("created %+v", a)
		}
		got, err := h.Item(ctx, admin, a.ID)
		h.must(err)
		want := `{"expires":"2027-01-31","host-server-s":[` + srv.ID.String() + `],"job-name":"Nightly","notes":"\u003cb\u003ehi\u003c/b\u003e","retention":30,"schedule":"daily","share":12.5,"tested":true}`
		if s := asJSON(h, got.Values.Object("traits")); s != want {
			h.t.Errorf("traits %s\nwant   %s", s, want)
		}
		value, err := h.Reveal(ctx, admin, a.ID, "traits.password")
		h.must(err)
		if value.Reveal() != "s3cret-in-traits" || len(h.inTheClear("s3cret")) > 0 {
			h.t.Errorf("revealed %q, in the clear in %v", value.Reveal(), h.inTheClear("s3cret"))
		}
		same, err := h.UpdateItem(ctx, admin, a.ID, core.ItemChange{Values: tenon.Values{"traits": got.Values.Object("traits")}})
		h.must(err)
		if same.Version != 1 {
			h.t.Errorf("the same traits made version %d", same.Version)
		}
		found, _, err := h.Items(ctx, admin, store.ItemQuery{Kind: tenon.FlexibleAsset, Match: []store.KeyMatch{{Field: "traits.host-server-s", Keys: []string{srv.ID.String()}}}})
		h.must(err)
		if len(found) != 1 {
			h.t.Errorf("found %d assets by what they name", len(found))
		}
		for what, traits := range map[string]map[string]any{
			"not what is required":       {"schedule": "daily"},
			"an unknown trait":           {"job-name": "x", "colour": "red"},
			"a heading":                  {"job-name": "x", "general": "y"},
			"no such choice":             {"job-name": "x", "schedule": "hourly"},
			"no number":                  {"job-name": "x", "retention": "many"},
			"no date":                    {"job-name": "x", "expires": "soon"},
			"another organization's":     {"job-name": "x", "host-server-s": []any{elsewhere.ID.String()}},
			"a record of another kind":   {"job-name": "x", "host-server-s": []any{doc.ID.String()}},
			"what is not there":          {"job-name": "x", "host-server-s": []any{999999}},
			"a file that hangs nowhere":  {"job-name": "x", "report": []any{999999}},
			"an object where text is to": {"job-name": map[string]any{"a": 1}},
		} {
			_, err := asset(acme, traits)
			h.refused(what, err, tenon.Invalid)
		}
		f, err := h.Attach(ctx, admin, a.ID, "report.pdf", "", strings.NewReader("%PDF-1.7"))
		h.must(err)
		next, err := h.UpdateItem(ctx, admin, a.ID, core.ItemChange{Values: tenon.Values{"traits": map[string]any{"job-name": "Weekly", "report": []any{f.ID}}},
			Secrets: map[string]*secret.Text{"traits.password": text("other-s3cret")}})
		h.must(err)
		if next.Name != "Weekly" || next.Version != 2 || next.Values.Object("traits")["retention"] != nil {
			h.t.Errorf("updated %+v", next)
		}
		back, err := h.RestoreRevision(ctx, admin, a.ID, 1)
		h.must(err)
		value, err = h.Reveal(ctx, admin, a.ID, "traits.password")
		h.must(err)
		if back.Name != "Nightly srv" || value.Reveal() != "s3cret-in-traits" || asJSON(h, back.Values.Object("traits")) != want {
			h.t.Errorf("restored %+v", back)
		}
		_, err = h.UpdateItem(ctx, admin, a.ID, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": 999999}})
		h.refused("changing the type", err, tenon.Invalid)
		bare, err := h.CreateFlexType(ctx, admin, tenon.FlexType{Name: "Bare", Enabled: true})
		h.must(err)
		plain, err := h.CreateItem(ctx, admin, tenon.FlexibleAsset, acme, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(bare.ID)}})
		h.must(err)
		if plain.Name != "Bare "+plain.ID.String() {
			h.t.Errorf("a nameless asset is %q", plain.Name)
		}
		bare.Enabled = false
		_, err = h.UpdateFlexType(ctx, admin, *bare)
		h.must(err)
		_, err = h.CreateItem(ctx, admin, tenon.FlexibleAsset, acme, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(bare.ID)}})
		h.refused("a disabled type", err, tenon.Invalid)
	})
}

func TestFieldsInUse(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		kind, err := h.CreateFlexType(ctx, admin, tenon.FlexType{Name: "Rack", Enabled: true, Fields: []tenon.FlexField{
			{Name: "Name", Kind: tenon.FlexText, UseForTitle: true}, {Name: "Units", Kind: tenon.FlexText}, {Name: "Code", Kind: tenon.FlexPassword}, {Name: "Traits", Kind: tenon.FlexText},
		}})
		h.must(err)
		// The text of another field looks like the key of the one that is not used.
		for _, name := range []string{`"traits":{"units":`, "B"} {
			h.file(tenon.FlexibleAsset, acme, tenon.Values{"flexible_asset_type_id": int64(kind.ID), "traits": map[string]any{"name": name, "code": "1234"}})
		}
		use, err := h.FlexFieldUse(ctx, admin, kind.ID, kind.Fields)
		h.must(err)
		if want := map[int64]int64{kind.Fields[0].ID: 2, kind.Fields[1].ID: 0, kind.Fields[2].ID: 2, kind.Fields[3].ID: 0}; !maps.Equal(use, want) {
			h.t.Errorf("in use %v, want %v", use, want)
		}
		_, err = h.FlexFieldUse(ctx, h.user("editor", tenon.Editor), kind.ID, kind.Fields)
		h.refused("counting as an editor", err, tenon.Forbidden)
		change := *kind
		change.Fields = slices.Clone(kind.Fields)
		change.Fields[0].Kind = tenon.FlexNumber
		_, err = h.UpdateFlexType(ctx, admin, change)
		h.refused("another kind of a used field", err, tenon.Invalid)
		if !strings.Contains(tenon.MessageOf(err), "2 do") {
			h.t.Errorf("the refusal says %q", tenon.MessageOf(err))
		}
		change.Fields[0].Kind, change.Fields[1].Kind = tenon.FlexText, tenon.FlexNumber
		got, err := h.UpdateFlexType(ctx, admin, change)
		h.must(err)
		if got.Fields[1].Kind != tenon.FlexNumber || got.Fields[1].Key != "units" {
			h.t.Errorf("changed to %+v", got.Fields[1])
		}
	})
}
