package tenon

import (
	"errors"
)

// Code says what sort of error happened. The list is closed: each face has
// one table that turns a code into its own words and status.
type Code string

const (
	Invalid         Code = "invalid"         // the request says something that cannot be
	NotFound        Code = "not_found"       // there is no such thing, or the viewer may not know of it
	Forbidden       Code = "forbidden"       // the viewer knows of it and may not do this
	Unauthenticated Code = "unauthenticated" // nobody is signed in
	Conflict        Code = "conflict"        // the state of the world forbids it
	Busy            Code = "busy"            // another operation holds it; try again
	Stale           Code = "stale"           // the world has changed since the caller looked
	TooLarge        Code = "too_large"       // over a documented limit
	RateLimited     Code = "rate_limited"    // too many requests
	Gone            Code = "gone"            // it was there and is no more
	Unavailable     Code = "unavailable"     // something we depend on does not answer
	Internal        Code = "internal"        // our fault
)

// Error is the one error type that leaves a package on purpose. Message is
// for people: what happened, what is safe, what to do. Err is for operators
// and never leaves the process.
type Error struct {
	Code    Code
	Field   string // our name of the field that is wrong, or ""
	Message string
	Err     error
	// Part says what of Field is wrong, where that is a list of things: "kind".
	Part string
	// Absent tells that Field names a record, and there is none.
	Absent bool
	// Target is set when the record asked for was merged away: the id that answers now.
	Target OrgID
	// Changes says what is different since the caller looked; only with Stale.
	Changes []Difference

	// What Message was made of, for whoever says it in another language.
	format string
	args   []any
}

// Difference is a fact that a plan was made from and that is not as it was.
type Difference struct {
	Fact    string
	Was, Is string
	New     bool // there was none when the plan was made
	Gone    bool // there is none any more
}

// String says it in English.
func (d Difference) String() string {
	switch {
	case d.New:
		return d.Fact + " is new: " + d.Is
	case d.Gone:
		return d.Fact + " is gone: it was " + d.Was
	}
	return d.Fact + " was " + d.Was + ", is " + d.Is
}

// At returns the same error about the field.
func (e *Error) At(field string) *Error {
	at := *e
	at.Field = field
	return &at
}

// Format returns what Message was made of: the text and its arguments. Of a
// message that was not made by Errorf the text is the message.
func (e *Error) Format() (text string, args []any) {
	if e.format == "" {
		return e.Message, nil
	}
	return e.format, e.args
}

// Of returns the same error about a part of its field.
func (e *Error) Of(part string) *Error {
	of := *e
	of.Part = part
	return &of
}

// Naming returns the same error as one of a field that names a record where
// there is none.
func (e *Error) Naming() *Error {
	naming := *e
	naming.Absent = true
	return &naming
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error for people.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: Format(format, args...), format: format, args: args}
}

// FieldErrorf makes an Invalid error that names the field.
func FieldErrorf(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: Format(format, args...), format: format, args: args}
}

// CodeOf returns the code of err: Internal where it carries none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// PhraseOf is MessageOf as what can be kept and said in another language.
func PhraseOf(err error) Phrase {
	var e *Error
	if !errors.As(err, &e) {
		return Say("Internal error")
	}
	// A text whose arguments are no words or whole numbers is kept as it is said.
	if text, args := e.Format(); len(args) > 0 {
		if p := Say(text, args...); p.String() == e.Message {
			return p
		}
	}
	return Phrase{Text: e.Message}
}

// MessageOf returns the words for people of err. An error without a code
// says only that it is internal: what it wraps is for the log.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "Internal error"
}
