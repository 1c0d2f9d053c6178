package itglue

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

func documents() *resource {
	return &resource{
		path: "documents", label: "Document", schema: tenon.Document.Info().Fields,
		about: "Documents. A list holds those of the root folder, unless filter[document_folder_id] asks for others. What a document says stands in its sections.",
		verbs: canAll, parents: underOrganization(canAll), prepare: prepareDocuments,
		src: itemSource{kind: tenon.Document}, standing: rootOnly,
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(text, "name"), rw(id, "document-folder-id"),
			made(flag, "published", func(_ *view, r *record) any { return r.values.Text("published_at") != "" }),
			ro(moment, "published-at"), archivedAttr(), rw(flag, "public"),
			made(text, "content", func(v *view, r *record) any { return v.extra[r.id] }),
		}, timeAttrs()),
		filters: []filter{
			{name: "document_folder_id", column: "document_folder_id", form: id, read: inFolder},
			{name: "document_folder_id[ne]", column: "document_folder_id", form: id, not: true},
			{name: "id", column: "id", form: id}, {name: "name", column: "name", form: text}, {name: "organization_id", column: "organization_id", form: id},
		},
		sorts: sorts("name", "id", "created_at", "updated_at"), first: "id",
		includes: itemIncludes(),
	}
}

const folderParam = "filter[document_folder_id]"

// rootOnly narrows a list to the root folder. null, and [ne] without a value, are everything.
func rootOnly(r *request) []filterMatch {
	_, sent := r.params[folderParam]
	_, not := r.params[folderParam+"[ne]"]
	if sent || not {
		return nil
	}
	return []filterMatch{{Field: "document_folder_id", Values: []any{nil}}}
}

func inFolder(_ *request, s string) ([]filterMatch, error) {
	if s == "null" {
		return nil, nil
	}
	f := filter{name: "document_folder_id", column: "document_folder_id", form: id}
	return f.readValues(s)
}

// prepareDocuments puts the sections of one document together.
func prepareDocuments(v *view, of []record) error {
	if err := prepareItems(v, of); err != nil || !v.single {
		return err
	}
	parts, err := v.r.s.core.Parts(v.r.Context(), v.r.viewer, of[0].item().ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Values.Text("content"))
	}
	if b.Len() > 0 {
		v.extra[of[0].id] = b.String()
	}
	return nil
}

// publish says that a document is for everybody who may see it.
func publish(r *request, under []store.Match) (answer, error) {
	res := r.s.resources["documents"]
	doc, err := r.named(res, under)
	if err != nil {
		return answer{}, err
	}
	in := core.ItemChange{Values: tenon.Values{"published_at": r.s.now().UTC().Format(time.RFC3339)}}
	if _, err := r.s.core.UpdateItem(r.Context(), r.viewer, doc.item().ID, in); err != nil {
		return answer{}, err
	}
	return r.again(res, []int64{doc.id}, false)
}

func documentFolders() *resource {
	return &resource{
		path: "document_folders", label: "Document folder", schema: tenon.DocumentFolder.Info().Fields,
		about: "Folders of documents.",
		verbs: canAll, parents: underOrganization(canAll), prepare: prepareFolders,
		src: itemSource{kind: tenon.DocumentFolder, leaves: true},
		attrs: attrs(organizationAttrs(), []attribute{
			must(text, "name"), rw(id, "parent-id"), made(list, "ancestor-ids", func(v *view, r *record) any { return v.extra[r.id] }),
			made(flag, "restricted", func(_ *view, r *record) any { return r.item().Restricted }),
		}, timeAttrs()),
		filters: filters(by(id, "id", "organization_id", "parent_id"), by(text, "name")),
		sorts:   sorts("name", "created_at", "updated_at", "id"), first: "id",
	}
}

// sectionPrefix stands before the sort of a section.
const sectionPrefix = "Document::"

func sections() *resource {
	sort := must(text, "resource-type")
	sort.field, sort.required = "", false // its absence has an answer of its own
	sort.get = func(_ *view, r *record) any { return sectionPrefix + r.values.Text("resource_type") }
	return &resource{
		path: "sections", label: "Section", schema: tenon.Document.Info().Part("section").Fields,
		about:   "What a document says, piece by piece.",
		src:     partSource{kind: tenon.Document, part: "section", path: "sections", item: "document_id", finish: finishSection},
		parents: []parent{{path: "documents", attr: "document_id", match: "item_id", verbs: canAll}},
		attrs: attrs([]attribute{
			made(id, "document-id", func(_ *view, r *record) any { return int64(r.part().Item) }), sort,
			rw(text, "content"), made(text, "rendered-content", func(_ *view, r *record) any { return r.values.Text("content") }),
			rw(number, "level"), rw(number, "duration"),
			made(number, "sort", func(_ *view, r *record) any { return int64(r.part().Position + 1) }),
		}, timeAttrs()),
		filters: filters(by(id, "id"), []filter{
			{name: "document_id", column: "item_id", form: id}, {name: "resource_type", column: "resource_type", form: text, read: ofSection},
		}),
		sorts: map[string]string{"sort": "position", "id": "id", "created_at": "created_at", "updated_at": "updated_at"}, first: "position",
	}
}

func ofSection(_ *request, s string) ([]filterMatch, error) {
	m := filterMatch{Field: "resource_type", Values: []any{}}
	for _, w := range words(s) {
		m.Values = append(m.Values, strings.TrimPrefix(w, sectionPrefix))
	}
	return []filterMatch{m}, nil
}

// finishSection holds the sort of a section: it is needed at first, and stays.
func finishSection(in change, was *store.ItemPart, to tenon.Values) error {
	x, sent := in.attrs["resource_type"]
	s, plain := scalar(x)
	if !plain && x != nil {
		return fail(http.StatusUnprocessableEntity, "/data/attributes/resource-type", "resource-type must be text.")
	}
	if !sent || s == "" {
		if was != nil {
			return nil
		}
		return fail(http.StatusBadRequest, "/data/attributes/resource-type", "param is missing or the value is empty: resource_type")
	}
	s = strings.TrimPrefix(s, sectionPrefix)
	switch {
	case was == nil:
		to["resource_type"] = s
	case was.Values.Text("resource_type") != s:
		return fail(http.StatusUnprocessableEntity, "/data/attributes/resource-type", "The sort of a section cannot be changed.")
	}
	return nil
}

// documentImages are the pictures of documents. They are attachments of the
// document, also those that stand in a gallery.
func documentImages() *resource {
	return &resource{
		path: "document_images", label: "Document image",
		about: "Pictures of documents.", verbs: canGet | canCreate | canDelete, src: imageSource{}, limit: maxUpload,
		attrs: attachmentAttrs(),
	}
}

// imageSource stands behind document images.
type imageSource struct{}

func (imageSource) list(*request, store.Slice) ([]record, int64, error) { return nil, 0, nil }

func (imageSource) get(r *request, ids []int64) ([]record, error) {
	var out []record
	for _, n := range ids {
		var f *tenon.Attachment
		err := r.read(func(tx *store.Tx) (err error) {
			if f, err = tx.GetAttachment(r.viewer, n); err != nil || f.Item == 0 {
				return err
			}
			i, err := tx.GetItem(r.viewer, f.Item)
			if err == nil && i.Kind != tenon.Document {
				f.Item = 0
			}
			return err
		})
		if tenon.CodeOf(err) == tenon.NotFound || (err == nil && f.Item == 0) {
			err = missing(r.s.resources["document_images"], n)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, attachmentRecord(*f))
	}
	return out, nil
}

func (imageSource) create(r *request, in []change) ([]int64, error) {
	var ids []int64
	for i := range in {
		target, _ := in[i].attrs["target"].(map[string]any)
		image, _ := in[i].attrs["image"].(map[string]any)
		word, _ := scalar(target["type"])
		number, _ := scalar(target["id"])
		item, err := documentOf(r, strings.ToLower(word), tenon.ParseID(number))
		if err != nil {
			return nil, err
		}
		name, content, err := readFile(image, "image")
		if err != nil {
			return nil, err
		}
		f, err := r.s.core.Attach(r.Context(), r.viewer, item, name, "", bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		ids = append(ids, f.ID)
	}
	return ids, nil
}

// documentOf returns the document that a picture is for: itself, or that of the gallery.
func documentOf(r *request, word string, n int64) (tenon.ItemID, error) {
	switch word {
	case "document":
		if _, err := r.s.resources["documents"].src.get(r, []int64{n}); err != nil {
			return 0, errUnreachable()
		}
		return tenon.ItemID(n), nil
	case "gallery":
		found, err := r.s.resources["sections"].src.get(r, []int64{n})
		if err != nil {
			return 0, errUnreachable()
		}
		return found[0].part().Item, nil
	}
	return 0, fail(http.StatusUnprocessableEntity, "/data/attributes/target", "target must have the type document or gallery, and an id.")
}

func (imageSource) update(*request, []change) error { return nil }

func (imageSource) remove(r *request, ids []int64) error {
	for _, n := range ids {
		if err := r.s.core.RemoveAttachment(r.Context(), r.viewer, n); err != nil {
			return err
		}
	}
	return nil
}

// maxUpload is the longest body that holds a file.
const maxUpload = 140 << 20

// readFile reads a file that is sent inside JSON: strict base64, and a name.
func readFile(m map[string]any, what string) (name string, content []byte, err error) {
	bad := func(why string) error {
		return fail(http.StatusUnprocessableEntity, "/data/attributes/"+what, why)
	}
	for _, key := range []string{"file_name", "file-name"} {
		if s, ok := m[key].(string); ok && s != "" {
			name = s
		}
	}
	text, ok := m["content"].(string)
	switch {
	case name == "":
		return "", nil, bad(what + " needs a file_name.")
	case !ok || text == "":
		return "", nil, bad(what + " needs its content, in base64.")
	}
	if content, err = base64.StdEncoding.Strict().DecodeString(text); err != nil || slices.Contains([]byte(text), '\n') {
		return "", nil, bad("The content is not base64.")
	}
	return name, content, nil
}
