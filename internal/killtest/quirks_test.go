package killtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// likeGlue stands before an account and makes of it what the documentation of
// the original and its samples say where the two differ.
type likeGlue struct {
	t *testing.T
	// most is how many records a page has, whatever is asked for.
	most int
	// files is a store of files on another host; keys are those that were sent there.
	files *httptest.Server
	mu    sync.Mutex
	keys  []string
	html  int // pages of a gateway that were answered
	asked []string
}

// onLists are the relations that a list gives along; a record alone gives
// related_items as well.
var onLists = map[string]string{
	"organizations": "attachments", "locations": "attachments", "contacts": "attachments", "configurations": "attachments configuration_interfaces",
	"domains": "attachments", "documents": "attachments", "flexible_assets": "attachments", "checklists": "attachments checklist_tasks",
	"passwords": "attachments", "flexible_asset_types": "flexible_asset_fields",
}

// byCreation are the resources that cannot be had by id.
var byCreation = []string{"flexible_assets", "domains", "password_folders", "document_folders", "password_categories", "checklists"}

func (g *likeGlue) front(w http.ResponseWriter, r *http.Request, account http.Handler) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	resource := parts[len(parts)-1]
	_, err := strconv.ParseInt(resource, 10, 64)
	one := err == nil && len(parts) > 1
	if one {
		resource = parts[len(parts)-2]
	}
	g.asked = append(g.asked, r.URL.Path)
	q := r.URL.Query()
	switch {
	case parts[0] == "attachments":
		// The file itself lies elsewhere, at a signed address.
		http.Redirect(w, r, g.files.URL+"/signed"+r.URL.Path, http.StatusFound)
		return
	case !one && len(parts) == 1 && (resource == "documents" || resource == "document_folders" || resource == "password_folders"):
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<html>The page you were looking for doesn't exist.</html>")
		return
	case one && resource == "domains":
		w.WriteHeader(http.StatusNotFound)
		return
	case !one && !sensible(resource, q):
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":[{"status":400,"title":"Invalid parameter","source":{"pointer":"sort"}}]}`)
		return
	case len(g.asked)%29 == 0:
		g.html++
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusInternalServerError}[g.html%3])
		fmt.Fprint(w, "<html><h1>Bad gateway</h1></html>")
		return
	}
	if size, err := strconv.Atoi(q.Get("page[size]")); err == nil && size > g.most {
		q.Set("page[size]", strconv.Itoa(g.most))
	}
	r.URL.RawQuery = q.Encode()
	rec := httptest.NewRecorder()
	account.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	if rec.Code == http.StatusOK {
		body = g.change(resource, one, body)
	}
	if len(g.asked)%31 == 0 {
		body = body[:len(body)/2] // cut off on its way
	}
	w.Header().Set("Content-Type", "application/vnd.api+json")
	w.WriteHeader(rec.Code)
	if _, err := w.Write(body); err != nil {
		g.t.Error(err)
	}
}

// sensible tells whether a list can be asked for so.
func sensible(resource string, q url.Values) bool {
	if q.Get("sort") == "id" && slices.Contains(byCreation, resource) {
		return false
	}
	for along := range strings.SplitSeq(q.Get("include"), ",") {
		if along != "" && !slices.Contains(strings.Fields(onLists[resource]), along) {
			return false
		}
	}
	return resource != "flexible_assets" || q.Get("filter[flexible-asset-type-id]") != ""
}

// change writes an answer as the samples have it.
func (g *likeGlue) change(resource string, one bool, body []byte) []byte {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		g.t.Error(err)
		return body
	}
	all, _ := doc["included"].([]any)
	for _, x := range all {
		r, _ := x.(map[string]any)
		attrs, _ := r["attributes"].(map[string]any)
		switch r["type"] {
		case "flexible-asset-fields":
			r["id"] = json.Number(fmt.Sprint(r["id"]))
		case "configuration-interfaces":
			attrs["id"] = json.Number(fmt.Sprint(r["id"]))
			delete(r, "id")
		case "attachments":
			attrs["download-url"] = "/attachments/" + fmt.Sprint(r["id"])
		}
	}
	if list, ok := doc["data"].([]any); ok {
		for _, x := range list {
			g.record(resource, x)
		}
		if len(list) > 0 && resource == "contacts" {
			doc["data"] = append(list, list[0]) // what has moved is there twice
		}
	} else {
		g.record(resource, doc["data"])
		if data, ok := doc["data"].(map[string]any); one && ok && len(all) > 0 {
			data["included"] = all // inside, and not beside it
			delete(doc, "included")
		}
	}
	if meta, ok := doc["meta"].(map[string]any); ok {
		delete(doc, "links")
		switch resource {
		case "contacts": // nothing is said of pages
			delete(doc, "meta")
		case "locations":
			delete(meta, "next-page")
		case "domains":
			if meta["next-page"] == nil {
				meta["next-page"] = ""
			}
			meta["total-count"] = fmt.Sprint(meta["total-count"])
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		g.t.Error(err)
	}
	return text
}

// record writes one record as the samples have it: what is empty is null, and
// what the original does not have is not there.
func (g *likeGlue) record(resource string, x any) {
	r, _ := x.(map[string]any)
	attrs, _ := r["attributes"].(map[string]any)
	for name, v := range attrs {
		if v == "" {
			attrs[name] = nil
		}
	}
	if resource == "organizations" {
		attrs["ancestor-ids"], attrs["logo"] = "[1,6]", ""
		if attrs["parent-id"] != nil {
			attrs["parent-id"] = fmt.Sprint(attrs["parent-id"])
		}
	}
	delete(attrs, "enabled")
	if related, ok := r["relationships"].(map[string]any); ok && len(related) == 0 {
		r["relationships"] = []any{}
	}
}

// newLikeGlue sets an account up behind what makes it like the original.
func newLikeGlue(h *house, a *account) *likeGlue {
	g := &likeGlue{t: h.t, most: 7}
	g.files = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.keys = append(g.keys, r.Header.Get("X-Api-Key")+r.Header.Get("Authorization")+r.Header.Get("Cookie"))
		asked := r.Clone(r.Context())
		asked.URL.Path = strings.TrimPrefix(r.URL.Path, "/signed") + "/download"
		asked.Header.Set("X-Api-Key", a.key)
		a.api.ServeHTTP(w, asked)
	}))
	h.t.Cleanup(g.files.Close)
	a.front = g.front
	h.Copier.Near()
	h.Copier.AgainAfter(time.Millisecond)
	return g
}

// TestCopyOfAnAccountLikeTheOriginal copies an account that answers as the
// original does where it differs from ours: nothing is lost by it.
func TestCopyOfAnAccountLikeTheOriginal(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(3, 2)
		org := a.anyOrganization()
		_, err := a.Core.AttachToOrganization(ctx, Admin, org, "key plan.txt", "text/plain", strings.NewReader("left of the door"))
		a.must(err)
		g := newLikeGlue(h, a)
		h.copyOf(a, "domains") // nothing tells what hangs on these
		samePicture(h.t, "after a copy", h.picture(true), a.picture(true))
		h.clean("a copy")
		files := 0
		for _, o := range h.organizations() {
			list, err := h.Core.OrganizationAttachments(ctx, Admin, o)
			h.must(err)
			files += len(list)
		}
		if files != 1 {
			h.t.Errorf("%d files hang on organizations, want 1", files)
		}
		before := h.census()
		second := h.copyOf(a, "domains")
		if n := second.Receipt.Counts; n["created"]+n["updated"]+n["skipped"]+n["failed"] != 0 {
			h.t.Errorf("the second copy counts %v", n)
		}
		for _, d := range before.Diff(h.census()) {
			h.t.Errorf("the second copy: %s", d)
		}
		if len(g.keys) != 2 || g.html == 0 {
			h.t.Errorf("%d files were loaded from elsewhere, and %d pages of a gateway came", len(g.keys), g.html)
		}
		for _, key := range g.keys {
			if key != "" {
				h.t.Error("a key went to the host of the files")
			}
		}
	})
}

// organizations are those that are here.
func (h *house) organizations() (out []tenon.OrgID) {
	h.t.Helper()
	page, _, err := h.Core.Organizations(ctx, Admin, store.OrgQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
	h.must(err)
	for _, o := range page {
		out = append(out, o.ID)
	}
	return out
}

func (h *house) anyOrganization() tenon.OrgID { return h.organizations()[0] }

// TestCopyWithABetterKey copies an account with a key that opens no passwords,
// and once more with one that does: their values come then.
func TestCopyWithABetterKey(t *testing.T) {
	t.Parallel()
	engines(t, func(h *house) {
		a := newAccount(h.t, "sqlite", -1)
		a.furnish(6, 1) // twelve passwords: more than are tried
		good := a.key
		poor, _, err := a.Core.CreateKey(ctx, Admin, tenon.UserID(a.copier), "poor", false)
		a.must(err)
		a.key = poor.Reveal()
		for range 2 {
			h.copyOf(a, "passwords")
		}
		samePicture(h.t, "without password access", h.picture(false), a.picture(false))
		a.key = good
		if n := h.copyOf(a).Receipt.Counts; n["updated"] != 12 || n["created"]+n["skipped"]+n["failed"] != 0 {
			h.t.Errorf("with it the copy counts %v", n)
		}
		samePicture(h.t, "with password access", h.picture(true), a.picture(true))
		h.clean("all")
	})
}
