package tenon

import "strconv"

// Ids come from one sequence, are never reused and stay below 2^52, so that
// an id alone tells which record is meant, whatever kind it is.
type (
	// OrgID names an organization, also one that is merged away or purged.
	OrgID int64
	// BinderID names a binder. The home binder of organization N is binder N.
	BinderID int64
	// ItemID names anything filed in a binder.
	ItemID int64
	// UserID names a person of the MSP who signs in.
	UserID int64
	// GroupID names a group of users.
	GroupID int64
	// OperationID names a consequential operation and its receipt.
	OperationID int64
	// LookupID names a row of one of the look-up lists (types, statuses, ...).
	LookupID int64
	// FlexTypeID names a flexible asset type.
	FlexTypeID int64
)

// SystemOrg is the system's own organization: hidden, never merged, the home
// of what belongs to no client. Its home binder is SystemBinder.
const (
	SystemOrg    OrgID    = 1
	SystemBinder BinderID = 1
	// FirstID is the first id that is given to a real record.
	FirstID = 2
	// MaxID is the largest id that may be given out; derived audit ids stand above it.
	MaxID = 1<<52 - 1
)

// Home returns the home binder of the organization. New references to an
// organization are always written with it.
func (id OrgID) Home() BinderID { return BinderID(id) }

func (id OrgID) String() string       { return strconv.FormatInt(int64(id), 10) }
func (id BinderID) String() string    { return strconv.FormatInt(int64(id), 10) }
func (id ItemID) String() string      { return strconv.FormatInt(int64(id), 10) }
func (id UserID) String() string      { return strconv.FormatInt(int64(id), 10) }
func (id GroupID) String() string     { return strconv.FormatInt(int64(id), 10) }
func (id OperationID) String() string { return strconv.FormatInt(int64(id), 10) }
func (id LookupID) String() string    { return strconv.FormatInt(int64(id), 10) }
func (id FlexTypeID) String() string  { return strconv.FormatInt(int64(id), 10) }

// ParseID reads a positive id in decimal. It returns 0 for anything else, and
// no record has the id 0.
func ParseID(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > MaxID {
		return 0
	}
	return n
}
