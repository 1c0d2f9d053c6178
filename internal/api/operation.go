package api

import (
	"net/http"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// operationSummaryJSON is an operation in a list.
type operationSummaryJSON struct {
	ID          int64      `json:"id"`
	Kind        string     `json:"kind"`
	State       string     `json:"state"`
	Title       string     `json:"title"`
	ParentID    *int64     `json:"parent_id"`
	SourceID    *int64     `json:"source_id"`
	SourceName  *string    `json:"source_name"`
	TargetID    *int64     `json:"target_id"`
	TargetName  *string    `json:"target_name"`
	Fingerprint string     `json:"fingerprint"`
	UndoneBy    *int64     `json:"undone_by"`
	Undoes      *int64     `json:"undoes"`
	UserID      *int64     `json:"user_id"`
	UserName    string     `json:"user_name"`
	CreatedAt   time.Time  `json:"created_at"`
	DoneAt      *time.Time `json:"done_at"`
	Done        int64      `json:"done"`
	Total       int64      `json:"total"`
	Error       *string    `json:"error"`
	// When it was asked to stop, and by whom: done, it did not do all.
	CancelledAt   *time.Time `json:"cancelled_at"`
	CancelledName *string    `json:"cancelled_name"`
}

// operationJSON is an operation with all that it left.
type operationJSON struct {
	operationSummaryJSON
	DurationMS float64      `json:"duration_ms"`
	Plan       *planJSON    `json:"plan"`
	Receipt    *receiptJSON `json:"receipt"`
}

type receiptJSON struct {
	Sentence string                    `json:"sentence"`
	Counts   map[string]int64          `json:"counts"`
	Kept     map[string]map[string]any `json:"kept"`
	Changed  []fieldPlanJSON           `json:"changed"`
	Domains  []string                  `json:"domains"`
	Notes    []string                  `json:"notes"`
	Children []int64                   `json:"children"`
}

type canUndoJSON struct {
	Possible bool    `json:"possible"`
	Reason   *string `json:"reason"`
	Blocker  *int64  `json:"blocker"`
}

func encodeSummary(o tenon.Operation) operationSummaryJSON {
	return operationSummaryJSON{
		ID: int64(o.ID), Kind: o.Kind, State: string(o.State), Title: o.Title.String(), ParentID: orNull(int64(o.Parent)),
		SourceID: orNull(int64(o.SourceID)), SourceName: orNull(o.SourceName), TargetID: orNull(int64(o.TargetID)), TargetName: orNull(o.TargetName),
		Fingerprint: o.Fingerprint, UndoneBy: orNull(int64(o.UndoneBy)), Undoes: orNull(int64(o.Undoes)),
		UserID: orNull(int64(o.By)), UserName: o.ByName, CreatedAt: o.CreatedAt.UTC(), DoneAt: at(o.DoneAt), Done: o.Done, Total: o.Total, Error: orNull(o.Error.String()),
		CancelledAt: at(o.CancelledAt), CancelledName: orNull(o.CancelledName),
	}
}

func encodeOperation(o *tenon.Operation) operationJSON {
	out := operationJSON{operationSummaryJSON: encodeSummary(*o)}
	if o.Plan != nil && o.Plan.Operation != "" {
		p := encodePlan(o.Plan)
		out.Plan = &p
	}
	if o.Receipt != nil {
		out.Receipt = encodeReceipt(o.Receipt)
		out.DurationMS = float64(o.Receipt.Duration.Microseconds()) / 1000
	}
	return out
}

func encodeReceipt(r *tenon.Receipt) *receiptJSON {
	out := &receiptJSON{
		Sentence: r.Sentence.String(), Counts: counts(r.Counts), Kept: map[string]map[string]any{}, Changed: encodeAll(r.Changed, encodeFieldPlan),
		Domains: some(r.Domains), Notes: encodeAll(r.Notes, tenon.Phrase.String), Children: encodeAll(r.Children, func(id tenon.OperationID) int64 { return int64(id) }),
	}
	for id, values := range r.Kept {
		out.Kept[id.String()] = values
	}
	return out
}

func counts(m map[string]int64) map[string]int64 {
	if m == nil {
		return map[string]int64{}
	}
	return m
}

// encodeAll encodes a list; nothing is [].
func encodeAll[T, J any](in []T, encode func(T) J) []J {
	out := make([]J, len(in))
	for i, x := range in {
		out[i] = encode(x)
	}
	return out
}

// ran answers an operation that was started: finished, or still running as a job.
func ran(o *tenon.Operation) (answer, error) {
	a := answer{status: http.StatusCreated, body: encodeOperation(o), location: prefix + "operations/" + o.ID.String()}
	if o.State == tenon.Running {
		a.status = http.StatusAccepted
	}
	return a, nil
}

func (s *server) operationList(r *request) (answer, error) {
	q := store.OperationQuery{Kind: r.query["kind"], State: tenon.OperationState(r.query["state"])}
	var err error
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	if q.Org, err = oneID[tenon.OrgID](r, "organization"); err != nil {
		return answer{}, err
	}
	page, next, err := s.ops.List(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeSummary)
}

func (s *server) operationGet(r *request) (answer, error) {
	o, err := s.ops.Get(r.Context(), r.viewer, tenon.OperationID(r.id("operation")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeOperation(o))
}

func (s *server) operationCanUndo(r *request) (answer, error) {
	c, err := s.ops.CanUndo(r.Context(), r.viewer, tenon.OperationID(r.id("operation")))
	if err != nil {
		return answer{}, err
	}
	return ok(canUndoJSON{Possible: c.Possible, Reason: orNull(c.Reason.String()), Blocker: orNull(int64(c.Blocker))})
}

func (s *server) operationUndo(r *request) (answer, error) {
	o, err := s.ops.Undo(r.Context(), r.viewer, tenon.OperationID(r.id("operation")))
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, o.ID)
}

func (s *server) operationCancel(r *request) (answer, error) {
	o, err := s.ops.Cancel(r.Context(), r.viewer, tenon.OperationID(r.id("operation")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeOperation(o))
}
