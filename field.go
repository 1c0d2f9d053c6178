package tenon

// FieldType says how the value of a field looks, is checked, stored and shown.
type FieldType string

const (
	Text     FieldType = "text"     // one line
	LongText FieldType = "longtext" // several lines
	RichText FieldType = "richtext" // HTML of a fixed, harmless set
	Number   FieldType = "number"   // float64
	Bool     FieldType = "bool"
	Date     FieldType = "date"   // "2006-01-02"
	Moment   FieldType = "moment" // RFC 3339, UTC, "2006-01-02T15:04:05Z"
	Email    FieldType = "email"
	Phone    FieldType = "phone"
	URL      FieldType = "url"
	IP       FieldType = "ip"
	MAC      FieldType = "mac"
	Choice   FieldType = "choice" // one of Options
	Lookup   FieldType = "lookup" // id in the look-up list List
	Ref      FieldType = "ref"    // id of an item of kind RefKind (any kind when 0)
	OrgRef   FieldType = "org"    // id of an organization; stored as its binder
	UserRef  FieldType = "user"   // id of a user
	GroupRef FieldType = "group"  // id of a group
	Strings  FieldType = "strings"
	Emails   FieldType = "emails" // list of {value, label, primary}
	Phones   FieldType = "phones" // list of {value, label, extension, primary}
	Object   FieldType = "object" // custom fields, traits: checked by their own schema
	Secret   FieldType = "secret" // never in Values: sealed in the vault
	File     FieldType = "file"   // hash of a stored file
)

// Field declares one field of an organization or of a kind of item. What a
// face, an import, a revision, a merge or a form needs to know about a field
// stands here, once.
type Field struct {
	Name     string // snake_case, unique in its schema
	Label    string // sentence case, for people
	Type     FieldType
	List     string   // for Lookup
	RefKind  Kind     // for Ref
	Options  []string // for Choice
	Required bool
	Index    bool // kept as rows too, so that it can be looked up over all organizations
	Host     bool // the item takes the binder of the item named here
	Expires  bool // a date that people want to be warned of
	ReadOnly bool // set by the system, ignored when sent
	// Synced is what a connection writes, such as one to a PSA: while it keeps the
	// record in step, people change it there and not here.
	Synced bool
	Max    int // longest value in characters; 0 means the type's default
	Help   string
}

// Schema is an ordered list of fields.
type Schema []Field

// Field returns the field of that name, or nil.
func (s Schema) Field(name string) *Field {
	for i := range s {
		if s[i].Name == name {
			return &s[i]
		}
	}
	return nil
}

// MaxLen returns the longest value allowed, in characters.
func (f *Field) MaxLen() int {
	switch {
	case f.Max > 0:
		return f.Max
	case f.Type == LongText || f.Type == RichText || f.Type == Object:
		return 1 << 20
	case f.Type == Secret:
		return 64 << 10
	default:
		return 255
	}
}
