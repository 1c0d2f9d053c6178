// Package demo makes the records of a managed service provider that does not
// exist: its clients of several trades, what they own, who works there, what
// is documented, and, as in every real account, the same client filed twice.
//
// The same seed makes the same records on the same day. All domains end in
// .example; names of firms, streets and persons are invented. Which
// organizations are duplicates is returned, so that a finder can be measured.
//
// It writes through core, as a person would, organization by organization, so
// that everything has its revision, its activity and its search entry.
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
	Progress func(done int64)
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
	lists map[string]map[string]tenon.LookupID // list, name
	flex  map[string]tenon.FlexTypeID
	firms []*firm
	staff staff
	done  int64
	rep   Report
}

// Run makes the records. The data may hold others already.
func Run(ctx context.Context, c *core.Core, v tenon.Viewer, o Options) (*Report, error) {
	if o.Organizations < 1 || o.Items < 0 {
		return nil, tenon.Errorf(tenon.Invalid, "A demo has one organization at least, and no negative number of items.")
	}
	m := &maker{ctx: ctx, c: c, v: v, o: o}
	if err := m.makeLists(); err != nil {
		return nil, fmt.Errorf("demo look-up lists: %w", err)
	}
	if err := m.makeFlexTypes(); err != nil {
		return nil, fmt.Errorf("demo asset types: %w", err)
	}
	if err := m.makeStaff(); err != nil {
		return nil, fmt.Errorf("demo staff: %w", err)
	}
	m.firms = imagine(o)
	for i, f := range m.firms {
		if err := m.makeFirm(i, f); err != nil {
			return nil, fmt.Errorf("demo organization %q: %w", f.name, err)
		}
	}
	if err := m.giveAccess(); err != nil {
		return nil, fmt.Errorf("demo access: %w", err)
	}
	m.truth()
	return &m.rep, nil
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

// makeFirm writes one organization with its items, in one transaction.
func (m *maker) makeFirm(n int, f *firm) error {
	err := m.c.Store().Write(m.ctx, func(tx *store.Tx) error {
		org, err := m.c.CreateOrganizationIn(tx, m.v, m.organization(n, f))
		if err != nil {
			return err
		}
		f.id = org.ID
		w := &filing{m: m, tx: tx, f: f, r: m.random(partItems, n)}
		return w.all()
	})
	if err != nil {
		return err
	}
	m.rep.Organizations++
	m.rep.Items += f.items
	m.done += int64(1 + f.items)
	if m.o.Progress != nil {
		m.o.Progress(m.done)
	}
	return nil
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
