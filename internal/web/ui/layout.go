package ui

import (
	"context"
	"github.com/a-h/templ"
	"github.com/tenonhq/tenon/internal/web/say"
)

// Page is what the layout of a signed-in page needs to know.
type Page struct {
	Title   string // of the window: "Northgate Dental Group"
	Section string // which entry of the top bar is current: "home", "organizations", "global", "account"
	Kinds   []NavLink
	Account []NavLink
	Search  string // what was searched for, shown in the box
	Running int    // pieces of work under way
	// Follow names them, with commas between.
	Follow string
	// Refresh loads the page again after seconds where scripts are off: it shows
	// something that goes on by itself.
	Refresh bool
	User    string // the name of who is signed in
	Notices []templ.Component
	// Foot stands at the lower edge of the window: the sentence of a plan.
	Foot templ.Component
	// Dialogs are drawn at the end of the page and opened by data-dialog.
	Dialogs []templ.Component
}

// NavLink is an entry of a menu.
type NavLink struct {
	Href, Text, Icon string
	Current          bool
	Go               string // g and this letter go there
}

// MainLinks are the entries of the account menu that all accounts have.
func MainLinks(ctx context.Context) []NavLink {
	return []NavLink{
		{Href: "/settings", Text: say.Text(ctx, TextSettings), Icon: "settings", Go: "s"},
		{Href: "/integrations", Text: say.Text(ctx, TextIntegrations), Icon: "plug-connected"},
		{Href: "/users", Text: say.Text(ctx, TextUsers), Icon: "user", Go: "u"},
		{Href: "/groups", Text: say.Text(ctx, TextGroups), Icon: "users"},
		{Href: "/flexible_asset_types", Text: say.Text(ctx, TextFlexTypes), Icon: "database"},
		{Href: "/keys", Text: say.Text(ctx, TextAPIKeys), Icon: "key"},
		{Href: "/activity", Text: say.Text(ctx, TextActivity), Icon: "history", Go: "a"},
		{Href: "/operations", Text: say.Text(ctx, TextOperations), Icon: "checklist", Go: "p"},
		{Href: "/import", Text: say.Text(ctx, TextImport), Icon: "upload"},
		{Href: "/exports", Text: say.Text(ctx, TextExports), Icon: "download"},
		{Href: "/trash", Text: say.Text(ctx, TextTrash), Icon: "trash", Go: "t"},
	}
}

func windowTitle(ctx context.Context, title string) string {
	if title == "" {
		return TextProduct
	}
	return say.Textf(ctx, "%s - Tenon", title)
}

func currentPage(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

func goKey(letter string) templ.Attributes {
	if letter == "" {
		return nil
	}
	return templ.Attributes{"data-go": letter}
}

func idOf(id string) templ.Attributes {
	if id == "" {
		return nil
	}
	return templ.Attributes{"id": id}
}
