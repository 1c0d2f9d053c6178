package web

import (
	"net/http"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// homeView is where a day begins: what changed, what runs, what was done.
type homeView struct {
	viewer  tenon.Viewer
	now     time.Time
	orgs    []*tenon.Organization
	recent  []*tenon.Item
	done    []tenon.Operation
	running []tenon.Operation
	starred []tenon.Shortcut
	opened  []tenon.Shortcut
	// demo says that there is demo data that the viewer may remove; begin is
	// what to begin with, while there is nothing.
	demo  bool
	begin *beginning
}

// homeRows is how many lines each panel of the home page has.
const homeRows = 8

func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	h := &homeView{viewer: viewer(r), now: s.now()}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if h.orgs, _, err = tx.ListOrganizations(h.viewer, store.OrgQuery{Page: tenon.Page{Limit: homeRows, Sort: "-updated"}}); err != nil {
			return err
		}
		if h.recent, _, err = tx.ListItems(h.viewer, store.ItemQuery{Page: tenon.Page{Limit: homeRows}}); err != nil {
			return err
		}
		mine, err := tx.ListShortcuts(h.viewer, false, homeRows)
		if err != nil {
			return err
		}
		h.starred, h.opened = mine.Starred, mine.Opened
		if h.demo, err = demoHere(tx, h.viewer); err != nil {
			return err
		}
		ops, _, err := tx.ListOperations(h.viewer, store.OperationQuery{Page: tenon.Page{Limit: 2 * homeRows}})
		for _, op := range ops {
			if op.State == tenon.Running {
				h.running = append(h.running, op)
			} else if len(h.done) < homeRows {
				h.done = append(h.done, op)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, op := range h.running { // it has a line of its own
		h.demo = h.demo && op.Kind != demo.Kind && op.Kind != trash.KindDemo
	}
	if len(h.orgs) == 0 && h.viewer.May(tenon.ManageSettings) {
		h.begin = &beginning{can: s.demo != nil, demo: h.demo, home: true}
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextHome), Section: "home"}, homeContent(h))
}

// work leads to what is running, from the top bar.
func (s *server) work(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, "/operations?state="+string(tenon.Running))
}
