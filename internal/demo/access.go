package demo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// giveAccess makes the provider its own organization, and gives people and
// groups some of the clients.
func (m *maker) giveAccess() error {
	if err := m.makePrimary(); err != nil {
		return err
	}
	return m.grantAll()
}

// furnish restricts a password of a firm, or relates two of its records, or
// attaches a file to it; most firms have nothing of it. steps is how many are
// done then. A file may hang already, of a run that was killed just then.
func (m *maker) furnish(f *firm, steps int) error {
	n := f.place
	switch {
	case n%7 == 3:
		return m.restrict(f, steps)
	case n%5 == 1 && !f.same:
		return m.relate(f, steps)
	case n%40 == 2:
		return m.attach(f, steps)
	}
	return nil
}

const planName = "floor-plan.txt"

func (m *maker) attach(f *firm, steps int) error {
	have, err := m.c.OrganizationAttachments(m.ctx, m.v, f.id)
	if err != nil {
		return err
	}
	var id int64
	for _, a := range have {
		if a.Name == planName {
			id = a.ID
		}
	}
	if id == 0 {
		plan := fmt.Sprintf("Floor plan of %s\nReception, %d offices, server room.\n", f.stem, 2+m.random(partAccess, 1+f.place).IntN(20))
		made, err := m.c.AttachToOrganization(m.ctx, m.v, f.id, planName, "text/plain", strings.NewReader(plan))
		if err != nil {
			return err
		}
		id = made.ID
	}
	return m.write(func(tx *store.Tx) error {
		if err := m.mark(tx, id, store.DemoFile, 1); err != nil {
			return err
		}
		return m.save(tx, steps)
	})
}

// makePrimary makes the provider the account's own organization, unless there is one.
func (m *maker) makePrimary() error {
	have, err := m.c.Settings(m.ctx, m.v)
	if err != nil {
		return err
	}
	for _, s := range have {
		if s.Name == tenon.SettingPrimary && s.Value != "" {
			return nil
		}
	}
	return m.c.SetSetting(m.ctx, m.v, tenon.SettingPrimary, m.firms[0].id.String())
}

// grantAll gives the service desk most clients, the other group a part, and the
// single people a few. One transaction: their reach is rebuilt with each.
func (m *maker) grantAll() error {
	r := m.random(partAccess, 0)
	type grant struct {
		to  tenon.Subject
		org tenon.OrgID
	}
	var grants []grant
	lite := 0
	for n, f := range m.firms {
		if n == 0 || n > 400 { // the first clients are enough to see how it works
			continue
		}
		if r.IntN(10) < 3 {
			grants = append(grants, grant{tenon.Subject{Kind: "group", ID: int64(m.staff.groups["Service desk"])}, f.id})
		}
		if r.IntN(10) == 0 {
			grants = append(grants, grant{tenon.Subject{Kind: "group", ID: int64(m.staff.groups["Finance"])}, f.id})
		}
		if r.IntN(20) == 0 {
			grants = append(grants, grant{tenon.Subject{Kind: "user", ID: int64(m.staff.users["manager 1"])}, f.id})
		}
		if lite < 2 && r.IntN(20) == 0 {
			lite++
			grants = append(grants, grant{tenon.Subject{Kind: "user", ID: int64(m.staff.users["lite 5"])}, f.id})
		}
	}
	return m.c.Store().Write(m.ctx, func(tx *store.Tx) error {
		for _, g := range grants {
			if err := m.c.GrantIn(tx, m.v, g.to, g.org); err != nil && !elsewhere(err) {
				return fmt.Errorf("grant %s to %s %s: %w", g.org, g.to.Kind, strconv.FormatInt(g.to.ID, 10), err)
			}
		}
		return m.save(tx, len(m.firms)+1)
	})
}

// restrict closes the firm's most dangerous password to all but one group.
func (m *maker) restrict(f *firm, steps int) error {
	found, _, err := m.c.Items(m.ctx, m.v, store.ItemQuery{Kind: tenon.Password, Org: f.id, Name: accounts[0], Page: tenon.Page{Limit: 1}})
	if err != nil || len(found) == 0 {
		return err
	}
	return m.write(func(tx *store.Tx) error {
		if _, err := m.c.RestrictIn(tx, m.v, found[0].ID, []tenon.Subject{{Kind: "group", ID: int64(m.staff.groups["Projects"])}}); err != nil {
			return err
		}
		if err := tx.MarkDemoItem(found[0].ID); err != nil {
			return err
		}
		return m.save(tx, steps)
	})
}

// relate ties a document to a machine.
func (m *maker) relate(f *firm, steps int) error {
	docs, _, err := m.c.Items(m.ctx, m.v, store.ItemQuery{Kind: tenon.Document, Org: f.id, Page: tenon.Page{Limit: 1}})
	if err != nil || len(docs) == 0 {
		return err
	}
	machines, _, err := m.c.Items(m.ctx, m.v, store.ItemQuery{Kind: tenon.Configuration, Org: f.id, Page: tenon.Page{Limit: 1}})
	if err != nil || len(machines) == 0 {
		return err
	}
	return m.write(func(tx *store.Tx) error {
		if _, err := m.c.RelateIn(tx, m.v, docs[0].ID, machines[0].ID, 0, "Described there."); err != nil {
			return err
		}
		return m.save(tx, steps)
	})
}
