package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/docs"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// How much of what was found is shown: in the palette, and of each kind on the
// page, where a link shows the rest.
const (
	paletteRows, paletteEach = 24, 8
	searchRows, searchEach   = 100, 10
)

// searchView is what was looked for and found.
type searchView struct {
	q      string
	result *search.Result
	// commands are what > leads to, and recent what changed lately, where
	// nothing was typed yet.
	commands []command
	recent   []search.Group
}

// search is the page of what was found; it is also the palette without scripts.
func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	one := strings.Contains(r.URL.Query().Get("q"), "kind:")
	o := search.Options{Limit: searchRows, Each: searchEach}
	if one {
		o.Each = 0
	}
	v, err := s.searched(r, o)
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "Search"), Search: v.q}, searchContent(v))
}

// palette answers what is typed into the palette.
func (s *server) palette(w http.ResponseWriter, r *http.Request) error {
	v, err := s.searched(r, search.Options{Limit: paletteRows, Each: paletteEach})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, paletteContent(v))
}

func (s *server) searched(r *http.Request, opts search.Options) (*searchView, error) {
	who := viewer(r)
	v := &searchView{q: r.URL.Query().Get("q")}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if typed, ok := strings.CutPrefix(strings.TrimSpace(v.q), ">"); ok {
			all, err := commandsAt(r.Context(), tx, who, r.URL.Query().Get("at"))
			v.commands = fitting(all, typed)
			return err
		}
		mine, err := tx.ListShortcuts(who, false, maxOpened)
		if err != nil {
			return err
		}
		if strings.TrimSpace(v.q) == "" {
			v.recent, err = lately(r.Context(), tx, who, mine.Opened)
			return err
		}
		for _, o := range mine.Opened {
			opts.Opened = append(opts.Opened, o.Record)
		}
		v.result, err = search.Run(tx, who, search.Parse(v.q), opts)
		return err
	})
	return v, err
}

// maxOpened is how many of the records opened last come before others.
const maxOpened = 30

// lately is what the palette shows before anything is typed: what the viewer
// opened last, or else what changed last.
func lately(ctx context.Context, tx *store.Tx, v tenon.Viewer, opened []tenon.Shortcut) ([]search.Group, error) {
	g := search.Group{Label: say.Text(ctx, "Opened lately")}
	for _, o := range opened[:min(len(opened), homeRows)] {
		h := search.Hit{Title: []search.Part{{Text: o.Name}}}
		h.ID, h.Kind, h.Name, h.OrgID, h.OrgName = o.Record, o.Kind, o.Name, o.OrgID, o.OrgName
		g.Hits = append(g.Hits, h)
	}
	if len(g.Hits) > 0 {
		return []search.Group{g}, nil
	}
	items, _, err := tx.ListItems(v, store.ItemQuery{Page: tenon.Page{Limit: homeRows}})
	if err != nil || len(items) == 0 {
		return nil, err
	}
	g.Label = say.Text(ctx, "Changed lately")
	for _, i := range items {
		h := search.Hit{Title: []search.Part{{Text: i.Name}}}
		h.ID, h.Kind, h.Name, h.OrgID, h.OrgName, h.Archived = int64(i.ID), i.Kind, i.Name, i.OrgID, i.OrgName, i.Archived
		g.Hits = append(g.Hits, h)
	}
	return []search.Group{g}, nil
}

// hitPath is the page of what was found.
func hitPath(h *search.Hit) string {
	if h.Kind == 0 {
		return organizationPath(h.OrgID)
	}
	return itemPath(tenon.ItemID(h.ID))
}

func hitIcon(h *search.Hit) string {
	if h.Kind == 0 {
		return "building"
	}
	return kindIcon(h.Kind)
}

// hitKind is a kind in words, which a filter word takes too.
func hitKind(ctx context.Context, k tenon.Kind) string {
	if info := k.Info(); info != nil {
		return say.Text(ctx, info.Label)
	}
	return say.Text(ctx, "Organization")
}

// allOf is the address of everything of one kind that was found.
func allOf(ctx context.Context, q string, g *search.Group) string {
	name := "organization"
	if info := g.Kind.Info(); info != nil {
		name = info.Name
	}
	return "/search?" + url.Values{"q": {say.Textf(ctx, "%s kind:%s", q, name)}}.Encode()
}

// command is something that can be done from anywhere. A command is a page to
// go to, but for those that the script does: a form to send, a theme.
type command struct {
	group, text, icon string
	href              string
	form              string // address that is posted to
	theme             string // "light", "dark", "system"
}

// commandsAt are the commands of a viewer who looks at a page of that path.
func commandsAt(ctx context.Context, tx *store.Tx, v tenon.Viewer, path string) ([]command, error) {
	here, err := commandsHere(ctx, tx, v, path)
	if err != nil {
		return nil, err
	}
	goTo := func(href, text, icon string) {
		here = append(here, command{group: say.Text(ctx, "Go to"), text: text, icon: icon, href: href})
	}
	if v.May(tenon.CreateOrgs) && v.Everywhere {
		here = append(here, command{group: say.Text(ctx, "New"), text: say.Text(ctx, "New organization"), icon: "plus", href: "/organizations/new"})
	}
	goTo("/", say.Text(ctx, ui.TextHome), "home")
	goTo("/organizations", say.Text(ctx, ui.TextOrganizations), "building")
	for _, l := range kindLinks(ctx, v) {
		goTo(l.Href, l.Text, l.Icon)
	}
	for _, l := range accountLinks(ctx, v) {
		goTo(l.Href, l.Text, l.Icon)
	}
	goTo("/self", say.Text(ctx, "Your account"), "user")
	goTo("/help/keys", say.Text(ctx, ui.TextKeysHelp), "help")
	goTo(helpPath, say.Text(ctx, ui.TextHelp), "help")
	for _, p := range docs.All(say.Tag(ctx)) {
		if !p.Reference {
			here = append(here, command{group: say.Text(ctx, ui.TextHelp), text: say.Textf(ctx, "Help: %s", p.Title), icon: "help", href: p.Path()})
		}
	}
	return append(here,
		command{group: say.Text(ctx, "This browser"), text: say.Text(ctx, "Theme: light"), icon: "moon", theme: "light"},
		command{group: say.Text(ctx, "This browser"), text: say.Text(ctx, "Theme: dark"), icon: "moon", theme: "dark"},
		command{group: say.Text(ctx, "This browser"), text: say.Text(ctx, "Theme: as the system"), icon: "moon", theme: "system"},
		command{group: say.Text(ctx, "This browser"), text: say.Text(ctx, ui.TextSignOut), icon: "logout", form: "/sign-out"}), nil
}

// commandsHere are those about the record that the viewer looks at, and its
// organization.
func commandsHere(ctx context.Context, tx *store.Tx, v tenon.Viewer, path string) ([]command, error) {
	var out []command
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || tenon.ParseID(parts[1]) == 0 {
		return nil, nil
	}
	id := tenon.ParseID(parts[1])
	org := tenon.OrgID(id)
	if parts[0] != "organizations" {
		i, err := tx.GetItem(v, tenon.ItemID(id))
		if err != nil {
			return nil, unlessMissing(err)
		}
		org = i.OrgID
		if v.May(tenon.EditItems) {
			out = append(out, command{group: i.Name, text: say.Textf(ctx, "Edit %s", i.Name), icon: "pencil", href: itemPath(i.ID) + "/edit"})
		}
		out = append(out, command{group: i.Name, text: say.Textf(ctx, "History of %s", i.Name), icon: "history", href: itemPath(i.ID) + "/history"})
	}
	f, err := tx.ResolveFiling(v, org)
	if err != nil || f.State != tenon.Live || org == tenon.SystemOrg {
		return out, unlessMissing(err)
	}
	return append(out, organizationCommands(ctx, v, f)...), nil
}

func organizationCommands(ctx context.Context, v tenon.Viewer, f store.Filing) []command {
	var out []command
	add := func(text, icon, below string) {
		out = append(out, command{group: f.Name, text: text, icon: icon, href: organizationPath(f.Org) + below})
	}
	add(say.Textf(ctx, "Open %s", f.Name), "building", "")
	if v.May(tenon.EditOrgs) && f.Home {
		add(say.Textf(ctx, "Edit %s", f.Name), "pencil", "/edit")
	}
	if v.May(tenon.MergeOrgs) {
		add(say.Textf(ctx, "Merge %s into another organization", f.Name), "arrow-merge", "/merge")
	}
	add(say.Textf(ctx, "Activity of %s", f.Name), "history", "/activity")
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if v.May(tenon.CreateItems) && f.Home && v.SeesKind(k.Kind) {
			add(say.Textf(ctx, "New %s", lower(say.Text(ctx, k.Label))), "plus", "/"+k.Plural+"/new")
		}
	}
	return out
}

// unlessMissing passes over records that are not there for the viewer.
func unlessMissing(err error) error {
	if tenon.CodeOf(err) == tenon.NotFound {
		return nil
	}
	return err
}

// fitting are the commands of which some word begins with each typed one.
func fitting(all []command, typed string) []command {
	words := strings.Fields(textkey.Fold(typed))
	var out []command
	for _, c := range all {
		fits := true
		for _, w := range words {
			text := textkey.Fold(c.text)
			fits = fits && (strings.HasPrefix(text, w) || strings.Contains(text, " "+w))
		}
		if fits {
			out = append(out, c)
		}
	}
	return out
}
