package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// upload sends a form with a file, as a browser does.
func (s *site) upload(path, field, name string, content []byte, pairs ...string) answer {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		s.must(w.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := w.CreateFormFile(field, name)
	s.must(err)
	_, err = part.Write(content)
	s.must(err)
	s.must(w.Close())
	return s.read(s.client.Post(s.server.URL+path, w.FormDataContentType(), &body))
}

// fetch gets what is not a page, with its header.
func (s *site) fetch(path string) (http.Header, answer) {
	s.t.Helper()
	resp, err := s.client.Get(s.server.URL + path)
	a := s.read(resp, err)
	return resp.Header, a
}

func (s *site) png(width, height int) []byte {
	s.t.Helper()
	var b bytes.Buffer
	s.must(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

var (
	logoShown       = regexp.MustCompile(`src="(/organizations/\d+/logo\?[0-9a-f]+)"`)
	attachmentShown = regexp.MustCompile(`href="(/attachments/\d+)"`)
)

func TestLogo(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		a := s.upload("/organizations", "logo", "logo.png", s.png(520, 100), "name", "Calder Freight")
		s.want(a, 200, "Calder Freight was created")
		src := logoShown.FindStringSubmatch(a.body)
		if src == nil {
			t.Fatal("the page shows no logo")
		}
		header, logo := s.fetch(src[1])
		s.want(logo, 200)
		size, err := png.DecodeConfig(strings.NewReader(logo.body))
		s.must(err)
		if size.Width != 260 || size.Height != 50 {
			t.Errorf("the logo has %d x %d pixels, want 260 x 50", size.Width, size.Height)
		}
		if header.Get("Content-Type") != "image/png" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the logo is sent with %v", header)
		}

		for _, tt := range []struct{ name, content, says string }{
			{"logo.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "SVG pictures are not accepted"},
			{"logo.png", "not a picture at all", "This is not a PNG, JPEG, GIF or WebP picture."},
		} {
			refused := s.upload(a.path, "logo", tt.name, []byte(tt.content), "name", "Calder Haulage", "version", "1")
			s.want(refused, 422, tt.says, `value="Calder Haulage"`)
		}
		after := s.get(a.path)
		s.want(after, 200, "Calder Freight", src[1])
		s.want(s.post(a.path, "name", "Calder Freight", "version", "1", "logo.remove", "1"), 200, "Calder Freight was saved")
		s.want(s.get(src[1]), 404, "has no logo")
	})
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		org := s.organization(tenon.Values{"name": "Calder Freight"})
		item := "/items/" + s.contact(org.ID, "Iris").ID.String()
		const page = "<html><script>alert(1)</script></html>"
		a := s.upload(item+"/attachments", "file", "plän of the site.html", []byte(page))
		s.want(a, 200, "was attached", "plän of the site.html")
		href := attachmentShown.FindStringSubmatch(a.body)
		if href == nil {
			t.Fatal("the page shows no attachment")
		}
		header, file := s.fetch(href[1])
		s.want(file, 200)
		if file.body != page {
			t.Errorf("the file comes back as %q", file.body)
		}
		how, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
		s.must(err)
		if how != "attachment" || params["filename"] != "plän of the site.html" {
			t.Errorf("the file is sent as %q with %v", how, params)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("what was uploaded may act in our name: %v", header)
		}
		s.want(s.post(item+"/attachments"), 200, "Choose a file first")
		s.want(s.post(href[1]+"/remove"), 200, "The file was removed")
		s.want(s.get(href[1]), 404)

		stranger := s.browser()
		s.client, stranger = stranger, s.client
		s.want(s.get(href[1]), 200, "Sign in")
		s.client = stranger
	})
}
