package api

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
)

// orgsPlanIn asks what an action would do to organizations: tag or untag them,
// or give them a type or a status. They are deleted under deletes.
type orgsPlanIn struct {
	Action        string      `json:"action"`
	Organizations []int64     `json:"organizations"`
	Choices       choicesJSON `json:"choices,omitempty"`
}

type orgsIn struct {
	Action        string            `json:"action"`
	Organizations []int64           `json:"organizations"`
	Choices       choicesJSON       `json:"choices,omitempty"`
	Fingerprint   string            `json:"fingerprint"`
	Facts         map[string]string `json:"facts,omitempty"`
}

func (s *server) planOrgs(r *request, in orgsPlanIn) (*tenon.Plan, error) {
	return s.trash.PlanOrganizations(r.Context(), r.viewer, in.Action, asIDs[tenon.OrgID](in.Organizations), in.Choices.domain())
}

func (s *server) orgsPlan(r *request) (answer, error) {
	var in orgsPlanIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	return planned(s.planOrgs(r, in))
}

func (s *server) orgsRun(r *request) (answer, error) {
	var in orgsIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	p, err := s.planOrgs(r, orgsPlanIn{in.Action, in.Organizations, in.Choices})
	if err != nil {
		return answer{}, err
	}
	return s.runPlan(r, confirmed(p, in.Fingerprint, in.Facts))
}

// publishIn names the version of a document that was looked at; 0, or nothing,
// is the present one.
type publishIn struct {
	Version int64 `json:"version,omitempty"`
}

func (s *server) publish(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	var in publishIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if _, err := s.core.PublishDocument(r.Context(), r.viewer, i.ID, in.Version); err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, i.ID, false)
}

func (s *server) unpublish(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	if _, err := s.core.UnpublishDocument(r.Context(), r.viewer, i.ID); err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, i.ID, false)
}

func (s *server) taskComplete(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	return s.tick(r, info, p, true)
}

func (s *server) taskReopen(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	return s.tick(r, info, p, false)
}

func (s *server) tick(r *request, info *tenon.KindInfo, p *tenon.PartInfo, on bool) (answer, error) {
	item, id, err := s.part(r, info, p)
	if err != nil {
		return answer{}, err
	}
	part, err := s.core.TickTask(r.Context(), r.viewer, item, id, on)
	if err != nil {
		return answer{}, err
	}
	return ok(partJSON(p, *part))
}

// checklistFromIn says for whom a checklist is made of a template: about is the
// item that it hangs on, name is its own where it is not the template's.
type checklistFromIn struct {
	OrganizationID int64  `json:"organization_id"`
	About          int64  `json:"about,omitempty"`
	Name           string `json:"name,omitempty"`
}

func (s *server) checklistFrom(r *request, info *tenon.KindInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	var in checklistFromIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	list, err := s.core.ChecklistFrom(r.Context(), r.viewer, i.ID, tenon.OrgID(in.OrganizationID), tenon.ItemID(in.About), in.Name)
	if err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, list.ID, true)
}

// flexFieldChangeIn is a change of one field of a flexible asset type: what is
// left out stays. version is that of the type.
type flexFieldChangeIn struct {
	Name         *string   `json:"name,omitempty"`
	Kind         *string   `json:"kind,omitempty"`
	Hint         *string   `json:"hint,omitempty"`
	Options      *[]string `json:"options,omitempty"`
	TagType      *string   `json:"tag_type,omitempty"`
	DefaultValue *string   `json:"default_value,omitempty"`
	Decimals     *int      `json:"decimals,omitempty"`
	Required     *bool     `json:"required,omitempty"`
	UseForTitle  *bool     `json:"use_for_title,omitempty"`
	Expiration   *bool     `json:"expiration,omitempty"`
	ShowInList   *bool     `json:"show_in_list,omitempty"`
	// Position is where the field stands, from 0; a new one stands last.
	Position *int  `json:"position,omitempty"`
	Version  int64 `json:"version,omitempty"`
}

// set writes a member that was sent.
func set[T any](into *T, sent *T) {
	if sent != nil {
		*into = *sent
	}
}

func (in *flexFieldChangeIn) apply(f *tenon.FlexField) error {
	set(&f.Name, in.Name)
	set((*string)(&f.Kind), in.Kind)
	set(&f.Hint, in.Hint)
	set(&f.Options, in.Options)
	set(&f.DefaultValue, in.DefaultValue)
	set(&f.Decimals, in.Decimals)
	set(&f.Required, in.Required)
	set(&f.UseForTitle, in.UseForTitle)
	set(&f.Expiration, in.Expiration)
	set(&f.ShowInList, in.ShowInList)
	if in.TagType != nil && !f.SetTag(*in.TagType) {
		return tenon.FieldErrorf("tag_type", "There is no kind of record named %q.", *in.TagType)
	}
	return nil
}

// flexField returns a type and where in it the field is that the path names.
func (s *server) flexField(r *request) (*tenon.FlexType, int, error) {
	t, err := s.core.FlexType(r.Context(), r.viewer, tenon.FlexTypeID(r.id("type")))
	if err != nil {
		return nil, 0, err
	}
	at := slices.IndexFunc(t.Fields, func(f tenon.FlexField) bool { return f.ID == r.id("trait") })
	if at < 0 {
		return nil, 0, tenon.Errorf(tenon.NotFound, "%s has no field %d.", t.Name, r.id("trait"))
	}
	return t, at, nil
}

func (s *server) flexFieldList(r *request) (answer, error) {
	t, err := s.core.FlexType(r.Context(), r.viewer, tenon.FlexTypeID(r.id("type")))
	if err != nil {
		return answer{}, err
	}
	return list(t.Fields, "", encodeFlexField)
}

func (s *server) flexFieldGet(r *request) (answer, error) {
	t, at, err := s.flexField(r)
	if err != nil {
		return answer{}, err
	}
	return ok(encodeFlexField(t.Fields[at]))
}

// saveFields writes a type with other fields. Nobody has changed it since it
// was read here, and not since the version that the caller names.
func (s *server) saveFields(r *request, t *tenon.FlexType, version int64) (*tenon.FlexType, error) {
	if version != 0 {
		t.Version = version
	}
	return s.core.UpdateFlexType(r.Context(), r.viewer, *t)
}

func (s *server) flexFieldCreate(r *request) (answer, error) {
	t, err := s.core.FlexType(r.Context(), r.viewer, tenon.FlexTypeID(r.id("type")))
	if err != nil {
		return answer{}, err
	}
	var in flexFieldChangeIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	var f tenon.FlexField
	if err := in.apply(&f); err != nil {
		return answer{}, err
	}
	at := len(t.Fields)
	if in.Position != nil {
		at = max(0, min(at, *in.Position))
	}
	t.Fields = slices.Insert(slices.Clone(t.Fields), at, f)
	now, err := s.saveFields(r, t, in.Version)
	if err != nil {
		return answer{}, err
	}
	made := now.Fields[at]
	return created("flexible_asset_types/"+now.ID.String()+"/fields", made.ID, encodeFlexField(made))
}

func (s *server) flexFieldUpdate(r *request) (answer, error) {
	t, at, err := s.flexField(r)
	if err != nil {
		return answer{}, err
	}
	var in flexFieldChangeIn
	if err := httpkit.Decode(r.body, &in); err != nil {
		return answer{}, err
	}
	t.Fields = slices.Clone(t.Fields)
	f := t.Fields[at]
	if err := in.apply(&f); err != nil {
		return answer{}, err
	}
	t.Fields = slices.Delete(t.Fields, at, at+1)
	if in.Position != nil {
		at = max(0, min(len(t.Fields), *in.Position))
	}
	t.Fields = slices.Insert(t.Fields, at, f)
	now, err := s.saveFields(r, t, in.Version)
	if err != nil {
		return answer{}, err
	}
	return ok(encodeFlexField(now.Fields[at]))
}

// flexFieldRemove takes a field out of a type; what records hold in it goes from
// view with it, and stays in their versions.
func (s *server) flexFieldRemove(r *request) (answer, error) {
	t, at, err := s.flexField(r)
	if err != nil {
		return answer{}, err
	}
	t.Fields = slices.Delete(slices.Clone(t.Fields), at, at+1)
	if _, err := s.saveFields(r, t, 0); err != nil {
		return answer{}, err
	}
	return done()
}
