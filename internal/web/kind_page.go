package web

import (
	"context"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// kindPage is what a kind of item brings to its page and to its form, beside
// what every kind has. What it leaves out is drawn from the schema.
type kindPage struct {
	// load reads what the parts below show, in the transaction of the page. What
	// it returns is in i.own.
	load func(tx *store.Tx, i *itemView) (any, error)
	// body stands in the place of the fields and of the lists of parts; what
	// every record has (attachments, related items, embedded passwords) follows.
	body func(i *itemView) templ.Component
	// aside are panels above the details.
	aside func(ctx context.Context, i *itemView) []templ.Component
	// crumbs lead from the organization to the item, where that is not the list
	// of its kind.
	crumbs func(ctx context.Context, i *itemView) []ui.Crumb
	// actions stand in the head, before Edit.
	actions func(ctx context.Context, i *itemView) []templ.Component
	// ownParts leaves the drawing of the lists of parts to body.
	ownParts bool

	// loadForm reads what form draws, in the transaction of the form. What it
	// returns is in f.own.
	loadForm func(tx *store.Tx, f *itemForm) (any, error)
	// form stands in the place of the fields in the form. The names of its
	// controls are those of the fields, or readForm reads them.
	form func(f *itemForm) templ.Component
	// beside is drawn below the field of that name in the form from the schema.
	beside map[string]func(f *itemForm) templ.Component
	// readForm takes from the form what the schema does not name, such as parts.
	// What is wrong it leaves in f.Errors.
	readForm func(ctx context.Context, f *itemForm, in *core.ItemChange) error
	// buttons stand beside the one that saves.
	buttons func(ctx context.Context, f *itemForm) []templ.Component
	// next is the page after saving, where it is not that of the item.
	next func(f *itemForm, i *tenon.Item) string
	// newer says what of the stored record is newer than what was typed, beside
	// the fields.
	newer func(ctx context.Context, f *itemForm) []newerField
}

// kindPageOf returns what the kind brings; the zero value where it has nothing
// of its own. It is a function and not a variable, because what it names draws
// links to other pages, which come back here.
func kindPageOf(k tenon.Kind) kindPage {
	return map[tenon.Kind]kindPage{
		tenon.Document:          documentPage(),
		tenon.DocumentFolder:    folderPage(),
		tenon.Checklist:         checklistPage(),
		tenon.ChecklistTemplate: checklistPage(),
		tenon.FlexibleAsset:     flexiblePage(),
	}[k]
}
