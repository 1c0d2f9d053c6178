package glueimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// inARow is how many records in a row are asked for by themselves in vain.
const inARow = 10

// copyHanging walks through a list once more, for what hangs on its records
// and leads to others: by now all of these are there.
func copyHanging(ctx context.Context, w *working, s *step) error {
	take := func(ctx context.Context, a *answer) error { return w.takeHanging(ctx, s, a) }
	if s.kind != tenon.FlexibleAsset {
		return w.everywhere(ctx, s, take)
	}
	w.at.Under = true
	return w.under(ctx, s, "flexible_asset_types", func(ctx context.Context, id string) error {
		q := maps.Clone(s.query)
		q.Set("filter[flexible-asset-type-id]", id)
		return w.pages(ctx, s.name, q, take)
	})
}

// takeHanging hangs the files and relations of one part of a page on our
// records. Each is written for itself, and a tie says that it is there: what
// was hung by a copy that was killed before it wrote the tie is found.
func (w *working) takeHanging(ctx context.Context, s *step, a *answer) error {
	mine, err := w.tied(ctx, s.name, ids(a.Data))
	if err != nil {
		return err
	}
	for i := range a.Data {
		r := &a.Data[i]
		tie, ok := mine[r.ID]
		if !ok {
			continue
		}
		err := w.takeHung(ctx, s, r, a, tie.Local)
		if err == nil {
			w.at.Last = r.ID
			if i+1 < len(a.Data) {
				err = w.pause(ctx)
			}
		}
		if err != nil { // what was done is done: another attempt might get no further
			return errors.Join(w.e.st.Write(context.WithoutCancel(ctx), w.save), err)
		}
	}
	return nil
}

// takeHung hangs what one record has.
func (w *working) takeHung(ctx context.Context, s *step, r *record, a *answer, local int64) error {
	one, err := w.alone(ctx, s, r)
	if err != nil {
		return err
	}
	for _, name := range s.along {
		says, along := r, a
		if !r.related(name) && one != nil {
			says, along = &one.Data[0], one
		}
		for _, id := range says.named(name) {
			what := along.included(name)[id]
			do := func() (int64, error) { return w.attach(ctx, s, r, local, what) }
			if name == "related-items" {
				do = func() (int64, error) { return w.relate(ctx, tenon.ItemID(local), what) }
			}
			if err := w.hang(ctx, resourceOf(name), what, do); err != nil {
				return err
			}
		}
	}
	return nil
}

// alone asks for a record by itself where its list does not say what hangs on
// it: some sources tell of relations only so. It is nil where the list says all,
// or the source does not.
func (w *working) alone(ctx context.Context, s *step, r *record) (*answer, error) {
	var want []string
	for _, name := range s.along {
		if !r.related(name) {
			want = append(want, resourceOf(name))
		}
	}
	if len(want) == 0 || w.at.Alone >= inARow {
		return nil, nil
	}
	one, err := w.from.read(ctx, s.name+"/"+r.ID, include(strings.Join(want, ",")))
	if err == nil && len(one.Data) == 1 {
		w.at.Alone = 0
		return one, nil
	}
	if err != nil && !refused(err) {
		return nil, err
	}
	words := "it answers with nothing"
	if err != nil {
		words = said(err)
	}
	p := Problem{s.name, r.ID, r.name(), fmt.Sprintf("The source does not say what hangs on it (%s): %s.", strings.Join(want, ", "), words)}
	if w.at.Alone++; w.at.Alone == inARow {
		p = Problem{Resource: s.name, Message: fmt.Sprintf("The source does not say what hangs on these records (%s), and is not asked for any more of them: %s.", strings.Join(want, ", "), words)}
	}
	return nil, w.tell(ctx, p)
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
func (w *working) attach(ctx context.Context, s *step, on *record, local int64, r *record) (int64, error) {
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
	var f *tenon.Attachment
	var err error
	for range readAgain {
		var cut bool
		if f, cut, err = w.load(ctx, s, local, r, name, address); !cut || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return 0, err
	}
	return w.once(ctx, s, local, f)
}

// watched tells whether what was read broke off.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// load brings a file once. It tells whether it was cut off on its way.
func (w *working) load(ctx context.Context, s *step, local int64, r *record, name, address string) (f *tenon.Attachment, cut bool, err error) {
	short, cancel := context.WithTimeout(ctx, oneFile)
	defer cancel()
	body, err := w.from.file(short, address)
	if refused(err) {
		return nil, false, tenon.Errorf(tenon.NotFound, "The source does not give the file: %s.", said(err))
	}
	if short.Err() != nil && ctx.Err() == nil {
		return nil, false, tenon.Errorf(tenon.NotFound, "The source does not give the file within %d seconds.", int(oneFile.Seconds()))
	}
	if err != nil {
		return nil, false, err
	}
	in := &watched{Reader: http.MaxBytesReader(nil, body, maxAnswer)}
	kind := cmp.Or(r.text("attachment-content-type"), r.text("content-type"))
	if s.kind == 0 {
		f, err = w.e.c.AttachToOrganization(ctx, w.v, tenon.OrgID(local), name, kind, in)
	} else {
		f, err = w.e.c.Attach(ctx, w.v, tenon.ItemID(local), name, kind, in)
	}
	cerr := body.Close()
	switch {
	case in.err != nil && ctx.Err() == nil:
		return nil, true, tenon.Errorf(tenon.NotFound, "The file breaks off on its way.")
	case err != nil:
		return nil, false, err
	case cerr != nil:
		return nil, false, w.from.unreachable(ctx, cerr)
	}
	return f, false, nil
}

// once keeps the elder of two files of one name and content: the younger was
// brought anew by a copy that was killed before it had written the tie.
func (w *working) once(ctx context.Context, s *step, local int64, f *tenon.Attachment) (int64, error) {
	var all []tenon.Attachment
	var err error
	if s.kind == 0 {
		all, err = w.e.c.OrganizationAttachments(ctx, w.v, tenon.OrgID(local))
	} else {
		all, err = w.e.c.Attachments(ctx, w.v, tenon.ItemID(local))
	}
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
