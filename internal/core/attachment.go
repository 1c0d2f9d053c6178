package core

import (
	"bufio"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// MaxAttachment is how large an attached file may be.
const MaxAttachment = 100 << 20

// maxFileName is how long the name of an attached file may be, in bytes, as
// file systems have it.
const maxFileName = 255

// Attach stores a file and hangs it on an item. contentType is what the
// sender says; it counts only where the content itself does not tell.
func (c *Core) Attach(ctx context.Context, v tenon.Viewer, item tenon.ItemID, name, contentType string, r io.Reader) (*tenon.Attachment, error) {
	return c.attach(ctx, v, tenon.EditItems, name, contentType, r, func(tx *store.Tx) (*attachedTo, error) {
		i, err := tx.GetItem(v, item)
		if err != nil {
			return nil, err
		}
		return &attachedTo{item: i.ID, subject: i.Kind.String(), id: int64(i.ID), name: i.Name, binder: i.BinderID}, nil
	})
}

// AttachToOrganization stores a file and hangs it on a live organization.
func (c *Core) AttachToOrganization(ctx context.Context, v tenon.Viewer, org tenon.OrgID, name, contentType string, r io.Reader) (*tenon.Attachment, error) {
	return c.attach(ctx, v, tenon.EditOrgs, name, contentType, r, func(tx *store.Tx) (*attachedTo, error) {
		o, err := EditableOrganization(tx, v, org)
		if err != nil {
			return nil, err
		}
		return organizationTarget(o), nil
	})
}

// attachedTo is the record that a file hangs on.
type attachedTo struct {
	item    tenon.ItemID
	subject string
	id      int64
	name    string
	binder  tenon.BinderID
}

func organizationTarget(o *tenon.Organization) *attachedTo {
	return &attachedTo{subject: "organization", id: int64(o.ID), name: o.Name, binder: o.ID.Home()}
}

func (t *attachedTo) event(action string, changes ...tenon.Change) tenon.Event {
	return tenon.Event{Action: action, Subject: t.subject, SubjectID: t.id, Name: t.name, Binder: t.binder, Changes: changes}
}

// attach asks before it reads the file, so that nobody uploads in vain, and
// again in the transaction that hangs it: the record may have changed hands.
func (c *Core) attach(ctx context.Context, v tenon.Viewer, right tenon.Action, name, contentType string, r io.Reader, target func(*store.Tx) (*attachedTo, error)) (*tenon.Attachment, error) {
	if c.blobs == nil {
		return nil, tenon.Errorf(tenon.Unavailable, "There is no place for files, so nothing can be attached.")
	}
	name, err := fileName(name)
	if err != nil {
		return nil, err
	}
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		if _, err := target(tx); err != nil {
			return err
		}
		return v.Need(right)
	})
	if err != nil {
		return nil, err
	}
	head := bufio.NewReader(r)
	kind, err := sniff(head, contentType)
	if err != nil {
		return nil, err
	}
	ref, err := c.blobs.Put(ctx, head, MaxAttachment)
	if err != nil {
		return nil, err
	}
	f := &tenon.Attachment{Name: name, Size: ref.Size, Hash: ref.Hash, ContentType: kind, CreatedBy: v.User}
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		to, err := target(tx)
		if err != nil {
			return err
		}
		if f.ID, err = tx.NewID(); err != nil {
			return err
		}
		f.Item, f.Binder = to.item, to.binder
		if to.item != 0 {
			f.Binder = 0
		}
		if err := tx.InsertAttachment(f); err != nil {
			return err
		}
		return tx.Record(v, to.event("attach", tenon.Change{Field: "attachment", After: name}))
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// sniff tells what a file is from its first bytes. What the sender says is
// taken only where these leave it open, and only for formats that no browser
// runs. Neither is reason enough to show a file inside a page.
func sniff(r *bufio.Reader, said string) (string, error) {
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	found := http.DetectContentType(head)
	open := []string{"application/octet-stream", "application/zip", "text/plain; charset=utf-8"}
	if !slices.Contains(open, found) {
		return found, nil
	}
	if kind, _, err := mime.ParseMediaType(said); err == nil {
		harmless := []string{"text/csv", "application/json", "application/msword", "application/pkcs8", "application/x-x509-ca-cert"}
		if slices.Contains(harmless, kind) || strings.HasPrefix(kind, "application/vnd.") && !strings.HasSuffix(kind, "+xml") {
			return kind, nil
		}
	}
	return found, nil
}

// fileName makes a name safe to store and to offer for saving: the last
// element of any path, without characters that control or hide.
func fileName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		// Cf holds the marks that turn the reading direction, by which
		// "gpj.exe" can be made to look like "exe.jpg".
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	for len(name) > maxFileName { // keep the ending, which says what it is
		ext := path.Ext(name)
		if len(ext) > 20 {
			ext = ""
		}
		stem := strings.TrimSuffix(name, ext)
		_, size := utf8.DecodeLastRuneInString(stem)
		name = stem[:len(stem)-size] + ext
	}
	if name == "" || name == "." || name == ".." || name == "/" {
		return "", tenon.FieldErrorf("name", "The file needs a name.")
	}
	return name, nil
}

// Attachments returns the files on an item, the oldest first.
func (c *Core) Attachments(ctx context.Context, v tenon.Viewer, item tenon.ItemID) ([]tenon.Attachment, error) {
	var out []tenon.Attachment
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.GetItem(v, item)
		if err == nil {
			out, err = tx.ListAttachments(item)
		}
		return err
	})
	return out, err
}

// OrganizationAttachments returns the files on an organization, the oldest first.
func (c *Core) OrganizationAttachments(ctx context.Context, v tenon.Viewer, org tenon.OrgID) ([]tenon.Attachment, error) {
	var out []tenon.Attachment
	err := c.st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.GetOrganization(v, org)
		if err == nil {
			out, err = tx.ListOrganizationAttachments(v, org)
		}
		return err
	})
	return out, err
}

// OpenAttachment returns a file and its content, which the caller closes.
func (c *Core) OpenAttachment(ctx context.Context, v tenon.Viewer, id int64) (*tenon.Attachment, io.ReadCloser, error) {
	if c.blobs == nil {
		return nil, nil, tenon.Errorf(tenon.Unavailable, "There is no place for files.")
	}
	var f *tenon.Attachment
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = tx.GetAttachment(v, id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	content, err := c.blobs.Open(ctx, f.Hash)
	if err != nil {
		return nil, nil, &tenon.Error{Code: tenon.Internal, Message: "The content of this file is missing or damaged.", Err: err}
	}
	return f, content, nil
}

// RenameAttachment gives a file another name.
func (c *Core) RenameAttachment(ctx context.Context, v tenon.Viewer, id int64, name string) (*tenon.Attachment, error) {
	name, err := fileName(name)
	if err != nil {
		return nil, err
	}
	var out *tenon.Attachment
	err = c.st.Write(ctx, func(tx *store.Tx) error {
		f, to, err := attachment(tx, v, id)
		if err != nil {
			return err
		}
		old := f.Name
		f.Name, out = name, f
		if old == name {
			return nil
		}
		if err := tx.RenameAttachment(id, name); err != nil {
			return err
		}
		return tx.Record(v, to.event("update", tenon.Change{Field: "attachment", Before: old, After: name}))
	})
	return out, err
}

// RemoveAttachment takes a file off its record.
func (c *Core) RemoveAttachment(ctx context.Context, v tenon.Viewer, id int64) error {
	return c.st.Write(ctx, func(tx *store.Tx) error {
		f, to, err := attachment(tx, v, id)
		if err != nil {
			return err
		}
		if err := tx.RemoveAttachment(id); err != nil {
			return err
		}
		return tx.Record(v, to.event("detach", tenon.Change{Field: "attachment", Before: f.Name}))
	})
}

// attachment returns a file, and the record it hangs on, that the viewer may change.
func attachment(tx *store.Tx, v tenon.Viewer, id int64) (*tenon.Attachment, *attachedTo, error) {
	f, err := tx.GetAttachment(v, id)
	if err != nil {
		return nil, nil, err
	}
	if f.Item == 0 {
		if err := v.Need(tenon.EditOrgs); err != nil {
			return nil, nil, err
		}
		owner, err := tx.Owner(f.Binder)
		if err != nil {
			return nil, nil, err
		}
		o, err := EditableOrganization(tx, v, owner)
		if err != nil {
			return nil, nil, err
		}
		return f, organizationTarget(o), nil
	}
	if err := v.Need(tenon.EditItems); err != nil {
		return nil, nil, err
	}
	i, err := tx.GetItem(v, f.Item)
	if err != nil {
		return nil, nil, err
	}
	return f, &attachedTo{item: i.ID, subject: i.Kind.String(), id: int64(i.ID), name: i.Name, binder: i.BinderID}, nil
}
