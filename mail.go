package tenon

import "time"

// Letter is a mail before it has a form: what it says to one person. It is
// queued in the transaction of the change it tells of.
type Letter struct {
	Kind    string // "invitation", "reminder": for lists and for tests
	User    UserID // who it is for; 0 where the address is no user's
	Name    string // of the person, "" where nobody knows
	Address string
	// Language is the tag of the language that the person reads, as it is when
	// the letter is sent; "" is English.
	Language string
	Subject  Phrase
	Text     []Phrase // paragraphs
	Link     LetterLink
	Rows     []LetterRow
	After    []Phrase // paragraphs below the link and the rows
	// EndsAt is when it is not worth sending any more; zero is after two days.
	EndsAt time.Time
}

// LetterLink is what the button of a letter leads to: a path of ours, to which
// the address of the server is added when the letter is sent.
type LetterLink struct {
	Text Phrase
	Path string
}

// LetterRow is a line of a list in a letter.
type LetterRow struct {
	Text string // what people called it
	More Phrase
	Path string
}

// MailState says how far a letter is.
type MailState string

// A letter waits until it is sent, or until it is clear that it cannot be.
// Where no mail server is set it is written into the log instead.
const (
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailLogged  MailState = "logged"
	MailFailed  MailState = "failed"
)

// Mail is a letter in the outbox, without what it says.
type Mail struct {
	ID        int64
	Kind      string
	User      UserID
	Address   string
	Subject   Phrase
	State     MailState
	Tries     int64
	Error     string // of the last try
	CreatedAt time.Time
	NextAt    time.Time // of the next try, while it waits
	DoneAt    time.Time // zero: not yet
}
