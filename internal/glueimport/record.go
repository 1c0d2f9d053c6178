package glueimport

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// text returns an attribute as text, "" where it has none.
func (r *record) text(name string) string {
	switch x := r.Attributes[name].(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}

// id returns an attribute that names another record, "" where it names none.
func (r *record) id(name string) string {
	switch x := r.Attributes[name].(type) {
	case float64:
		if x > 0 {
			return strconv.FormatInt(int64(x), 10)
		}
	case string:
		if x = strings.TrimSpace(x); x != "0" {
			return x
		}
	}
	return ""
}

// yes returns an attribute that is true or false, or as much as that.
func (r *record) yes(name string) bool {
	switch x := r.Attributes[name].(type) {
	case bool:
		return x
	case float64:
		return x == 1
	case string:
		return x == "1" || strings.EqualFold(x, "true")
	}
	return false
}

// name is what people call the record.
func (r *record) name() string {
	for _, n := range []string{"name", "subject", "attachment-file-name"} {
		if t := r.text(n); t != "" {
			return t
		}
	}
	return r.Type + " " + r.ID
}

// hash is how the record is now, what came along with it included. Maps are
// written in the order of their keys, so equal records have equal hashes.
func (r *record) hash(with ...*record) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, x := range append([]*record{r}, with...) {
		// What is decoded from JSON can be encoded again.
		_ = enc.Encode(x.ID)
		_ = enc.Encode(x.Attributes)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// kebab is our name of a field as that API spells it.
func kebab(name string) string { return strings.ReplaceAll(name, "_", "-") }

// resourceOf returns the resource that a word for a type means: "Flexible
// Asset", "flexible-assets" and "FlexibleAsset" are flexible_assets.
func resourceOf(word string) string {
	var b strings.Builder
	for i, c := range word {
		switch {
		case c == ' ' || c == '-' || c == '_' || c == ':':
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
				b.WriteByte('_')
			}
		case c >= 'A' && c <= 'Z':
			if i > 0 && word[i-1] >= 'a' && word[i-1] <= 'z' {
				b.WriteByte('_')
			}
			b.WriteRune(c + 'a' - 'A')
		default:
			b.WriteRune(c)
		}
	}
	name := strings.ToLower(b.String())
	name = strings.Replace(name, "s_s_l", "ssl", 1)
	if name != "" && !strings.HasSuffix(name, "s") {
		name += "s"
	}
	return name
}

// resourceOfKind is how that API calls a kind of ours.
func resourceOfKind(k tenon.Kind) string { return k.Info().Plural }

// ties maps records of the source to ours, by resource and id there.
type ties map[string]map[string]int64

// wants collects which records of the source a page names.
type wants map[string]map[string]bool

func (w wants) add(resource, id string) {
	if id == "" || resource == "" {
		return
	}
	if w[resource] == nil {
		w[resource] = map[string]bool{}
	}
	w[resource][id] = true
}

func (w wants) list(resource string) []string {
	out := make([]string, 0, len(w[resource]))
	for id := range w[resource] {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// taken is a record of the source in our words.
type taken struct {
	from     *record
	hashed   string // how it is there now
	values   tenon.Values
	parts    map[string][]tenon.Values
	secrets  map[string]string
	archived bool
	closed   bool // restricted there
	org      string
	// missing are references to records that have not come yet.
	missing []string
	// lost are values that we do not take, in words, and told what else there is
	// to say of the record.
	lost, told []string
	// notes are those of the record, without what is lost.
	notes *string
	// embeds are the passwords that stand in its fields.
	embeds []string
}

// quoted is how much of a value is said that is not taken.
const quoted = 2000

func (t *taken) drop(label string, x any, why string) {
	words := []rune(fmt.Sprint(x))
	if len(words) > quoted {
		words = append(words[:quoted:quoted], '…')
	}
	t.lost = append(t.lost, fmt.Sprintf("%s: %s (%s)", label, string(words), strings.TrimSuffix(why, ".")))
}

// without drops a value that we do not take as the record stands, and tells
// whether there was one that could be dropped.
func (t *taken) without(schema tenon.Schema, name, why string) bool {
	if _, ok := t.secrets[name]; ok {
		delete(t.secrets, name)
		t.told = append(t.told, why)
		return true
	}
	if key, ok := strings.CutPrefix(name, "traits."); ok {
		traits, _ := t.values["traits"].(map[string]any)
		x, ok := traits[key]
		if ok {
			delete(traits, key)
			t.drop(key, x, why)
		}
		return ok
	}
	f := schema.Field(name)
	x, ok := t.values[name]
	if !ok || f == nil || f.Required {
		return false
	}
	delete(t.values, name)
	if name == "notes" {
		t.notes = nil
	}
	if f.Type == tenon.Ref || f.Type == tenon.Lookup || f.Type == tenon.OrgRef { // ours, and not what it was there
		x = t.from.text(strings.TrimSuffix(attributeOf(f), "-id") + "-name")
	}
	t.drop(f.Label, x, why)
	return true
}

// keepLost writes into the notes what we do not take, so that it is not lost.
func (t *taken) keepLost(schema tenon.Schema) {
	if len(t.lost) == 0 || schema.Field("notes") == nil {
		return
	}
	if t.notes == nil {
		own, _ := t.values["notes"].(string)
		t.notes = &own
	}
	notes := *t.notes
	if notes != "" {
		notes += "\n\n"
	}
	t.values["notes"] = notes + "Not taken over as it was:\n" + strings.Join(t.lost, "\n")
}
