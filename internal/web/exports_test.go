package web_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestExports asks for exports on the page, follows, downloads, cancels and
// deletes them.
func TestExports(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		o := s.organization(tenon.Values{"name": "Acme"})
		s.organization(tenon.Values{"name": "Acme"})
		s.want(s.get("/exports"), 200, "No exports", "everything that you may see")
		s.want(s.get("/organizations/"+o.ID.String()), 200, `href="/exports?organization=`+o.ID.String()+`"`)
		s.want(s.get("/exports?organization="+o.ID.String()), 200, `value="Acme"`, `name="organization.id" value="`+o.ID.String()+`"`)
		s.want(s.get("/exports?organization=4000000000000"), 404)
		s.want(s.post("/exports", "organization", "Acme"), 422, "several are called")
		short := s.post("/exports", "passphrase", "short", "logs", "1")
		s.want(short, 422, "12 to 200 characters", `name="logs" value="1" checked`)
		s.lacks(short, `value="short"`)

		s.want(s.post("/exports", "organization", "Acme", "organization.id", o.ID.String(), "logs", "1"), 200, "Acme is being exported.", "Exporting: Acme", "with the activity log", "Cancel")
		s.must(s.jobs.Drain(context.Background()))
		done := s.get("/exports")
		s.want(done, 200, "Download", "Kept until")
		s.lacks(done, "Exporting: Acme")
		download := regexp.MustCompile(`action="(/exports/\d+)/download"`).FindStringSubmatch(done.body)
		if download == nil {
			t.Fatal("there is nothing to download")
		}
		if file := s.post(download[1] + "/download"); file.status != 200 || !strings.HasPrefix(file.body, "PK\x03\x04") {
			t.Errorf("the file: %d, %d bytes", file.status, len(file.body))
		}

		// Another one is cancelled before it is made.
		s.want(s.post("/exports"), 200, "Everything is being exported.")
		running := regexp.MustCompile(`action="(/operations/\d+/cancel)"`).FindStringSubmatch(s.get("/exports").body)
		if running == nil {
			t.Fatal("there is nothing to cancel")
		}
		s.want(s.post(running[1], "next", "/exports"), 200, "Stops after the records at hand")
		s.must(s.jobs.Drain(context.Background()))
		s.want(s.get("/exports"), 200, "Cancelled")
		s.want(s.get(strings.TrimSuffix(running[1], "/cancel")), 200, "The export of Everything was cancelled")

		s.want(s.post(download[1]+"/delete"), 200, "The export was deleted.")
		s.lacks(s.get("/exports"), download[1])
		s.want(s.post(download[1]+"/download"), 404)
	})
}
