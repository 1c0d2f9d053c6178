package ui

import "github.com/a-h/templ"

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
func MainLinks() []NavLink {
	return []NavLink{
		{Href: "/settings", Text: TextSettings, Icon: "settings", Go: "s"},
		{Href: "/integrations", Text: TextIntegrations, Icon: "plug-connected"},
		{Href: "/users", Text: TextUsers, Icon: "user", Go: "u"},
		{Href: "/groups", Text: TextGroups, Icon: "users"},
		{Href: "/flexible_asset_types", Text: TextFlexTypes, Icon: "database"},
		{Href: "/keys", Text: TextAPIKeys, Icon: "key"},
		{Href: "/activity", Text: TextActivity, Icon: "history", Go: "a"},
		{Href: "/operations", Text: TextOperations, Icon: "checklist", Go: "p"},
		{Href: "/import", Text: TextImport, Icon: "upload"},
		{Href: "/trash", Text: TextTrash, Icon: "trash", Go: "t"},
	}
}

func windowTitle(title string) string {
	if title == "" {
		return TextProduct
	}
	return title + " - " + TextProduct
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
