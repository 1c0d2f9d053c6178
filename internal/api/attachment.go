package api

import (
	"crypto/sha256"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/httpkit"
)

type attachmentJSON struct {
	ID          int64     `json:"id"`
	ItemID      *int64    `json:"item_id"`
	Name        string    `json:"name"`
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"`
	ContentType string    `json:"content_type"`
	CreatedAt   time.Time `json:"created_at"`
	CreatedBy   *int64    `json:"created_by"`
}

func encodeAttachment(a tenon.Attachment) attachmentJSON {
	return attachmentJSON{ID: a.ID, ItemID: orNull(int64(a.Item)), Name: a.Name, Size: a.Size, SHA256: a.Hash, ContentType: a.ContentType,
		CreatedAt: a.CreatedAt.UTC(), CreatedBy: orNull(int64(a.CreatedBy))}
}

type renameIn struct {
	Name string `json:"name"`
}

func (s *server) attachmentList(r *request) (answer, error) {
	rows, err := s.core.Attachments(r.Context(), r.viewer, tenon.ItemID(r.id("item")))
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeAttachment)
}

func (s *server) organizationAttachments(r *request) (answer, error) {
	rows, err := s.core.OrganizationAttachments(r.Context(), r.viewer, tenon.OrgID(r.id("organization")))
	if err != nil {
		return answer{}, err
	}
	return list(rows, "", encodeAttachment)
}

// upload is a file that a request brings: its body as it is, named by the
// parameter name, or the first file of a form.
type upload struct {
	name, contentType string
	content           io.Reader
}

// maxUpload is the longest body of an upload, the form around the file included.
const maxUpload = core.MaxAttachment + 1<<20

func (r *request) upload(limit int64) (*upload, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, limit)
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, httpkit.Refuse(http.StatusUnsupportedMediaType, tenon.Invalid, "Say with the header Content-Type what the file is.")
	}
	if !strings.HasPrefix(contentType, "multipart/") {
		if r.query["name"] == "" {
			return nil, tenon.FieldErrorf("name", "Say with the parameter name what the file is called.")
		}
		return &upload{r.query["name"], r.Header.Get("Content-Type"), r.Body}, nil
	}
	if r.viewer.Key == 0 {
		return nil, httpkit.Refuse(http.StatusUnsupportedMediaType, tenon.Invalid, "Forms are taken with an API key only. Send the file itself as the body.")
	}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, httpkit.Refuse(http.StatusBadRequest, tenon.Invalid, "The form cannot be read. Nothing was changed.")
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, httpkit.Refuse(http.StatusBadRequest, tenon.Invalid, "There is no file in the form. Nothing was changed.")
		}
		if part.FileName() != "" {
			return &upload{part.FileName(), part.Header.Get("Content-Type"), part}, nil
		}
	}
}

// spool writes an upload to a file first where the request can be repeated: a
// repetition is known by the hash of the whole body.
func (r *request) spool(rt *route) error {
	if r.Header.Get("Idempotency-Key") == "" || !rt.creates() {
		return nil
	}
	f, err := os.CreateTemp("", "tenon-upload-*")
	if err != nil {
		return err
	}
	r.close = func() {
		f.Close()
		os.Remove(f.Name())
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(r.Body, maxUpload+1))
	switch {
	case err != nil:
		return httpkit.Refuse(http.StatusBadRequest, tenon.Invalid, "The upload did not arrive whole. Nothing was changed.")
	case n > maxUpload:
		return tenon.Errorf(tenon.TooLarge, "The upload is longer than %d bytes. Nothing was changed.", maxUpload)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r.body, r.Body = hash.Sum(nil), f
	return nil
}

func (s *server) attach(r *request) (answer, error) {
	f, err := r.upload(maxUpload)
	if err != nil {
		return answer{}, err
	}
	return attached(s.core.Attach(r.Context(), r.viewer, tenon.ItemID(r.id("item")), f.name, f.contentType, f.content))
}

func (s *server) attachToOrganization(r *request) (answer, error) {
	f, err := r.upload(maxUpload)
	if err != nil {
		return answer{}, err
	}
	return attached(s.core.AttachToOrganization(r.Context(), r.viewer, tenon.OrgID(r.id("organization")), f.name, f.contentType, f.content))
}

func attached(a *tenon.Attachment, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return created("attachments", a.ID, encodeAttachment(*a))
}

func (s *server) attachmentOpen(r *request) (answer, error) {
	a, content, err := s.core.OpenAttachment(r.Context(), r.viewer, r.id("attachment"))
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: a.Name, contentType: a.ContentType, size: a.Size, content: content}}, nil
}

func (s *server) attachmentRename(r *request) (answer, error) {
	var in renameIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	a, err := s.core.RenameAttachment(r.Context(), r.viewer, r.id("attachment"), in.Name)
	if err != nil {
		return answer{}, err
	}
	return ok(encodeAttachment(*a))
}

func (s *server) attachmentRemove(r *request) (answer, error) {
	if err := s.core.RemoveAttachment(r.Context(), r.viewer, r.id("attachment")); err != nil {
		return answer{}, err
	}
	return done()
}
