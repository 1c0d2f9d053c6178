package tenon

import "time"

// TrashEntry is one record in the trash: an organization, or an item that was
// deleted singly.
type TrashEntry struct {
	Record        int64
	Kind          Kind // 0 for an organization
	Name          string
	OrgID         OrgID // whose it is, or itself
	OrgName       string
	At            time.Time
	ByName        string
	Operation     OperationID // that deleted it, and that restores as one
	OperationKind string
	Title         Phrase
	// PurgedAt is when it will be purged.
	PurgedAt time.Time
}
