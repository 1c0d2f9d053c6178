package api

import (
	"github.com/tenonhq/tenon"
)

// deletePlanIn asks what deleting organizations would take.
type deletePlanIn struct {
	Organizations []int64 `json:"organizations"`
}

type deleteIn struct {
	Organizations []int64           `json:"organizations"`
	Fingerprint   string            `json:"fingerprint"`
	Facts         map[string]string `json:"facts,omitempty"`
}

func (s *server) deletePlan(r *request) (answer, error) {
	var in deletePlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.trash.PlanDelete(r.Context(), r.viewer, asIDs[tenon.OrgID](in.Organizations)))
}

func (s *server) deleteRun(r *request) (answer, error) {
	var in deleteIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.trash.PlanDelete(r.Context(), r.viewer, asIDs[tenon.OrgID](in.Organizations))
	if err != nil {
		return answer{}, err
	}
	return s.runPlan(r, confirmed(p, in.Fingerprint, in.Facts))
}

// itemsPlanIn asks what an action would do to items: delete, restore, archive,
// unarchive, move or copy them.
type itemsPlanIn struct {
	Action  string      `json:"action"`
	Items   []int64     `json:"items"`
	Target  int64       `json:"target,omitempty"`
	Choices choicesJSON `json:"choices,omitempty"`
}

type itemsIn struct {
	Action      string            `json:"action"`
	Items       []int64           `json:"items"`
	Target      int64             `json:"target,omitempty"`
	Choices     choicesJSON       `json:"choices,omitempty"`
	Fingerprint string            `json:"fingerprint"`
	Facts       map[string]string `json:"facts,omitempty"`
}

func (s *server) planItems(r *request, in itemsPlanIn) (*tenon.Plan, error) {
	return s.trash.PlanItemsWith(r.Context(), r.viewer, in.Action, asIDs[tenon.ItemID](in.Items), tenon.OrgID(in.Target), in.Choices.domain())
}

func (s *server) itemsPlan(r *request) (answer, error) {
	var in itemsPlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.planItems(r, in))
}

func (s *server) itemsRun(r *request) (answer, error) {
	var in itemsIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.planItems(r, itemsPlanIn{in.Action, in.Items, in.Target, in.Choices})
	if err != nil {
		return answer{}, err
	}
	return s.runPlan(r, confirmed(p, in.Fingerprint, in.Facts))
}

func (s *server) runPlan(r *request, p *tenon.Plan) (answer, error) {
	op, err := s.trash.Run(r.Context(), r.viewer, p)
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}

// trashRestore brings back one record, or everything that one operation deleted.
func (s *server) trashRestore(r *request) (answer, error) {
	op, err := s.trash.Restore(r.Context(), r.viewer, r.id("record"))
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}
