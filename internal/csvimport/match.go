package csvimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// prepared is what an import knows before it looks at its rows one chunk at a
// time: what is said of several rows together.
type prepared struct {
	e      *Engine
	s      *settings
	v      tenon.Viewer
	layout *layout
	target target
	// below: only records with smaller ids are looked at.
	below int64
	// lookups are the look-up lists in use: folded name to id. What is to be
	// added has a negative id until then.
	lookups map[string]map[string]int64
	added   []newLookup
	// assigned says which record a row of a repeated name takes, 0 for a new one.
	assigned map[int64]int64
	// repeated are the hashes of names that stand in several rows; again are the
	// rows whose external id stands in an earlier one.
	repeated map[uint64]bool
	again    map[int64]bool
	total    int64
}

// target is where rows go: organizations, or items of one kind.
type target interface {
	// named returns the records under the folded names.
	named(tx *store.Tx, p *prepared, names []string) (map[string][]*record, error)
	// byID and byExternal return single records; nil where there is none.
	byID(tx *store.Tx, p *prepared, id int64) (*record, error)
	byExternal(tx *store.Tx, p *prepared, ids []string) (map[string]*record, error)
	// place resolves what a row says of its organization.
	place(tx *store.Tx, p *prepared, r *row) error
	// valid says what would be wrong with creating or changing a record so.
	valid(p *prepared, values tenon.Values, x *record) error
	create(tx *store.Tx, p *prepared, rows []*row) (ids []int64, problems []error, err error)
	update(tx *store.Tx, p *prepared, r *row, x *record) (changed bool, after tenon.Values, version int64, err error)
}

// prepare reads the file and settles what rows of one name mean. saved is what
// an earlier attempt settled, nil for the first: it must not be settled anew
// over records that the import has changed meanwhile.
func (e *Engine) prepare(ctx context.Context, v tenon.Viewer, s *settings, below int64, saved *assignment) (*prepared, error) {
	p := &prepared{e: e, s: s, v: v, below: below, assigned: map[int64]int64{}, repeated: map[uint64]bool{}, again: map[int64]bool{}}
	if err := p.firstPass(ctx); err != nil {
		return nil, err
	}
	if saved != nil {
		p.assigned = saved.Records
		return p, nil
	}
	if len(p.repeated) == 0 {
		return p, nil
	}
	g := &groups{p: p, rows: map[uint64][]member{}, names: map[uint64]string{}}
	err := p.each(ctx, 0, func(rows []*row) error {
		return e.st.Read(ctx, func(tx *store.Tx) error {
			for _, r := range rows {
				if key, ok := g.key(tx, r); ok {
					g.rows[key] = append(g.rows[key], member{r.num, p.layout.content(r)})
					g.names[key] = r.name
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return p, g.assign(ctx)
}

// firstPass finds the layout, the names that are repeated and the length.
func (p *prepared) firstPass(ctx context.Context) error {
	in, err := p.e.files.Open(ctx, p.s.Hash)
	if err != nil {
		return err
	}
	defer in.Close()
	r, l, err := openFile(p.s, in)
	if err != nil {
		return err
	}
	p.layout = l
	p.target = newTarget(l.kind)
	if err := p.loadLookups(ctx); err != nil {
		return err
	}
	var names, external []uint64
	var titles []int
	externalColumn := -1
	for _, c := range l.columns {
		if slices.Contains(l.title(), c.name) {
			titles = append(titles, c.index)
		}
		if c.name == "external_id" {
			externalColumn = c.index
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		p.total++
		if !cells.Problem.IsZero() {
			continue
		}
		text := ""
		for _, i := range titles {
			text += cells.Cells[i] + " "
		}
		names = append(names, hashText(textkey.Fold(text)))
		if externalColumn >= 0 {
			if key := textkey.Fold(cells.Cells[externalColumn]); key != "" {
				external = append(external, hashText(key))
			}
		}
	}
	p.repeated = repeats(names)
	return p.findAgain(ctx, repeats(external))
}

// repeats returns the values that stand in the list more than once.
func repeats(l []uint64) map[uint64]bool {
	out := map[uint64]bool{}
	slices.Sort(l)
	for i := 1; i < len(l); i++ {
		if l[i] == l[i-1] {
			out[l[i]] = true
		}
	}
	return out
}

// findAgain notes the rows whose external id an earlier row has.
func (p *prepared) findAgain(ctx context.Context, repeated map[uint64]bool) error {
	if len(repeated) == 0 {
		return nil
	}
	seen := map[uint64]bool{}
	return p.each(ctx, 0, func(rows []*row) error {
		for _, r := range rows {
			key := hashText(r.external)
			if r.external == "" || !repeated[key] {
				continue
			}
			if seen[key] {
				p.again[r.num] = true
			}
			seen[key] = true
		}
		return nil
	})
}

// each reads the file in chunks, from the row given on.
func (p *prepared) each(ctx context.Context, from int64, fn func([]*row) error) error {
	src, err := p.open(ctx, from)
	if err != nil {
		return err
	}
	defer src.Close()
	for {
		rows, err := src.next(chunkRows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(rows); err != nil {
			return err
		}
	}
}

// source is the file being read.
type source struct {
	p   *prepared
	in  io.ReadCloser
	r   *csvfile.Reader
	num int64
}

func (p *prepared) open(ctx context.Context, from int64) (*source, error) {
	in, err := p.e.files.Open(ctx, p.s.Hash)
	if err != nil {
		return nil, err
	}
	r, _, err := openFile(p.s, in)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	src := &source{p: p, in: in, r: r}
	for src.num < from {
		if _, err := r.Read(); err != nil {
			return nil, errors.Join(fmt.Errorf("skip %d rows: %w", from, err), in.Close())
		}
		src.num++
	}
	return src, nil
}

func (s *source) Close() error { return s.in.Close() }

// next returns at most n rows, none at the end.
func (s *source) next(n int) ([]*row, error) {
	var out []*row
	for len(out) < n {
		cells, err := s.r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s.p.parse(s.num, cells))
		s.num++
	}
	return out, nil
}

// What becomes of a row.
const (
	create    = "create"
	update    = "update"
	unchanged = "unchanged"
	skip      = "skip"
	refuse    = "refuse"
)

// decision is what becomes of one row, and why.
type decision struct {
	row  *row
	what string
	x    *record
	why  tenon.Phrase
}

// decide finds out for a chunk of rows which record each means and what becomes of it.
func (p *prepared) decide(tx *store.Tx, rows []*row) ([]decision, error) {
	var names, external []string
	for _, r := range rows {
		if r.problem.IsZero() {
			if err := p.target.place(tx, p, r); err != nil {
				if operation.Fatal(err) {
					return nil, err
				}
				r.problem = tenon.PhraseOf(err)
			}
		}
		if !r.problem.IsZero() {
			continue
		}
		if r.name != "" {
			names = append(names, r.name)
		}
		if r.external != "" {
			external = append(external, r.external)
		}
	}
	named, err := p.target.named(tx, p, unique(names))
	if err != nil {
		return nil, err
	}
	known, err := p.target.byExternal(tx, p, unique(external))
	if err != nil {
		return nil, err
	}
	out := make([]decision, len(rows))
	for i, r := range rows {
		x, why, err := p.find(tx, r, named, known)
		if err != nil {
			return nil, err
		}
		out[i] = p.outcome(r, x, why)
	}
	return out, nil
}

func unique(l []string) []string {
	slices.Sort(l)
	return slices.Compact(l)
}

// find returns the record that a row means, nil for none; why refuses the row.
func (p *prepared) find(tx *store.Tx, r *row, named map[string][]*record, known map[string]*record) (x *record, why tenon.Phrase, err error) {
	switch {
	case !r.problem.IsZero():
		return nil, r.problem, nil
	case p.again[r.num]:
		return nil, tenon.Say("Its external id stands in an earlier row."), nil
	case r.id != 0:
		x, err = p.target.byID(tx, p, r.id)
		if err == nil && x == nil {
			why = tenon.Say("There is no record %d of this kind.", r.id)
		}
		return x, why, err
	case r.external != "" && known[r.external] != nil:
		return known[r.external], why, nil
	}
	var records []*record
	for _, x := range named[r.name] {
		own := textkey.Fold(x.values.Text("external_id"))
		if x.org == r.org && (r.external == "" || own == "") {
			records = append(records, x)
		}
	}
	if p.repeated[hashText(r.name)] {
		want := p.assigned[r.num]
		i := slices.IndexFunc(records, func(x *record) bool { return x.id == want })
		if i < 0 {
			return nil, why, nil
		}
		return records[i], why, nil
	}
	for _, same := range []func(*row, *record) bool{p.layout.exact, (*row).changesNothing} {
		for _, x := range records {
			if same(r, x) {
				return x, why, nil
			}
		}
	}
	if len(records) > 0 {
		return records[0], why, nil
	}
	return nil, why, nil
}

// outcome says what becomes of a row.
func (p *prepared) outcome(r *row, x *record, why tenon.Phrase) decision {
	d := decision{row: r, x: x, why: why}
	switch {
	case !why.IsZero():
		d.what = refuse
		return d
	case x != nil && x.merged:
		d.what, d.why = skip, tenon.Say("The organization was merged into another one.")
		return d
	}
	values, domains, tags := r.change(x)
	if x != nil && len(values) == 0 && domains == nil && tags == nil && len(r.secrets) == 0 {
		d.what = unchanged
		return d
	}
	if err := p.target.valid(p, values, x); err != nil {
		d.what, d.why = refuse, tenon.PhraseOf(err)
		return d
	}
	d.what = update
	if x == nil {
		d.what = create
	}
	return d
}
