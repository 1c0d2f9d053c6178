package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// organizationView is everything that the pages of one organization show.
type organizationView struct {
	*tenon.Organization
	viewer   tenon.Viewer
	now      time.Time
	counts   map[tenon.Kind]int64
	names    names
	recent   []*tenon.Item
	children []store.Kin
	merged   []store.Kin
	oldNames []string
	sights   []store.Sight
	starred  bool
	events   []tenon.Event
	synced   string // what keeps it in step, in words
}

// How many rows of a panel there are before the page with all of them.
const (
	recentItems = 8
	maxKin      = 60
)

// organizationOf returns the live or trashed organization of the address. One
// that was merged away leads to where it is now, under a note that says so.
func (s *server) organizationOf(w http.ResponseWriter, r *http.Request, tx *store.Tx) (*tenon.Organization, error) {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return nil, err
	}
	o, err := tx.GetOrganization(viewer(r), id)
	if err != nil || o.State != tenon.Merged {
		return o, err
	}
	target, err := tx.Owner(o.ID.Home())
	if err != nil {
		return nil, err
	}
	return nil, &moved{from: o.Name, path: strings.Replace(r.URL.Path, "/"+id.String(), "/"+target.String(), 1)}
}

// moved says that what was asked for stands at another address now.
type moved struct {
	from, path string
	item       bool // and is no organization
}

func (m *moved) Error() string { return m.from + " was merged; see " + m.path }

// changed says to who wanted to change it that they came too late.
func (m *moved) changed() error {
	if m.item {
		return tenon.Errorf(tenon.Conflict, "%s was merged into another record meanwhile. Nothing was changed.", m.from)
	}
	return tenon.Errorf(tenon.Conflict, "%s was merged into another organization meanwhile. Nothing was changed.", m.from)
}

// redirect leads there.
func (m *moved) redirect(w http.ResponseWriter, r *http.Request) error {
	text := say.Textf(r.Context(), "%s was merged into this organization.", m.from)
	if m.item {
		text = say.Textf(r.Context(), "%s was merged into this record.", m.from)
	}
	leaveNote(w, r, note{Tone: ui.Accent, Text: text})
	return redirect(w, r, m.path)
}

func (s *server) organization(w http.ResponseWriter, r *http.Request) error {
	o := &organizationView{viewer: viewer(r), now: s.now()}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if o.Organization, err = s.organizationOf(w, r, tx); err != nil {
			return err
		}
		return o.load(tx)
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: o.Name, Section: "organizations", Notices: o.banners(r.Context())}, organizationContent(o))
}

func (o *organizationView) load(tx *store.Tx) (err error) {
	if o.counts, err = tx.CountItems(o.viewer, o.Binders); err != nil {
		return err
	}
	if o.State == tenon.Live && len(o.Binders) > 0 {
		if o.recent, _, err = tx.ListItems(o.viewer, store.ItemQuery{Binders: o.Binders, Page: tenon.Page{Limit: recentItems}}); err != nil {
			return err
		}
	}
	kin, err := tx.OrganizationKin(o.viewer, o.ID, maxKin)
	if err != nil {
		return err
	}
	for _, k := range kin {
		switch k.Sort {
		case store.KinChild:
			o.children = append(o.children, k)
		case store.KinMerged:
			o.merged = append(o.merged, k)
		default:
			o.oldNames = append(o.oldNames, k.Name)
		}
	}
	if o.events, _, err = tx.ListEvents(o.viewer, store.EventQuery{Org: o.ID, Page: tenon.Page{Limit: itemEvents}}); err != nil {
		return err
	}
	if o.viewer.May(tenon.ManageAccess) {
		if o.sights, err = tx.SystemSights(o.ID); err != nil {
			return err
		}
	}
	if err := o.loadStar(tx); err != nil {
		return err
	}
	if o.synced, err = core.SyncsOrganization(tx, o.Organization); err != nil {
		return err
	}
	o.names, err = loadNames(tx, o.viewer, tenon.OrganizationFields, o.Values)
	return err
}

// loadStar finds out whether the viewer has starred it, also under an id that
// was merged into it.
func (o *organizationView) loadStar(tx *store.Tx) error {
	ids := []int64{int64(o.ID)}
	for _, b := range o.Binders {
		ids = append(ids, int64(b))
	}
	stars, err := tx.Favourites(o.viewer, ids)
	o.starred = len(stars) > 0
	return err
}

// items counts what the organization has, folders left out.
func (o *organizationView) items() (n int64) {
	for k, c := range o.counts {
		if info := k.Info(); info != nil && !info.Folder {
			n += c
		}
	}
	return n
}

func (o *organizationView) path() string { return organizationPath(o.ID) }

// mayEdit tells whether the viewer may change it; whole also asks that they
// reach all of it that a change would touch.
func (o *organizationView) whole() bool {
	return o.viewer.Everywhere || slices.Contains(o.Binders, o.ID.Home())
}

// banners stand above every page of the organization.
func (o *organizationView) banners(ctx context.Context) []templ.Component {
	var out []templ.Component
	if o.State == tenon.Trashed {
		n := ui.Notice{Tone: ui.Bad, Icon: "trash", Title: say.Textf(ctx, "%s is in the trash.", o.Name), Text: " " + say.Text(ctx, "What it holds is hidden until it is restored.")}
		if o.viewer.May(tenon.RestoreTrash) && o.TrashedBy != 0 {
			n.Action = restoreForm(o.TrashedBy)
		}
		out = append(out, n.Draw())
	}
	if alert := o.Values.Text("alert"); alert != "" {
		out = append(out, ui.Notice{Tone: ui.Warn, Text: alert}.Draw())
	}
	return out
}

// index leads to everything that belongs to the organization; current is the
// address of the page that is shown.
func (o *organizationView) index(ctx context.Context, current string) []ui.IndexEntry {
	list := []ui.IndexEntry{{Href: o.path(), Icon: "home", Text: say.Text(ctx, "Overview")}}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		n := o.counts[k.Kind]
		if k.Folder || !o.viewer.SeesKind(k.Kind) {
			continue
		}
		list = append(list, ui.IndexEntry{Href: o.path() + "/" + k.Plural, Icon: kindIcon(k.Kind), Text: say.Text(ctx, k.Labels), Count: ui.Number(n)})
	}
	list = append(list, ui.IndexEntry{Heading: say.Text(ctx, "Record")},
		ui.IndexEntry{Href: "/organizations?parent=" + o.ID.String(), Icon: "sitemap", Text: say.Text(ctx, "Sub-organizations")},
		ui.IndexEntry{Href: o.path() + "/expirations", Icon: "calendar-due", Text: say.Text(ctx, ui.TextExpirations)},
		ui.IndexEntry{Href: o.path() + "/activity", Icon: "clock", Text: say.Text(ctx, ui.TextActivity)})
	if o.viewer.May(tenon.ManageAccess) {
		list = append(list, ui.IndexEntry{Href: o.path() + "/access", Icon: "lock", Text: say.Text(ctx, "Access")})
	}
	for i := range list {
		list[i].Current = list[i].Href == current
	}
	return list
}

// head is the head of every page of the organization.
func (o *organizationView) head(ctx context.Context, page string) ui.Head {
	h := ui.Head{Crumbs: []ui.Crumb{{Href: "/organizations", Text: say.Text(ctx, ui.TextOrganizations)}}, Title: o.Name, Mark: organizationMark(o.Organization)}
	if o.ParentID != 0 {
		h.Crumbs = append(h.Crumbs, ui.Crumb{Href: organizationPath(o.ParentID), Text: o.ParentName})
	}
	if page == "" {
		h.Crumbs = append(h.Crumbs, ui.Crumb{Text: o.Name})
		h.Beside = starForm(int64(o.ID), o.path(), o.starred)
	} else {
		h.Crumbs = append(h.Crumbs, ui.Crumb{Href: o.path(), Text: o.Name}, ui.Crumb{Text: page})
	}
	if o.Primary {
		h.Beside = besides(ui.Label(ui.Accent, say.Text(ctx, "Primary")), h.Beside)
	}
	if o.State == tenon.Trashed {
		h.Labels = append(h.Labels, ui.Label(ui.Bad, say.Text(ctx, "In the trash")))
	}
	for _, field := range []string{"organization_type_id", "organization_status_id"} {
		if name := o.names.lookups[o.Values.ID(field)]; name != "" {
			h.Labels = append(h.Labels, ui.Label(ui.Outline, name))
		}
	}
	if short := o.Values.Text("short_name"); short != "" {
		h.Meta = append(h.Meta, ui.Text(say.Textf(ctx, "Short name %s", short)))
	}
	if o.counts != nil {
		h.Meta = append(h.Meta, ui.Text(ui.Count(ctx, o.items(), "item", "items")))
	}
	return h
}

func (o *organizationView) actions(ctx context.Context) []templ.Component {
	if o.State != tenon.Live {
		return nil
	}
	var out []templ.Component
	if o.viewer.May(tenon.EditOrgs) && o.whole() {
		out = append(out, ui.Button{Text: say.Text(ctx, "Edit"), Icon: "pencil", Key: "e", Href: o.path() + "/edit"}.Draw())
	}
	if o.viewer.May(tenon.MergeOrgs) {
		out = append(out, ui.Button{Text: say.Text(ctx, "Merge…"), Icon: "arrow-merge", Key: "m", Href: o.path() + "/merge"}.Draw())
	}
	if o.viewer.May(tenon.CreateItems) {
		out = append(out, newItemMenu(o))
	}
	return out
}

// audience is who sees an organization, in numbers.
type audience struct {
	people, everywhere, byName, part int
	groups                           []groupShare
}

type groupShare struct {
	name   string
	people int
}

// audienceOf counts people, not reasons: who has several is counted once, by
// the widest.
func audienceOf(sights []store.Sight) (a audience) {
	type reasons struct{ everywhere, byName, whole bool }
	people := map[tenon.UserID]*reasons{}
	groups := map[string]int{}
	for _, s := range sights {
		p := people[s.User]
		if p == nil {
			p = &reasons{}
			people[s.User] = p
		}
		p.whole = p.whole || !s.Part
		switch {
		case s.Everywhere:
			p.everywhere = true
		case s.Group != 0:
			groups[s.GroupName]++
		default:
			p.byName = true
		}
	}
	for _, p := range people {
		a.people++
		if p.everywhere {
			a.everywhere++
		} else if p.byName {
			a.byName++
		}
		if !p.whole {
			a.part++
		}
	}
	for name, n := range groups {
		a.groups = append(a.groups, groupShare{name, n})
	}
	slices.SortFunc(a.groups, func(x, y groupShare) int {
		return cmp.Or(cmp.Compare(y.people, x.people), cmp.Compare(x.name, y.name))
	})
	return a
}

// lines says it in sentences with numbers.
func (a audience) lines(ctx context.Context) []ui.Listed {
	people := func(n int) string { return ui.Count(ctx, n, "person", "people") }
	var out []ui.Listed
	add := func(icon, body, more string) {
		l := ui.Listed{Icon: icon, Body: ui.Text(body)}
		if more != "" {
			l.More = ui.Text(more)
		}
		out = append(out, l)
	}
	if a.everywhere > 0 {
		verb := "reach"
		if a.everywhere == 1 {
			verb = "reaches"
		}
		add("building", say.Textf(ctx, "%s %s every organization", people(a.everywhere), verb), "")
	}
	for i, g := range a.groups {
		if i == 4 {
			add("users", say.Textf(ctx, "%d more groups", len(a.groups)-i), "")
			break
		}
		add("users", g.name, say.Textf(ctx, "%s, by group", people(g.people)))
	}
	if a.byName > 0 {
		add("user", say.Textf(ctx, "%s by name", people(a.byName)), "")
	}
	if a.part > 0 {
		add("lock", say.Textf(ctx, "%s only a part", people(a.part)), say.Text(ctx, "what came by a merge or was before it"))
	}
	if a.people == 0 {
		add("lock", say.Text(ctx, "Nobody who can sign in"), "")
	}
	return out
}
