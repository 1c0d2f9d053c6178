// Package demo makes the records of a managed service provider that does not
// exist: its clients of several trades, what they own, who works there, what
// is documented, and, as in every real account, the same client filed twice.
//
// The same seed makes the same records on the same day. All domains end in
// .example; names of firms, streets and persons are invented. Which
// organizations are duplicates is returned, so that a finder can be measured.
//
// It writes through core, as a person would, organization by organization, so
// that everything has its revision, its activity and its search entry. What it
// makes is marked in the transaction that makes it: internal/trash takes it away
// by these marks, and nothing else.
//
// A run is a list of steps, one transaction each. As a job (engine.go) it saves
// how many are done with each of them: killed anywhere, it goes on where it was.
package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// What a demo holds where nothing else is asked for: enough to look at, and
// made in a few seconds.
const (
	DefaultOrganizations = 300
	DefaultItems         = 6000
	DefaultSeed          = 1
)

// Options say how much is made.
type Options struct {
	Organizations int
	Items         int
	Seed          uint64
	// Now is today: warranties and domains run out around it.
	Now time.Time
	// Progress, when set, is told how many records are made.
	Progress func(done int64) `json:"-"`
	// Beside makes a demo also where there is one already. Only for Start.
	Beside bool `json:"-"`
}

func (o Options) check() error {
	if o.Organizations < 1 || o.Items < 0 {
		return tenon.Errorf(tenon.Invalid, "A demo has one organization at least, and no negative number of items.")
	}
	return nil
}

// Report says what was made.
type Report struct {
	Organizations int
	Items         int
	Duplicates    int
	Users         int
	Truth         []Pair
}

// Pair says whether two organizations are the same in truth.
type Pair struct {
	A, B         tenon.OrgID
	NameA, NameB string
	Same         bool
	Why          string
}

// maker is one run.
type maker struct {
	ctx   context.Context
	c     *core.Core
	v     tenon.Viewer
	o     Options
	run   tenon.OperationID                    // 0 for a run that is no job
	save  func(tx *store.Tx, steps int) error  // in the transaction of the last of these steps
	spent func() bool                          // asked between steps
	lists map[string]map[string]tenon.LookupID // list, name
	flex  map[string]tenon.FlexTypeID
	firms []*firm
	staff staff
	done  int64
	rep   Report
}

// Run makes the records. The data may hold others already.
func Run(ctx context.Context, c *core.Core, v tenon.Viewer, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := &maker{ctx: ctx, c: c, v: v, o: o, save: func(*store.Tx, int) error { return nil }, spent: func() bool { return false }, firms: imagine(o)}
	_, err := m.work(0)
	return &m.rep, err
}

// work does the steps from one on, and tells whether all are done.
func (m *maker) work(from int) (bool, error) {
	if err := m.makeLists(); err != nil {
		return false, fmt.Errorf("demo look-up lists: %w", err)
	}
	if err := m.makeFlexTypes(); err != nil {
		return false, fmt.Errorf("demo asset types: %w", err)
	}
	if err := m.makeStaff(); err != nil {
		return false, fmt.Errorf("demo staff: %w", err)
	}
	for step := range m.steps() {
		if step < len(m.firms) {
			m.count(m.firms[step])
		}
		if step < from {
			continue
		}
		if err := m.step(step); err != nil {
			return false, err
		}
		if m.o.Progress != nil && step < len(m.firms) {
			m.o.Progress(m.done)
		}
		if m.spent() {
			return false, nil
		}
	}
	m.truth()
	return true, nil
}

// steps are the firms, who may see them, and what hangs on each.
func (m *maker) steps() int { return 2*len(m.firms) + 1 }

func (m *maker) step(n int) (err error) {
	firms := len(m.firms)
	switch {
	case n < firms:
		if err = m.makeFirm(m.firms[n]); err != nil {
			err = fmt.Errorf("demo organization %q: %w", m.firms[n].name, err)
		}
	case n == firms:
		if err = m.giveAccess(); err != nil {
			err = fmt.Errorf("demo access: %w", err)
		}
	default:
		f := m.firms[n-firms-1]
		if err = m.furnish(f, n+1); elsewhere(err) {
			return nil
		}
		if err != nil {
			err = fmt.Errorf("demo organization %q: %w", f.name, err)
		}
	}
	return err
}

// elsewhere tells that somebody has merged or deleted an organization while the
// demo was still being made. Then it has no more to get.
func elsewhere(err error) bool {
	code := tenon.CodeOf(err)
	return code == tenon.NotFound || code == tenon.Conflict
}

// write is one transaction of the demo.
func (m *maker) write(fn func(tx *store.Tx) error) error { return m.c.Store().Write(m.ctx, fn) }

func (m *maker) mark(tx *store.Tx, id int64, what string, version int64) error {
	return tx.MarkDemo(m.run, store.DemoMark{Record: id, What: what, Version: version})
}

// random returns the random numbers of one part of the demo. Each part has its
// own, so that one more item here changes nothing there, and a transaction
// that runs twice makes the same both times.
func (m *maker) random(part, n int) *rand.Rand {
	return rand.New(rand.NewPCG(m.o.Seed, uint64(part)<<32|uint64(n)))
}

// Parts of the demo with random numbers of their own.
const (
	partNames = iota + 1
	partFirm
	partItems
	partAccess
)

// count adds a firm to what is made.
func (m *maker) count(f *firm) {
	m.rep.Organizations++
	m.rep.Items += f.items
	m.done += int64(1 + f.items)
}

// makeFirm writes one organization with its items, in one transaction.
func (m *maker) makeFirm(f *firm) error {
	if f.same {
		if err := m.recall(f.like); err != nil {
			return err
		}
	}
	return m.write(func(tx *store.Tx) error {
		org, err := m.c.CreateOrganizationIn(tx, m.v, m.organization(f.place, f))
		if err != nil {
			return err
		}
		f.id = org.ID
		w := &filing{m: m, tx: tx, f: f, r: m.random(partItems, f.place)}
		w.marks = append(w.marks, store.DemoMark{Record: int64(org.ID), What: store.DemoOrganization, Place: int64(f.place), Version: org.Version})
		if err := w.all(); err != nil {
			return err
		}
		if err := tx.MarkDemo(m.run, w.marks...); err != nil {
			return err
		}
		return m.save(tx, f.place+1)
	})
}

// truth lists the pairs that are the same, and those that only look alike.
func (m *maker) truth() {
	for _, f := range m.firms {
		if f.like == nil {
			continue
		}
		m.rep.Truth = append(m.rep.Truth, Pair{A: f.like.id, B: f.id, NameA: f.like.name, NameB: f.name, Same: f.same, Why: f.why})
		if f.same {
			m.rep.Duplicates++
		}
	}
}

// WriteTruth writes the pairs as a CSV file.
func (r *Report) WriteTruth(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"id_a", "id_b", "outcome", "name_a", "name_b", "why"}}
	for _, p := range r.Truth {
		outcome := "unrelated"
		if p.Same {
			outcome = "duplicate"
		}
		rows = append(rows, []string{p.A.String(), p.B.String(), outcome, p.NameA, p.NameB, p.Why})
	}
	return out.WriteAll(rows)
}
