package tenon

import (
	"strconv"
	"time"
)

// ViewID names a saved view of a list.
type ViewID int64

func (id ViewID) String() string { return strconv.FormatInt(int64(id), 10) }

// ListView is a list as somebody wants to see it again: its filter, order and
// columns, under a name.
type ListView struct {
	ID       ViewID
	List     string // "organizations", "activity", or the plural name of a kind
	Name     string
	User     UserID // who made it
	UserName string
	Shared   bool   // everybody who signs in is offered it
	Query    string // what stands in the address of the list, after the question mark
}

// ListSettings is how one person has one list.
type ListSettings struct {
	Columns []string // names of what it shows beside the name; none is the default
	View    ViewID   // what it opens with; 0 is everything
}

// Shortcut is a record that somebody has starred, or opened not long ago.
type Shortcut struct {
	Record  int64
	Kind    Kind // 0 for an organization
	Name    string
	OrgID   OrgID
	OrgName string
	At      time.Time
}

// Limits of what a person keeps.
const (
	MaxViews      = 50  // of one list
	MaxFavourites = 200 // of all records
	MaxViewName   = 60
	MaxViewQuery  = 2000
)
