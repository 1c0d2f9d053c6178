package itglue

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// hosts are the resources that related items and attachments hang on, by the
// word in the path. Not all of them are resources of their own here.
var hosts = map[string]tenon.Kind{
	"checklists": tenon.Checklist, "checklist_templates": tenon.ChecklistTemplate, "configurations": tenon.Configuration,
	"contacts": tenon.Contact, "documents": tenon.Document, "domains": tenon.Domain, "folders": tenon.DocumentFolder,
	"document_folders": tenon.DocumentFolder, "locations": tenon.Location, "passwords": tenon.Password, "password_folders": tenon.PasswordFolder,
	"ssl_certificates": tenon.SSLCertificate, "flexible_assets": tenon.FlexibleAsset, "tickets": tenon.Ticket,
}

// host returns the item that the path names.
func (r *request) host(word string) (*tenon.Item, error) {
	n, err := r.pathID("parent", hosts[word].Info().Label)
	if err != nil {
		return nil, err
	}
	i, err := r.s.core.Item(r.Context(), r.viewer, tenon.ItemID(n))
	if tenon.CodeOf(err) == tenon.NotFound || (err == nil && i.Kind != hosts[word]) {
		return nil, tenon.Errorf(tenon.NotFound, "There is no %s %d.", lower(hosts[word].Info().Label), n)
	}
	return i, err
}

func (r *record) relation() *tenon.Relation     { return r.of.(*tenon.Relation) }
func (r *record) attachment() *tenon.Attachment { return r.of.(*tenon.Attachment) }

func relatedItems() *resource {
	return &resource{
		path: "related_items", label: "Related item", about: "Ties between records. They are read with include=related_items.",
		attrs: []attribute{
			{name: "destination-id", form: id, field: "to", write: true, get: func(_ *view, r *record) any { return farID(r.relation()) }},
			{name: "destination-type", form: text, write: true, get: func(_ *view, r *record) any { return farWord(r.relation()) }},
			made(text, "resource-type", func(_ *view, r *record) any { return farWord(r.relation()) }),
			made(id, "resource-id", func(_ *view, r *record) any { return farID(r.relation()) }),
			made(text, "asset-type", func(_ *view, r *record) any { return farWord(r.relation()) }),
			made(text, "name", func(_ *view, r *record) any { return r.relation().Name }),
			{name: "notes", form: text, write: true, get: func(_ *view, r *record) any { return r.relation().Notes }},
			made(moment, "created-at", createdAt),
		},
	}
}

// farID is the record at the other end.
func farID(x *tenon.Relation) any {
	switch {
	case x.ToOrg != 0:
		return int64(x.ToOrg)
	case x.Inverse:
		return int64(x.From)
	}
	return int64(x.To)
}

func farWord(x *tenon.Relation) any {
	if x.ToOrg != 0 || x.Kind == 0 {
		return "Organization"
	}
	return resourceWord[x.Kind]
}

func relationRecord(x tenon.Relation) record {
	return record{id: x.ID, created: x.CreatedAt, updated: x.CreatedAt, of: &x}
}

// relate ties a record to others.
func relate(r *request, word string) (answer, error) {
	i, err := r.host(word)
	if err != nil {
		return answer{}, err
	}
	d, err := r.someData()
	if err != nil {
		return answer{}, err
	}
	var made []int64
	err = r.s.core.Batch(r.Context(), len(d.data), func(tx *store.Tx, n int) error {
		if n == 0 {
			made = nil
		}
		in := reader{in: d.data[n]}
		kindWord, notes := "", ""
		in.text("destination_type", &kindWord)
		in.text("notes", &notes)
		if in.err != nil {
			return in.err
		}
		to := idOf(d.data[n], "destination_id")
		if to <= 0 {
			return fail(http.StatusUnprocessableEntity, "/data/attributes/destination", "must exist")
		}
		item, org := tenon.ItemID(to), tenon.OrgID(0)
		if kind := kindNamed(kindWord); kind == 0 {
			if nameKey(kindWord) != "organization" && nameKey(kindWord) != "organizations" {
				return fail(http.StatusUnprocessableEntity, "/data/attributes/destination-type", "There is no such type of record.")
			}
			item, org = 0, tenon.OrgID(to)
		} else if far, err := tx.GetItem(r.viewer, item); err != nil || far.Kind != kind {
			return errUnreachable()
		}
		x, err := r.s.core.RelateIn(tx, r.viewer, i.ID, item, org, notes)
		if tenon.CodeOf(err) == tenon.NotFound {
			return errUnreachable()
		}
		if err == nil {
			made = append(made, x.ID)
		}
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return r.relationsOf(i, made, d.many, http.StatusCreated)
}

// someData reads a body that must hold at least one object.
func (r *request) someData() (document, error) {
	d, err := readDocument(r.body)
	if err == nil && len(d.data) == 0 {
		err = fail(http.StatusBadRequest, "/data", "param is missing or the value is empty: data")
	}
	return d, err
}

// relationsOf answers those of an item's relations.
func (r *request) relationsOf(i *tenon.Item, ids []int64, many bool, status int) (answer, error) {
	all, err := r.s.core.Relations(r.Context(), r.viewer, i.ID)
	if err != nil {
		return answer{}, err
	}
	found := []record{}
	for _, n := range ids {
		at := slices.IndexFunc(all, func(x tenon.Relation) bool { return x.ID == n })
		if at < 0 {
			return answer{}, missing(r.s.resources["related_items"], n)
		}
		found = append(found, relationRecord(all[at]))
	}
	return r.whole(r.s.resources["related_items"], found, many, status)
}

// answersOf answers those of a record's relations, or of its files.
type answersOf func(i *tenon.Item, ids []int64, many bool, status int) (answer, error)

// hanging reads which of what hangs on a record the body names, and answers them.
func (r *request) hanging(res *resource, word string, of answersOf) (document, answer, error) {
	i, err := r.host(word)
	if err != nil {
		return document{}, answer{}, err
	}
	d, err := readDocument(r.body)
	if err != nil {
		return document{}, answer{}, err
	}
	if err := eachOnce(res, d); err != nil {
		return document{}, answer{}, err
	}
	a, err := of(i, idsOf(d), true, http.StatusOK)
	return d, a, err
}

// renaming is a text that a request gives to one of what hangs on a record, once
// for each of its names that was sent.
type renaming struct {
	host  *tenon.Item
	id    int64
	texts []string
}

// renaming reads the one that the address names, and its text, which the body
// has under one of the names.
func (r *request) renaming(word string, of answersOf, names ...string) (n renaming, err error) {
	if n.host, err = r.host(word); err != nil {
		return n, err
	}
	n.id = tenon.ParseID(r.PathValue("id"))
	if _, err = of(n.host, []int64{n.id}, false, http.StatusOK); err != nil {
		return n, err
	}
	d, err := r.someData()
	if err != nil {
		return n, err
	}
	in := reader{in: d.data[0]}
	for _, name := range names {
		if _, sent := d.data[0].attrs[name]; sent {
			text := ""
			in.text(name, &text)
			n.texts = append(n.texts, text)
		}
	}
	return n, in.err
}

// unrelate unties what the body names.
func unrelate(r *request, word string) (answer, error) {
	d, a, err := r.hanging(r.s.resources["related_items"], word, r.relationsOf)
	if err != nil {
		return answer{}, err
	}
	return a, r.s.core.Batch(r.Context(), len(d.data), func(tx *store.Tx, n int) error {
		return r.s.core.UnrelateIn(tx, r.viewer, d.data[n].id)
	})
}

// noteRelation changes the notes of a relation, and nothing else.
func noteRelation(r *request, word string) (answer, error) {
	n, err := r.renaming(word, r.relationsOf, "notes")
	if err != nil {
		return answer{}, err
	}
	if len(n.texts) > 0 {
		if err := r.s.core.NoteRelation(r.Context(), r.viewer, n.id, n.texts[0]); err != nil {
			return answer{}, err
		}
	}
	return r.relationsOf(n.host, []int64{n.id}, false, http.StatusOK)
}

func attachmentAttrs() []attribute {
	return []attribute{
		made(text, "name", func(_ *view, r *record) any { return r.attachment().Name }),
		made(text, "attachment-file-name", func(_ *view, r *record) any { return r.attachment().Name }),
		made(number, "attachment-file-size", func(_ *view, r *record) any { return r.attachment().Size }),
		made(text, "attachment-content-type", func(_ *view, r *record) any { return r.attachment().ContentType }),
		made(text, "download-url", func(v *view, r *record) any {
			return v.r.base() + "/attachments/" + tenon.ItemID(r.id).String() + "/download"
		}),
		made(moment, "created-at", createdAt), made(moment, "updated-at", updatedAt),
	}
}

func attachments() *resource {
	return &resource{path: "attachments", label: "Attachment", about: "Files on records.", attrs: attachmentAttrs(), limit: maxUpload}
}

func attachmentRecord(f tenon.Attachment) record {
	return record{id: f.ID, created: f.CreatedAt, updated: f.CreatedAt, of: &f}
}

// filesOf answers those of the files of an item, all of them for nil.
func (r *request) filesOf(i *tenon.Item, ids []int64, many bool, status int) (answer, error) {
	all, err := r.s.core.Attachments(r.Context(), r.viewer, i.ID)
	if err != nil {
		return answer{}, err
	}
	found := []record{}
	if ids == nil {
		for _, f := range all {
			found = append(found, attachmentRecord(f))
		}
	}
	for _, n := range ids {
		at := slices.IndexFunc(all, func(f tenon.Attachment) bool { return f.ID == n })
		if at < 0 {
			return answer{}, missing(r.s.resources["attachments"], n)
		}
		found = append(found, attachmentRecord(all[at]))
	}
	if ids == nil {
		number, size := r.params.page()
		page, total := cut(found, store.Slice{Skip: (number - 1) * size, Limit: size})
		return r.many(r.s.resources["attachments"], page, number, size, total, status)
	}
	return r.whole(r.s.resources["attachments"], found, many, status)
}

func listFiles(r *request, word string) (answer, error) {
	i, err := r.host(word)
	if err != nil {
		return answer{}, err
	}
	return r.filesOf(i, nil, true, http.StatusOK)
}

func getFile(r *request, word string) (answer, error) {
	i, err := r.host(word)
	if err != nil {
		return answer{}, err
	}
	return r.filesOf(i, []int64{tenon.ParseID(r.PathValue("id"))}, false, http.StatusOK)
}

// attach hangs files on a record. A file is stored before the record is told
// of it, so that several are not one transaction: what came before a refused
// one stays.
func attach(r *request, word string) (answer, error) {
	i, err := r.host(word)
	if err != nil {
		return answer{}, err
	}
	files, many, err := r.uploads()
	if err != nil {
		return answer{}, err
	}
	ids := []int64{}
	for _, f := range files {
		made, err := r.s.core.Attach(r.Context(), r.viewer, i.ID, f.name, "", bytes.NewReader(f.content))
		if err != nil {
			return answer{}, err
		}
		ids = append(ids, made.ID)
	}
	return r.filesOf(i, ids, many, http.StatusCreated)
}

// upload is a file that a request brings.
type upload struct {
	name    string
	content []byte
}

// uploads reads the files of a request: in base64 inside of JSON, or as the
// files of a form. many tells that the answer is a list.
func (r *request) uploads() (files []upload, many bool, err error) {
	if kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		files, err := formFiles(r.body, params["boundary"])
		return files, len(files) > 1, err
	}
	d, err := r.someData()
	if err != nil {
		return nil, false, err
	}
	files = make([]upload, len(d.data))
	for n := range d.data {
		m, _ := d.data[n].attrs["attachment"].(map[string]any)
		if files[n].name, files[n].content, err = readFile(m, "attachment"); err != nil {
			return nil, false, inBatch(err, n, len(d.data))
		}
	}
	return files, d.many, nil
}

// formFiles takes the files out of a form, under whatever names they stand.
func formFiles(body []byte, boundary string) ([]upload, error) {
	var files []upload
	for form := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fail(http.StatusBadRequest, "", "The form cannot be read.")
		}
		if part.FileName() == "" {
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "", "The form cannot be read.")
		}
		if files = append(files, upload{part.FileName(), content}); len(files) > core.MaxBatch {
			return nil, tenon.Errorf(tenon.TooLarge, "One request changes %d records at most. Nothing was changed.", core.MaxBatch)
		}
	}
	if len(files) == 0 {
		return nil, fail(http.StatusBadRequest, "/data/attributes/attachment", "param is missing or the value is empty: attachment")
	}
	return files, nil
}

// renameFile changes the name under which a file is shown.
func renameFile(r *request, word string) (answer, error) {
	n, err := r.renaming(word, r.filesOf, "attachment_file_name", "name")
	if err != nil {
		return answer{}, err
	}
	// Of both names one may be an echo: the other is what is meant.
	var was *tenon.Attachment
	err = r.read(func(tx *store.Tx) (err error) {
		was, err = tx.GetAttachment(r.viewer, n.id)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	n.texts = slices.DeleteFunc(n.texts, func(s string) bool { return s == was.Name })
	if len(n.texts) > 0 {
		text := n.texts[len(n.texts)-1]
		if strings.TrimSpace(text) == "" {
			return answer{}, fail(http.StatusUnprocessableEntity, "/data/attributes/name", "can't be blank")
		}
		if _, err := r.s.core.RenameAttachment(r.Context(), r.viewer, n.id, text); err != nil {
			return answer{}, err
		}
	}
	return r.filesOf(n.host, []int64{n.id}, false, http.StatusOK)
}

func detach(r *request, word string) (answer, error) {
	d, a, err := r.hanging(r.s.resources["attachments"], word, r.filesOf)
	if err != nil {
		return answer{}, err
	}
	for _, c := range d.data {
		if err := r.s.core.RemoveAttachment(r.Context(), r.viewer, c.id); err != nil {
			return answer{}, err
		}
	}
	return a, nil
}

// download answers the content of a file.
func download(r *request) (answer, error) {
	f, content, err := r.s.core.OpenAttachment(r.Context(), r.viewer, tenon.ParseID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: &file{name: f.Name, contentType: f.ContentType, size: f.Size, content: content}}, nil
}

// hangingRoutes are the routes of related items and attachments, for each
// resource that they hang on.
func hangingRoutes(all map[string]*resource) []route {
	acts := []struct {
		res, method, rest string
		verb              verb
		handle            func(*request, string) (answer, error)
	}{
		{"related_items", http.MethodPost, "", canCreate, relate},
		{"related_items", http.MethodDelete, "", canDeleteMany, unrelate},
		{"related_items", http.MethodPatch, "/{id}", canUpdate, noteRelation},
		{"attachments", http.MethodGet, "", canList, listFiles},
		{"attachments", http.MethodGet, "/{id}", canGet, getFile},
		{"attachments", http.MethodPost, "", canCreate, attach},
		{"attachments", http.MethodPatch, "/{id}", canUpdate, renameFile},
		{"attachments", http.MethodDelete, "", canDeleteMany, detach},
	}
	var out []route
	for _, word := range sortedKeys(hosts) {
		for _, a := range acts {
			res := all[a.res]
			out = append(out, route{method: a.method, path: word + "/{parent}/relationships/" + a.res + a.rest, res: res, verb: a.verb, limit: res.limit, need: needHanging(a.verb),
				handle: func(r *request) (answer, error) {
					// Also what would change nothing is for those who may.
					if _, err := r.host(word); err != nil {
						return answer{}, err
					}
					if err := r.viewer.Need(needHanging(a.verb)); err != nil {
						return answer{}, err
					}
					return a.handle(r, word)
				}})
		}
	}
	return append(out, route{method: http.MethodGet, path: "attachments/{id}/download", res: all["attachments"], need: tenon.ViewRecords, about: "Attachment: Content", handle: download})
}

func needHanging(v verb) tenon.Action {
	if v&readOnly != 0 {
		return tenon.ViewRecords
	}
	return tenon.EditItems
}
