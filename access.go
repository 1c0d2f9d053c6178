package tenon

import (
	"slices"
	"time"
)

// Role is what a user is to the account.
type Role string

const (
	Administrator Role = "administrator"
	Manager       Role = "manager"
	Editor        Role = "editor"
	Creator       Role = "creator"
	Lite          Role = "lite"
	ReadOnly      Role = "read-only"
)

// Roles lists the roles, the most powerful first.
var Roles = []Role{Administrator, Manager, Editor, Creator, Lite, ReadOnly}

// Rank orders roles: a higher number may do more. 0 is no role.
func (r Role) Rank() int {
	i := slices.Index(Roles, r)
	if i < 0 {
		return 0
	}
	if r == Lite || r == ReadOnly {
		return 1
	}
	return len(Roles) - i
}

// MaxLiteOrganizations is how many organizations a Lite user may be given.
const MaxLiteOrganizations = 5

// Action is something that a role may or may not do, wherever it reaches.
type Action string

const (
	ViewRecords      Action = "view records"
	CreateItems      Action = "create items"
	EditItems        Action = "edit items"
	DeleteItems      Action = "delete items"
	RestrictItems    Action = "restrict items"
	RevealSecrets    Action = "reveal secrets"
	CreateOrgs       Action = "create organizations"
	EditOrgs         Action = "edit organizations"
	DeleteOrgs       Action = "delete organizations"
	BulkDelete       Action = "delete many"
	MergeOrgs        Action = "merge organizations"
	MergeItems       Action = "merge items"
	RestoreTrash     Action = "restore from trash"
	PurgeTrash       Action = "purge"
	ImportData       Action = "import"
	ExportData       Action = "export everything"
	EditLookups      Action = "edit look-up lists"
	EditFlexTypes    Action = "edit flexible asset types"
	ViewActivity     Action = "view account activity"
	ManageUsers      Action = "manage users"
	ManageGroups     Action = "manage groups"
	ManageAccess     Action = "manage access"
	DenyKinds        Action = "deny kinds to groups"
	ManageSettings   Action = "manage account settings"
	ManageKeys       Action = "manage API keys of others"
	ManageSync       Action = "manage integrations"
	BackUp           Action = "back up and restore"
	SeeAllRestricted Action = "see every restricted item"
)

// Allowed is the table of rights: the roles that may do each action. The
// reference page is printed from it.
var Allowed = map[Action][]Role{
	ViewRecords:      Roles,
	CreateItems:      {Administrator, Manager, Editor, Creator},
	EditItems:        {Administrator, Manager, Editor, Creator},
	RestrictItems:    {Administrator, Manager, Editor, Creator},
	DeleteItems:      {Administrator, Manager, Editor},
	RevealSecrets:    Roles,
	CreateOrgs:       {Administrator, Manager, Editor, Creator},
	EditOrgs:         {Administrator, Manager, Editor, Creator},
	DeleteOrgs:       {Administrator, Manager, Editor},
	BulkDelete:       {Administrator, Manager},
	MergeOrgs:        {Administrator, Manager},
	MergeItems:       {Administrator, Manager, Editor},
	RestoreTrash:     {Administrator, Manager},
	PurgeTrash:       {Administrator, Manager},
	ImportData:       {Administrator, Manager},
	ExportData:       {Administrator, Manager},
	EditLookups:      {Administrator, Manager, Editor},
	EditFlexTypes:    {Administrator, Manager},
	ViewActivity:     {Administrator, Manager},
	ManageUsers:      {Administrator, Manager},
	ManageGroups:     {Administrator, Manager},
	ManageAccess:     {Administrator, Manager},
	DenyKinds:        {Administrator},
	ManageSettings:   {Administrator},
	ManageKeys:       {Administrator},
	ManageSync:       {Administrator, Manager},
	BackUp:           {Administrator},
	SeeAllRestricted: {Administrator},
}

// Viewer is who reads or writes, with everything that decides what they reach.
// Nothing in the store is read or changed without one. It is resolved once
// per request, from the database.
type Viewer struct {
	User   UserID
	Name   string
	Email  string
	Role   Role
	Groups []GroupID
	// Everywhere users reach every organization and have no rows in reach.
	Everywhere bool
	// Language is the tag of the language that the user reads, "" for none.
	Language string
	// Denied lists the kinds that one of the user's groups must not see.
	Denied []Kind
	// NoSecrets is set for an API key without password access: no secret value is ever shown to it.
	NoSecrets bool

	// Face, Addr and By say where the act came from, for the activity log:
	// "web", "api", "command line", "job"; the caller's address; the OS user of a command.
	Face string
	Addr string
	By   string
	// Key is the API key used, 0 for none.
	Key int64
	// Session is the session used, 0 for none.
	Session int64
	// SecondFactor tells that the user has one, and FactorAt when this session
	// last proved it.
	SecondFactor bool
	FactorAt     time.Time
	// ProvedAt is when the session last proved who uses it, in whatever way.
	ProvedAt time.Time
	// system is set only by SystemViewer: the product's own work.
	system bool
}

// SystemViewer is the product itself: upgrades, jobs that no person asked for,
// invariant checks. It reaches everything.
func SystemViewer() Viewer {
	return Viewer{User: 0, Name: "Tenon", Role: Administrator, Everywhere: true, Face: "system", system: true}
}

// System tells whether this is the product's own work.
func (v *Viewer) System() bool { return v.system }

// May tells whether the viewer's role allows the action.
func (v *Viewer) May(a Action) bool { return slices.Contains(Allowed[a], v.Role) }

// Need returns a Forbidden error in words unless the role allows the action.
func (v *Viewer) Need(a Action) error {
	if v.Role == "" {
		return Errorf(Unauthenticated, "Sign in first.")
	}
	if v.May(a) {
		return nil
	}
	return Errorf(Forbidden, "Your role (%s) may not %s.", Say(string(v.Role)), Say(string(a)))
}

// SeesKind tells whether the kind is not denied to the viewer.
func (v *Viewer) SeesKind(k Kind) bool { return !slices.Contains(v.Denied, k) }

// FactorFresh is how long a proof of the second factor counts as fresh.
const FactorFresh = 15 * time.Minute

// NeedFreshFactor returns a Forbidden error, which names the field "code",
// where the user has a second factor and this session has not proved it
// lately. What is no session has none to prove: what a key may is said by its
// password access.
func (v *Viewer) NeedFreshFactor(now time.Time) error {
	if !v.SecondFactor || v.Session == 0 || now.Sub(v.FactorAt) <= FactorFresh {
		return nil
	}
	return &Error{Code: Forbidden, Field: "code", Message: "Enter the current code of your second factor first."}
}

// NeedFreshProof returns a Forbidden error where the session has not lately
// proved who uses it: it asks before what outlives a stolen session. It names
// the field "code" for those with a second factor, and "password" for others.
func (v *Viewer) NeedFreshProof(now time.Time) error {
	if v.SecondFactor {
		return v.NeedFreshFactor(now)
	}
	if v.Session == 0 || now.Sub(v.ProvedAt) <= FactorFresh {
		return nil
	}
	return &Error{Code: Forbidden, Field: "password", Message: "Enter your password again first."}
}

// User is a person of the MSP.
type User struct {
	ID         UserID
	Name       string
	Email      string
	Role       Role
	Everywhere bool
	Disabled   bool
	Groups     []GroupID
	// SecondFactor and HasPassword tell that there is one.
	SecondFactor bool
	HasPassword  bool
	// InvitedUntil is until when the link of an invitation can be used; zero
	// where there is none.
	InvitedUntil time.Time
	// Language is the tag of the language that the user reads, "" for the one
	// that the browser asks for.
	Language   string
	Version    int64
	SignedInAt time.Time // zero: never
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// UserState says how a user stands to the account.
type UserState string

// Somebody is invited until they have chosen a password.
const (
	UserActive   UserState = "active"
	UserInvited  UserState = "invited"
	UserDisabled UserState = "disabled"
)

// State returns how the user stands to the account.
func (u *User) State() UserState {
	switch {
	case u.Disabled:
		return UserDisabled
	case !u.HasPassword:
		return UserInvited
	}
	return UserActive
}

// SignIn is an attempt to sign in, good or bad.
type SignIn struct {
	At    time.Time
	Good  bool
	Why   string // what was wrong
	With  string // "password", "password and code": what was proved
	Addr  string
	Agent string // the browser's own name for itself
}

// UserFields declares what users say about themselves.
var UserFields = Schema{
	{Name: "name", Label: "Name", Type: Text, Required: true},
	{Name: "email", Label: "E-mail address", Type: Email, Required: true},
}

// GroupFields declares what a group says about itself.
var GroupFields = Schema{
	{Name: "name", Label: "Name", Type: Text, Required: true},
}

// Group is a set of users.
type Group struct {
	ID        GroupID
	Name      string
	Denied    []Kind
	Users     []UserID
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Session is one sign-in that has not ended.
type Session struct {
	ID        int64
	User      UserID
	Addr      string // where it was begun
	Agent     string // the browser's own name for itself
	CreatedAt time.Time
	SeenAt    time.Time
	EndsAt    time.Time // at the latest
}

// APIKey is a key by which a program acts as a user. The key itself is shown
// once and stored nowhere.
type APIKey struct {
	ID             int64
	User           UserID
	Name           string
	Shown          string // the part of the key by which people tell keys apart
	PasswordAccess bool   // may reveal secrets
	CreatedAt      time.Time
	UsedAt         time.Time // zero: never
	EndsAt         time.Time // zero: does not expire
	RevokedAt      time.Time // zero: not revoked
}

// Breadth says how far a grant goes.
type Breadth string

const (
	// WholeOrganization grants every binder of the home binder's owner.
	WholeOrganization Breadth = "organization"
	// OneBinder grants that binder alone.
	OneBinder Breadth = "binder"
)

// Subject is a user or a group that something is granted or restricted to.
type Subject struct {
	Kind string // "user" or "group"
	ID   int64
}

// Kinds of Subject.
const (
	SubjectUser  = "user"
	SubjectGroup = "group"
)

// Access is one person who can see an organization, and why.
type Access struct {
	User       UserID
	Name       string
	Email      string
	Role       Role
	SignedInAt time.Time // zero: never
	// How says what lets them in, one sentence each.
	How Phrases
	// Part is set where they see only some of what the organization has.
	Part bool
	// Denied lists the kinds that they must not see, here and anywhere.
	Denied []Kind
}

// Explanation says whether a person sees an item, and every reason for and against.
type Explanation struct {
	Sees    bool
	Reasons []Reason
}

// Reason is one thing that allows or denies.
type Reason struct {
	Allows bool
	Text   Phrase
}

// Names of account settings.
const (
	SettingPrimary    = "primary_binder"    // home binder of the account's own organization
	SettingBulkDelete = "allow_bulk_delete" // "true" where bulk deletion is allowed
	SettingRetention  = "trash_days"        // days before the trash is purged
	SettingAccount    = "account_name"
	SettingReveal     = "reveal_needs_factor"  // "true" where secrets are shown only after a second factor
	SettingReveals    = "reveals_per_hour"     // secrets that one person is shown in an hour
	SettingKeyReveals = "key_reveals_per_hour" // and is shown through keys; "0" is any number
	SettingZone       = "time_zone"            // in which people read times
)

// SettingInfo declares an account setting. Anything else is no setting.
type SettingInfo struct {
	Name    string
	Label   string
	Type    FieldType
	Default string
	Min     int64 // bounds of a Number
	Max     int64
	Help    string
}

// AccountSettings lists the settings of the account in the order in which
// people see them. OrgRef settings are stored as a binder.
var AccountSettings = []SettingInfo{
	{Name: SettingAccount, Label: "Account name", Type: Text, Default: "Tenon"},
	{Name: SettingZone, Label: "Time zone", Type: Text, Default: "UTC", Help: "Times are shown in it: a name such as Europe/Berlin or America/New_York."},
	{Name: SettingPrimary, Label: "Primary organization", Type: OrgRef, Help: "The account's own organization. It can receive a merge and never be merged away."},
	{Name: SettingBulkDelete, Label: "Bulk deletion allowed", Type: Bool, Default: "false", Help: "Managers and administrators may delete several organizations at once."},
	{Name: SettingRetention, Label: "Days in the trash", Type: Number, Default: "30", Min: 1, Max: 3650, Help: "What was deleted is purged after so many days."},
	{Name: SettingReveal, Label: "Secrets need a second factor", Type: Bool, Default: "false", Help: "People see secrets only if they have a second factor, and after they have just proved it. Keys are ruled by their password access."},
	{Name: SettingReveals, Label: "Secrets shown in an hour", Type: Number, Default: "60", Min: 1, Max: 1000, Help: "To one person in the browser, what their API keys were shown counted in. Whoever needs more waits, or asks an administrator."},
	{Name: SettingKeyReveals, Label: "Secrets shown in an hour through API keys", Type: Number, Default: "1000", Min: 0, Max: 10000, Help: "To the keys of one person together. 0 is any number, such as while everything is copied out."},
}

// SettingNamed returns the declaration of that setting, or nil.
func SettingNamed(name string) *SettingInfo {
	for i := range AccountSettings {
		if AccountSettings[i].Name == name {
			return &AccountSettings[i]
		}
	}
	return nil
}

// Setting is an account setting and its value.
type Setting struct {
	SettingInfo
	// Value is in words: "true", "30", or an organization's id.
	Value string
	// OrgName is the name of the organization that an OrgRef names.
	OrgName string
}

// Granted is an organization that somebody was given, themselves or through a group.
type Granted struct {
	Org     OrgID
	Name    string
	To      Subject
	Part    bool // only some of what it has: a merge kept access apart
	Trashed bool
}

// GroupUse says what depends on a group: it ends, or is closed, with it.
type GroupUse struct {
	Members       int64
	Organizations int64
	// Restricted is how many items name it, and Alone how many name nobody else:
	// without it they are seen by administrators only.
	Restricted int64
	Alone      int64
}
