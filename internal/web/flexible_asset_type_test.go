package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// flexType is the only type of that name.
func (s *site) flexType(name string) tenon.FlexType {
	s.t.Helper()
	page, _, err := s.core.FlexTypes(context.Background(), s.root, store.FlexTypeQuery{Name: name})
	s.must(err)
	if len(page) != 1 {
		s.t.Fatalf("there are %d types %q, want 1", len(page), name)
	}
	return page[0]
}

// TestDesignAType makes a type by forms alone, as a browser without scripts
// does, and changes it.
func TestDesignAType(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.want(s.get("/flexible_asset_types"), http.StatusOK, "No types yet")
		s.want(s.get("/flexible_asset_types/new"), http.StatusOK, "Add field")
		made := []string{"name", "Phone system", "enabled", "1", "row", "new1", "f.new1.name", "Number", "f.new1.kind", "Text", "f.new1.title", "1"}
		s.want(s.post("/flexible_asset_types", append(made, "do", "add", "add", "Select")...), http.StatusOK, "Field without a name", "Options", "Phone system")
		s.want(s.post("/flexible_asset_types", append(made, "row", "new2", "f.new2.name", "Maker", "f.new2.kind", "Select")...), http.StatusUnprocessableEntity, "Maker: a Select field needs options.")
		made = append(made, "row", "new2", "f.new2.name", "Maker", "f.new2.kind", "Select", "f.new2.options", "Ours\n\nTheirs\n")
		s.want(s.post("/flexible_asset_types", made...), http.StatusOK, "was saved")
		kind := s.flexType("Phone system")
		if got := kind.Fields[1].Options; len(got) != 2 || got[1] != "Theirs" {
			t.Errorf("the options are %q", got)
		}

		org := s.organization(tenon.Values{"name": "Harbor"})
		_, err := s.core.CreateItem(context.Background(), s.root, tenon.FlexibleAsset, org.ID, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(kind.ID), "traits": map[string]any{"number": "12", "maker": "Ours"}}})
		s.must(err)
		s.changeType(kind)
	})
}

// changeType removes a field that is in use, changes the kind of one, puts
// them into another order, and disables the type.
func (s *site) changeType(kind tenon.FlexType) {
	s.t.Helper()
	path := "/flexible_asset_types/" + kind.ID.String()
	a, b := fmt.Sprint(kind.Fields[0].ID), fmt.Sprint(kind.Fields[1].ID)
	number := []string{"row", a, "f." + a + ".name", "Number", "f." + a + ".title", "1"}
	maker := []string{"row", b, "f." + b + ".name", "Maker", "f." + b + ".kind", "Select", "f." + b + ".options", "Ours"}
	head := []string{"name", "Phone system", "enabled", "1", "version", "1"}
	send := func(parts ...[]string) answer {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return s.post(path, all...)
	}
	text := []string{"f." + a + ".kind", "Text"}
	s.want(send(head, number, text), http.StatusUnprocessableEntity, "One record holds a value in it", "Nothing was saved yet", "Save and remove the fields")
	s.want(send(head, number, []string{"f." + a + ".kind", "Date"}, maker), http.StatusUnprocessableEntity, "the kind of a field cannot be changed")
	s.want(send(head, number, text, []string{"do", "keep:" + b}), http.StatusOK, "Maker", "Theirs")
	s.want(send(head, number, text, []string{"agreed", b + ":2"}), http.StatusUnprocessableEntity, "Nothing was saved yet")
	s.want(send(head, number, text, maker, []string{"do", "down:" + a}), http.StatusOK)
	s.want(send(head, maker, number, text), http.StatusOK, "was saved")
	if got := s.flexType("Phone system"); got.Fields[0].Name != "Maker" || len(got.Fields[0].Options) != 1 {
		s.t.Errorf("the fields are %v", got.Fields)
	}
	s.want(send([]string{"name", "Phone system", "version", "2"}, number, text, []string{"agreed", b + ":1"}), http.StatusOK, "was saved")
	if got := s.flexType("Phone system"); len(got.Fields) != 1 || got.Enabled {
		s.t.Errorf("after the field was removed and the type disabled it is %v, %d fields", got.Enabled, len(got.Fields))
	}
	s.want(s.post(path+"/state", "enabled", "1"), http.StatusOK, "is enabled")
	if !s.flexType("Phone system").Enabled {
		s.t.Error("the type is not enabled")
	}
}

// TestTagsOfOneType lets a Tag name the assets of one type alone, in the
// designer and where an asset is written.
func TestTagsOfOneType(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Harbor"})
		title := []tenon.FlexField{{Name: "Name", Kind: tenon.FlexText, UseForTitle: true}}
		lan, err := s.core.CreateFlexType(context.Background(), s.root, tenon.FlexType{Name: "LAN", Enabled: true, Fields: title})
		s.must(err)
		other, err := s.core.CreateFlexType(context.Background(), s.root, tenon.FlexType{Name: "Backup", Enabled: true, Fields: title})
		s.must(err)
		tag := "flexible_asset:" + lan.ID.String()
		wifi := []string{"name", "Wi-Fi", "enabled", "1", "row", "new1", "f.new1.name", "SSID", "f.new1.kind", "Text", "f.new1.title", "1",
			"row", "new2", "f.new2.name", "Network", "f.new2.kind", "Tag", "f.new2.tag", tag}
		s.want(s.post("/flexible_asset_types", append(wifi, "do", "open:new2")...), http.StatusOK, `<option value="`+tag+`" selected>Flexible assets: LAN</option>`, ">Flexible assets: Backup</option>")
		s.want(s.post("/flexible_asset_types", append(wifi, "do", "close:new2")...), http.StatusOK, `name="f.new2.tag" value="`+tag+`"`)
		s.want(s.post("/flexible_asset_types", wifi...), http.StatusOK, "was saved")
		kind := s.flexType("Wi-Fi")
		if f := kind.Fields[1]; f.TagType != tenon.FlexibleAsset || f.TagFlexType != lan.ID {
			t.Fatalf("it tags %q, want %q", f.Tag(), tag)
		}
		asset := func(of *tenon.FlexType, name string) string {
			i, err := s.core.CreateItem(context.Background(), s.root, tenon.FlexibleAsset, org.ID, core.ItemChange{Values: tenon.Values{"flexible_asset_type_id": int64(of.ID), "traits": map[string]any{"name": name}}})
			s.must(err)
			return i.ID.String()
		}
		fits, unfit := asset(lan, "Quay north"), asset(other, "Quay backup")
		list := "/organizations/" + org.ID.String() + "/flexible_assets"
		suggest := "/items/suggest?organization=" + org.ID.String() + "&kind=flexible_asset&type=" + lan.ID.String()
		s.want(s.get(list+"/new?type="+kind.ID.String()), http.StatusOK, strings.ReplaceAll(suggest, "&", "&amp;"))
		if a := s.get(suggest + "&q=quay"); !strings.Contains(a.body, "Quay north") || strings.Contains(a.body, "Quay backup") {
			t.Errorf("suggested are:\n%s", a.body)
		}
		made := []string{"flexible_asset_type_id", kind.ID.String(), "traits.ssid", "Guests", "tag.network.sent", "1", "tag.network.add", "Quay"}
		s.want(s.post(list, append(made, "tag.network.add.id", unfit)...), http.StatusUnprocessableEntity, "there is no record "+unfit+" that fits")
		s.want(s.post(list, append(made, "tag.network.add.id", fits)...), http.StatusOK, "Guests", "Quay north")
	})
}

// TestDisabledType offers only what new assets are made of, and keeps what is there.
func TestDisabledType(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Harbor"})
		var kinds []*tenon.FlexType
		for _, name := range []string{"Backup", "Phone system"} {
			kind, err := s.core.CreateFlexType(context.Background(), s.root, tenon.FlexType{Name: name, Enabled: true, Fields: []tenon.FlexField{{Name: "Job", Kind: tenon.FlexText, UseForTitle: true}}})
			s.must(err)
			kinds = append(kinds, kind)
		}
		list := "/organizations/" + org.ID.String() + "/flexible_assets"
		of := func(n int) string { return "?type=" + kinds[n].ID.String() }
		made := s.post(list, "flexible_asset_type_id", kinds[0].ID.String(), "traits.job", "Nightly")
		s.want(made, http.StatusOK, "Nightly")
		s.want(s.get(list+of(0)), http.StatusOK, "New Backup", list+"/new"+of(0), "Nightly")
		s.want(s.post("/flexible_asset_types/"+kinds[0].ID.String()+"/state"), http.StatusOK, "is disabled")

		offers := func(path string, want bool) {
			t.Helper()
			a := s.get(path)
			s.want(a, http.StatusOK)
			if strings.Contains(a.body, ">Backup</option>") != want || !strings.Contains(a.body, ">Phone system</option>") {
				t.Errorf("%s: a disabled type is offered, want %v:\n%s", path, want, a.body)
			}
		}
		offers(list+"/new", false)
		offers(list+"/new"+of(0), false)
		offers(list+"?show=filter", true)
		s.want(s.get(list+"/new"+of(0)), http.StatusOK, "Backup is disabled")
		s.want(s.get(list+"/new"+of(1)), http.StatusOK, "Create flexible asset")
		if a := s.get(list + of(0)); strings.Contains(a.body, "New Backup") || !strings.Contains(a.body, "Nightly") {
			t.Error("the list of a disabled type offers a new one, or has lost what is there")
		}
		s.want(s.post(made.path, "flexible_asset_type_id", kinds[0].ID.String(), "version", "1", "traits.job", "Weekly"), http.StatusOK, "Weekly")
		s.want(s.post(list, "flexible_asset_type_id", kinds[0].ID.String(), "traits.job", "Hourly"), http.StatusUnprocessableEntity, "no flexible asset type")
	})
}

// TestFlexibleAssetForm picks records in the form, and finds the headings of
// the type in the form and on the page.
func TestFlexibleAssetForm(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		ctx := context.Background()
		org := s.organization(tenon.Values{"name": "Harbor"})
		kind, err := s.core.CreateFlexType(ctx, s.root, tenon.FlexType{Name: "Backup", Enabled: true, Fields: []tenon.FlexField{
			{Name: "Job", Kind: tenon.FlexText, UseForTitle: true, DefaultValue: "Every night"}, {Name: "What runs", Kind: tenon.FlexHeader}, {Name: "Hosts", Kind: tenon.FlexTag, TagType: tenon.Contact}}})
		s.must(err)
		mara, odile := s.contact(org.ID, "Mara"), s.contact(org.ID, "Odile")
		list := "/organizations/" + org.ID.String() + "/flexible_assets"
		s.want(s.get(list+"/new?type="+kind.ID.String()), http.StatusOK, "What runs</h3>", `value="Every night"`, "kind=contact", "tag.hosts.add")
		head := []string{"flexible_asset_type_id", kind.ID.String(), "traits.job", "Nightly", "tag.hosts.sent", "1"}
		s.want(s.post(list, append(head, "tag.hosts.add", "Mara")...), http.StatusUnprocessableEntity, "choose a record from the suggestions", "Nightly")
		made := s.post(list, append(head, "tag.hosts.add", "Mara", "tag.hosts.add.id", mara.ID.String())...)
		s.want(made, http.StatusOK, "What runs", mara.Name)
		s.want(s.get(made.path+"/edit"), http.StatusOK, `name="tag.hosts" value="`+mara.ID.String()+`" checked`, mara.Name)
		s.want(s.post(made.path, append(head, "version", "1", "tag.hosts", mara.ID.String(), "tag.hosts.add", odile.ID.String())...), http.StatusOK, mara.Name, odile.Name)
		last := s.post(made.path, append(head, "version", "2", "tag.hosts", odile.ID.String())...)
		s.want(last, http.StatusOK, odile.Name)
		if strings.Contains(last.body, mara.Name) {
			t.Errorf("%s was let go and is still named", mara.Name)
		}
	})
}
