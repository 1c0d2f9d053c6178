package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

type organizationCommand struct {
	List   organizationList   `cmd:"" help:"List organizations."`
	Show   organizationShow   `cmd:"" help:"Show one organization."`
	Create organizationCreate `cmd:"" help:"Create an organization."`
	Update organizationUpdate `cmd:"" help:"Change an organization."`
}

type organizationList struct {
	State  string `enum:"live,trashed,merged,all" default:"live" help:"live, trashed, merged or all."`
	Name   string `placeholder:"NAME" help:"Only those of exactly this name (case and accents aside)."`
	Search string `placeholder:"TEXT" help:"Only those whose name contains this."`
	Equal  bool   `name:"equal-names" help:"Only those that share their name with another."`
	Limit  int    `placeholder:"N" help:"Stop after so many."`
}

// organizationLine is one organization as scripts read it.
type organizationLine struct {
	ID         tenon.OrgID    `json:"id"`
	Name       string         `json:"name"`
	State      tenon.OrgState `json:"state"`
	ParentID   any            `json:"parent_id"`
	MergedInto any            `json:"merged_into"`
}

func organizationLineOf(o *tenon.Organization) organizationLine {
	return organizationLine{ID: o.ID, Name: o.Name, State: o.State, ParentID: orNull(o.ParentID), MergedInto: orNull(o.MergedInto)}
}

// Run lists organizations in the order of their names.
func (l *organizationList) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		states := []tenon.OrgState{tenon.OrgState(l.State)}
		if l.State == "all" {
			states = []tenon.OrgState{tenon.Live, tenon.Merged, tenon.Trashed}
		}
		if c.flags.JSON {
			out := &listJSON{w: c.out}
			err := l.each(c, a, v, states, func(o *tenon.Organization) error { return out.add(organizationLineOf(o)) })
			if err != nil {
				return err
			}
			return out.end()
		}
		t, n := newTable(c.out, "id", "name", "state", "parent"), int64(0)
		err := l.each(c, a, v, states, func(o *tenon.Organization) error {
			n++
			t.row(o.ID.String(), o.Name, string(o.State), o.ParentName)
			return nil
		})
		if err != nil {
			return err
		}
		if err := t.end(); err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.err, tenon.Counted(n, "organization", "organizations"))
		return err
	})
}

// each calls fn for every organization that is asked for, page by page.
func (l *organizationList) each(c *call, a *app.App, v tenon.Viewer, states []tenon.OrgState, fn func(*tenon.Organization) error) error {
	n := 0
	for _, state := range states {
		q := store.OrgQuery{State: state, Name: l.Name, Search: l.Search, Page: tenon.Page{Limit: tenon.MaxPage}}
		equal := &equalNames{on: l.Equal, fn: fn}
		for {
			page, next, err := a.Core.Organizations(c.ctx, v, q)
			if err != nil {
				return err
			}
			for _, o := range page {
				if l.Limit > 0 && n == l.Limit {
					return nil
				}
				n++
				if err := equal.add(o); err != nil {
					return err
				}
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
	}
	return nil
}

type organizationShow struct {
	Org string `arg:"" name:"organization" help:"Id or exact name."`
}

// Run shows what an organization says about itself and what it holds.
func (s *organizationShow) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		o, err := findOrganization(c.ctx, a, v, s.Org)
		if err != nil {
			return err
		}
		counts, err := countItems(c, a, v, o)
		if err != nil {
			return err
		}
		return printOrganization(c, o, counts)
	})
}

func countItems(c *call, a *app.App, v tenon.Viewer, o *tenon.Organization) (map[string]int64, error) {
	counts := map[string]int64{}
	err := a.Store.Read(c.ctx, func(tx *store.Tx) error {
		byKind, err := tx.CountItems(v, o.Binders)
		for k, n := range byKind {
			counts[k.Info().Plural] = n
		}
		return err
	})
	return counts, err
}

func printOrganization(c *call, o *tenon.Organization, counts map[string]int64) error {
	if c.flags.JSON {
		return printJSON(c.out, struct {
			organizationLine
			Primary bool             `json:"primary"`
			Version int64            `json:"version"`
			Domains []string         `json:"domains"`
			Values  tenon.Values     `json:"values"`
			Counts  map[string]int64 `json:"counts"`
			Created string           `json:"created_at"`
			Updated string           `json:"updated_at"`
		}{organizationLineOf(o), o.Primary, o.Version, slices.Concat([]string{}, o.Domains), o.Values, counts,
			o.CreatedAt.Format("2006-01-02T15:04:05.000000Z"), o.UpdatedAt.Format("2006-01-02T15:04:05.000000Z")})
	}
	t := newTable(c.out, "field", "value")
	t.row("Id", o.ID.String())
	t.row("State", string(o.State))
	if o.MergedInto != 0 {
		t.row("Merged into", o.MergedInto.String())
	}
	for i := range tenon.OrganizationFields {
		f := &tenon.OrganizationFields[i]
		if x, ok := o.Values[f.Name]; ok {
			t.row(f.Label, strings.TrimSpace(fmt.Sprint(x)))
		}
	}
	if len(o.Domains) > 0 {
		t.row("E-mail domains", strings.Join(o.Domains, ", "))
	}
	for _, k := range tenon.Kinds {
		if n := counts[k.Plural]; n > 0 {
			t.row(k.Labels, tenon.Figure(n))
		}
	}
	return t.end()
}

// organizationFlags are what create and update share.
type organizationFlags struct {
	Set    []string `name:"set" sep:"none" placeholder:"FIELD=VALUE" help:"Set a field; an empty value clears it. May be repeated."`
	Parent string   `placeholder:"ORGANIZATION" help:"Id or exact name of the parent; \"none\" for a root."`
	Type   string   `placeholder:"NAME" help:"Id or exact name of the type."`
	Status string   `placeholder:"NAME" help:"Id or exact name of the status."`
	Domain []string `placeholder:"DOMAIN,..." help:"E-mail domains; on update they replace all."`
}

// change turns the flags into what the core understands.
func (f *organizationFlags) change(c *call, a *app.App, v tenon.Viewer) (core.OrganizationChange, error) {
	in := core.OrganizationChange{Values: tenon.Values{}}
	for _, s := range f.Set {
		name, value, ok := strings.Cut(s, "=")
		if field := tenon.OrganizationFields.Field(name); !ok || field == nil {
			return in, usagef("--set %q does not name a field. It should look like alert=\"Call first\"; fields are: %s.", s, fieldNames(tenon.OrganizationFields))
		} else if value == "" {
			in.Values[name] = nil
		} else if field.Type == tenon.Strings {
			in.Values[name] = strings.Split(value, ",")
		} else {
			in.Values[name] = value
		}
	}
	switch f.Parent {
	case "":
	case "none":
		in.Values["parent_id"] = nil
	default:
		p, err := findOrganization(c.ctx, a, v, f.Parent)
		if err != nil {
			return in, err
		}
		in.Values["parent_id"] = int64(p.ID)
	}
	for field, ref := range map[string]string{"organization_type_id": f.Type, "organization_status_id": f.Status} {
		if ref == "" {
			continue
		}
		id, err := findLookup(c.ctx, a, tenon.OrganizationFields.Field(field).List, ref)
		if err != nil {
			return in, err
		}
		in.Values[field] = int64(id)
	}
	if f.Domain != nil {
		in.Domains = &f.Domain
	}
	return in, nil
}

func fieldNames(s tenon.Schema) string {
	names := make([]string, len(s))
	for i := range s {
		names[i] = s[i].Name
	}
	return strings.Join(names, ", ")
}

type organizationCreate struct {
	Org  string `arg:"" optional:"" name:"name" help:"Its name."`
	Name string `placeholder:"NAME" help:"Its name, instead of the argument."`
	organizationFlags
}

// Run creates an organization and prints it.
func (s *organizationCreate) Run(c *call) error {
	name := s.Org
	if name == "" {
		name = s.Name
	}
	if strings.TrimSpace(name) == "" {
		return usagef("Give the name of the organization: tenon organization create \"Harbor Dental Group\".")
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		in, err := s.change(c, a, v)
		if err != nil {
			return err
		}
		in.Values["name"] = name
		o, err := a.Core.CreateOrganization(c.ctx, v, in)
		if err != nil {
			return err
		}
		if o, err = a.Core.Organization(c.ctx, v, o.ID); err != nil { // with its parent's name
			return err
		}
		return s.done(c, o, "Created")
	})
}

func (*organizationFlags) done(c *call, o *tenon.Organization, what string) error {
	if c.flags.JSON {
		return printJSON(c.out, organizationLineOf(o))
	}
	_, err := fmt.Fprintf(c.out, "%s organization %s, %s.\n", what, o.ID, o.Name)
	return err
}

type organizationUpdate struct {
	Org     string `arg:"" name:"organization" help:"Id or exact name."`
	Name    string `placeholder:"NAME" help:"Its new name."`
	Version int64  `placeholder:"N" help:"Refuse when it is not at this version any more."`
	organizationFlags
}

// Run changes an organization and prints it.
func (s *organizationUpdate) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		o, err := findOrganization(c.ctx, a, v, s.Org)
		if err != nil {
			return err
		}
		in, err := s.change(c, a, v)
		if err != nil {
			return err
		}
		if s.Name != "" {
			in.Values["name"] = s.Name
		}
		if in.Version = s.Version; len(in.Values) == 0 && in.Domains == nil {
			return usagef("Say what to change, for example --name or --set alert=\"Call first\".")
		}
		if o, err = a.Core.UpdateOrganization(c.ctx, v, o.ID, in); err != nil {
			return err
		}
		if o, err = a.Core.Organization(c.ctx, v, o.ID); err != nil {
			return err
		}
		return s.done(c, o, "Saved")
	})
}
