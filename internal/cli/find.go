package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// candidates is how many organizations of one name an error lists.
const candidates = 20

// findOrganization reads what a person calls an organization: its id, or its
// exact name. A name that several live ones share is refused, with their ids.
func findOrganization(ctx context.Context, a *app.App, v tenon.Viewer, ref string) (*tenon.Organization, error) {
	if id := tenon.ParseID(ref); id != 0 {
		o, err := a.Core.Organization(ctx, v, tenon.OrgID(id))
		if tenon.CodeOf(err) != tenon.NotFound {
			return o, err
		}
	}
	if strings.TrimSpace(ref) == "" {
		return nil, usagef("The name of the organization is empty.")
	}
	found, _, err := a.Core.Organizations(ctx, v, store.OrgQuery{Name: ref, Page: tenon.Page{Limit: candidates + 1}})
	if err != nil {
		return nil, err
	}
	var same []*tenon.Organization
	for _, o := range found {
		if o.Name == strings.TrimSpace(ref) {
			same = append(same, o)
		}
	}
	if len(same) == 0 {
		same = found // none is written exactly so: capitals and accents do not matter then
	}
	switch len(same) {
	case 1:
		return same[0], nil
	case 0:
		return nil, tenon.Errorf(tenon.NotFound, "There is no organization %q. Look for it with: tenon organization list --search %q", ref, firstWord(ref))
	}
	var b strings.Builder
	for i, o := range same {
		if i == candidates {
			b.WriteString("\n  ... and more")
			break
		}
		fmt.Fprintf(&b, "\n  %s  %s", o.ID, o.Name)
	}
	return nil, usagef("Several organizations are called %q. Say which by its id:%s", ref, b.String())
}

func firstWord(s string) string {
	if w := strings.Fields(s); len(w) > 0 {
		return w[0]
	}
	return s
}

// findLookup reads an entry of a look-up list: its id, or its exact name.
func findLookup(ctx context.Context, a *app.App, list, ref string) (tenon.LookupID, error) {
	var rows []tenon.LookupRow
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, _, err = tx.ListLookups(store.LookupQuery{List: list, Page: tenon.Page{Limit: tenon.MaxPage}})
		return err
	})
	if err != nil {
		return 0, err
	}
	names := make([]string, 0, len(rows))
	for _, r := range rows {
		if tenon.LookupID(tenon.ParseID(ref)) == r.ID || textkey.Fold(r.Name) == textkey.Fold(ref) {
			return r.ID, nil
		}
		names = append(names, r.Name)
	}
	if len(names) == 0 {
		return 0, usagef("There is no entry %q: the list %q is empty.", ref, list)
	}
	return 0, usagef("There is no entry %q in the list %q. It has: %s.", ref, list, strings.Join(names, ", "))
}

// equalNames passes on organizations that share their name with a neighbour;
// they must come in the order of their names. Switched off it passes on all.
type equalNames struct {
	on     bool
	fn     func(*tenon.Organization) error
	last   *tenon.Organization
	passed bool
}

func (e *equalNames) add(o *tenon.Organization) error {
	if !e.on {
		return e.fn(o)
	}
	same := e.last != nil && textkey.Fold(e.last.Name) == textkey.Fold(o.Name)
	if same && !e.passed {
		if err := e.fn(e.last); err != nil {
			return err
		}
	}
	e.last, e.passed = o, same
	if same {
		return e.fn(o)
	}
	return nil
}

// findOperation reads what a person calls an operation: its id, or an
// organization that was its source.
func findOperation(c *call, a *app.App, v tenon.Viewer, ref string) (tenon.OperationID, error) {
	org := tenon.OrgID(0)
	if id := tenon.ParseID(ref); id != 0 {
		op, err := a.Operations.Get(c.ctx, v, tenon.OperationID(id))
		if err == nil {
			return op.ID, nil
		}
		if tenon.CodeOf(err) != tenon.NotFound {
			return 0, err
		}
		org = tenon.OrgID(id)
	} else {
		found, err := findGone(c.ctx, a, v, ref)
		if err != nil {
			return 0, err
		}
		org = found
	}
	ops, _, err := a.Operations.List(c.ctx, v, store.OperationQuery{Org: org, State: tenon.Finished, Page: tenon.Page{Limit: tenon.MaxPage}})
	if err != nil {
		return 0, err
	}
	for _, op := range ops {
		if op.SourceID == org && op.Undoes == 0 {
			return op.ID, nil
		}
	}
	return 0, tenon.Errorf(tenon.NotFound, "There is no operation %s that could be undone.", ref)
}

// findGone returns the organization of that name that was merged away or
// deleted. Of several, it asks for the id.
func findGone(ctx context.Context, a *app.App, v tenon.Viewer, name string) (tenon.OrgID, error) {
	var found []*tenon.Organization
	for _, state := range []tenon.OrgState{tenon.Merged, tenon.Trashed} {
		page, _, err := a.Core.Organizations(ctx, v, store.OrgQuery{State: state, Name: name, Page: tenon.Page{Limit: candidates}})
		if err != nil {
			return 0, err
		}
		found = append(found, page...)
	}
	switch len(found) {
	case 0:
		return 0, tenon.Errorf(tenon.NotFound, "No organization %q was merged away or deleted.", name)
	case 1:
		return found[0].ID, nil
	}
	ids := make([]string, len(found))
	for i, o := range found {
		ids[i] = o.ID.String()
	}
	return 0, usagef("Several organizations called %q were merged away or deleted: %s. Say which by its id.", name, strings.Join(ids, ", "))
}
