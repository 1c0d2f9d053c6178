package itglue

import (
	"math"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// reader takes attributes of a change into variables, and keeps the first error.
type reader struct {
	in  change
	err error
}

func (r *reader) clean(name string, t tenon.FieldType) (any, bool) {
	x, sent := r.in.attrs[name]
	if !sent || r.err != nil {
		return nil, false
	}
	f := tenon.Field{Name: name, Label: strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " "), Type: t}
	y, err := f.Clean(x)
	if err != nil {
		r.err = err
		return nil, false
	}
	return y, true
}

func (r *reader) text(name string, to *string) {
	if x, ok := r.clean(name, tenon.LongText); ok {
		*to, _ = x.(string)
	}
}

// line is text of one line.
func (r *reader) line(name string, to *string) {
	if x, ok := r.clean(name, tenon.Text); ok {
		*to, _ = x.(string)
	}
}

func (r *reader) flag(name string, to *bool) {
	if x, ok := r.clean(name, tenon.Bool); ok {
		*to = x == true
	}
}

func (r *reader) number(name string, to *int) {
	if x, ok := r.clean(name, tenon.Number); ok {
		n, _ := x.(float64)
		*to = int(math.Max(-1e6, math.Min(1e6, n)))
	}
}

// nameKey is the name of a flexible asset type as a key.
func nameKey(name string) string {
	return strings.Join(strings.FieldsFunc(textkey.Fold(name), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }), "-")
}

func joinLines(l []string) string { return strings.Join(l, "\n") }

// optionsIn reads the options of a Select field: one a line, or one line with
// commas between.
func optionsIn(s string) []string {
	if !strings.Contains(strings.TrimSpace(s), "\n") {
		return words(s)
	}
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// flexKind finds a kind of field whatever its case.
func flexKind(s string) tenon.FlexKind {
	for _, k := range tenon.FlexKinds {
		if strings.EqualFold(string(k), strings.TrimSpace(s)) {
			return k
		}
	}
	return tenon.FlexKind(s)
}

// resourceWord is how related items, tags and embedded passwords name a kind:
// "Flexible Asset", "SSL Certificate".
var resourceWord = map[tenon.Kind]string{
	tenon.Configuration: "Configuration", tenon.Contact: "Contact", tenon.Location: "Location", tenon.Password: "Password",
	tenon.PasswordFolder: "Password Folder", tenon.Document: "Document", tenon.DocumentFolder: "Document Folder", tenon.Domain: "Domain",
	tenon.SSLCertificate: "SSL Certificate", tenon.FlexibleAsset: "Flexible Asset", tenon.Checklist: "Checklist",
	tenon.ChecklistTemplate: "Checklist Template", tenon.Ticket: "Ticket",
}

// kindNamed finds the kind that a word means, in any of the spellings that
// clients send: "Flexible Asset", "flexible_assets", "FlexibleAsset".
func kindNamed(word string) tenon.Kind {
	plainWord := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
	}
	w := plainWord(word)
	if w == "folder" || w == "folders" {
		return tenon.DocumentFolder
	}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if w == plainWord(k.Name) || w == plainWord(k.Plural) || w == plainWord(resourceWord[k.Kind]) {
			return k.Kind
		}
	}
	return 0
}

// tagType is how a Tag field names the kind of record that it may name.
func tagType(k tenon.Kind) string {
	return strings.ReplaceAll(resourceWord[k], " ", "") + "s"
}

// tagTypeOf is how a Tag field says which records it may name:
// "FlexibleAssetType: 12" for the assets of one type.
func tagTypeOf(f *tenon.FlexField) string {
	if f.TagFlexType != 0 {
		return "FlexibleAssetType: " + f.TagFlexType.String()
	}
	return tagType(f.TagType)
}

// tagKind reads it back. of is 0 for flexible assets of any type.
func tagKind(s string) (kind tenon.Kind, of tenon.FlexTypeID) {
	word, rest, _ := strings.Cut(s, ":")
	word = strings.TrimSpace(word)
	if strings.HasPrefix(strings.ToLower(word), "flexible") {
		return tenon.FlexibleAsset, tenon.FlexTypeID(tenon.ParseID(strings.TrimSpace(rest)))
	}
	return kindNamed(word), 0
}
