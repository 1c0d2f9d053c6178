package tenon

import "time"

// Export is a copy of records, in one file, for whoever asked for it and for
// nobody else: it holds what they could see. Its id is that of the operation
// that makes it.
type Export struct {
	ID   OperationID
	User UserID
	// Org is the organization that is exported, 0 for all that the user reaches.
	Org     OrgID
	OrgName string
	// Logs says that the activity log is in it, Secrets that the values of
	// passwords are: the file then opens with the passphrase that was given.
	Logs    bool
	Secrets bool
	// Locked says that the file opens with a passphrase only.
	Locked bool
	State  OperationState
	// Cancelled says that somebody asked for its end before it was whole: at its
	// end there is no file.
	Cancelled bool
	Error     Phrase
	// Done counts the records and files that are in it so far.
	Done int64
	Size int64 // of the file in bytes, 0 until it is whole
	// Sealed is the passphrase, while the file is made.
	Sealed    []byte
	CreatedAt time.Time
	UpdatedAt time.Time
	EndsAt    time.Time // when it is thrown away
}

// Event is a line of the log about the export.
func (e *Export) Event(action string) Event {
	return Event{Action: action, Subject: "export", SubjectID: int64(e.ID), Name: e.Words(), Binder: e.binder(), Operation: e.ID}
}

func (e *Export) binder() BinderID {
	if e.Org == 0 {
		return SystemBinder
	}
	return e.Org.Home()
}

// Whole tells whether the file is there.
func (e *Export) Whole() bool { return e.State == Finished && !e.Cancelled }

// Words is what the export holds: the organization's name, or everything.
func (e *Export) Words() string {
	if e.Org == 0 {
		return "Everything"
	}
	return e.OrgName
}
