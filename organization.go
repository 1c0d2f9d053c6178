package tenon

import "time"

// OrgState is where an organization is in its life.
type OrgState string

const (
	Live    OrgState = "live"
	Trashed OrgState = "trashed"
	Merged  OrgState = "merged"
	Purged  OrgState = "purged"
)

// MaxDepth is how deep organizations may be nested: a root has depth 1.
const MaxDepth = 10

// Organization is a client, a prospect, a vendor or the MSP itself.
//
// What it says about itself stands in Values, under the names of
// OrganizationFields, and stays on its own row also while it is merged away.
type Organization struct {
	ID         OrgID
	Name       string
	State      OrgState
	MergedInto OrgID // set only when State is Merged
	// ParentID is the owner today of the binder that the organization names
	// as its parent; 0 for a root.
	ParentID   OrgID
	ParentName string
	Primary    bool // the account's own organization
	Values     Values
	Domains    []string // e-mail domains, of all its binders
	Binders    []BinderID
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	TrashedBy  OperationID // the delete that took it, when State is Trashed
}

// OrganizationFields declares what an organization says about itself. parent
// and primary location are references: they are stored as a binder and as an item.
var OrganizationFields = Schema{
	{Name: "name", Label: "Name", Type: Text, Required: true, Synced: true},
	{Name: "short_name", Label: "Short name", Type: Text, Index: true, Synced: true},
	{Name: "organization_type_id", Label: "Type", Type: Lookup, List: "organization_types", Synced: true},
	{Name: "organization_status_id", Label: "Status", Type: Lookup, List: "organization_statuses", Synced: true},
	{Name: "parent_id", Label: "Parent organization", Type: OrgRef, Synced: true},
	{Name: "primary_location_id", Label: "Primary location", Type: Ref, RefKind: Location, Synced: true},
	{Name: "description", Label: "Description", Type: LongText},
	{Name: "alert", Label: "Alert", Type: LongText, Help: "Shown as a banner on every page of the organization."},
	{Name: "quick_notes", Label: "Quick notes", Type: RichText},
	{Name: "notes", Label: "Notes", Type: LongText},
	{Name: "details", Label: "Details", Type: LongText},
	{Name: "tags", Label: "Tags", Type: Strings, Index: true},
	{Name: "logo", Label: "Logo", Type: File},
	{Name: "external_id", Label: "External id", Type: Text, Index: true},
	{Name: "group_id", Label: "Group mapping", Type: GroupRef},
	{Name: "shared_tickets", Label: "End users see each other's tickets", Type: Bool},
	{Name: "shared_comments", Label: "End users may comment on each other's tickets", Type: Bool},
	{Name: "custom_fields", Label: "Custom fields", Type: Object},
}

// Item is anything filed in a binder.
type Item struct {
	ID       ItemID
	Kind     Kind
	BinderID BinderID
	OrgID    OrgID  // who owns the binder now
	OrgName  string // its name
	Name     string
	Number   int64 // only kinds that are Numbered
	TypeID   LookupID
	Values   Values
	Tags     []string
	// Secrets names the secret fields that hold a value. The values are in the vault.
	Secrets    []string
	Archived   bool
	Restricted bool
	TrashedBy  OperationID // the operation that deleted it, 0 for none
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time // its own last change
	ChangedAt  time.Time // the later of UpdatedAt and its binder's last change of owner
}

// Lists names the look-up lists, in the order in which people see them.
var Lists = []ListInfo{
	{"organization_types", "Organization types", ""},
	{"organization_statuses", "Organization statuses", ""},
	{"configuration_types", "Configuration types", ""},
	{"configuration_statuses", "Configuration statuses", ""},
	{"contact_types", "Contact types", ""},
	{"manufacturers", "Manufacturers", ""},
	{"models", "Models", "manufacturers"},
	{"operating_systems", "Operating systems", "platforms"},
	{"platforms", "Platforms", ""},
	{"countries", "Countries", ""},
	{"regions", "Regions", "countries"},
	{"password_categories", "Password categories", ""},
}

// ListInfo declares a look-up list. Parent names the list of the rows above, if any.
type ListInfo struct{ Name, Label, Parent string }

// ListNamed returns the look-up list of that name, or nil.
func ListNamed(name string) *ListInfo {
	for i := range Lists {
		if Lists[i].Name == name {
			return &Lists[i]
		}
	}
	return nil
}

// LookupRow is one row of a look-up list.
type LookupRow struct {
	ID        LookupID
	List      string
	Name      string
	ParentID  LookupID
	Code      string // ISO code of countries and regions
	Synced    bool   // comes from a PSA, and is then not edited here
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}
