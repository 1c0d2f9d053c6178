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

// folderTree loads the document folders of an organization as a tree, by name.
// One whose own folder the viewer does not see stands at the top.
func folderTree(tx *store.Tx, v tenon.Viewer, org tenon.OrgID) ([]folderNode, error) {
	if org == 0 || org == tenon.SystemOrg || !v.SeesKind(tenon.DocumentFolder) {
		return nil, nil
	}
	list, _, err := tx.ListItems(v, store.ItemQuery{Kind: tenon.DocumentFolder, Org: org, Page: tenon.Page{Limit: tenon.MaxPage, Sort: "name"}})
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
		load: func(tx *store.Tx, i *itemView) (any, error) {
			q := store.ItemQuery{Kind: tenon.Document, Match: []store.KeyMatch{{Field: folderField, Keys: []string{i.ID.String()}}}, Page: tenon.Page{Limit: pageRows, Sort: "name"}}
			rows, _, err := tx.ListItems(i.viewer, q)
			return rows, err
		},
		body: func(i *itemView) templ.Component { return folderBody(i, i.own.([]*tenon.Item)) },
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
	if p.tree, err = folderTree(tx, p.viewer, p.org.ID); err != nil {
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
	q := store.ItemQuery{Kind: tenon.Document, Binders: p.org.Binders, Page: tenon.Page{Limit: pageRows, Sort: "name", Cursor: p.address.query.Get("cursor")}}
	no := false
	q.Archived = &no
	if p.folder == 0 {
		q.Unset = []string{folderField}
	} else {
		q.Match = []store.KeyMatch{{Field: folderField, Keys: []string{p.folder.String()}}}
		at := slices.IndexFunc(p.tree, func(f folderNode) bool { return f.ID == p.folder })
		if at < 0 {
			return tenon.Errorf(tenon.NotFound, "There is no folder %s here.", p.folder)
		}
		for id := p.folder; id != 0; {
			at := slices.IndexFunc(p.tree, func(f folderNode) bool { return f.ID == id })
			p.path = append([]folderNode{p.tree[at]}, p.path...)
			id = p.tree[at].Parent
		}
	}
	p.rows, p.next, err = tx.ListItems(p.viewer, q)
	return err
}

// inside are the folders that lie directly in the one that is shown.
func (p *documentsPage) inside() []folderNode {
	var out []folderNode
	for _, n := range p.tree {
		if n.Parent == p.folder {
			out = append(out, n)
		}
	}
	return out
}

func (p *documentsPage) title(ctx context.Context) string {
	if len(p.path) == 0 {
		return say.Text(ctx, "Documents")
	}
	return p.path[len(p.path)-1].Name
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

func (p *documentsPage) newPath(kind string) string {
	path := p.org.path() + "/" + kind + "/new"
	if p.folder != 0 {
		path += "?folder=" + p.folder.String()
	}
	return path
}
