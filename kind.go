package tenon

// Kind is a kind of item. The numbers are stored and never change.
type Kind int16

const (
	Configuration     Kind = 1
	Contact           Kind = 2
	Location          Kind = 3
	Password          Kind = 4
	PasswordFolder    Kind = 5
	Document          Kind = 6
	DocumentFolder    Kind = 7
	Domain            Kind = 8
	SSLCertificate    Kind = 9
	FlexibleAsset     Kind = 10
	Checklist         Kind = 11
	ChecklistTemplate Kind = 12
	Ticket            Kind = 13
)

// KindInfo declares a kind. Faces, import, export, merge, search and trash
// loop over Kinds; nothing else in the code lists them.
type KindInfo struct {
	Kind   Kind
	Name   string // "configuration": in paths, activity, JSON
	Plural string // "configurations"
	Label  string // "Configuration"
	Labels string // "Configurations"
	Fields Schema
	// Title names the fields that make the item's name, joined with a blank.
	Title []string
	// Type and Status name the Lookup or Choice-like fields that lists filter by.
	Type, Status string
	// Parts are the lists that an item of this kind carries, such as a document's sections.
	Parts []PartInfo
	// Numbered items have a number of their own within their binder.
	Numbered bool
	// Folder marks a kind that only holds others; it is left out of an organization's item count.
	Folder bool
	// Identity names the fields by which two items of one organization are probably the same.
	Identity []string
}

// PartInfo declares a list that hangs on an item: interfaces, sections, tasks, comments.
type PartInfo struct {
	Name   string // "interface"
	Plural string // "interfaces"
	Label  string
	Fields Schema
	// Append marks parts that are never changed once written (ticket comments).
	Append bool
}

// FolderField is the name of the field that says in which folder an item of the
// kind lies, "" where there are none.
func (k *KindInfo) FolderField() string {
	for i := range k.Fields {
		f := &k.Fields[i]
		if info := f.RefKind.Info(); f.Type == Ref && f.Host && info != nil && info.Folder {
			return f.Name
		}
	}
	return ""
}

// Part returns the part of that singular name, or nil.
func (k *KindInfo) Part(name string) *PartInfo {
	for i := range k.Parts {
		if k.Parts[i].Name == name {
			return &k.Parts[i]
		}
	}
	return nil
}

// Noun is the kind as an argument of a sentence: "contact", "SSL certificate".
func (k *KindInfo) Noun() Quantity { return Form(1, Lower(k.Label), Lower(k.Labels)) }

// Amount is so many of the kind: "1 contact", "3 SSL certificates".
func (k *KindInfo) Amount(n int64) Quantity { return Amount(n, Lower(k.Label), Lower(k.Labels)) }

// Info returns the declaration of k, or nil for a kind that does not exist.
func (k Kind) Info() *KindInfo {
	for i := range Kinds {
		if Kinds[i].Kind == k {
			return &Kinds[i]
		}
	}
	return nil
}

func (k Kind) String() string {
	if info := k.Info(); info != nil {
		return info.Name
	}
	return "unknown"
}

// KindNamed returns the kind of that singular or plural name, or 0.
func KindNamed(name string) Kind {
	for i := range Kinds {
		if Kinds[i].Name == name || Kinds[i].Plural == name {
			return Kinds[i].Kind
		}
	}
	return 0
}
