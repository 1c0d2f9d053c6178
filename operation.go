package tenon

import (
	"encoding/json"
	"strings"
	"time"
)

// Operation is a consequential act: it was planned, confirmed by fingerprint,
// run, and left a receipt; all but purge can be undone.
type Operation struct {
	ID          OperationID
	Kind        string // "merge", "delete", "restore", "purge", "move", "merge items", "import", "bulk"
	State       OperationState
	Parent      OperationID // the operation of several sources that this one is part of
	SourceID    OrgID
	SourceName  string
	TargetID    OrgID
	TargetName  string
	Fingerprint string
	Title       Phrase // one sentence, past tense once it is done
	Plan        *Plan
	Receipt     *Receipt
	UndoneBy    OperationID
	Undoes      OperationID
	By          UserID
	ByName      string
	CreatedAt   time.Time
	DoneAt      time.Time
	// Progress of operations that run as a job.
	Done, Total int64
	Error       Phrase // why it failed
	// CancelledAt is when a running operation was asked to stop, and by whom. Of
	// one that is done it says that it was stopped before all was done.
	CancelledAt   time.Time
	CancelledBy   UserID
	CancelledName string
}

// Sentence is the title as a whole sentence.
func (o *Operation) Sentence() Phrase { return Say("%s.", o.Title) }

// Cancelled tells whether somebody asked the operation to stop: while it runs it
// will, once it is done it did.
func (o *Operation) Cancelled() bool { return !o.CancelledAt.IsZero() }

// OperationState is where an operation is in its life.
type OperationState string

const (
	Running  OperationState = "running" // its job is at work, or waits
	Finished OperationState = "done"
	Failed   OperationState = "failed"
	Undone   OperationState = "undone"
)

// Plan says exactly what an operation will do. The same plan is shown on the
// page, by the API and by the command line, and is what runs.
type Plan struct {
	Operation string // kind of the operation
	// Fingerprint covers everything that decides the outcome, item counts left out.
	Fingerprint string
	PlannedAt   time.Time
	Sources     []PlanOrg
	Target      *PlanOrg
	// Recommended is the advised target, with Advice as the reason.
	Recommended OrgID
	Advice      Phrase
	// RecommendedItem is the advised target where two items are merged.
	RecommendedItem ItemID
	Choices         Choices
	Fields          []FieldPlan
	Contents        []KindCount
	Access          AccessPlan
	Domains         []DomainPlan
	Children        []ChildPlan
	References      []ReferencePlan
	Duplicates      []DuplicatePlan
	// Sentence is what an operation that changes a field of records does, without
	// a full stop.
	Sentence Phrase `json:",omitzero"`
	// Action is what an operation on items does: "delete", "move", ...
	Action string
	// Items are what such an operation works on; those that hang on one that
	// was named come along. Of items that are merged, the target is the last.
	Items []PlanItem
	// Moves are items that are filed elsewhere.
	Moves    []MovePlan
	Blockers []Finding
	Warnings []Finding
	// Counts are the exact numbers as of the plan, by kind's plural name and
	// "organizations", "binders", "attachments", "relations", ...
	Counts map[string]int64
	// Facts are what the fingerprint covers, name to value, so that a stale
	// plan can say what has changed.
	Facts map[string]string
	// All names everything that an act on many works on, where Items shows only
	// the first of them. It is not kept with the operation: its journal has it.
	All []int64 `json:"-"`
	// MustType is what a person is asked to type before confirming: the name of
	// what is at stake. Typed is what they typed; a purge refuses without it.
	MustType string
	Typed    string
}

// PlanOrg is an organization as a plan shows it.
type PlanOrg struct {
	ID        OrgID
	Name      string
	State     OrgState
	Items     int64
	Binders   int
	CreatedAt time.Time
	Syncing   bool
	Primary   bool
	Version   int64
}

// Choices are what a person may decide in a plan.
type Choices struct {
	// Fields maps a field's name to what becomes of it; missing means the default.
	Fields map[string]FieldChoice `json:"fields,omitempty"`
	// FillBlanks takes the source's value for every field that is empty at the target.
	FillBlanks bool `json:"fill_blanks,omitempty"`
	// Apart keeps the access of both sides as it is. Joined is the default.
	Apart bool `json:"apart,omitempty"`
	// TargetSeesSource, with Apart, lets the target's people reach the source's binders.
	TargetSeesSource bool `json:"target_sees_source,omitempty"`
	// DropDomains are e-mail domains of the source that the target does not get.
	DropDomains []string `json:"drop_domains,omitempty"`
	// KeepDomains are free-mail domains that it gets all the same: they are left out otherwise.
	KeepDomains []string `json:"keep_domains,omitempty"`
	// KeepReferences, when items move, leaves fields that name a record of the
	// other organization as they are. They are cleared otherwise.
	KeepReferences bool `json:"keep_references,omitempty"`
	// Tags are put on, or taken off, where many are tagged.
	Tags []string `json:"tags,omitempty"`
	// Value is the type or the status that many are given: the id of an entry
	// of its look-up list, or one of the options of the field.
	Value string `json:"value,omitempty"`
	// Subjects are those that many items are restricted to; none opens them.
	Subjects []Subject `json:"subjects,omitempty"`
}

// FieldChoice is what a merge does with one field of the target.
type FieldChoice string

const (
	KeepTarget FieldChoice = "target" // the default
	TakeSource FieldChoice = "source"
	Append     FieldChoice = "append" // texts: the source's after the target's
	Union      FieldChoice = "union"  // lists: both
)

// FieldPlan compares one field on both sides.
type FieldPlan struct {
	Name    string
	Label   string
	Source  any // of the source that the choice would take from
	Target  any
	Result  any
	Choice  FieldChoice
	Equal   bool
	Choices []FieldChoice // what may be chosen
	From    OrgID         // the source, where several are merged
}

// KindCount says how many items of a kind each side brings.
type KindCount struct {
	Kind       string // plural name
	Source     int64
	Target     int64
	Together   int64
	Restricted int64
	Note       Phrases
}

// AccessPlan lists the people whose reach changes.
type AccessPlan struct {
	Gain []AccessChange
	Lose []AccessChange
	Hash string
}

// AccessChange is one person's change, items and secrets apart.
type AccessChange struct {
	User    UserID
	Name    string
	Role    Role
	Through Phrases // "by name", or the names of groups
	Sees    string  // the organizations that the person sees today, by name
	Also    string  // those that the person would see, or lose
	Items   int64
	Secrets int64
}

// DomainPlan is one e-mail domain in a merge.
type DomainPlan struct {
	Domain   string
	Both     bool
	FreeMail bool
	Draws    int64 // contacts elsewhere whose address it would match
	Dropped  bool
}

// ChildPlan is one organization whose parent changes.
type ChildPlan struct {
	ID     OrgID
	Name   string
	From   OrgID
	To     OrgID
	ToName string
	Why    Phrase
	// Hidden is set for what the viewer does not reach: its name is only words for it.
	Hidden bool `json:",omitempty"`
}

// PlanItem is an item as a plan shows it.
type PlanItem struct {
	ID      ItemID
	Kind    string // singular name
	Name    string
	OrgID   OrgID
	OrgName string
	Version int64
	// Along is set for what nobody named: it hangs on one that was.
	Along bool
}

// MovePlan is one item that is filed with another organization.
type MovePlan struct {
	Item   ItemID
	Kind   string // singular name
	Name   string
	From   OrgID
	To     OrgID
	ToName string
	Why    Phrase
	// Hidden is set for what the viewer may not see: its name is only words for it.
	Hidden bool `json:",omitempty"`
}

// ReferencePlan is what names something that an operation works on, and what
// that means afterwards. Subject is what the sentence is about, with its count
// and as its beginning: "The name of Acme", "3 grants of access to Acme". Now is
// the rest of it, in the number of the subject and without a full stop.
type ReferencePlan struct {
	Subject Phrase
	Count   int64
	Now     Phrase
}

// What is the English subject without its article or its count: "name of
// Acme", "grants of access to Acme".
func (r ReferencePlan) What() string {
	what := r.Subject.String()
	for _, before := range []string{"The ", Figure(r.Count) + " "} {
		if rest, ok := strings.CutPrefix(what, before); ok {
			return rest
		}
	}
	return what
}

// Sentence is the whole of it.
func (r ReferencePlan) Sentence() Phrase { return Say("%s %s.", r.Subject, r.Now) }

// UnmarshalJSON reads what was kept: also of plans from before there were
// phrases, which kept What and not the subject.
func (r *ReferencePlan) UnmarshalJSON(text []byte) error {
	type plain ReferencePlan
	in := struct {
		*plain
		What string
	}{plain: (*plain)(r)}
	*r = ReferencePlan{}
	if err := json.Unmarshal(text, &in); err != nil || in.What == "" {
		return err
	}
	r.Subject = Phrase{Text: Figure(r.Count) + " " + in.What}
	if r.Count == 1 {
		r.Subject.Text = "The " + in.What
	}
	return nil
}

// DuplicatePlan is a pair of items that are probably the same.
type DuplicatePlan struct {
	Kind       string
	Source     ItemID
	SourceName string
	Target     ItemID
	TargetName string
	Why        Phrase
}

// Finding is a blocker or a warning: a code for machines, words for people
// and, where possible, the action that clears it.
type Finding struct {
	Code    string
	Message string
	Action  string // "disconnect", "swap", ... or ""
	Subject int64
	// Text and Args are what Message was made of, for whoever says it in another
	// language. Plans of before have none.
	Text string `json:",omitempty"`
	Args Args   `json:",omitempty"`
}

// Phrase is the message, to be said in the language of whoever reads it.
func (f Finding) Phrase() Phrase {
	if f.Text == "" {
		return Phrase{Text: f.Message}
	}
	return Phrase{Text: f.Text, Args: f.Args}
}

// Receipt says what an operation did.
type Receipt struct {
	Counts   map[string]int64
	Sentence Phrase
	// Kept are the source's values that the merge did not take, by organization.
	Kept map[OrgID]Values
	// Changed are the target's fields that it changed: before and after.
	Changed  []FieldPlan
	Binders  []BinderID
	Domains  []string
	Notes    []Phrase // what the run found out on the way: a ring that was cut, a clash that was settled
	Children []OperationID
	Duration time.Duration
}

// CanUndo tells whether an undo would be accepted, or names what stands in its way.
type CanUndo struct {
	Possible bool
	Reason   Phrase
	Blocker  OperationID
}

// Event is one line of the activity log. It is written in the transaction of
// the change and never altered.
type Event struct {
	ID        int64
	At        time.Time
	Action    string // "create", "update", "delete", "restore", "reveal", "merge", "sign in", ...
	Subject   string // "organization", a kind's name, "user", "session", ...
	SubjectID int64
	Name      string // the subject's name then
	Binder    BinderID
	OrgID     OrgID // the binder's owner now
	OrgName   string
	Operation OperationID
	User      UserID
	UserName  string
	Face      string
	Addr      string
	By        string
	Changes   []Change
}

// Change is one field before and after. Secret values never stand here.
type Change struct {
	Field  string `json:"field"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// Revision is one saved state of an item or an organization.
type Revision struct {
	ID      int64
	Subject int64
	Version int64
	At      time.Time
	User    UserID
	ByName  string
	Name    string
	Values  Values
	Tags    []string
	Domains []string
	Parts   map[string][]Part
	// Archived and Restricted are the item's switches then.
	Archived, Restricted bool
	// Secrets names the secret fields it holds; their values are sealed.
	Secrets []string
}

// Part is one entry of a list that hangs on an item: an interface, a section, a task, a comment.
type Part struct {
	ID        int64
	Name      string // the part's singular name
	Position  int
	Values    Values
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Attachment is a file that hangs on an item or an organization.
type Attachment struct {
	ID          int64
	Item        ItemID
	Binder      BinderID
	Name        string
	Size        int64
	Hash        string
	ContentType string
	CreatedAt   time.Time
	CreatedBy   UserID
}

// Membership ties a contact to an organization.
type Membership struct {
	Binder    BinderID
	OrgID     OrgID // the binder's owner now
	OrgName   string
	Default   bool // the organization that the contact is filed in
	CreatedAt time.Time
}

// Relation ties an item to another record. It reads in both directions.
type Relation struct {
	ID        int64
	From      ItemID
	To        ItemID // another item, or 0
	ToOrg     OrgID  // or an organization
	Kind      Kind   // of the other end
	Name      string // of the other end
	Notes     string
	Inverse   bool // read from the far end
	CreatedAt time.Time
}

// Page asks for one page of a list.
type Page struct {
	Limit  int    // 1 to MaxPage; 0 means DefaultPage
	Cursor string // as the page before returned it; "" for the first
	Sort   string // "name", "-updated", "id", ...
}

// Page sizes.
const (
	DefaultPage = 50
	MaxPage     = 1000
)

// Size returns the limit within its bounds.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return DefaultPage
	case p.Limit > MaxPage:
		return MaxPage
	}
	return p.Limit
}
