package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// documentPage is what a document brings to its page and its form.
func documentPage() kindPage {
	return kindPage{
		load:  loadDocument,
		body:  func(i *itemView) templ.Component { return documentBody(i, i.own.(*documentView)) },
		aside: documentAside,
		crumbs: func(ctx context.Context, i *itemView) []ui.Crumb {
			return folderCrumbs(ctx, i.OrgID, i.own.(*documentView).path)
		},
		actions:  documentActions,
		ownParts: true,
		loadForm: loadDocumentForm,
		form:     func(f *itemForm) templ.Component { return documentForm(f, f.own.(*documentEdit)) },
		readForm: readDocument,
		buttons:  documentButtons,
		next:     afterDocument,
		newer:    newerBody,
	}
}

// documentView is what the page of a document shows beside what every item has.
type documentView struct {
	sections []richtext.Section
	linked   linked
	// path are the folders that it lies in, the outermost first.
	path []folderNode
	// pending tells that what stands here is newer than what was published.
	pending bool
}

func loadDocument(tx *store.Tx, i *itemView) (any, error) {
	d := &documentView{sections: core.Sections(i.parts)}
	var texts []string
	for _, s := range d.sections {
		texts = append(texts, s.Content)
	}
	var err error
	if d.linked, err = loadLinked(tx, i.viewer, texts...); err != nil {
		return nil, err
	}
	if d.path, err = folderPath(tx, i.viewer, tenon.ItemID(i.Values.ID(folderField))); err != nil {
		return nil, err
	}
	if published(i.Item) && i.viewer.May(tenon.EditItems) {
		parts, err := core.PublishedParts(tx, i.Item)
		if err != nil {
			return nil, err
		}
		d.pending = !slices.Equal(core.Sections(parts), d.sections)
	}
	return d, nil
}

func published(i *tenon.Item) bool { return i.Values["published_version"] != nil }

// outline lists the headings of a document with their places in it.
func (d *documentView) outline() []outlineEntry {
	var out []outlineEntry
	for n, s := range d.sections {
		if text := richtext.PlainText(s.Content); s.Type == richtext.Heading && text != "" {
			out = append(out, outlineEntry{sectionID(n), text, min(max(s.Level, 1), 5)})
		}
	}
	return out
}

type outlineEntry struct {
	id, text string
	level    int
}

func sectionID(n int) string { return "section-" + strconv.Itoa(n+1) }

// stepNumber is the number of a step among those that follow each other.
func (d *documentView) stepNumber(n int) string {
	count := 1
	for k := n - 1; k >= 0 && d.sections[k].Type == richtext.Step; k-- {
		count++
	}
	return strconv.Itoa(count)
}

// documentEdit is what the form of a document shows: its body in the two ways
// in which it can be written.
type documentEdit struct {
	folders []folderNode
	// markdown is for browsers without scripts, html for the editor.
	markdown, html string
	stored         string // as Markdown
}

const (
	bodyField   = "body"
	formatField = "body_format"
	htmlFormat  = "html"
	publishName = "publish"
	folderField = "document_folder_id"
)

func loadDocumentForm(tx *store.Tx, f *itemForm) (any, error) {
	d := &documentEdit{}
	var err error
	if d.folders, err = folderTree(tx, f.viewer, tenon.DocumentFolder, f.org); err != nil || f.old == nil {
		return d, err
	}
	parts, err := tx.SystemParts(f.old.ID) // the viewer may edit it, and sees the draft
	if err != nil {
		return nil, err
	}
	stored := richtext.Join(core.Sections(parts[f.old.ID]))
	body := stored
	if f.Has(bodyField) {
		body = typedBody(f)
	}
	links, err := loadLinked(tx, f.viewer, stored, body)
	if err != nil {
		return nil, err
	}
	name := func(id int64) string { return links[id].Name }
	d.stored = richtext.ToMarkdown(stored, name)
	d.markdown, d.html = d.stored, richtext.ForEditor(body, links.find)
	if body != stored {
		d.markdown = richtext.ToMarkdown(body, name)
	}
	return d, nil
}

// typedBody is the body that was sent, by the editor or as Markdown.
func typedBody(f *itemForm) string {
	if f.Get(formatField) == htmlFormat {
		return richtext.Tidy(richtext.Sanitize(f.Get(bodyField)))
	}
	return richtext.Tidy(richtext.FromMarkdown(f.Get(bodyField)))
}

func readDocument(ctx context.Context, f *itemForm, in *core.ItemChange) error {
	if f.old != nil && f.Has(bodyField) {
		body := f.Get(bodyField)
		if f.Get(formatField) != htmlFormat {
			body = richtext.FromMarkdown(body)
		}
		in.Parts = map[string][]tenon.Values{"sections": core.SectionValues(richtext.Split(body))}
	}
	return nil
}

// newerBody puts the saved text beside the typed one where they differ.
func newerBody(ctx context.Context, f *itemForm) []newerField {
	d, ok := f.own.(*documentEdit)
	if !ok || d.stored == d.markdown {
		return nil
	}
	return []newerField{{say.Text(ctx, "Text"), d.stored, d.markdown}}
}

// afterDocument leads from a new document into its editor, where pictures have
// a place to be.
func afterDocument(f *itemForm, i *tenon.Item) string {
	if f.old == nil {
		return itemPath(i.ID) + "/edit"
	}
	return itemPath(i.ID)
}

func documentButtons(ctx context.Context, f *itemForm) []templ.Component {
	if f.old == nil {
		return nil
	}
	return []templ.Component{ui.Button{Text: say.Text(ctx, "Save and publish"), Name: publishName, Value: "1", Action: itemPath(f.old.ID) + "/publish"}.Draw()}
}

func documentActions(ctx context.Context, i *itemView) []templ.Component {
	out := []templ.Component{printButton()}
	d := i.own.(*documentView)
	if i.viewer.May(tenon.EditItems) && (!published(i.Item) || d.pending) {
		out = append(out, publishForm(i))
	}
	return out
}

// documentPublish publishes what is saved, or what a form brings once it is saved.
func (s *server) documentPublish(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.EditItems); err != nil {
		return err
	}
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	in, err := readForm(r)
	if err != nil {
		return err
	}
	if in.Has("name") {
		in.Set("published_at", s.now().UTC().Format("2006-01-02T15:04:05Z"))
		f, err := s.loadItemForm(r, in.Values, false)
		if err != nil {
			return err
		}
		return s.saveItem(w, r, f)
	}
	version, err := in.number(versionField)
	if err != nil {
		return err
	}
	if in.Get("state") == "draft" {
		i, err := s.core.UnpublishDocument(r.Context(), v, id)
		if err != nil {
			return err
		}
		leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s is a draft again.", i.Name)})
		return redirect(w, r, itemPath(id))
	}
	i, err := s.core.PublishDocument(r.Context(), v, id, version)
	if err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was published.", i.Name)})
	return redirect(w, r, itemPath(id))
}

// maxPicture is how large a picture in a text may be.
const maxPicture = 10 << 20

// pictures are the formats that are shown in a page; none of them can act.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// pictureAdd hangs a picture on a document for the editor, which shows it.
func (s *server) pictureAdd(w http.ResponseWriter, r *http.Request) error {
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
	if _, err := s.core.Item(r.Context(), v, id); err != nil {
		return err
	}
	file, head, err := r.FormFile("file")
	if err != nil {
		return tenon.FieldErrorf("file", "Choose a picture first.")
	}
	defer func() { _ = file.Close() }() // it was only read
	start := make([]byte, 512)
	n, err := io.ReadFull(file, start)
	if err != nil && err != io.ErrUnexpectedEOF {
		return tenon.FieldErrorf("file", "The picture is empty.")
	}
	switch {
	case head.Size > maxPicture:
		return tenon.Errorf(tenon.TooLarge, "A picture may have 10 MB at most. Nothing was added.")
	case !slices.Contains(pictures, http.DetectContentType(start[:n])):
		return tenon.FieldErrorf("file", "%s is no picture that can be shown: PNG, JPEG, GIF and WebP can. Attach it as a file instead.", head.Filename)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	a, err := s.core.Attach(r.Context(), v, id, head.Filename, head.Header.Get("Content-Type"), file)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"src": "/attachments/" + strconv.FormatInt(a.ID, 10), "name": a.Name})
}

// suggestRecords answers what is typed after [[ in the editor: records of
// every kind, those of the organization first, and organizations.
func (s *server) suggestRecords(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	here := tenon.OrgID(tenon.ParseID(q.Get("organization")))
	var list []ui.Suggestion
	err := s.read(r, func(tx *store.Tx) error {
		found, err := search.Run(tx, viewer(r), search.Parse(q.Get("q")), search.Options{Limit: 20, Each: 12})
		if err != nil {
			return err
		}
		var hits []search.Hit
		for _, g := range found.Groups {
			hits = append(hits, g.Hits...)
		}
		slices.SortStableFunc(hits, func(a, b search.Hit) int { return boolRank(a.OrgID != here) - boolRank(b.OrgID != here) })
		for _, h := range hits[:min(len(hits), 12)] {
			more := say.Text(r.Context(), "Organization")
			if info := h.Kind.Info(); info != nil {
				more = say.Text(r.Context(), info.Label)
				if h.OrgID != here && h.OrgID != tenon.SystemOrg {
					more += " " + say.Textf(r.Context(), "of %s", h.OrgName)
				}
			}
			list = append(list, ui.Suggestion{ID: strconv.FormatInt(h.ID, 10), Text: h.Name, More: more})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, ui.Suggestions(list, say.Text(r.Context(), "No organization or record matches")))
}

func boolRank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// folderChoices offers the folders of an organization, as they lie in each other.
func folderChoices(ctx context.Context, f *itemForm, folders []folderNode) []ui.Choice {
	chosen := f.Get(refID(folderField))
	if id := tenon.ParseID(f.Get(folderField)); id != 0 {
		chosen = strconv.FormatInt(id, 10)
	}
	out := []ui.Choice{{Text: say.Text(ctx, "No folder"), Chosen: chosen == ""}}
	for _, n := range folders {
		out = append(out, ui.Choice{Value: n.ID.String(), Text: n.indented(), Chosen: n.ID.String() == chosen})
	}
	return out
}

// documentsPath is the page of an organization's documents, in a folder or all.
func documentsPath(org tenon.OrgID, folder tenon.ItemID) string {
	path := organizationPath(org) + "/documents"
	if folder != 0 {
		path += "?" + url.Values{"folder": {folder.String()}}.Encode()
	}
	return path
}
