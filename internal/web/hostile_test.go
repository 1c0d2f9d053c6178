package web_test

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
)

// hostile breaks out of a text, of an attribute in either quotes and of a
// script, if anything does not write it as text.
const hostile = `q"'><img src=x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)>`

// brokenOut are the ways in which a page can have taken it for more than text:
// each has a character that text is never written with, or an attribute that
// only rich text could have brought.
var brokenOut = []*regexp.Regexp{
	regexp.MustCompile(`q"'`), regexp.MustCompile(`'><img`), regexp.MustCompile(`<img src=x`), regexp.MustCompile(`(?i)<img[^>]*onerror`),
	regexp.MustCompile(`<script>alert`), regexp.MustCompile(`(?i)<svg/`), regexp.MustCompile(`(?i)href="\s*javascript:`), regexp.MustCompile(`(?i)(src|href)="data:text`),
}

// shownAsText checks every page of the list, and counts those that show it.
func (s *site) shownAsText(paths ...string) (shown int) {
	s.t.Helper()
	for _, path := range paths {
		a := s.get(path)
		s.harmless(a)
		if strings.Contains(a.body, "alert(1)") {
			shown++
		}
	}
	return shown
}

func (s *site) harmless(a answer) {
	s.t.Helper()
	if a.status >= 500 {
		s.t.Errorf("%s: status %d", a.path, a.status)
	}
	for _, r := range brokenOut {
		if at := r.FindStringIndex(a.body); at != nil {
			s.t.Errorf("%s: %q is not shown as text: …%s…", a.path, r, a.body[max(0, at[0]-80):min(len(a.body), at[1]+80)])
		}
	}
}

// hostileValue is the worst that a field takes.
func hostileValue(f *tenon.Field) any {
	switch f.Type {
	case tenon.Text, tenon.LongText, tenon.RichText:
		return hostile
	case tenon.Strings:
		return []string{hostile}
	case tenon.Emails:
		return []any{map[string]any{"value": "iris@calder.example", "label": hostile}}
	case tenon.Phones:
		return []any{map[string]any{"value": "+1 312 555 0100", "label": hostile, "extension": "1"}}
	case tenon.Object:
		return map[string]any{hostile: hostile, "list": []any{hostile}}
	case tenon.URL:
		return "https://calder.example/?q=%22%3E%3Cscript%3E"
	}
	return nil
}

// TestHostileTextIsText writes markup into everything that takes a text, and
// reads every page that shows it.
func TestHostileTextIsText(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		h := &hostileWorld{site: s}
		h.fillAccount()
		h.fillOrganizations()
		for i := range tenon.Kinds {
			h.kind(&tenon.Kinds[i])
		}
		if n := s.shownAsText(h.pages()...); n < 20 {
			t.Errorf("only %d of the pages show the text at all", n)
		}
		h.reflected()
	})
}

// hostileWorld is an account in which every text is hostile.
type hostileWorld struct {
	*site
	org, other *tenon.Organization
	flex       *tenon.FlexType
	lookups    map[string]tenon.LookupID
	items      []*tenon.Item
}

func (h *hostileWorld) fillAccount() {
	h.t.Helper()
	ctx, name := context.Background(), hostile
	h.must(h.core.SetSetting(ctx, h.root, tenon.SettingAccount, hostile))
	h.lookups = map[string]tenon.LookupID{}
	for _, l := range tenon.Lists {
		row, err := h.core.CreateLookup(ctx, h.root, l.Name, core.LookupChange{Name: &name})
		h.must(err)
		h.lookups[l.Name] = row.ID
	}
	role, all, email := tenon.Manager, true, "hostile@msp.example"
	u, err := h.core.CreateUser(ctx, h.root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &all})
	h.must(err)
	_, err = h.core.CreateGroup(ctx, h.root, core.GroupChange{Name: &name, Users: &[]tenon.UserID{u.ID}})
	h.must(err)
	h.flex, err = h.core.CreateFlexType(ctx, h.root, tenon.FlexType{Name: hostile, Description: hostile, Enabled: true, Fields: []tenon.FlexField{
		{Name: hostile, Kind: tenon.FlexText, Hint: hostile, UseForTitle: true}, {Name: "Text " + hostile, Kind: tenon.FlexTextbox},
		{Name: "Choice " + hostile, Kind: tenon.FlexSelect, Options: []string{hostile}}, {Name: "Password " + hostile, Kind: tenon.FlexPassword}, {Name: "Head " + hostile, Kind: tenon.FlexHeader}}})
	h.must(err)
}

func (h *hostileWorld) values(schema tenon.Schema) tenon.Values {
	v := tenon.Values{}
	for i := range schema {
		f := &schema[i]
		if x := hostileValue(f); x != nil && !f.ReadOnly {
			v[f.Name] = x
		}
		if f.Type == tenon.Lookup && h.lookups[f.List] != 0 {
			v[f.Name] = int64(h.lookups[f.List])
		}
	}
	return v
}

func (h *hostileWorld) fillOrganizations() {
	h.t.Helper()
	h.org = h.organization(h.values(tenon.OrganizationFields))
	v := h.values(tenon.OrganizationFields)
	v["parent_id"] = int64(h.org.ID)
	delete(v, "external_id") // of which there is one
	h.other = h.organization(v)
	_, err := h.core.UpdateOrganization(context.Background(), h.root, h.org.ID, core.OrganizationChange{Values: tenon.Values{"notes": "quiet now", "description": nil}})
	h.must(err)
}

// kind makes two items of a kind with everything that can hang on them.
func (h *hostileWorld) kind(k *tenon.KindInfo) {
	h.t.Helper()
	ctx := context.Background()
	for range 2 {
		in := core.ItemChange{Values: h.values(k.Fields), Tags: &[]string{hostile}, Parts: map[string][]tenon.Values{}, Secrets: map[string]*secret.Text{}}
		for p := range k.Parts {
			part := h.values(k.Parts[p].Fields)
			if k.Parts[p].Fields.Field("resource_type") != nil {
				part["resource_type"] = "Text"
			}
			in.Parts[k.Parts[p].Plural] = []tenon.Values{part}
		}
		switch k.Kind {
		case tenon.FlexibleAsset:
			in.Values = tenon.Values{k.Type: int64(h.flex.ID), "traits": map[string]any{h.flex.Fields[0].Key: hostile, h.flex.Fields[1].Key: hostile, h.flex.Fields[2].Key: hostile}}
		case tenon.Password:
			text := secret.NewText(hostile)
			in.Secrets["password"] = &text
		}
		i, err := h.core.CreateItem(ctx, h.root, k.Kind, h.org.ID, in)
		h.must(err)
		_, err = h.core.Attach(ctx, h.root, i.ID, strings.ReplaceAll(hostile, "/", "-")+".txt", "text/plain", strings.NewReader(hostile))
		h.must(err)
		_, err = h.core.Relate(ctx, h.root, i.ID, 0, h.other.ID, hostile)
		h.must(err)
		_, err = h.core.UpdateItem(ctx, h.root, i.ID, core.ItemChange{Tags: &[]string{hostile, "other"}})
		h.must(err)
		h.items = append(h.items, i)
	}
}

// pages are all that show any of it.
func (h *hostileWorld) pages() []string {
	h.t.Helper()
	out := []string{"/", "/organizations", "/organizations/new", "/activity", "/users", "/settings", "/self", "/trash", "/operations", "/search?q=alert", "/items/suggest?q=q", "/organizations/suggest?q=q", "/records/suggest?q=alert",
		"/merge?source=" + h.other.ID.String() + "&target=" + h.org.ID.String(), "/delete?id=" + h.other.ID.String()}
	for _, o := range []*tenon.Organization{h.org, h.other} {
		p := "/organizations/" + o.ID.String()
		out = append(out, p, p+"/edit", p+"/history", p+"/history/compare", p+"/activity", p+"/access", p+"/merge", p+"/delete")
	}
	for n, i := range h.items {
		p, k := "/items/"+i.ID.String(), i.Kind.Info()
		out = append(out, p, p+"/edit", p+"/history", p+"/history/compare", p+"/activity", p+"/access", "/items/act?action=delete&id="+i.ID.String(), "/items/act?action=move&id="+i.ID.String())
		files, err := h.core.Attachments(context.Background(), h.root, i.ID)
		h.must(err)
		for _, a := range files {
			out = append(out, "/attachments/"+strconv.FormatInt(a.ID, 10)+"/view")
		}
		for p := range k.Parts {
			out = append(out, "/items/"+i.ID.String()+"?add="+k.Parts[p].Name)
		}
		if n%2 == 1 {
			pair := h.items[n-1].ID.String()
			out = append(out, "/items/compare?a="+pair+"&b="+i.ID.String(), "/items/compare?a="+pair+"&b="+i.ID.String()+"&edit=a", "/items/merge?source="+pair+"&target="+i.ID.String(),
				"/"+k.Plural, "/organizations/"+h.org.ID.String()+"/"+k.Plural, "/organizations/"+h.org.ID.String()+"/"+k.Plural+"/new")
		}
	}
	return out
}

// reflected sends it where it is not stored, but shown again as it was sent.
func (h *hostileWorld) reflected() {
	h.t.Helper()
	q := url.QueryEscape(hostile)
	for _, path := range []string{"/search?q=", "/organizations?q=", "/contacts?q=", "/contacts?sort=", "/activity?action=", "/merge?source=", "/sign-in?next=", "/items/merge?source=", "/items/compare?a=",
		"/organizations/" + h.org.ID.String() + "/passwords/new?name=", "/organizations/" + h.org.ID.String() + "/contacts?q="} {
		h.harmless(h.get(path + q))
	}
	org := "/organizations/" + h.org.ID.String()
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		var pairs []string
		for n := range k.Fields {
			pairs = append(pairs, k.Fields[n].Name, hostile, k.Fields[n].Name+".id", hostile, k.Fields[n].Name+".new", "")
		}
		h.harmless(h.post(org+"/"+k.Plural, append(pairs, "tags", hostile, "once", "")...))
		item := "/items/" + h.items[2*i].ID.String()
		h.harmless(h.post(item, append(pairs, "tags", hostile, "version", "1")...))
		h.harmless(h.post(item+"/related", "to", hostile, "to.id", hostile, "notes", hostile))
		for p := range k.Parts {
			var part []string
			for n := range k.Parts[p].Fields {
				part = append(part, k.Parts[p].Fields[n].Name, hostile)
			}
			h.harmless(h.post(item+"/parts", append(part, "list", k.Parts[p].Name, "part", "999999")...))
		}
		if k.Kind == tenon.Password {
			h.harmless(h.post(item+"/reveal", "field", "password"))
			h.harmless(h.post(item+"/secrets", "field", "password", "version", "1"))
		}
	}
	var pairs []string
	for n := range tenon.OrganizationFields {
		pairs = append(pairs, tenon.OrganizationFields[n].Name, hostile)
	}
	h.harmless(h.post("/organizations", append(pairs, "domains", hostile)...))
	h.harmless(h.post(org, append(pairs, "domains", hostile, "version", "1")...))
	h.harmless(h.post("/users", "name", hostile, "email", hostile, "role", hostile))
	h.harmless(h.post("/strength", "value", hostile))
	h.harmless(h.post("/sign-out"))
	h.harmless(h.post(org, append(pairs, "version", "1")...)) // kept through the sign-in
	h.harmless(h.post("/sign-in", "email", hostile, "password", hostile, "next", hostile, "draft", hostile))
}
