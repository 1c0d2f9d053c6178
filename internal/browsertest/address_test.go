package browsertest_test

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web"
)

// notPages are routes of the table that answer with something else than a page:
// a picture, a file, a piece of a page, the way to another page.
var notPages = map[string]bool{
	"/organizations/suggest": true, "/items/suggest": true, "/organizations/{id}/logo": true,
	"/attachments/{file}": true, "/work": true, "/organizations/{id}/delete": true, "/attachments/{file}/preview": true,
	"/search/palette": true, "/running/events": true, "/running/state": true, "/running/notices": true, "/records/suggest": true,
	"/operations/{id}/problems": true,
}

// queries are what the address of a page must or may say. An address without a
// line here has no query. Each is a page of its own to look at.
var queries = map[string][]string{
	"/organizations":      {"", "?q=nothing+fits", "?state=merged", "?state=trashed"},
	"/merge":              {"?source={id}&target={target}", "?source={id}&target={id}", "?source={id}&into=a"},
	"/merge/confirm":      {"?source={id}&target={target}"},
	"/delete":             {"?id={id}"},
	"/organizations/act":  {"?action=tag&id={id}", "?action=tag&tags=vip&id={id}"},
	"/contacts":           {"", "?sort=-updated", "?archived=1", "?show=filter", "?show=columns", "?show=views", "?tag=none&columns=id,created,tags,emails,phones,title,location_id,updated"},
	"/items/act":          {"?action=tag&id={contact}", "?action=restrict&id={contact}", "?action=type&value=&id={contact}", "?action=delete&id={contact}", "?action=move&id={contact}", "?action=move&id={contact}&target={target}"},
	"/items/compare":      {"?a={contact}&b={mate}"},
	"/items/merge":        {"?source={contact}&target={mate}", "?source={contact}"},
	"/trash/purge":        {"?organization={trashed}"},
	"/search":             {"?q=a", "?q=nothing+fits+this"},
	"/self/prove":         {"?next=/"},
	"/organizations/{id}": {"", "?"},
}

// world are the ids that stand in the addresses, by name.
type world map[string]string

// newWorld finds and makes a record of every sort: an organization with much in
// it, one item of every kind, one in the trash, a merge.
func newWorld(s *stage) world {
	s.Helper()
	ctx := context.Background()
	w := world{"version": "1", "$": "", "page": "merging"}
	rich := s.site.Organization(s, tenon.Values{"name": "Aldermoor Joinery Ltd", "short_name": "AJL", "quick_notes": "<p>Ring <b>twice</b></p>", "alert": "Two offices", "notes": "A line.\n\nAnother."})
	target := s.site.Organization(s, tenon.Values{"name": "Aldermoor Joinery", "short_name": "AJ", "notes": "Another"})
	s.site.Organization(s, tenon.Values{"name": "Aldermoor Sawmill", "parent_id": int64(rich.ID)})
	w["id"], w["target"] = rich.ID.String(), target.ID.String()
	types, _, err := s.site.App.Core.FlexTypes(ctx, s.site.Root, store.FlexTypeQuery{Page: tenon.Page{Limit: 1}})
	s.must(err)
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		for _, org := range []tenon.OrgID{rich.ID, target.ID} {
			values := tenon.Values{}
			if k.Kind == tenon.FlexibleAsset {
				values["flexible_asset_type_id"] = int64(types[0].ID)
				values["traits"] = map[string]any{types[0].Fields[0].Key: "Joinery"}
			} else {
				values[k.Title[0]] = "Joinery " + strings.ToLower(k.Label)
			}
			id := s.site.Item(s, k.Kind, org, values).ID.String()
			if org == rich.ID {
				w[k.Name] = id
			} else if k.Kind == tenon.Contact {
				w["mate"] = id
			}
		}
	}
	w["type"] = types[0].ID.String()
	w["item"] = w["contact"]
	w.fate(s)
	users, _, err := s.site.App.Core.Users(ctx, s.site.Root, store.UserQuery{Page: tenon.Page{Limit: 1}})
	s.must(err)
	w["user"] = users[0].ID.String()
	name := "Night shift"
	group, err := s.site.App.Core.CreateGroup(ctx, s.site.Root, core.GroupChange{Name: &name})
	s.must(err)
	w["group"] = strconv.FormatInt(int64(group.ID), 10)
	contact, err := strconv.ParseInt(w["contact"], 10, 64)
	s.must(err)
	file, err := s.site.App.Core.Attach(ctx, s.site.Root, tenon.ItemID(contact), "notes.txt", "text/plain", strings.NewReader("Ring twice."))
	s.must(err)
	w["file"] = strconv.FormatInt(file.ID, 10)
	link, err := s.site.App.Core.PasswordLink(ctx, s.site.Root, users[0].ID)
	s.must(err)
	w["token"] = link.Reveal()
	return w
}

// fate merges one pair and moves another organization to the trash.
func (w world) fate(s *stage) {
	s.Helper()
	ctx := context.Background()
	a, b := s.site.Organization(s, tenon.Values{"name": "Brackwater Mills", "notes": "Old"}), s.site.Organization(s, tenon.Values{"name": "Brackwater Mill"})
	plan, err := s.site.App.Merge.Plan(ctx, s.site.Root, []tenon.OrgID{a.ID}, b.ID, tenon.Choices{})
	s.must(err)
	plan.Typed = plan.MustType
	op, err := s.site.App.Merge.Run(ctx, s.site.Root, plan)
	s.must(err)
	w["operation"] = op.ID.String()
	gone := s.site.Organization(s, tenon.Values{"name": "Cressford Tiles"})
	plan, err = s.site.App.Trash.PlanDelete(ctx, s.site.Root, []tenon.OrgID{gone.ID})
	s.must(err)
	plan.Typed = plan.MustType
	_, err = s.site.App.Trash.Run(ctx, s.site.Root, plan)
	s.must(err)
	w["trashed"] = gone.ID.String()
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

var addressPart = regexp.MustCompile(`\{([a-z_$]+)\}`)

// address fills ids into the pattern of a route.
func (w world) address(s *stage, path, query string) string {
	s.Helper()
	return addressPart.ReplaceAllStringFunc(path+query, func(part string) string {
		name := strings.Trim(part, "{}")
		if name == "item" || name == "id" && strings.HasPrefix(path, "/operations/") {
			for i := range tenon.Kinds {
				if strings.HasPrefix(path, "/"+tenon.Kinds[i].Plural+"/") {
					name = tenon.Kinds[i].Name
				}
			}
			if name == "id" {
				name = "operation"
			}
		}
		id, ok := w[name]
		if !ok {
			s.Fatalf("%s: no %s is known; add one to the world", path, part)
		}
		return id
	})
}

// page is an address to look at.
type page struct {
	path string
	// like marks the pages of a kind that other kinds have too, drawn by the
	// same code: one kind stands for all where there is little time.
	like bool
}

// pages are the addresses of all pages that the table of routes has: those for
// who is signed in, and those for strangers.
func (w world) pages(s *stage) (own, open []page) {
	s.Helper()
	for _, rt := range web.Routes() {
		if rt.Method != http.MethodGet || notPages[rt.Path] || leadsToItem(rt.Path) {
			continue
		}
		list := queries[rt.Path]
		if len(list) == 0 {
			list = []string{""}
		}
		for _, query := range list {
			if rt.Open {
				open = append(open, page{path: w.address(s, rt.Path, query)})
			} else {
				own = append(own, page{w.address(s, rt.Path, query), likeOthers(rt.Path)})
			}
		}
	}
	for i := range tenon.Kinds { // the page and the form of each kind
		of := "/items/" + w[tenon.Kinds[i].Name]
		own = append(own, page{path: of}, page{path: of + "/edit"})
	}
	own = append(own, page{path: "/nothing/is/here"})
	return own, open
}

// leadsToItem tells whether a route is the way to the page of an item, which is
// looked at by its own address.
func leadsToItem(path string) bool {
	for i := range tenon.Kinds {
		if path == "/"+tenon.Kinds[i].Plural+"/{item}" {
			return true
		}
	}
	return false
}

// likeOthers tells whether a route is the list or the form of a kind that
// contacts have too. Those of documents and flexible assets are their own.
func likeOthers(path string) bool {
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		switch {
		case k.Kind == tenon.Contact || k.Kind == tenon.Document || k.Kind == tenon.FlexibleAsset:
		case path == "/"+k.Plural || strings.HasPrefix(path, "/organizations/{id}/"+k.Plural):
			return true
		}
	}
	return false
}
