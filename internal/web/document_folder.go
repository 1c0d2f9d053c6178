package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// folderNode is a folder in the order of the tree.
type folderNode struct {
	ID     tenon.ItemID
	Parent tenon.ItemID
	Name   string
	Depth  int
	Count  int64 // of the documents in it, and in what lies in it
	own    int64
}

func (n folderNode) indented() string { return strings.Repeat("\u2003", n.Depth) + n.Name }

// folderTree loads the folders of that kind of an organization as a tree, by
// name. One whose own folder the viewer does not see stands at the top.
func folderTree(tx *store.Tx, v tenon.Viewer, kind tenon.Kind, org tenon.OrgID) ([]folderNode, error) {
	if org == 0 || org == tenon.SystemOrg || !v.SeesKind(kind) {
		return nil, nil
	}
	return treeOf(tx, v, store.ItemQuery{Kind: kind, Org: org})
}

// treeOf is folderTree of the folders that the query asks for.
func treeOf(tx *store.Tx, v tenon.Viewer, q store.ItemQuery) ([]folderNode, error) {
	q.Page = tenon.Page{Limit: tenon.MaxPage, Sort: "name"}
	list, _, err := tx.ListItems(v, q)
	if err != nil {
		return nil, err
	}
	under := map[tenon.ItemID][]folderNode{}
	known := map[tenon.ItemID]bool{}
	for _, i := range list {
		known[i.ID] = true
	}
	for _, i := range list {
		n := folderNode{ID: i.ID, Parent: tenon.ItemID(i.Values.ID("parent_id")), Name: i.Name}
		if !known[n.Parent] {
			n.Parent = 0
		}
		under[n.Parent] = append(under[n.Parent], n)
	}
	var out []folderNode
	var walk func(parent tenon.ItemID, depth int)
	walk = func(parent tenon.ItemID, depth int) {
		for _, n := range under[parent] {
			n.Depth = depth
			out = append(out, n)
			walk(n.ID, depth+1)
		}
	}
	walk(0, 0)
	return out, nil
}

// countTree adds what lies in each folder, and in what lies in that.
func countTree(nodes []folderNode, counts map[tenon.ItemID]int64) {
	for n := len(nodes) - 1; n >= 0; n-- { // what lies in a folder comes after it
		nodes[n].own = counts[nodes[n].ID]
		nodes[n].Count += nodes[n].own
		if at := slices.IndexFunc(nodes, func(o folderNode) bool { return o.ID == nodes[n].Parent }); at >= 0 {
			nodes[at].Count += nodes[n].Count
		}
	}
}

// maxFolderDepth is how many folders above a document its page names.
const maxFolderDepth = 5

// folderPath returns the folders from the outermost to this one, as far as the
// viewer sees them. It asks once for all: the folders of one organization are few.
func folderPath(tx *store.Tx, v tenon.Viewer, id tenon.ItemID) ([]folderNode, error) {
	var out []folderNode
	for range maxFolderDepth {
		if id == 0 {
			break
		}
		found, err := tx.GetItems(v, []tenon.ItemID{id})
		if err != nil || len(found) == 0 {
			return out, err
		}
		out = append([]folderNode{{ID: id, Name: found[0].Name}}, out...)
		id = tenon.ItemID(found[0].Values.ID("parent_id"))
	}
	return out, nil
}

// folderPage shows what lies in a folder.
func folderPage() kindPage {
	return kindPage{
		load: loadFolder,
		body: func(i *itemView) templ.Component { return folderContent(i.own.(*folderContents)) },
		crumbs: func(ctx context.Context, i *itemView) []ui.Crumb {
			return folderCrumbs(ctx, i.OrgID, i.own.(*folderContents).above())
		},
		actions: func(ctx context.Context, i *itemView) []templ.Component {
			return newInFolder(ctx, i.viewer, i.OrgID, i.ID)
		},
	}
}

// folderContents is what lies in a folder, or in none: the folders below it,
// and its documents.
type folderContents struct {
	viewer tenon.Viewer
	now    time.Time
	org    tenon.OrgID
	folder tenon.ItemID
	path   []folderNode // down to the folder
	inside []folderNode
	rows   []*tenon.Item
	more   bool // there are more documents than rows
	page   bool // it is the page of the folder itself, whose head has its name
}

func loadFolder(tx *store.Tx, i *itemView) (any, error) {
	c := &folderContents{viewer: i.viewer, now: i.now, org: i.OrgID, folder: i.ID, page: true}
	binders := []tenon.BinderID{i.BinderID} // that of all that hangs on each other
	tree, err := treeOf(tx, i.viewer, store.ItemQuery{Kind: tenon.DocumentFolder, Binders: binders})
	if err != nil {
		return nil, err
	}
	counts, err := tx.CountInFolders(i.viewer, tenon.Document, folderField, binders)
	if err != nil {
		return nil, err
	}
	countTree(tree, counts)
	c.path, c.inside = pathTo(tree, i.ID), inFolder(tree, i.ID)
	rows, next, err := tx.ListItems(i.viewer, documentsIn(binders, i.ID, ""))
	c.rows, c.more = rows, next != ""
	return c, err
}

// above are the folders that this one lies in.
func (c *folderContents) above() []folderNode { return c.path[:max(len(c.path)-1, 0)] }

// where is the filter of the list of documents that finds what is shown.
func (c *folderContents) where() string {
	if c.folder == 0 {
		return ""
	}
	return folderField + "=" + c.folder.String()
}

// title names the folder.
func (c *folderContents) title(ctx context.Context) string {
	if len(c.path) == 0 {
		return say.Text(ctx, "In no folder")
	}
	return c.path[len(c.path)-1].Name
}

// caption says which documents are listed.
func (c *folderContents) caption(ctx context.Context) string {
	if len(c.path) == 0 {
		return say.Text(ctx, "Documents in no folder")
	}
	return say.Textf(ctx, "Documents in %s", c.title(ctx))
}

// pathTo are the folders of the tree down to that one.
func pathTo(tree []folderNode, id tenon.ItemID) (out []folderNode) {
	for id != 0 {
		at := slices.IndexFunc(tree, func(f folderNode) bool { return f.ID == id })
		if at < 0 {
			break
		}
		out = append([]folderNode{tree[at]}, out...)
		id = tree[at].Parent
	}
	return out
}

// inFolder are the folders that lie directly in that one.
func inFolder(tree []folderNode, id tenon.ItemID) (out []folderNode) {
	for _, n := range tree {
		if n.Parent == id {
			out = append(out, n)
		}
	}
	return out
}

// documentsIn asks for the documents in use that lie directly in a folder; 0 is
// in none.
func documentsIn(binders []tenon.BinderID, folder tenon.ItemID, cursor string) store.ItemQuery {
	no := false
	q := store.ItemQuery{Kind: tenon.Document, Binders: binders, Archived: &no, Page: tenon.Page{Limit: pageRows, Sort: "name", Cursor: cursor}}
	if folder == 0 {
		q.Unset = []string{folderField}
	} else {
		q.Match = []store.KeyMatch{{Field: folderField, Keys: []string{folder.String()}}}
	}
	return q
}

// folderCrumbs lead from an organization to what lies in these folders.
func folderCrumbs(ctx context.Context, org tenon.OrgID, path []folderNode) []ui.Crumb {
	out := []ui.Crumb{{Href: documentsPath(org, 0), Text: say.Text(ctx, tenon.Document.Info().Labels)}}
	for _, f := range path {
		out = append(out, ui.Crumb{Href: documentsPath(org, f.ID), Text: f.Name})
	}
	return out
}

// newInFolder makes a folder or a document in that folder; 0 is in none.
func newInFolder(ctx context.Context, v tenon.Viewer, org tenon.OrgID, folder tenon.ItemID) []templ.Component {
	if org == tenon.SystemOrg || !v.May(tenon.CreateItems) {
		return nil
	}
	path := func(kind string) string {
		p := organizationPath(org) + "/" + kind + "/new"
		if folder != 0 {
			p += "?folder=" + folder.String()
		}
		return p
	}
	return []templ.Component{
		ui.Button{Text: say.Text(ctx, "New folder"), Icon: "folder", Href: path(tenon.DocumentFolder.Info().Plural)}.Draw(),
		ui.Button{Text: say.Text(ctx, "New document"), Icon: "plus", Look: ui.Primary, Href: path(tenon.Document.Info().Plural)}.Draw(),
	}
}

// documents is the page of an organization's documents by folder. Asked for a
// view, a sort or a filter it is the list that every kind has.
func (s *server) documents(w http.ResponseWriter, r *http.Request, kind *tenon.KindInfo) error {
	for name := range r.URL.Query() {
		if name != "folder" && name != "cursor" {
			return s.itemList(w, r, kind)
		}
	}
	p := &documentsPage{viewer: viewer(r), now: s.now(), address: addressOf(r), folder: tenon.ItemID(tenon.ParseID(r.URL.Query().Get("folder")))}
	if !p.viewer.SeesKind(kind.Kind) {
		return tenon.Errorf(tenon.NotFound, "There is no page at this address.")
	}
	err := s.read(r, func(tx *store.Tx) error {
		o, err := s.organizationOf(w, r, tx)
		if err != nil {
			return err
		}
		p.org = &organizationView{Organization: o, viewer: p.viewer, now: p.now}
		if err := p.org.loadFrame(tx); err != nil {
			return err
		}
		if o.State != tenon.Live || len(o.Binders) == 0 {
			return nil
		}
		return p.load(tx)
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), kind.Labels) + ", " + p.org.Name, Section: "organizations", Notices: p.org.banners(r.Context())}, documentsContent(p))
}

// documentsPage is a folder of an organization, or what lies in none.
type documentsPage struct {
	org     *organizationView
	viewer  tenon.Viewer
	now     time.Time
	address address
	folder  tenon.ItemID
	tree    []folderNode
	path    []folderNode
	loose   int64
	total   int64
	rows    []*tenon.Item
	next    string
}

func (p *documentsPage) load(tx *store.Tx) (err error) {
	if p.tree, err = folderTree(tx, p.viewer, tenon.DocumentFolder, p.org.ID); err != nil {
		return err
	}
	counts, err := tx.CountInFolders(p.viewer, tenon.Document, folderField, p.org.Binders)
	if err != nil {
		return err
	}
	countTree(p.tree, counts)
	for id, n := range counts {
		p.total += n
		if !slices.ContainsFunc(p.tree, func(f folderNode) bool { return f.ID == id }) {
			p.loose += n
		}
	}
	if p.path = pathTo(p.tree, p.folder); p.folder != 0 && len(p.path) == 0 {
		return tenon.Errorf(tenon.NotFound, "There is no folder %s here.", p.folder)
	}
	p.rows, p.next, err = tx.ListItems(p.viewer, documentsIn(p.org.Binders, p.folder, p.address.query.Get("cursor")))
	return err
}

// contents are what the page shows beside the tree, which has the folders that
// lie in none.
func (p *documentsPage) contents() *folderContents {
	c := &folderContents{viewer: p.viewer, now: p.now, org: p.org.ID, folder: p.folder, path: p.path, rows: p.rows}
	if p.folder != 0 {
		c.inside = inFolder(p.tree, p.folder)
	}
	return c
}

func (p *documentsPage) actions(ctx context.Context) []templ.Component {
	if p.org.State != tenon.Live {
		return nil
	}
	return newInFolder(ctx, p.viewer, p.org.ID, p.folder)
}

// index is the tree as entries that lead to its folders.
func (p *documentsPage) entries(ctx context.Context) []treeEntry {
	out := []treeEntry{{href: documentsPath(p.org.ID, 0), text: say.Text(ctx, "In no folder"), count: p.loose, current: p.folder == 0}}
	for _, n := range p.tree {
		out = append(out, treeEntry{href: documentsPath(p.org.ID, n.ID), text: n.Name, count: n.Count, depth: n.Depth + 1, current: n.ID == p.folder})
	}
	return out
}

type treeEntry struct {
	href, text string
	count      int64
	depth      int
	current    bool
}

func (e treeEntry) class() string { return "tn-tree-" + strconv.Itoa(min(e.depth, 6)) }
