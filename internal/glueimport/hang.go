package glueimport

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// copyHanging walks through a list once more, for what hangs on its records
// and leads to others: by now all of these are there.
func copyHanging(ctx context.Context, w *working, s *step) error {
	take := func(ctx context.Context, a *answer) error { return w.takeHanging(ctx, s, a) }
	switch s.kind {
	case tenon.FlexibleAsset:
		w.at.Under = true
		return w.under(ctx, "flexible_asset_types", func(ctx context.Context, id string) error {
			q := maps.Clone(s.query)
			q.Set("filter[flexible-asset-type-id]", id)
			return w.pages(ctx, s.name, q, take)
		})
	case tenon.Document:
		q := maps.Clone(s.query)
		q.Set("filter[document_folder_id][ne]", "")
		return w.pages(ctx, s.name, q, take)
	}
	return w.pages(ctx, s.name, s.query, take)
}

// takeHanging hangs the files and relations of one part of a page on our
// records. Each is written for itself, and a tie says that it is there: what
// was hung by a copy that was killed before it wrote the tie is found.
func (w *working) takeHanging(ctx context.Context, s *step, a *answer) error {
	mine, err := w.tied(ctx, s.name, ids(a.Data))
	if err != nil {
		return err
	}
	files, relations := a.included("attachments"), a.included("related-items")
	for i := range a.Data {
		r := &a.Data[i]
		tie, ok := mine[r.ID]
		if !ok {
			continue
		}
		item := tenon.ItemID(tie.Local)
		for _, id := range r.named("attachments") {
			if err := w.hang(ctx, "attachments", files[id], func() (int64, error) { return w.attach(ctx, s, r, item, files[id]) }); err != nil {
				return err
			}
		}
		for _, id := range r.named("related-items") {
			if err := w.hang(ctx, "related_items", relations[id], func() (int64, error) { return w.relate(ctx, item, relations[id]) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *working) tied(ctx context.Context, resource string, ids []string) (out map[string]store.CopyTie, err error) {
	err = w.e.st.Read(ctx, func(tx *store.Tx) error {
		out, err = tx.SystemCopyTies(w.j.Source, resource, ids)
		return err
	})
	return out, err
}

// hang does what is not done yet, and writes the tie.
func (w *working) hang(ctx context.Context, resource string, r *record, do func() (int64, error)) error {
	if r == nil {
		return nil
	}
	done, err := w.tied(ctx, resource, []string{r.ID})
	if err != nil || done[r.ID].Local != 0 {
		return err
	}
	local, err := do()
	failpoint.At("copy/hung")
	if operation.Fatal(err) {
		return err
	}
	return w.chunk(ctx, resource, func(tx *store.Tx, c *chunk) error {
		if err != nil {
			c.Problems = append(c.Problems, Problem{resource, r.ID, r.name(), tenon.MessageOf(err)})
			w.at.Counts.Failed++
			return nil
		}
		if local == 0 {
			return nil
		}
		c.Hung = append(c.Hung, local)
		return tx.PutCopyTies(w.j.Source, resource, []store.CopyTie{{External: r.ID, Local: local}})
	})
}

// relate ties two of our records as they are tied there.
func (w *working) relate(ctx context.Context, item tenon.ItemID, r *record) (int64, error) {
	resource := resourceOf(r.text("resource-type"))
	there, err := w.tied(ctx, resource, []string{r.id("resource-id")})
	if err != nil {
		return 0, err
	}
	tie, ok := there[r.id("resource-id")]
	if !ok {
		return 0, tenon.Errorf(tenon.NotFound, "It leads to %s %s, which did not come.", r.text("resource-type"), r.id("resource-id"))
	}
	to, org := tenon.ItemID(tie.Local), tenon.OrgID(0)
	if resource == "organizations" {
		to, org = 0, tenon.OrgID(tie.Local)
	}
	made, err := w.e.c.Relate(ctx, w.v, item, to, org, r.text("notes"))
	if tenon.CodeOf(err) == tenon.Conflict {
		return tie.Local, nil // from the other end, or by a copy that was killed
	}
	if err != nil {
		return 0, err
	}
	return made.ID, nil
}

// attach brings a file, unless the record has one of that name and content.
func (w *working) attach(ctx context.Context, s *step, on *record, item tenon.ItemID, r *record) (int64, error) {
	name, address := fileOf(r)
	if address == "" {
		a, err := w.from.read(ctx, s.name+"/"+on.ID+"/relationships/attachments/"+r.ID, nil)
		if err != nil && !refused(err) {
			return 0, err
		}
		if err == nil && len(a.Data) > 0 {
			name, address = fileOf(&a.Data[0])
		}
	}
	if address == "" {
		return 0, tenon.Errorf(tenon.NotFound, "The source does not say where the file is.")
	}
	body, err := w.from.open(ctx, address, url.Values{})
	if refused(err) {
		return 0, tenon.Errorf(tenon.NotFound, "The source does not give the file: %s.", err)
	}
	if err != nil {
		return 0, err
	}
	f, err := w.e.c.Attach(ctx, w.v, item, name, r.text("content-type"), http.MaxBytesReader(nil, body, maxAnswer))
	if cerr := body.Close(); err == nil && cerr != nil {
		err = w.from.unreachable(ctx, cerr)
	}
	if err != nil {
		return 0, err
	}
	return w.once(ctx, item, f)
}

// once keeps the elder of two files of one name and content: the younger was
// brought anew by a copy that was killed before it had written the tie.
func (w *working) once(ctx context.Context, item tenon.ItemID, f *tenon.Attachment) (int64, error) {
	all, err := w.e.c.Attachments(ctx, w.v, item)
	if err != nil {
		return 0, err
	}
	for _, other := range all {
		if other.ID == f.ID || other.Name != f.Name || other.Hash != f.Hash {
			continue
		}
		tied := false
		err := w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
			tied, err = tx.SystemTiedTo(w.j.Source, "attachments", other.ID)
			return err
		})
		if err != nil {
			return 0, err
		}
		if !tied {
			return other.ID, w.e.c.RemoveAttachment(ctx, w.v, f.ID)
		}
	}
	return f.ID, nil
}

// fileOf returns how a file is called, and where its content is.
func fileOf(r *record) (name, address string) {
	for _, n := range []string{"attachment-file-name", "file-name", "name"} {
		if name = r.text(n); name != "" {
			break
		}
	}
	for _, n := range []string{"download-url", "attachment-url", "url"} {
		if address = r.text(n); address != "" {
			break
		}
	}
	return name, address
}
