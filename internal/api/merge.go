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

func (s *server) mergePlan(r *request) (answer, error) {
	var in mergePlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.merge.Plan(r.Context(), r.viewer, asIDs[tenon.OrgID](in.Sources), tenon.OrgID(in.Target), in.Choices.domain())
	if err != nil {
		return answer{}, err
	}
	return ok(encodePlan(p))
}

func (s *server) mergeRun(r *request) (answer, error) {
	var in mergeIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p := &tenon.Plan{Operation: "merge", Target: &tenon.PlanOrg{ID: tenon.OrgID(in.Target)}, Choices: in.Choices.domain(), Fingerprint: in.Fingerprint, Facts: in.Facts}
	for _, id := range in.Sources {
		p.Sources = append(p.Sources, tenon.PlanOrg{ID: tenon.OrgID(id)})
	}
	op, err := s.merge.Run(r.Context(), r.viewer, p)
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}

// begun answers an operation that a plan was confirmed for: done already, or going on as a job.
func (s *server) begun(r *request, id tenon.OperationID) (answer, error) {
	op, err := s.ops.Get(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	return ran(op)
}
