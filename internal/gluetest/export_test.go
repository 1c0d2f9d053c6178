package gluetest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

// TestExport asks for exports as scripts do: begin, ask until there is a link,
// fetch what it leads to, delete.
func TestExport(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		a := s.create("organizations", map[string]any{"name": "Anchor"})
		s.create("organizations", map[string]any{"name": "Buoy"})
		s.create("passwords", map[string]any{"organization-id": a, "name": "root", "password": "rope-lantern-77"})
		of := func(attrs map[string]any) (url string, files map[string]string) {
			t.Helper()
			made := s.ask("POST", "/exports/", body("exports", attrs)).Want(201).Has("data.type", "exports")
			id := made.Text("data.id")
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for range 2400 {
				r := s.read("/exports/" + id)
				if url = r.Text("data.attributes.download-url"); url != "" {
					return url, s.fetch(url)
				}
				r.Has("data.attributes.status", "running")
				<-tick.C
			}
			t.Fatalf("%s has no link in two minutes", made.Body)
			return "", nil
		}
		url, files := of(map[string]any{"organization_id": a, "include_logs": "True"})
		if text := files["organizations.csv"]; !strings.Contains(text, "Anchor") || strings.Contains(text, "Buoy") || files["logs.csv"] == "" {
			t.Errorf("the files are %v", files)
		}
		if strings.Contains(files["passwords.csv"], "rope-lantern") {
			t.Error("a password is in it")
		}
		bare, _, _ := strings.Cut(url, "?")
		s.ask("GET", bare, "").Want(200)
		s.ask("GET", bare, "", "x-api-key", "").Want(403)
		s.ask("GET", bare+"?until=4000000000&signature=00", "", "x-api-key", "").Want(403)

		_, files = of(map[string]any{"zip-password": "harbour lantern rope quay"})
		if _, there := files["passwords.csv"]; !there || strings.Contains(files["organizations.csv"], "Buoy") {
			t.Errorf("the locked files are %v", files)
		}
		s.ask("POST", "/exports", body("exports", map[string]any{"zip-password": "short"})).Want(422).Has("errors.0.source.pointer", "/data/attributes/zip-password")
		s.ask("POST", "/exports", body("exports", map[string]any{"organization-id": json.Number("4000000000000")})).Want(401)

		list := s.read("/exports?sort=-created_at").IDs()
		for id := range strings.SplitSeq(list, ",") {
			s.ask("DELETE", "/exports/"+id, "").Want(200).Has("data.id", id)
		}
		if left := s.read("/exports").IDs(); left != "" || list == "" {
			t.Errorf("of %s there are left %s", list, left)
		}
		s.ask("GET", url, "", "x-api-key", "").Want(404)
		s.validate()
	})
}

// fetch takes a file from a link, without a key. What is locked comes as it is.
func (s *site) fetch(url string) map[string]string {
	s.t.Helper()
	r := s.ask("GET", url, "", "x-api-key", "").Want(200)
	if kind := r.Header.Get("Content-Type"); kind != "application/zip" {
		s.t.Errorf("it is %s", kind)
	}
	z, err := zip.NewReader(bytes.NewReader(r.Body), int64(len(r.Body)))
	s.must(err)
	out := map[string]string{}
	for _, f := range z.File {
		in, err := f.OpenRaw()
		if f.Method != 99 {
			var plain io.ReadCloser
			plain, err = f.Open()
			in = plain
		}
		s.must(err)
		text, err := io.ReadAll(in)
		s.must(err)
		out[f.Name] = string(text)
	}
	return out
}
