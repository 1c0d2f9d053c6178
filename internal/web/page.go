package web

import (
	"bytes"
	"context"
	"net/http"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// kindIcons are the icons of kinds; what has none here gets a plain one.
var kindIcons = map[tenon.Kind]string{
	tenon.Configuration: "device-desktop", tenon.Contact: "users", tenon.Location: "map-pin", tenon.Password: "key",
	tenon.Document: "file-text", tenon.Domain: "world", tenon.SSLCertificate: "certificate", tenon.FlexibleAsset: "database",
	tenon.Checklist: "checklist", tenon.ChecklistTemplate: "list-details", tenon.Ticket: "ticket",
	tenon.PasswordFolder: "folder", tenon.DocumentFolder: "folder",
}

func kindIcon(k tenon.Kind) string {
	if icon := kindIcons[k]; icon != "" {
		return icon
	}
	return "file-text"
}

// show writes a page of somebody who is signed in. It adds what every page has:
// the menus, the running work, and the line about the last act.
func (s *server) show(w http.ResponseWriter, r *http.Request, p ui.Page, content templ.Component) error {
	return s.showStatus(w, r, http.StatusOK, p, content)
}

// showStatus is show with another status: 422 for a form with errors, 409 for
// what has changed meanwhile.
func (s *server) showStatus(w http.ResponseWriter, r *http.Request, status int, p ui.Page, content templ.Component) error {
	v := viewer(r)
	running, err := s.running(r)
	if err != nil {
		return err
	}
	ended, err := s.follow(w, r, running)
	if err != nil {
		return err
	}
	p.Notices = append(ended, p.Notices...)
	p.Running, p.Follow = len(running), idWords(running)
	p.User = v.Name
	p.Kinds = kindLinks(r.Context(), v)
	p.Account = accountLinks(r.Context(), v)
	for i := range p.Account {
		p.Account[i].Current = p.Account[i].Href == r.URL.Path
	}
	for i := range p.Kinds {
		p.Kinds[i].Current = p.Kinds[i].Href == r.URL.Path
	}
	if n := takeNote(w, r); n != nil {
		p.Notices = append([]templ.Component{n.draw()}, p.Notices...)
	}
	return write(w, r, status, layout(p, content))
}

// write draws the page before the first byte is sent, so that an error on the
// way is answered as one.
func write(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// kindLinks lead to the lists over all organizations.
func kindLinks(ctx context.Context, v tenon.Viewer) []ui.NavLink {
	links := []ui.NavLink{{Href: assetsPath, Text: say.Text(ctx, ui.TextAssets), Icon: "table", Go: "r"}}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if k.Folder || !v.SeesKind(k.Kind) {
			continue
		}
		links = append(links, ui.NavLink{Href: "/" + k.Plural, Text: say.Text(ctx, k.Labels), Icon: kindIcon(k.Kind)})
	}
	return append(links, ui.NavLink{Href: "/expirations", Text: say.Text(ctx, ui.TextExpirations), Icon: "calendar-due", Go: "e"})
}

// accountLinks are the entries of the account menu that the role opens.
func accountLinks(ctx context.Context, v tenon.Viewer) []ui.NavLink {
	var links []ui.NavLink
	for _, l := range ui.MainLinks(ctx) {
		switch {
		case l.Href == "/trash" && !v.May(tenon.RestoreTrash):
		case l.Href == "/import" && !v.May(tenon.ImportData):
		case l.Href == "/users" && !v.May(tenon.ManageUsers):
		case l.Href == "/groups" && !v.May(tenon.ManageGroups):
		case l.Href == flexTypesPath && !v.May(tenon.EditFlexTypes):
		case l.Href == "/keys" && !v.May(tenon.ManageKeys):
		case l.Href == exportsPath && !v.May(tenon.ExportData):
		case l.Href == "/integrations" && !v.May(tenon.ManageSync):
		case l.Href == "/settings" && !v.May(tenon.ManageSettings):
		default:
			links = append(links, l)
		}
	}
	return links
}
