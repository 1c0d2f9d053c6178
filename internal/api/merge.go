package api

import (
	"github.com/tenonhq/tenon"
)

// mergePlanIn asks for a plan.
type mergePlanIn struct {
	Sources []int64     `json:"sources"`
	Target  int64       `json:"target"`
	Choices choicesJSON `json:"choices,omitempty"`
}

// mergeIn confirms a plan by its fingerprint. With the plan's facts, a refusal
// says what has changed since.
type mergeIn struct {
	Sources     []int64           `json:"sources"`
	Target      int64             `json:"target"`
	Choices     choicesJSON       `json:"choices,omitempty"`
	Fingerprint string            `json:"fingerprint"`
	Facts       map[string]string `json:"facts,omitempty"`
}

func asIDs[T ~int64](in []int64) []T {
	out := make([]T, len(in))
	for i, id := range in {
		out[i] = T(id)
	}
	return out
}

func (s *server) planMerge(r *request, in mergePlanIn) (*tenon.Plan, error) {
	return s.merge.Plan(r.Context(), r.viewer, asIDs[tenon.OrgID](in.Sources), tenon.OrgID(in.Target), in.Choices.domain())
}

func (s *server) mergePlan(r *request) (answer, error) {
	var in mergePlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.planMerge(r, in))
}

func (s *server) mergeRun(r *request) (answer, error) {
	var in mergeIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.planMerge(r, mergePlanIn{in.Sources, in.Target, in.Choices})
	if err != nil {
		return answer{}, err
	}
	op, err := s.merge.Run(r.Context(), r.viewer, confirmed(p, in.Fingerprint, in.Facts))
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}

// planned answers a plan.
func planned(p *tenon.Plan, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(encodePlan(p))
}

// confirmed is a plan as it was confirmed: made anew for its counts, which the
// receipt keeps, with the fingerprint and facts that the caller saw. The
// engine refuses it where these do not fit the world any more.
func confirmed(p *tenon.Plan, fingerprint string, facts map[string]string) *tenon.Plan {
	p.Fingerprint, p.Facts = fingerprint, facts
	return p
}

// begun answers an operation that a plan was confirmed for: done already, or going on as a job.
func (s *server) begun(r *request, id tenon.OperationID) (answer, error) {
	op, err := s.ops.Get(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	return ran(op)
}
