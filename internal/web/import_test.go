package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sendFile sends a form with a file, as a browser without scripts does.
func (s *site) sendFile(path, name, content string, pairs ...string) answer {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		s.must(form.WriteField(pairs[i], pairs[i+1]))
	}
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		s.must(err)
		_, err = part.Write([]byte(content))
		s.must(err)
	}
	s.must(form.Close())
	return s.read(s.client.Post(s.server.URL+path, form.FormDataContentType(), &b))
}

var formField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// formFields returns the hidden fields of the form of a page.
func formFields(a answer) []string {
	var out []string
	unescape := strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#39;", "'", "&lt;", "<", "&gt;", ">")
	for _, m := range formField.FindAllStringSubmatch(a.body, -1) {
		out = append(out, m[1], unescape.Replace(m[2]))
	}
	return out
}

func TestImportAStepAPage(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		s.want(s.get("/import"), 200, "Import a CSV file", `aria-current="step"`)
		s.want(s.sendFile("/import", "", "", "kind", "organization"), 422, "Choose a file first")
		s.want(s.sendFile("/import", "empty.csv", "", "kind", "organization"), 422, "empty")
		file := "Company;Short name;Colour\nHarbor Dental;HD;red\nQuay Freight;QF;blue\n;XX;green\n"
		a := s.sendFile("/import", "clients.csv", file, "kind", "organization")
		s.want(a, 200, "What are the columns of clients.csv?", "Harbor Dental · Quay Freight", "Others call the field Name so.", "It is called so.", "separated by semicolons")
		if !strings.HasPrefix(a.path, "/import/columns?") {
			t.Fatalf("the upload leads to %s", a.path)
		}
		check := strings.Replace(a.path, "/import/columns", "/import/check", 1)
		a = s.get(check + "&c0=name&c1=name&c2=")
		s.want(a, 422, "are both said to be Name. Choose one.")
		s.want(s.get(check+"&c0=&c1=short_name&c2="), 422, "Say which column holds the name")
		a = s.get(check + "&c0=name&c1=short_name&c2=")
		s.want(a, 200, "1 of 3 rows cannot be imported.", "Line 4", "leave the bad rows out", "/import/errors?")
		errors := s.get(strings.Replace(check, "/check", "/errors", 1) + "&c0=name&c1=short_name&c2=")
		s.want(errors, 200, ";XX;green;")
		a = s.get(check + "&c0=name&c1=short_name&c2=&partial=1")
		s.want(a, 200, "Creates 2 and changes 0 organizations, leaves out 1 row. It can be undone.")
		fields := formFields(a)
		a = s.post("/import/run", fields...)
		s.want(a, 200, "Importing clients.csv", "Steps of the import")
		receipt := a.path
		s.settle()
		s.want(s.get(receipt), 200, "clients.csv was imported: 2 organizations created and 1 refused", "Steps of the import")
		s.want(s.get("/organizations?q=harbor"), 200, "Harbor Dental")
		if again := s.post("/import/run", fields...); again.path != receipt {
			t.Errorf("the same form sent again leads to %s", again.path)
		}
		s.want(s.post(receipt+"/undo"), 200)
		s.settle()
		s.want(s.get("/organizations"), 200, "No organizations yet")
	})
}

func TestImportOfWhatHasChangedIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite")
	s.setUp()
	a := s.sendFile("/import", "clients.csv", "name\nHarbor Dental\n", "kind", "organization")
	a = s.get(strings.Replace(a.path, "/columns", "/check", 1))
	s.want(a, 200, "Creates 1 and changes 0")
	fields := formFields(a)
	s.organization(map[string]any{"name": "Harbor Dental"})
	a = s.post("/import/run", fields...)
	s.want(a, 409, "has changed", "Creates 0 and changes 0")
	s.want(s.get("/import/template?kind=domain"), 200, "organization,name,registrar_name,expires_on,notes,tags")
	s.want(s.get("/import/columns?"+url.Values{"kind": {"organization"}, "file": {"../../keys"}}.Encode()), 404)
}

// settle runs the jobs that wait.
func (s *site) settle() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s.must(s.jobs.Drain(ctx))
}
