package tenon

import (
	"slices"
	"strings"
	"time"
)

// FlexType is a kind of record that the account made up: a flexible asset type.
type FlexType struct {
	ID          FlexTypeID
	Name        string
	Description string
	Icon        string
	Enabled     bool // a new asset may have this type
	ShowInMenu  bool
	Fields      []FlexField
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// FlexField is one field of a flexible asset type.
type FlexField struct {
	ID   int64
	Name string
	// Key names the field in traits. It is made from the name once and stays
	// when the field is renamed.
	Key     string
	Kind    FlexKind
	Hint    string
	Options []string // of a Select
	TagType Kind     // what a Tag may name; 0 for any kind
	// TagFlexType is the type of the flexible assets that a Tag may name; 0 for any.
	TagFlexType  FlexTypeID `json:",omitempty"`
	DefaultValue string
	Decimals     int // of a Number
	Required     bool
	UseForTitle  bool
	Expiration   bool // a Date that people want to be warned of
	ShowInList   bool
}

// Tag says in one word what a Tag may name: the name of a kind,
// "flexible_asset:12" for the assets of one type, and "" for any kind.
func (f *FlexField) Tag() string {
	switch {
	case f.TagType == 0:
		return ""
	case f.TagFlexType != 0:
		return f.TagType.String() + ":" + f.TagFlexType.String()
	}
	return f.TagType.String()
}

// SetTag reads what Tag says, and tells whether it is such a word.
func (f *FlexField) SetTag(word string) bool {
	name, of, typed := strings.Cut(word, ":")
	kind, id := KindNamed(name), FlexTypeID(ParseID(of))
	if (kind == 0 && word != "") || (typed && (kind != FlexibleAsset || id == 0)) {
		return false
	}
	f.TagType, f.TagFlexType = kind, id
	return true
}

// FlexKind is what a field of a flexible asset holds.
type FlexKind string

const (
	FlexText     FlexKind = "Text"
	FlexTextbox  FlexKind = "Textbox" // rich text
	FlexNumber   FlexKind = "Number"
	FlexSelect   FlexKind = "Select"
	FlexCheckbox FlexKind = "Checkbox"
	FlexDate     FlexKind = "Date"
	FlexTag      FlexKind = "Tag"    // names other items
	FlexUpload   FlexKind = "Upload" // names attachments of the asset
	FlexHeader   FlexKind = "Header" // a heading between fields: holds nothing
	FlexPercent  FlexKind = "Percent"
	FlexPassword FlexKind = "Password" // sealed in the vault under "traits." and the key
)

// FlexKinds lists the kinds of fields, in the order in which people see them.
var FlexKinds = []FlexKind{FlexText, FlexTextbox, FlexNumber, FlexPercent, FlexSelect, FlexCheckbox, FlexDate, FlexPassword, FlexTag, FlexUpload, FlexHeader}

// Field returns the field of that key, or nil.
func (t *FlexType) Field(key string) *FlexField {
	for i := range t.Fields {
		if t.Fields[i].Key == key {
			return &t.Fields[i]
		}
	}
	return nil
}

// Secret returns the name under which the vault holds the field's value.
func (f *FlexField) Secret() string { return "traits." + f.Key }

// Clean turns what somebody sent for the field into what traits hold: text,
// float64, true, or a list of ids as []any of float64. nil is empty.
func (f *FlexField) Clean(x any) (any, error) {
	one := Field{Name: "traits." + f.Key, Label: f.Name}
	switch f.Kind {
	case FlexText:
		one.Type, one.Max = Text, 4096
	case FlexTextbox:
		one.Type = RichText
	case FlexNumber, FlexPercent:
		one.Type = Number
	case FlexSelect:
		one.Type, one.Options, one.Max = Choice, f.Options, 4096
	case FlexCheckbox:
		one.Type = Bool
	case FlexDate:
		one.Type = Date
	case FlexPassword:
		one.Type = Secret
	case FlexTag, FlexUpload:
		return cleanIDs(&one, x)
	default:
		return nil, FieldErrorf(one.Name, "%s is a heading and holds no value.", f.Name)
	}
	return one.Clean(x)
}

// maxTagged is how many records one field may name.
const maxTagged = 1000

// cleanIDs reads a list of ids, one id, or several in a text with commas.
func cleanIDs(f *Field, x any) (any, error) {
	one := Field{Name: f.Name, Label: f.Label, Type: Ref}
	var in []any
	switch v := x.(type) {
	case nil:
		return nil, nil
	case []any:
		in = v
	case []int64:
		for _, id := range v {
			in = append(in, id)
		}
	case string:
		for _, s := range strings.Split(v, ",") {
			in = append(in, s)
		}
	default:
		in = []any{x}
	}
	var out []any
	for _, x := range in {
		id, err := one.Clean(x)
		if err != nil {
			return nil, err
		}
		n, ok := id.(int64)
		if ok && !slices.Contains(out, any(float64(n))) {
			out = append(out, float64(n))
		}
	}
	if len(out) > maxTagged {
		return nil, FieldErrorf(f.Name, "%s names more than %d records.", f.Label, maxTagged)
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// IDs returns the ids in a trait of kind Tag or Upload.
func IDs(trait any) []int64 {
	l, _ := trait.([]any)
	out := make([]int64, 0, len(l))
	for _, x := range l {
		if n, ok := x.(float64); ok {
			out = append(out, int64(n))
		}
	}
	return out
}
