package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
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
// unarchive, move, copy, tag, untag or restrict them, give them a type or a
// status, or put them into a folder. More than one transaction should hold are one operation all the same,
// which a job carries out.
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
	items := asIDs[tenon.ItemID](in.Items)
	if len(items) > trash.MaxItems {
		return s.trash.PlanSelection(r.Context(), r.viewer, in.Action, trash.Selection{IDs: items}, tenon.OrgID(in.Target), in.Choices.domain())
	}
	return s.trash.PlanItemsWith(r.Context(), r.viewer, in.Action, items, tenon.OrgID(in.Target), in.Choices.domain())
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

// mergeItemsPlanIn asks what merging one item into another of its kind would do.
type mergeItemsPlanIn struct {
	Source  int64       `json:"source"`
	Target  int64       `json:"target"`
	Choices choicesJSON `json:"choices,omitempty"`
}

type mergeItemsIn struct {
	Source      int64             `json:"source"`
	Target      int64             `json:"target"`
	Choices     choicesJSON       `json:"choices,omitempty"`
	Fingerprint string            `json:"fingerprint"`
	Facts       map[string]string `json:"facts,omitempty"`
}

func (s *server) planMergeItems(r *request, in mergeItemsPlanIn) (*tenon.Plan, error) {
	return s.trash.PlanMergeItems(r.Context(), r.viewer, tenon.ItemID(in.Source), tenon.ItemID(in.Target), in.Choices.domain())
}

func (s *server) mergeItemsPlan(r *request) (answer, error) {
	var in mergeItemsPlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.planMergeItems(r, in))
}

func (s *server) mergeItemsRun(r *request) (answer, error) {
	var in mergeItemsIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.planMergeItems(r, mergeItemsPlanIn{in.Source, in.Target, in.Choices})
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

// purgePlanIn asks what purging records of the trash would remove for ever.
type purgePlanIn struct {
	Organizations []int64 `json:"organizations,omitempty"`
	Items         []int64 `json:"items,omitempty"`
}

// purgeIn confirms that. typed is what the plan asks for under must_type.
type purgeIn struct {
	Organizations []int64           `json:"organizations,omitempty"`
	Items         []int64           `json:"items,omitempty"`
	Typed         string            `json:"typed"`
	Fingerprint   string            `json:"fingerprint"`
	Facts         map[string]string `json:"facts,omitempty"`
}

func (s *server) planPurge(r *request, in purgePlanIn) (*tenon.Plan, error) {
	return s.trash.PlanPurge(r.Context(), r.viewer, asIDs[tenon.OrgID](in.Organizations), asIDs[tenon.ItemID](in.Items))
}

func (s *server) purgePlan(r *request) (answer, error) {
	var in purgePlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.planPurge(r, in))
}

func (s *server) purgeRun(r *request) (answer, error) {
	var in purgeIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.planPurge(r, purgePlanIn{in.Organizations, in.Items})
	if err != nil {
		return answer{}, err
	}
	p.Typed = in.Typed
	return s.runPlan(r, confirmed(p, in.Fingerprint, in.Facts))
}

// trashEntryJSON is one record of the trash.
type trashEntryJSON struct {
	ID               int64      `json:"id"`
	Kind             string     `json:"kind"`
	Name             string     `json:"name"`
	OrganizationID   *int64     `json:"organization_id"`
	OrganizationName *string    `json:"organization_name"`
	DeletedAt        time.Time  `json:"deleted_at"`
	DeletedBy        string     `json:"deleted_by"`
	OperationID      *int64     `json:"operation_id"`
	Title            string     `json:"title"`
	PurgedAt         *time.Time `json:"purged_at"`
}

func encodeTrashEntry(e tenon.TrashEntry) trashEntryJSON {
	out := trashEntryJSON{
		ID: e.Record, Kind: "organization", Name: e.Name, DeletedAt: e.At.UTC(), DeletedBy: e.ByName,
		OperationID: orNull(int64(e.Operation)), Title: e.Title.String(), PurgedAt: at(e.PurgedAt),
	}
	if e.Kind != 0 {
		out.Kind = e.Kind.String()
	}
	if e.OrgID != tenon.SystemOrg {
		out.OrganizationID, out.OrganizationName = orNull(int64(e.OrgID)), orNull(e.OrgName)
	}
	return out
}

// trashParams are the filters of the trash.
var trashParams = params(paging, sorting("deleted, name"), []param{
	{"kind", "organization, or a kind of item such as contact"}, {"organization", "id of an organization: its items, and itself"}, {"user", "id of who deleted it"},
	{"operation", "how it was deleted: delete, items, many, undo import, ..."}, {"from", "deleted at or after this time"}, {"to", "deleted before this time"},
})

func trashQuery(r *request) (q store.TrashQuery, err error) {
	q.Act = r.query["operation"]
	if q.Page, err = r.page(); err != nil {
		return q, err
	}
	switch kind := r.query["kind"]; {
	case kind == "":
	case kind == "organization":
		q.Organizations = true
	default:
		if q.Kind = tenon.KindNamed(kind); q.Kind == 0 {
			return q, tenon.FieldErrorf("kind", "There is no kind of record named %q.", kind)
		}
	}
	if q.Org, err = oneID[tenon.OrgID](r, "organization"); err != nil {
		return q, err
	}
	if q.User, err = oneID[tenon.UserID](r, "user"); err != nil {
		return q, err
	}
	if q.From, err = r.moment("from"); err != nil {
		return q, err
	}
	q.To, err = r.moment("to")
	return q, err
}

func (s *server) trashList(r *request) (answer, error) {
	q, err := trashQuery(r)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.trash.Trash(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeTrashEntry)
}

// trashRestore brings back one record, or everything that one operation deleted.
func (s *server) trashRestore(r *request) (answer, error) {
	op, err := s.trash.Restore(r.Context(), r.viewer, r.id("record"))
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}
