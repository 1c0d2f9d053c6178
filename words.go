package tenon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
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

// Args are the arguments of a text: strings, whole numbers and quantities. They
// stay those when they are kept as JSON.
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
		v := reflect.ValueOf(a)
		if _, is := a.(Quantity); is {
			out[i] = a
		} else if verb == 'd' && v.CanInt() {
			out[i] = v.Int()
		} else {
			out[i] = fmt.Sprint(a)
		}
	}
	return out
}

// UnmarshalJSON reads what was kept.
func (a *Args) UnmarshalJSON(text []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*a = nil
	for _, r := range raw {
		var x any
		var n int64
		var q Quantity
		switch r = bytes.TrimSpace(r); {
		case len(r) > 0 && r[0] == '{':
			if err := json.Unmarshal(r, &q); err != nil {
				return err
			}
			x = q
		case json.Unmarshal(r, &n) == nil:
			x = n
		default:
			var s string
			if err := json.Unmarshal(r, &s); err != nil {
				return err
			}
			x = s
		}
		*a = append(*a, x)
	}
	return nil
}

// Find makes a finding of a text and its arguments.
func Find(code, action string, subject int64, format string, args ...any) Finding {
	return Finding{Code: code, Message: fmt.Sprintf(format, args...), Action: action, Subject: subject, Text: format, Args: argsOf(format, args)}
}

// Phrase is a text with its arguments: it is said in the language of whoever
// reads it, when they do.
type Phrase struct {
	Text string `json:"text"`
	Args Args   `json:"args,omitempty"`
}

// Say makes a phrase.
func Say(format string, args ...any) Phrase {
	return Phrase{Text: format, Args: argsOf(format, args)}
}

// String says it in English.
func (p Phrase) String() string {
	if len(p.Args) == 0 {
		return p.Text
	}
	return fmt.Sprintf(p.Text, p.Args...)
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
