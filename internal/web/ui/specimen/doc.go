// Package specimen draws every part of package ui in every state on a few
// pages, with invented organizations. It is how the look is checked: by eye, as
// pictures, and by automated rules of accessibility. Nothing of it is shipped.
package specimen

import (
	"context"
	"time"

	"github.com/tenonhq/tenon/internal/web/ui"
)

// now is the time on all pages.
var now = time.Date(2026, 11, 22, 9, 44, 13, 0, time.UTC)

func page(ctx context.Context, title, section string) ui.Page {
	return ui.Page{
		Title: title, Section: section, Running: 1, User: "Manager, Service desk",
		Kinds: []ui.NavLink{
			{Href: "#", Text: "Configurations", Icon: "device-desktop"},
			{Href: "#", Text: "Contacts", Icon: "users"},
			{Href: "#", Text: "Passwords", Icon: "key"},
			{Href: "#", Text: "Documents", Icon: "file-text"},
			{Href: "#", Text: "Locations", Icon: "map-pin"},
			{Href: "#", Text: "Domains", Icon: "world"},
		},
		Account: ui.MainLinks(ctx),
	}
}
