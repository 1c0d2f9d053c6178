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
