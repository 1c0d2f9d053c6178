package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
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
}

// revealed is a secret in the clear, once: the page it stands in is the answer
// to the form that asked for it.
type revealed struct {
	field   string
	value   string
	seconds int
	// ask is set where the second factor must be proved first, and wrong says
	// what was wrong with the code.
	ask   bool
	wrong string
}

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
	i := &itemView{viewer: viewer(r), now: s.now()}
	return i, s.read(r, func(tx *store.Tx) (err error) {
		if i.Item, err = tx.GetItem(i.viewer, id); err != nil {
			return err
		}
		i.info, i.page = i.Kind.Info(), kindPageOf(i.Kind)
		return i.load(tx)
	})
}

func (i *itemView) load(tx *store.Tx) error {
	var err error
	if i.parts, err = core.VisibleParts(tx, i.viewer, i.Item); err != nil {
		return err
	}
	stars, err := tx.Favourites(i.viewer, []int64{int64(i.ID)})
	if err != nil {
		return err
	}
	i.starred = len(stars) > 0
	if i.attachments, err = tx.ListAttachments(i.ID); err != nil {
		return err
	}
	if i.relations, err = tx.ListRelations(i.viewer, i.ID); err != nil {
		return err
	}
	if i.Kind != tenon.Password && i.viewer.SeesKind(tenon.Password) {
		q := store.ItemQuery{Kind: tenon.Password, Match: []store.KeyMatch{{Field: "resource_id", Keys: []string{i.ID.String()}}}, Page: tenon.Page{Limit: pageRows}}
		if i.embedded, _, err = tx.ListItems(i.viewer, q); err != nil {
			return err
		}
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
	if i.names, err = w.load(tx, i.viewer); err != nil || i.page.load == nil {
		return err
	}
	i.own, err = i.page.load(tx, i)
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

// shownFor is how long a revealed secret stays on the page.
const shownFor = 30

// otpField holds the seed of one-time codes, of which only codes are shown.
const otpField = "otp_secret"

// reveal shows one secret, once. It is a POST and leaves an entry in the
// activity log; where the user has a second factor, its code is asked for.
func (s *server) reveal(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	i.revealed = &revealed{field: f.Get("field"), seconds: shownFor}
	if code := f.text("code"); code != "" {
		if err := s.proveCode(w, r, i.viewer, code); err != nil {
			if fieldOf(err) != "code" {
				return err
			}
			i.revealed.ask, i.revealed.wrong = true, tenon.MessageOf(err)
			return s.showItem(w, r, http.StatusUnprocessableEntity, i)
		}
		i.viewer.FactorAt = s.now()
	}
	if i.revealed.field == otpField {
		i.revealed.value, i.revealed.seconds, err = s.core.TOTPCode(r.Context(), i.viewer, i.ID)
	} else {
		secret, rerr := s.core.Reveal(r.Context(), i.viewer, i.ID, i.revealed.field)
		i.revealed.value, err = secret.Reveal(), rerr
	}
	var e *tenon.Error
	if errors.As(err, &e) && e.Code == tenon.Forbidden && e.Field == "code" {
		i.revealed.ask = true
		return s.showItem(w, r, httpkit.StatusOf(err), i)
	}
	if err != nil {
		return err
	}
	return s.showItem(w, r, http.StatusOK, i)
}

func (s *server) attach(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return err
	}
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	if _, err := readForm(r); err != nil {
		return err
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		leaveNote(w, r, note{Tone: ui.Warn, Text: "Choose a file first. Nothing was attached."})
		return redirect(w, r, itemPath(id)+"#attachments")
	}
	defer func() { _ = file.Close() }() // it was only read
	a, err := s.core.Attach(r.Context(), v, id, head.Filename, head.Header.Get("Content-Type"), file)
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: a.Name + " was attached."})
	return redirect(w, r, itemPath(id)+"#attachments")
}

func (s *server) attachment(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.ItemID](r, "file")
	if err != nil {
		return err
	}
	a, content, err := s.core.OpenAttachment(r.Context(), viewer(r), int64(id))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.FormatInt(a.Size, 10))
	return send(w, r, content, a.ContentType, a.Name)
}

func (s *server) attachmentRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.ItemID](r, "file")
	if err != nil {
		return err
	}
	if err := s.core.RemoveAttachment(r.Context(), viewer(r), int64(id)); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: "The file was taken off."})
	return redirect(w, r, localPath(refererPath(r)))
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

// history shows what an item or an organization was.
type history struct {
	title, back string
	schema      tenon.Schema
	rows        []tenon.Revision
	names       names
	next        string
	address     address
	now         time.Time
	version     int64 // of now
	may         bool  // make it again what it was
}

func (s *server) itemHistory(w http.ResponseWriter, r *http.Request) error {
	i, err := s.loadItem(r)
	if err != nil {
		return err
	}
	h := history{title: i.Name, back: i.path(), schema: i.info.Fields, address: addressOf(r), now: s.now(), version: i.Version, may: i.viewer.May(tenon.EditItems)}
	h.rows, h.next, err = s.core.Revisions(r.Context(), i.viewer, i.ID, tenon.Page{Limit: 20, Cursor: h.address.query.Get("cursor")})
	if err != nil {
		return err
	}
	return s.showHistory(w, r, &h)
}

func (s *server) organizationHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	o, err := s.core.Organization(r.Context(), viewer(r), id)
	if err != nil {
		return err
	}
	v := viewer(r)
	h := history{title: o.Name, back: organizationPath(id), schema: tenon.OrganizationFields, address: addressOf(r), now: s.now(), version: o.Version,
		may: v.May(tenon.EditOrgs) && o.State == tenon.Live}
	h.rows, h.next, err = s.core.OrganizationRevisions(r.Context(), viewer(r), id, tenon.Page{Limit: 20, Cursor: h.address.query.Get("cursor")})
	if err != nil {
		return err
	}
	return s.showHistory(w, r, &h)
}

// itemRestoreVersion makes an item what it was, as a new version.
func (s *server) itemRestoreVersion(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return err
	}
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	version, err := pathID[tenon.ItemID](r, "version")
	if err != nil {
		return err
	}
	i, err := s.core.RestoreRevision(r.Context(), v, id, int64(version))
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: i.Name + " says again what it said at version " + version.String() + "."})
	return redirect(w, r, itemPath(id))
}

func (s *server) organizationRestoreVersion(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditOrgs); err != nil {
		return err
	}
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return err
	}
	version, err := pathID[tenon.ItemID](r, "version")
	if err != nil {
		return err
	}
	o, err := s.core.RestoreOrganizationRevision(r.Context(), v, id, int64(version))
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: o.Name + " says again what it said at version " + version.String() + "."})
	return redirect(w, r, organizationPath(id))
}

func (s *server) showHistory(w http.ResponseWriter, r *http.Request, h *history) error {
	var want wanted
	for _, rev := range h.rows {
		want.add(h.schema, rev.Values)
	}
	err := s.read(r, func(tx *store.Tx) (err error) {
		h.names, err = want.load(tx, viewer(r))
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: "History of " + h.title, Section: "organizations"}, historyContent(h))
}

// revisionDiff is one field that a version changed.
type revisionDiff struct{ label, before, after string }

// diffs compares a version with the one before it, which stands below it.
func (h *history) diffs(at int) []revisionDiff {
	now, was := h.rows[at].Values, tenon.Values{}
	if at+1 < len(h.rows) {
		was = h.rows[at+1].Values
	} else if h.next != "" {
		return nil // the one before is on the next page
	}
	var out []revisionDiff
	for i := range h.schema {
		f := &h.schema[i]
		a, b := h.words(f, was), h.words(f, now)
		if a != b {
			out = append(out, revisionDiff{f.Label, a, b})
		}
	}
	if a, b := strings.Join(h.tags(at+1), ", "), strings.Join(h.rows[at].Tags, ", "); a != b && h.schema.Field("tags") == nil {
		out = append(out, revisionDiff{"Tags", a, b})
	}
	return out
}

func (h *history) tags(at int) []string {
	if at < len(h.rows) {
		return h.rows[at].Tags
	}
	return nil
}

func (h *history) words(f *tenon.Field, v tenon.Values) string {
	if id := v.ID(f.Name); id != 0 && slices.Contains([]tenon.FieldType{tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef}, f.Type) {
		text, _ := h.names.reference(f, id)
		return text
	}
	return plainValue(v[f.Name])
}
