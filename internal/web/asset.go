package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// assetsPath is where the menu Global begins.
const assetsPath = "/assets"

// assetsView is every category of records, over all organizations.
type assetsView struct {
	viewer tenon.Viewer
	now    time.Time
	rows   []assetRow
}

// assetRow is a kind, or a flexible asset type, which is a category of its own.
type assetRow struct {
	href, text string // text is a key of the catalogue, or the name of the type
	kind       *tenon.KindInfo
	flex       bool
	count      int64 // up to maxCounted
}

// assetsPage lists the categories; each leads to the list of what is in it.
func (s *server) assetsPage(w http.ResponseWriter, r *http.Request) error {
	a := &assetsView{viewer: viewer(r), now: s.now()}
	if err := s.read(r, func(tx *store.Tx) error { return a.load(tx) }); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextAssets), Section: "global"}, assetsContent(a))
}

func (a *assetsView) load(tx *store.Tx) error {
	var queries []store.ItemQuery
	add := func(row assetRow, q url.Values) error {
		query, err := itemQuery(row.kind, q, a.now)
		a.rows, queries = append(a.rows, row), append(queries, query)
		return err
	}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if k.Folder || !a.viewer.SeesKind(k.Kind) {
			continue
		}
		if err := add(assetRow{href: "/" + k.Plural, text: k.Labels, kind: k}, url.Values{}); err != nil {
			return err
		}
	}
	if a.viewer.SeesKind(tenon.FlexibleAsset) {
		types, err := flexTypeRows(tx, false)
		if err != nil {
			return err
		}
		for _, t := range types[:min(len(types), maxTypeRows)] {
			q := url.Values{"type": {t.ID.String()}}
			k := tenon.FlexibleAsset.Info()
			if err := add(assetRow{href: join("/"+k.Plural, q), text: t.Name, kind: k, flex: true}, q); err != nil {
				return err
			}
		}
	}
	counts, err := tx.CountItemsUpTo(a.viewer, maxCounted, queries...)
	for i := range counts {
		a.rows[i].count = counts[i]
	}
	return err
}

// maxTypeRows is how many flexible asset types are categories of their own; the
// others are found by the list of them all.
const maxTypeRows = 100
