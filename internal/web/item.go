package web

import (
	"net/http"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// itemView is everything that the page of an item shows.
type itemView struct {
	*tenon.Item
	info        *tenon.KindInfo
	viewer      tenon.Viewer
	now         time.Time
	flex        *tenon.FlexType // of a flexible asset
	parts       []tenon.Part
	attachments []tenon.Attachment
	relations   []tenon.Relation
	embedded    []*tenon.Item
	names       names
	starred     bool
	revealed    *revealed
	page        kindPage
	own         any // what the kind's own page has read

	restrictions []tenon.Subject
	members      []tenon.Membership
	events       []tenon.Event
	// typed is the small form of the page that was sent with something wrong.
	typed *pageForm
	// part is the entry of a list that is being changed, 0 for none, and
	// newPart the list that one is being added to.
	part    int64
	newPart string
	users   []ui.Choice // to choose from in the form of an entry
	synced  string      // what keeps it in step, in words
}

// itemEvents is how many lines of its log the page of an item shows.
const itemEvents = 6

func (s *server) item(w http.ResponseWriter, r *http.Request) error {
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	return s.showItem(w, r, http.StatusOK, i)
}

// itemUnder answers the address of an item under the name of its kind.
func (s *server) itemUnder(w http.ResponseWriter, r *http.Request, _ *tenon.KindInfo) error {
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	return redirect(w, r, itemPath(id))
}

func (s *server) showItem(w http.ResponseWriter, r *http.Request, status int, i *itemView) error {
	return s.showStatus(w, r, status, ui.Page{Title: i.Name, Section: "organizations"}, itemContent(i))
}

func (s *server) loadItem(r *http.Request) (*itemView, error) {
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	i := &itemView{viewer: viewer(r), now: s.now(), part: tenon.ParseID(q.Get("part")), newPart: q.Get("add")}
	return i, s.read(r, func(tx *store.Tx) (err error) {
		if i.Item, err = tx.GetItem(i.viewer, id); err != nil {
			return err
		}
		i.info, i.page = i.Kind.Info(), kindPageOf(i.Kind)
		return i.load(tx)
	})
}

func (i *itemView) load(tx *store.Tx) (err error) {
	if len(i.info.Parts) > 0 {
		if i.parts, err = core.VisibleParts(tx, i.viewer, i.Item); err != nil {
			return err
		}
	}
	stars, err := tx.Favourites(i.viewer, []int64{int64(i.ID)})
	if err != nil {
		return err
	}
	i.starred = len(stars) > 0
	if i.synced, err = core.SyncsItem(tx, i.Item); err != nil {
		return err
	}
	if i.attachments, err = tx.ListAttachments(i.ID); err != nil {
		return err
	}
	if i.relations, err = tx.ListRelations(i.viewer, i.ID); err != nil {
		return err
	}
	if i.Kind != tenon.Password && !i.info.Folder && i.viewer.SeesKind(tenon.Password) {
		q := store.ItemQuery{Kind: tenon.Password, Match: []store.KeyMatch{{Field: "resource_id", Keys: []string{i.ID.String()}}}, Page: tenon.Page{Limit: pageRows}}
		if i.embedded, _, err = tx.ListItems(i.viewer, q); err != nil {
			return err
		}
	}
	if err := i.loadAround(tx); err != nil {
		return err
	}
	if i.Kind == tenon.FlexibleAsset {
		if i.flex, err = tx.GetFlexType(tenon.FlexTypeID(i.Values.ID("flexible_asset_type_id"))); err != nil {
			return err
		}
	}
	var w wanted
	w.add(i.info.Fields, i.Values)
	for _, p := range i.parts {
		if info := i.info.Part(p.Name); info != nil {
			w.add(info.Fields, p.Values)
		}
	}
	w.records = append(w.records, i.tagged()...)
	w.subjects(i.restrictions)
	if i.names, err = w.load(tx, i.viewer); err != nil || i.page.load == nil {
		return err
	}
	i.own, err = i.page.load(tx, i)
	return err
}

// loadAround reads what is beside the record: who it is closed to, whom it
// belongs to, what was done to it.
func (i *itemView) loadAround(tx *store.Tx) (err error) {
	if i.Restricted {
		if i.restrictions, err = tx.ListRestrictions(i.ID); err != nil {
			return err
		}
	}
	if i.Kind == tenon.Contact {
		if i.members, err = tx.ListMemberships(i.viewer, i.ID); err != nil {
			return err
		}
	}
	if err := i.loadPartUsers(tx); err != nil {
		return err
	}
	i.events, _, err = tx.ListEvents(i.viewer, store.EventQuery{Subject: int64(i.ID), Page: tenon.Page{Limit: itemEvents}})
	return err
}

// tagged are the items that the traits of a flexible asset name.
func (i *itemView) tagged() (out []int64) {
	if i.flex == nil {
		return nil
	}
	traits := i.Values.Object("traits")
	for k := range i.flex.Fields {
		if f := &i.flex.Fields[k]; f.Kind == tenon.FlexTag {
			out = append(out, tenon.IDs(traits[f.Key])...)
		}
	}
	return out
}

// secretFields are the fields of the item that live in the vault.
func (i *itemView) secretFields() []tenon.Field {
	var out []tenon.Field
	for _, f := range i.info.Fields {
		if f.Type == tenon.Secret {
			out = append(out, f)
		}
	}
	if i.flex != nil {
		for k := range i.flex.Fields {
			if f := &i.flex.Fields[k]; f.Kind == tenon.FlexPassword {
				out = append(out, tenon.Field{Name: f.Secret(), Label: f.Name, Type: tenon.Secret})
			}
		}
	}
	return out
}

func (i *itemView) path() string { return itemPath(i.ID) }

// listPath is the list that the item stands in.
func (i *itemView) listPath() string {
	if i.OrgID == tenon.SystemOrg {
		return "/" + i.info.Plural
	}
	return organizationPath(i.OrgID) + "/" + i.info.Plural
}

// partsOf are the entries of one list of the item.
func (i *itemView) partsOf(name string) []tenon.Part {
	var out []tenon.Part
	for _, p := range i.parts {
		if p.Name == name {
			out = append(out, p)
		}
	}
	return out
}
