package core

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/richtext"
)

// clean makes a change safe to store: what is rich text passes through the
// one sanitizer, on the way in.
func clean(schema tenon.Schema, change tenon.Values) tenon.Values {
	var out tenon.Values
	for name, x := range change {
		f := schema.Field(name)
		s, isText := x.(string)
		if f == nil || f.Type != tenon.RichText || !isText {
			continue
		}
		if out == nil {
			out = change.Clone()
		}
		out[name] = richtext.Sanitize(s)
	}
	if out == nil {
		return change
	}
	return out
}

// Cleaned returns the change as it would be stored: rich text has passed
// through the sanitizer. Importers compare with it.
func Cleaned(schema tenon.Schema, change tenon.Values) tenon.Values { return clean(schema, change) }
