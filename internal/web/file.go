package web

import (
	"io"
	"mime"
	"net/http"

	"github.com/tenonhq/tenon/internal/httpkit"
)

// sendFile sends a stored file: to be saved under a name, or where there is
// none to be shown in a page, as a picture that we made ourselves.
func (s *server) sendFile(w http.ResponseWriter, r *http.Request, hash, contentType, name string) error {
	content, err := s.files.Open(r.Context(), hash)
	if err != nil {
		return err
	}
	return send(w, r, content, contentType, name)
}

// send writes the content and closes it. What people upload is only ever
// saved, never opened here: it may be a page that acts in our name.
func send(w http.ResponseWriter, r *http.Request, content io.ReadCloser, contentType, name string) error {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", contentType)
	if name == "" {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	} else {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	_, err := io.Copy(w, content)
	if cerr := content.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		httpkit.InfoOf(r.Context()).Err = err // the answer has begun: it can only be cut off
		panic(http.ErrAbortHandler)
	}
	return nil
}
