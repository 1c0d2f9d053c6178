package tenon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quantity is a number with its thing, or only the word that goes with the
// number, as an argument of a text: whoever says the text in another language
// has the forms of that language.
type Quantity struct {
	N    int64  `json:"n"`
	One  string `json:"one"`
	Many string `json:"many"`
	// Bare leaves the number out.
	Bare bool `json:"bare,omitempty"`
}

// Amount is Counted as an argument: "1 item", "1,284 items".
func Amount[N ~int | ~int64](n N, one, many string) Quantity {
	return Quantity{N: int64(n), One: one, Many: many}
}

// Form is Plural as an argument: "item", "items".
func Form[N ~int | ~int64](n N, one, many string) Quantity {
	return Quantity{N: int64(n), One: one, Many: many, Bare: true}
}

// String says it in English.
func (q Quantity) String() string {
	if q.Bare {
		return Plural(q.N, q.One, q.Many)
	}
	return Counted(q.N, q.One, q.Many)
}

// Lower writes a label as it stands inside of a sentence: "contact", "IP
// address", "SSL certificate".
func Lower(label string) string {
	if label == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(label)
	if next, _ := utf8.DecodeRuneInString(label[size:]); unicode.IsUpper(next) {
		return label // an acronym
	}
	return string(unicode.ToLower(first)) + label[size:]
}

// List is several things as an argument of a text, "A, B and C": whoever says
// the text in another language joins them as that language does.
type List []any

// ListOf makes a list of what is in a slice.
func ListOf[T any](of []T) List {
	out := make(List, len(of))
	for i, x := range of {
		out[i] = x
	}
	return out
}

// String says it in English.
func (l List) String() string {
	var b strings.Builder
	for i, x := range l {
		switch {
		case i > 0 && i == len(l)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, x)
	}
	return b.String()
}

// UnmarshalJSON reads what was kept.
func (l *List) UnmarshalJSON(text []byte) error {
	of, err := readArgs(text)
	*l = of
	return err
}

// Args are the arguments of a text: strings, whole numbers, quantities, phrases
// and lists. They stay those when they are kept as JSON.
type Args []any

// argsOf brings the arguments of a text into the forms that can be kept: what
// stands at %d stays a number, everything else is what it says.
func argsOf(format string, args []any) Args {
	if len(args) == 0 {
		return nil
	}
	out := make(Args, len(args))
	rest := format
	for i, a := range args {
		verb := byte('s')
		for at := strings.IndexByte(rest, '%'); at >= 0 && at+1 < len(rest); at = strings.IndexByte(rest, '%') {
			verb, rest = rest[at+1], rest[at+2:]
			if verb != '%' {
				break
			}
		}
		out[i] = kept(a, verb == 'd')
	}
	return out
}

// kept is an argument in the form in which it can be kept.
func kept(a any, number bool) any {
	switch x := a.(type) {
	case Quantity, Phrase:
		return a
	case List:
		out := make(List, len(x))
		for i := range x {
			out[i] = kept(x[i], false)
		}
		return out
	}
	if v := reflect.ValueOf(a); number && v.CanInt() {
		return v.Int()
	}
	return fmt.Sprint(a)
}

// UnmarshalJSON reads what was kept.
func (a *Args) UnmarshalJSON(text []byte) error {
	of, err := readArgs(text)
	*a = of
	return err
}

func readArgs(text []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil || raw == nil {
		return nil, err
	}
	out := make([]any, len(raw))
	for i, r := range raw {
		var err error
		if out[i], err = readArg(bytes.TrimSpace(r)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readArg(text []byte) (any, error) {
	switch text[0] {
	case '{':
		var is struct{ Text *string }
		if err := json.Unmarshal(text, &is); err != nil {
			return nil, err
		}
		if is.Text != nil {
			return read[Phrase](text)
		}
		return read[Quantity](text)
	case '[':
		return read[List](text)
	case '"':
		return read[string](text)
	}
	return read[int64](text)
}

func read[T any](text []byte) (any, error) {
	var x T
	err := json.Unmarshal(text, &x)
	return x, err
}

// Find makes a finding of a text and its arguments.
func Find(code, action string, subject int64, format string, args ...any) Finding {
	return Finding{Code: code, Message: Format(format, args...), Action: action, Subject: subject, Text: format, Args: argsOf(format, args)}
}

// Phrase is a text with its arguments: it is said in the language of whoever
// reads it, when they do. It may be an argument of another one.
type Phrase struct {
	Text string `json:"text"`
	Args Args   `json:"args,omitempty"`
}

// Say makes a phrase.
func Say(format string, args ...any) Phrase {
	return Phrase{Text: format, Args: argsOf(format, args)}
}

// IsZero tells whether it says nothing.
func (p Phrase) IsZero() bool { return p.Text == "" }

// String says it in English.
func (p Phrase) String() string {
	if len(p.Args) == 0 {
		return p.Text
	}
	return Format(p.Text, p.Args...)
}

// UnmarshalJSON reads what was kept: also a text that was kept as it was, before
// there were phrases.
func (p *Phrase) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
		p.Args = nil
		return json.Unmarshal(text, &p.Text)
	}
	type plain Phrase
	return json.Unmarshal(text, (*plain)(p))
}
