package csvimport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// maxFindings is how many refused rows a plan lists; the error file has all.
const maxFindings = 100

// Plan reads the whole file against the data as it is and says exactly what an
// import would do. The file is kept, so that the plan can be run.
func (e *Engine) Plan(ctx context.Context, v tenon.Viewer, o Options) (*tenon.Plan, error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	if o.File == nil && o.Kept == "" {
		return nil, tenon.FieldErrorf("file", "There is no file.")
	}
	if o.Kept == "" {
		var err error
		if o.Kept, err = e.Keep(ctx, v, o.File); err != nil {
			return nil, err
		}
	}
	s := &settings{Kind: o.Kind, Name: o.Name, Hash: o.Kept, Map: o.Map, Encoding: o.Encoding, Comma: o.Comma, Partial: o.Partial, RefuseNew: o.RefuseNew}
	return e.plan(ctx, v, s)
}

// survey is a plan in the making.
type survey struct {
	p        *prepared
	counts   counts
	findings []tenon.Finding
	// decided hashes what becomes of each row and of which version of which record.
	decided hash.Hash
	rowDone func(d decision) error // nil where nobody listens
}

func (e *Engine) plan(ctx context.Context, v tenon.Viewer, s *settings) (*tenon.Plan, error) {
	u, err := e.survey(ctx, v, s, nil)
	if err != nil {
		return nil, err
	}
	s.New = u.p.added
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	plan := &tenon.Plan{Operation: Kind, Counts: u.counts.ByName(), Facts: map[string]string{
		"options": string(text), "file": s.Hash, "rows": hex.EncodeToString(u.decided.Sum(nil))[:32]}}
	for name, n := range plan.Counts {
		plan.Facts[name] = strconv.FormatInt(n, 10)
	}
	if len(s.New) > 0 {
		for _, n := range s.New {
			plan.Warnings = append(plan.Warnings, tenon.Find("new_lookup", "", 0, "%q is added to %s.", n.Name, tenon.Say(tenon.ListNamed(n.List).Label)))
		}
	}
	plan.Warnings = append(plan.Warnings, u.findings...)
	if more := u.counts.Failed + u.counts.Skipped - int64(len(u.findings)); more > 0 {
		plan.Warnings = append(plan.Warnings, tenon.Find("rows", "", 0, "%s not imported. The error file lists all of them.", tenon.Amount(more, "more row is", "more rows are")))
	}
	if u.counts.Failed > 0 && !s.Partial {
		plan.Blockers = append(plan.Blockers, tenon.Find("rows_refused", "partial", 0, "%s of %s cannot be imported.",
			tenon.Figure(u.counts.Failed), tenon.Amount(u.counts.rows(), "row", "rows")))
	}
	plan.Fingerprint = operation.Fingerprint(plan.Facts)
	return plan, nil
}

// survey decides every row without writing anything.
func (e *Engine) survey(ctx context.Context, v tenon.Viewer, s *settings, rowDone func(decision) error) (*survey, error) {
	p, err := e.prepare(ctx, v, s, math.MaxInt64, nil)
	if err != nil {
		return nil, err
	}
	u := &survey{p: p, decided: sha256.New(), rowDone: rowDone}
	err = p.each(ctx, 0, func(rows []*row) error {
		var decided []decision
		err := e.st.Read(ctx, func(tx *store.Tx) (err error) {
			decided, err = p.decide(tx, rows)
			return err
		})
		if err != nil {
			return err
		}
		for _, d := range decided {
			if err := u.take(d); err != nil {
				return err
			}
		}
		return nil
	})
	return u, err
}

func (u *survey) take(d decision) error {
	u.counts.add(d.what)
	var id, version int64
	if d.x != nil {
		id, version = d.x.id, d.x.version
	}
	if d.what != create && d.what != unchanged { // what does not change the record does not depend on its version
		if _, err := fmt.Fprintf(u.decided, "%d %s %d %d\n", d.row.num, d.what, id, version); err != nil {
			return err
		}
	}
	if !d.why.IsZero() && len(u.findings) < maxFindings {
		code := "row_refused"
		if d.what == skip {
			code = "row_skipped"
		}
		u.findings = append(u.findings, tenon.Find(code, "", int64(d.row.line), "Line %d: %s", d.row.line, d.why))
	}
	if u.rowDone != nil {
		return u.rowDone(d)
	}
	return nil
}

func (c *counts) add(what string) {
	switch what {
	case create:
		c.Created++
	case update:
		c.Updated++
	case unchanged:
		c.Unchanged++
	case skip:
		c.Skipped++
	default:
		c.Failed++
	}
}

// planSettings reads back what Plan put into its plan.
func planSettings(plan *tenon.Plan) (*settings, error) {
	var s settings
	if plan == nil || plan.Operation != Kind {
		return nil, tenon.Errorf(tenon.Invalid, "This is not the plan of an import.")
	}
	if err := json.Unmarshal([]byte(plan.Facts["options"]), &s); err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "This is not the plan of an import.")
	}
	return &s, nil
}

// ErrorFile writes the rows that a plan refuses, as they stand in the file, with
// line and problem: to be corrected and imported again.
func (e *Engine) ErrorFile(ctx context.Context, v tenon.Viewer, plan *tenon.Plan, w io.Writer) error {
	if err := v.Need(tenon.ImportData); err != nil {
		return err
	}
	s, err := planSettings(plan)
	if err != nil {
		return err
	}
	problems := map[int64]string{}
	_, err = e.survey(ctx, v, s, func(d decision) error {
		if d.what == refuse {
			problems[d.row.num] = d.why.String()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.writeErrors(ctx, s, problems, w)
}

// writeErrors reads the file once more, beside the problems of its rows.
func (e *Engine) writeErrors(ctx context.Context, s *settings, problems map[int64]string, w io.Writer) error {
	in, err := e.files.Open(ctx, s.Hash)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := csvfile.NewReader(in, csvfile.Options{Encoding: s.Encoding, Comma: s.Comma})
	if err != nil {
		return err
	}
	out, err := csvfile.NewErrorWriter(w, r.Header(), r.Comma())
	if err != nil {
		return err
	}
	for num := int64(0); ; num++ {
		row, err := r.Read()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if why, ok := problems[num]; ok {
			if err := out.Write(row, why); err != nil {
				return err
			}
		}
	}
}
