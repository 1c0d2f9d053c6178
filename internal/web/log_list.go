package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// logFrame is what the lists of what happened share, the trash and the log:
// filters in the address, and saved views of them.
type logFrame struct {
	listFrame
	filters []listFilter
	wanted  wanted // what the rows name by ids
	names   names
	users   []ui.Choice // whom the filter offers
}

// loadFilters reads what the filters need: the names of what is asked for, and
// on the page that asks, the people.
func (f *logFrame) loadFilters(tx *store.Tx) (err error) {
	q := f.address.query
	if f.asked() == "filter" || q.Get("user") != "" {
		if f.users, err = userChoices(tx, f.viewer); err != nil {
			return err
		}
	}
	w := f.wanted
	for i := range f.filters {
		if f.filters[i].param == "user" {
			f.filters[i].choices = f.users
		}
		f.filters[i].want(q, &w)
	}
	f.names, err = w.load(tx, f.viewer)
	return err
}

// resolve finds the organization that was typed and not chosen, and returns the
// address with its id; "" where nothing was typed.
func (f *logFrame) resolve(tx *store.Tx) (string, error) {
	typed := f.address.query.Get("organization" + nameSuffix)
	if typed == "" {
		return "", nil
	}
	found, _, err := tx.ListOrganizations(f.viewer, store.OrgQuery{Search: typed, Page: tenon.Page{Limit: 1}})
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", tenon.FieldErrorf("organization", "No organization is called %q.", typed)
	}
	return f.address.with("organization", found[0].ID.String(), "organization"+nameSuffix, ""), nil
}

func (f *logFrame) chips(ctx context.Context) []ui.Chip {
	return chipsOf(ctx, f.filters, f.address, f.names, nil)
}

// labels are what the fields of the filter page show of records.
func (f *logFrame) labels() map[string]string {
	id := tenon.ParseID(f.address.query.Get("organization"))
	return map[string]string{"organization": f.names.records[id].Name}
}

// tabs are everything, and the views that were saved.
func (f *logFrame) tabs(ctx context.Context) []ui.Tab {
	all := []ui.Tab{{Href: f.everything(), Text: say.Text(ctx, "All"), Current: f.current() == nil && !f.anything()}}
	return append(all, f.viewTabs(func(int) string { return "" })...)
}

// kindChoices are organizations and the kinds of items.
func kindChoices(ctx context.Context, v tenon.Viewer) []ui.Choice {
	out := []ui.Choice{{Value: "organization", Text: say.Text(ctx, ui.TextOrganizations)}}
	for i := range tenon.Kinds {
		if k := &tenon.Kinds[i]; v.SeesKind(k.Kind) {
			out = append(out, ui.Choice{Value: k.Name, Text: say.Text(ctx, k.Labels)})
		}
	}
	return out
}

// moveDays gives the days of a filter in an address of before today's names.
func moveDays(q url.Values, to string) {
	for old, name := range map[string]string{"from": to + fromSuffix, "to": to + toSuffix} {
		if text := q.Get(old); text != "" && !q.Has(name) {
			q.Set(name, text)
		}
		q.Del(old)
	}
}

// sortedBy reads the order that an address asks for, the first of those that
// there are where it asks for none or for another.
func sortedBy(q url.Values, orders ...string) string {
	sort := q.Get("sort")
	for _, o := range orders {
		if strings.TrimPrefix(sort, "-") == strings.TrimPrefix(o, "-") {
			return sort
		}
	}
	return orders[0]
}
