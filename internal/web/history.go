package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// history shows what an item or an organization was.
type history struct {
	title, back string
	schema      tenon.Schema
	parts       []tenon.PartInfo
	rows        []tenon.Revision
	names       names
	next        string
	address     address
	now         time.Time
	version     int64 // of now
	may         bool  // make it again what it was
}

// historyRows is how many versions a page lists.
const historyRows = 20

// itemHistoryOf is the history of an item without its rows.
func (s *server) itemHistoryOf(r *http.Request) (*history, tenon.ItemID, error) {
	v := viewer(r)
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return nil, 0, err
	}
	h := &history{back: itemPath(id), address: addressOf(r), now: s.now(), may: v.May(tenon.EditItems)}
	return h, id, s.read(r, func(tx *store.Tx) error {
		i, err := tx.GetItem(v, id)
		if err != nil {
			return err
		}
		info := i.Kind.Info()
		h.title, h.version, h.parts = i.Name, i.Version, info.Parts
		f := newItemForm(v, info, nil)
		if err := f.withType(r.Context(), tx, i.Values.ID(info.Type)); err != nil {
			return err
		}
		h.schema = f.schema
		return nil
	})
}

func (s *server) itemHistory(w http.ResponseWriter, r *http.Request) error {
	h, id, err := s.itemHistoryOf(r)
	if err != nil {
		return err
	}
	h.rows, h.next, err = s.core.Revisions(r.Context(), viewer(r), id, tenon.Page{Limit: historyRows, Cursor: h.address.query.Get("cursor")})
	if err != nil {
		return err
	}
	return s.showHistory(w, r, h)
}

func (s *server) organizationHistoryOf(r *http.Request) (*history, tenon.OrgID, error) {
	id, err := pathID[tenon.OrgID](r, "id")
	if err != nil {
		return nil, 0, err
	}
	v := viewer(r)
	o, err := s.core.Organization(r.Context(), v, id)
	if err != nil {
		return nil, 0, err
	}
	return &history{title: o.Name, back: organizationPath(id), schema: tenon.OrganizationFields, address: addressOf(r), now: s.now(), version: o.Version,
		may: v.May(tenon.EditOrgs) && o.State == tenon.Live}, id, nil
}

func (s *server) organizationHistory(w http.ResponseWriter, r *http.Request) error {
	h, id, err := s.organizationHistoryOf(r)
	if err != nil {
		return err
	}
	h.rows, h.next, err = s.core.OrganizationRevisions(r.Context(), viewer(r), id, tenon.Page{Limit: historyRows, Cursor: h.address.query.Get("cursor")})
	if err != nil {
		return err
	}
	return s.showHistory(w, r, h)
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
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s says again what it said at version %s.", i.Name, version.String())})
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
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s says again what it said at version %s.", o.Name, version.String())})
	return redirect(w, r, organizationPath(id))
}

// historyNames puts the references of all rows into words.
func (s *server) historyNames(r *http.Request, h *history) error {
	var want wanted
	for k := range h.rows {
		h.rows[k].Values = apart(h.rows[k].Values)
		want.add(h.schema, h.rows[k].Values)
	}
	return s.read(r, func(tx *store.Tx) (err error) {
		h.names, err = want.load(tx, viewer(r))
		return err
	})
}

func (s *server) showHistory(w http.ResponseWriter, r *http.Request, h *history) error {
	if err := s.historyNames(r, h); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "History of %s", h.title), Section: "organizations"}, historyContent(h))
}

// itemHistoryCompare puts two versions of an item side by side.
func (s *server) itemHistoryCompare(w http.ResponseWriter, r *http.Request) error {
	h, id, err := s.itemHistoryOf(r)
	if err != nil {
		return err
	}
	return s.compareVersions(w, r, h, func(version int64) (*tenon.Revision, error) {
		return s.core.Revision(r.Context(), viewer(r), id, version)
	})
}

func (s *server) organizationHistoryCompare(w http.ResponseWriter, r *http.Request) error {
	h, id, err := s.organizationHistoryOf(r)
	if err != nil {
		return err
	}
	return s.compareVersions(w, r, h, func(version int64) (*tenon.Revision, error) {
		return s.core.OrganizationRevision(r.Context(), viewer(r), id, version)
	})
}

// compareVersions shows the versions a and b of the address, the older first;
// without a, the one before b.
func (s *server) compareVersions(w http.ResponseWriter, r *http.Request, h *history, get func(int64) (*tenon.Revision, error)) error {
	a, b := tenon.ParseID(h.address.query.Get("a")), tenon.ParseID(h.address.query.Get("b"))
	if b == 0 {
		b = h.version
	}
	if a == 0 {
		a = b - 1
	}
	for _, version := range []int64{max(a, b), min(a, b)} {
		rev, err := get(version)
		if err != nil {
			return err
		}
		h.rows = append(h.rows, *rev)
	}
	if err := s.historyNames(r, h); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Versions of %s", h.title), Section: "organizations"}, versionsContent(h))
}

// apart puts the traits of a flexible asset beside its other values.
func apart(v tenon.Values) tenon.Values {
	traits := v.Object("traits")
	if len(traits) == 0 {
		return v
	}
	out := v.Clone()
	delete(out, "traits")
	for key, x := range traits {
		out[traitPrefix+key] = x
	}
	return out
}

// fieldDiff is one field in two versions, or of two records.
type fieldDiff struct {
	label, before, after string
	long                 bool // a text, of which the difference is shown
}

func (d *fieldDiff) same() bool { return d.before == d.after }

// fields compares two versions, field by field, in the order of the schema.
func (h *history) fields(ctx context.Context, before, after *tenon.Revision) []fieldDiff {
	var out []fieldDiff
	for i := range h.schema {
		f := &h.schema[i]
		if f.Type == tenon.Secret || f.Type == tenon.File {
			continue
		}
		out = append(out, fieldDiff{say.Text(ctx, f.Label), h.words(ctx, f, before.Values), h.words(ctx, f, after.Values), f.Type == tenon.LongText || f.Type == tenon.RichText})
	}
	if h.schema.Field("tags") == nil {
		out = append(out, fieldDiff{label: say.Text(ctx, "Tags"), before: strings.Join(before.Tags, ", "), after: strings.Join(after.Tags, ", ")})
	}
	for i := range h.parts {
		if p := &h.parts[i]; !p.Append {
			out = append(out, fieldDiff{partTitle(ctx, p), h.partLines(ctx, p, before), h.partLines(ctx, p, after), true})
		}
	}
	yes := map[bool]string{true: say.Text(ctx, "Yes")}
	return append(out,
		fieldDiff{label: say.Text(ctx, "E-mail domains"), before: strings.Join(before.Domains, ", "), after: strings.Join(after.Domains, ", ")},
		fieldDiff{label: say.Text(ctx, "Archived"), before: yes[before.Archived], after: yes[after.Archived]},
		fieldDiff{label: say.Text(ctx, "Restricted"), before: yes[before.Restricted], after: yes[after.Restricted]},
		fieldDiff{label: say.Text(ctx, "Secrets set"), before: strings.Join(before.Secrets, ", "), after: strings.Join(after.Secrets, ", ")})
}

// partLines writes a list as a text with a line for each entry.
func (h *history) partLines(ctx context.Context, p *tenon.PartInfo, rev *tenon.Revision) string {
	var lines []string
	for _, part := range rev.Parts[p.Name] {
		lines = append(lines, h.names.partWords(ctx, p, part.Values))
	}
	return strings.Join(lines, "\n")
}

// partWords writes an entry of a list in one line.
func (n names) partWords(ctx context.Context, p *tenon.PartInfo, v tenon.Values) string {
	var words []string
	for i := range p.Fields {
		f := &p.Fields[i]
		text := n.words(ctx, f, v)
		if v.Bool(f.Name) {
			text = lower(say.Text(ctx, f.Label))
		}
		if text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, ", ")
}

// diffs are the fields that a version changed, compared with the one before
// it, which stands below it.
func (h *history) diffs(ctx context.Context, at int) []fieldDiff {
	was := &tenon.Revision{}
	if at+1 < len(h.rows) {
		was = &h.rows[at+1]
	} else if h.next != "" {
		return nil // the one before is on the next page
	}
	return changedOnly(h.fields(ctx, was, &h.rows[at]))
}

func changedOnly(all []fieldDiff) []fieldDiff {
	return slices.DeleteFunc(all, func(d fieldDiff) bool { return d.same() })
}

func sameOnly(all []fieldDiff) []fieldDiff {
	return slices.DeleteFunc(all, func(d fieldDiff) bool { return !d.same() || d.before == "" })
}

func (h *history) words(ctx context.Context, f *tenon.Field, v tenon.Values) string {
	return h.names.words(ctx, f, v)
}

// words is a value as text, references by their names.
func (n names) words(ctx context.Context, f *tenon.Field, v tenon.Values) string {
	if id := v.ID(f.Name); id != 0 && slices.Contains([]tenon.FieldType{tenon.Lookup, tenon.Ref, tenon.OrgRef, tenon.UserRef, tenon.GroupRef}, f.Type) {
		text, _ := n.reference(ctx, f, id)
		return text
	}
	switch f.Type {
	case tenon.Emails, tenon.Phones:
		return typedAddresses(v.Addresses(f.Name))
	case tenon.Object:
		return typedObject(ctx, v.Object(f.Name))
	case tenon.Strings:
		if words := v.Strings(f.Name); words != nil {
			return strings.Join(words, ", ")
		}
	}
	if f.Type == tenon.Choice {
		return ofField(ctx, f, v.Text(f.Name))
	}
	return plainValue(ctx, v[f.Name])
}

// textPiece is a stretch of two texts: in both, or only in one.
type textPiece struct {
	text string
	gone bool
	came bool
}

// maxDiffed is up to how many bytes two texts are compared letter by letter.
const maxDiffed = 100_000

// textDiff cuts two texts into what both have and what one of them has.
func textDiff(before, after string) []textPiece {
	if len(before)+len(after) > maxDiffed {
		return []textPiece{{text: before, gone: true}, {text: after, came: true}}
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = 200 * time.Millisecond
	var out []textPiece
	for _, p := range d.DiffCleanupSemantic(d.DiffMain(before, after, true)) {
		out = append(out, textPiece{text: p.Text, gone: p.Type == diffmatchpatch.DiffDelete, came: p.Type == diffmatchpatch.DiffInsert})
	}
	return out
}
