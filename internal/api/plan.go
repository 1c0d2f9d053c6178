package api

import (
	"time"

	"github.com/tenonhq/tenon"
)

// planJSON is a plan, whatever its operation. The members that scripts read
// are fingerprint, counts, access, blockers and warnings.
type planJSON struct {
	Operation   string            `json:"operation"`
	Fingerprint string            `json:"fingerprint"`
	PlannedAt   time.Time         `json:"planned_at"`
	Action      *string           `json:"action"`
	Sources     []planOrgJSON     `json:"sources"`
	Target      *planOrgJSON      `json:"target"`
	Recommended *int64            `json:"recommended"`
	Advice      string            `json:"advice"`
	Choices     choicesJSON       `json:"choices"`
	Counts      map[string]int64  `json:"counts"`
	Fields      []fieldPlanJSON   `json:"fields"`
	Contents    []kindCountJSON   `json:"contents"`
	Access      accessJSON        `json:"access"`
	Domains     []domainPlanJSON  `json:"domains"`
	Children    []childPlanJSON   `json:"children"`
	References  []referenceJSON   `json:"references"`
	Duplicates  []duplicateJSON   `json:"duplicates"`
	Items       []planItemJSON    `json:"items"`
	Moves       []moveJSON        `json:"moves"`
	Blockers    []findingJSON     `json:"blockers"`
	Warnings    []findingJSON     `json:"warnings"`
	MustType    *string           `json:"must_type"`
	Facts       map[string]string `json:"facts"`
}

// planItemJSON is an item that an operation works on. Those that hang on one
// that was named come along.
type planItemJSON struct {
	ID               int64   `json:"id"`
	Kind             string  `json:"kind"`
	Name             string  `json:"name"`
	OrganizationID   *int64  `json:"organization_id"`
	OrganizationName *string `json:"organization_name"`
	Version          int64   `json:"version"`
	Along            bool    `json:"along"`
}

// moveJSON is one item that is filed elsewhere.
type moveJSON struct {
	Item   int64   `json:"item"`
	Kind   string  `json:"kind"`
	Name   string  `json:"name"`
	From   *int64  `json:"from"`
	To     *int64  `json:"to"`
	ToName *string `json:"to_name"`
	Why    string  `json:"why"`
}

type planOrgJSON struct {
	ID        int64      `json:"id"`
	Name      string     `json:"name"`
	State     string     `json:"state"`
	Items     int64      `json:"items"`
	Binders   int        `json:"binders"`
	Syncing   bool       `json:"syncing"`
	Primary   bool       `json:"primary"`
	Version   int64      `json:"version"`
	CreatedAt *time.Time `json:"created_at"`
}

// choicesJSON is what a person decides in a plan.
type choicesJSON struct {
	Fields           map[string]string `json:"fields,omitempty"`
	FillBlanks       bool              `json:"fill_blanks,omitempty"`
	Apart            bool              `json:"apart,omitempty"`
	TargetSeesSource bool              `json:"target_sees_source,omitempty"`
	DropDomains      []string          `json:"drop_domains,omitempty"`
	KeepDomains      []string          `json:"keep_domains,omitempty"`
	// Of acts on items: tags that go on or off, the type or status that is
	// given, and the users and groups that items are restricted to.
	Tags     []string         `json:"tags,omitempty"`
	Value    string           `json:"value,omitempty"`
	Subjects []subjectRefJSON `json:"subjects,omitempty"`
}

// subjectRefJSON names a user or a group.
type subjectRefJSON struct {
	Kind string `json:"kind"`
	ID   int64  `json:"id"`
}

type fieldPlanJSON struct {
	Name    string   `json:"name"`
	Label   string   `json:"label"`
	Source  any      `json:"source"`
	Target  any      `json:"target"`
	Result  any      `json:"result"`
	Choice  string   `json:"choice"`
	Equal   bool     `json:"equal"`
	Choices []string `json:"choices"`
	From    *int64   `json:"from"`
}

type kindCountJSON struct {
	Kind       string `json:"kind"`
	Source     int64  `json:"source"`
	Target     int64  `json:"target"`
	Together   int64  `json:"together"`
	Restricted int64  `json:"restricted"`
	Note       string `json:"note"`
}

type accessJSON struct {
	Gain []accessChangeJSON `json:"gain"`
	Lose []accessChangeJSON `json:"lose"`
}

type accessChangeJSON struct {
	UserID  int64  `json:"user_id"`
	Name    string `json:"name"`
	Role    string `json:"role"`
	Through string `json:"through"`
	Sees    string `json:"sees"`
	Also    string `json:"also"`
	Items   int64  `json:"items"`
	Secrets int64  `json:"secrets"`
}

type domainPlanJSON struct {
	Domain   string `json:"domain"`
	Both     bool   `json:"both"`
	FreeMail bool   `json:"free_mail"`
	Draws    int64  `json:"draws"`
	Dropped  bool   `json:"dropped"`
}

type childPlanJSON struct {
	ID     int64   `json:"id"`
	Name   string  `json:"name"`
	From   *int64  `json:"from"`
	To     *int64  `json:"to"`
	ToName *string `json:"to_name"`
	Why    string  `json:"why"`
}

type referenceJSON struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
	Now   string `json:"now"`
}

type duplicateJSON struct {
	Kind       string `json:"kind"`
	Source     int64  `json:"source"`
	SourceName string `json:"source_name"`
	Target     int64  `json:"target"`
	TargetName string `json:"target_name"`
	Why        string `json:"why"`
}

type findingJSON struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Action  *string `json:"action"`
	Subject *int64  `json:"subject"`
}

// PlanDocument is a plan as this API writes it. The command line prints the
// same, so that scripts read one shape.
func PlanDocument(p *tenon.Plan) any { return encodePlan(p) }

func encodePlan(p *tenon.Plan) planJSON {
	out := planJSON{
		Operation: p.Operation, Fingerprint: p.Fingerprint, PlannedAt: p.PlannedAt.UTC(), Sources: encodeAll(p.Sources, encodePlanOrg),
		Recommended: orNull(int64(p.Recommended)), Advice: p.Advice.String(), Choices: encodeChoices(p.Choices), Counts: counts(p.Counts),
		Fields: encodeAll(p.Fields, encodeFieldPlan), Contents: encodeAll(p.Contents, encodeKindCount),
		Access:     accessJSON{Gain: encodeAll(p.Access.Gain, encodeAccess), Lose: encodeAll(p.Access.Lose, encodeAccess)},
		Domains:    encodeAll(p.Domains, func(d tenon.DomainPlan) domainPlanJSON { return domainPlanJSON(d) }),
		Children:   encodeAll(p.Children, encodeChildPlan),
		References: encodeAll(p.References, encodeReference),
		Duplicates: encodeAll(p.Duplicates, encodeDuplicate),
		Action:     orNull(p.Action), Items: encodeAll(p.Items, encodePlanItem),
		Moves: encodeAll(p.Moves, encodeMove), MustType: orNull(p.MustType),
		Blockers: encodeAll(p.Blockers, encodeFinding), Warnings: encodeAll(p.Warnings, encodeFinding), Facts: p.Facts,
	}
	if out.Facts == nil {
		out.Facts = map[string]string{}
	}
	if p.Target != nil {
		t := encodePlanOrg(*p.Target)
		out.Target = &t
	}
	return out
}

func encodePlanOrg(o tenon.PlanOrg) planOrgJSON {
	return planOrgJSON{ID: int64(o.ID), Name: o.Name, State: string(o.State), Items: o.Items, Binders: o.Binders,
		Syncing: o.Syncing, Primary: o.Primary, Version: o.Version, CreatedAt: at(o.CreatedAt)}
}

func encodeFieldPlan(f tenon.FieldPlan) fieldPlanJSON {
	out := fieldPlanJSON{Name: f.Name, Label: f.Label, Source: f.Source, Target: f.Target, Result: f.Result, Choice: string(f.Choice),
		Equal: f.Equal, From: orNull(int64(f.From)), Choices: []string{}}
	for _, c := range f.Choices {
		out.Choices = append(out.Choices, string(c))
	}
	return out
}

func encodeKindCount(k tenon.KindCount) kindCountJSON {
	return kindCountJSON{Kind: k.Kind, Source: k.Source, Target: k.Target, Together: k.Together, Restricted: k.Restricted, Note: k.Note.Join("; ")}
}

func encodeReference(r tenon.ReferencePlan) referenceJSON {
	return referenceJSON{What: r.What(), Count: r.Count, Now: r.Now.String()}
}

func encodeAccess(a tenon.AccessChange) accessChangeJSON {
	return accessChangeJSON{UserID: int64(a.User), Name: a.Name, Role: string(a.Role), Through: a.Through.Join(", "), Sees: a.Sees, Also: a.Also, Items: a.Items, Secrets: a.Secrets}
}

func encodeChildPlan(c tenon.ChildPlan) childPlanJSON {
	return childPlanJSON{ID: int64(c.ID), Name: c.Name, From: orNull(int64(c.From)), To: orNull(int64(c.To)), ToName: orNull(c.ToName), Why: c.Why.String()}
}

func encodeDuplicate(d tenon.DuplicatePlan) duplicateJSON {
	return duplicateJSON{Kind: d.Kind, Source: int64(d.Source), SourceName: d.SourceName, Target: int64(d.Target), TargetName: d.TargetName, Why: d.Why.String()}
}

func encodePlanItem(i tenon.PlanItem) planItemJSON {
	return planItemJSON{ID: int64(i.ID), Kind: i.Kind, Name: i.Name, OrganizationID: orNull(int64(i.OrgID)), OrganizationName: orNull(i.OrgName), Version: i.Version, Along: i.Along}
}

func encodeMove(m tenon.MovePlan) moveJSON {
	return moveJSON{Item: int64(m.Item), Kind: m.Kind, Name: m.Name, From: orNull(int64(m.From)), To: orNull(int64(m.To)), ToName: orNull(m.ToName), Why: m.Why.String()}
}

func encodeFinding(f tenon.Finding) findingJSON {
	return findingJSON{Code: f.Code, Message: f.Message, Action: orNull(f.Action), Subject: orNull(f.Subject)}
}

func encodeChoices(c tenon.Choices) choicesJSON {
	out := choicesJSON{FillBlanks: c.FillBlanks, Apart: c.Apart, TargetSeesSource: c.TargetSeesSource, DropDomains: c.DropDomains, KeepDomains: c.KeepDomains, Tags: c.Tags, Value: c.Value}
	for _, s := range c.Subjects {
		out.Subjects = append(out.Subjects, subjectRefJSON{s.Kind, s.ID})
	}
	for name, choice := range c.Fields {
		if out.Fields == nil {
			out.Fields = map[string]string{}
		}
		out.Fields[name] = string(choice)
	}
	return out
}

// domain is the choices in our own types.
func (c choicesJSON) domain() tenon.Choices {
	out := tenon.Choices{FillBlanks: c.FillBlanks, Apart: c.Apart, TargetSeesSource: c.TargetSeesSource, DropDomains: c.DropDomains, KeepDomains: c.KeepDomains, Tags: c.Tags, Value: c.Value}
	for _, s := range c.Subjects {
		out.Subjects = append(out.Subjects, tenon.Subject{Kind: s.Kind, ID: s.ID})
	}
	for name, choice := range c.Fields {
		if out.Fields == nil {
			out.Fields = map[string]tenon.FieldChoice{}
		}
		out.Fields[name] = tenon.FieldChoice(choice)
	}
	return out
}
