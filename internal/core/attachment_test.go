package core_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// endless gives zeros for ever.
type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// broken fails as a connection does that ends early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAttachments(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		ann, reader, out := h.user("ann", tenon.Editor, acme), h.user("reader", tenon.ReadOnly, acme), h.user("out", tenon.Manager, beta)
		srv := h.named(tenon.Configuration, acme, "srv")
		f, err := h.Attach(ctx, ann, srv.ID, `C:\Users\ann\..\rack`+"\u202e\x07"+`.PDF`, "text/html", strings.NewReader("%PDF-1.7 hello"))
		h.must(err)
		if f.Name != "rack.PDF" || f.ContentType != "application/pdf" || f.Size != 14 || f.Item != srv.ID || f.CreatedBy != ann.User {
			h.t.Errorf("attached %+v", f)
		}
		page, err := h.Attach(ctx, ann, srv.ID, "page.txt", "image/png", strings.NewReader("<html><script>alert(1)</script>"))
		h.must(err)
		if page.ContentType != "text/html; charset=utf-8" {
			h.t.Errorf("a page passes for %s", page.ContentType)
		}
		empty, err := h.Attach(ctx, ann, srv.ID, "empty.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", strings.NewReader(""))
		h.must(err)
		if empty.Size != 0 {
			h.t.Errorf("attached %+v", empty)
		}
		org, err := h.AttachToOrganization(ctx, ann, acme, "contract.pdf", "", strings.NewReader("%PDF-1.7 contract"))
		h.must(err)
		for what, try := range map[string]struct {
			err  error
			code tenon.Code
		}{
			"no name":                {second(h.Attach(ctx, ann, srv.ID, "../..", "", strings.NewReader("x"))), tenon.Invalid},
			"read-only":              {second(h.Attach(ctx, reader, srv.ID, "x", "", strings.NewReader("x"))), tenon.Forbidden},
			"read-only, to the org.": {second(h.AttachToOrganization(ctx, reader, acme, "x", "", strings.NewReader("x"))), tenon.Forbidden},
			"reaches another":        {second(h.Attach(ctx, out, srv.ID, "x", "", strings.NewReader("x"))), tenon.NotFound},
			"the org. of others":     {second(h.AttachToOrganization(ctx, out, acme, "x", "", strings.NewReader("x"))), tenon.NotFound},
			"a broken upload":        {second(h.Attach(ctx, ann, srv.ID, "x", "", broken{})), tenon.Internal},
			"no place for files":     {second(core.New(core.Options{Store: h.st}).Attach(ctx, ann, srv.ID, "x", "", strings.NewReader("x"))), tenon.Unavailable},
		} {
			h.refused(what, try.err, try.code)
		}
		for _, id := range []int64{f.ID, org.ID} {
			_, _, err = h.OpenAttachment(ctx, out, id)
			h.refused("opening what one does not reach", err, tenon.NotFound)
			h.refused("removing it", h.RemoveAttachment(ctx, out, id), tenon.NotFound)
			h.refused("removing as read-only", h.RemoveAttachment(ctx, reader, id), tenon.Forbidden)
			h.refused("renaming as read-only", second(h.RenameAttachment(ctx, reader, id, "x")), tenon.Forbidden)
		}
		_, content, err := h.OpenAttachment(ctx, reader, f.ID)
		h.must(err)
		b, err := io.ReadAll(content)
		h.must(errors.Join(err, content.Close()))
		if !bytes.Equal(b, []byte("%PDF-1.7 hello")) {
			h.t.Errorf("read back %q", b)
		}
		renamed, err := h.RenameAttachment(ctx, ann, f.ID, strings.Repeat("ä", 200)+".pdf")
		h.must(err)
		if len(renamed.Name) > 255 || !strings.HasSuffix(renamed.Name, "ä.pdf") {
			h.t.Errorf("renamed to %d bytes", len(renamed.Name))
		}
		h.must(h.RemoveAttachment(ctx, ann, f.ID))
		_, _, err = h.OpenAttachment(ctx, admin, f.ID)
		h.refused("opening what was removed", err, tenon.NotFound)
		left, err := h.Attachments(ctx, reader, srv.ID)
		h.must(err)
		if len(left) != 2 {
			h.t.Errorf("left %+v", left)
		}
		_, err = h.Restrict(ctx, admin, srv.ID, []tenon.Subject{person(ann)})
		h.must(err)
		_, _, err = h.OpenAttachment(ctx, reader, page.ID)
		h.refused("opening a file of what is closed", err, tenon.NotFound)
		h.merge(acme, beta)
		files, err := h.OrganizationAttachments(ctx, out, beta)
		if err != nil || len(files) != 0 {
			h.t.Errorf("who reaches only the target's own binder sees %v, %v", files, err)
		}
		files, err = h.OrganizationAttachments(ctx, admin, beta)
		h.must(err)
		if len(files) != 1 {
			h.t.Errorf("after the merge %+v", files)
		}
		actions := ""
		for _, e := range h.events(admin, srv.ID) {
			actions += e.Action + " "
		}
		if want := "restrict detach update attach attach attach create "; actions != want {
			h.t.Errorf("events %q, want %q", actions, want)
		}
	})
}

func TestAttachmentsHaveALimit(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short alone, which make test never sets: it writes 100 MB")
	}
	each(t, func(h *house) {
		srv := h.named(tenon.Configuration, h.org("Acme"), "srv")
		_, err := h.Attach(ctx, admin, srv.ID, "big", "", endless{})
		h.refused("an endless file", err, tenon.TooLarge)
	})
}
