package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// attach hangs files on an item: those that were chosen, dropped or pasted.
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
	var names []string
	if r.MultipartForm != nil {
		for _, head := range r.MultipartForm.File["file"] {
			a, err := s.attachOne(r.Context(), v, id, head)
			if err != nil {
				return err
			}
			names = append(names, a.Name)
		}
	}
	switch len(names) {
	case 0:
		leaveNote(w, r, note{Tone: ui.Warn, Text: say.Text(r.Context(), "Choose a file first. Nothing was attached.")})
	case 1:
		leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s was attached.", names[0])})
	default:
		leaveNote(w, r, note{Text: say.Textf(r.Context(), "%s attached.", ui.Count(r.Context(), len(names), "file was", "files were"))})
	}
	return redirect(w, r, itemPath(id)+"#attachments")
}

func (s *server) attachOne(ctx context.Context, v tenon.Viewer, id tenon.ItemID, head *multipart.FileHeader) (*tenon.Attachment, error) {
	file, err := head.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return s.core.Attach(ctx, v, id, head.Filename, head.Header.Get("Content-Type"), file)
}

func (s *server) attachment(w http.ResponseWriter, r *http.Request) error {
	a, content, err := s.openAttachment(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.FormatInt(a.Size, 10))
	return send(w, r, content, a.ContentType, a.Name)
}

func (s *server) openAttachment(r *http.Request) (*tenon.Attachment, io.ReadCloser, error) {
	id, err := pathID[tenon.ItemID](r, "file")
	if err != nil {
		return nil, nil, err
	}
	return s.core.OpenAttachment(r.Context(), viewer(r), int64(id))
}

// What a preview is made of.
const (
	previewImage = "image"
	previewText  = "text"
	maxTextShown = 48 << 10
	maxImageRead = 10 << 20
)

// previewOf tells how a file can be looked at without being saved, "" for not
// at all. Nothing of the file reaches the browser as it is: a picture is made
// anew, a text is text.
func previewOf(a *tenon.Attachment) string {
	switch {
	case a.Size <= maxImageRead && (a.ContentType == "image/png" || a.ContentType == "image/jpeg" || a.ContentType == "image/gif" || a.ContentType == "image/webp"):
		return previewImage
	case strings.HasPrefix(a.ContentType, "text/"), a.ContentType == "application/json":
		return previewText
	}
	return ""
}

// attachmentView is the page on which a file is looked at.
type attachmentView struct {
	*tenon.Attachment
	title, back string // the record it hangs on
	text        string
	cut         bool
}

// attachmentPage shows a picture, or the beginning of a text.
func (s *server) attachmentPage(w http.ResponseWriter, r *http.Request) error {
	a, content, err := s.openAttachment(r)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	p := &attachmentView{Attachment: a}
	if previewOf(a) == previewText {
		data, err := io.ReadAll(io.LimitReader(content, maxTextShown+1))
		if err != nil {
			return err
		}
		if p.cut = len(data) > maxTextShown; p.cut {
			data = bytes.TrimRightFunc(data[:maxTextShown], func(c rune) bool { return c == utf8.RuneError })
		}
		p.text = strings.ToValidUTF8(string(data), "\uFFFD")
	}
	err = s.read(r, func(tx *store.Tx) error {
		if a.Item == 0 {
			owner, err := tx.Owner(a.Binder)
			if err != nil {
				return err
			}
			p.back = organizationPath(owner)
			o, err := tx.GetOrganization(viewer(r), owner)
			if err == nil {
				p.title = o.Name
			}
			return err
		}
		i, err := tx.GetItem(viewer(r), a.Item)
		if err == nil {
			p.title, p.back = i.Name, itemPath(i.ID)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: a.Name, Section: "organizations"}, attachmentContent(p))
}

// attachmentPreview sends the picture, made anew.
func (s *server) attachmentPreview(w http.ResponseWriter, r *http.Request) error {
	a, content, err := s.openAttachment(r)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	if previewOf(a) != previewImage {
		return tenon.Errorf(tenon.NotFound, "%s cannot be shown here. Save it to look at it.", a.Name)
	}
	png, err := s.pictures.Preview(r.Context(), content)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Length", strconv.Itoa(len(png)))
	if _, err := w.Write(png); err != nil {
		httpkit.InfoOf(r.Context()).Err = err // the browser went away
	}
	return nil
}

func (s *server) attachmentRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.ItemID](r, "file")
	if err != nil {
		return err
	}
	if err := s.core.RemoveAttachment(r.Context(), viewer(r), int64(id)); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The file was removed.")})
	return redirect(w, r, localPath(refererPath(r)))
}

func attachmentPath(id int64) string { return "/attachments/" + strconv.FormatInt(id, 10) }
