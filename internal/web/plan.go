package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file has what the pages of all plans share: how the fields of a plan
// are put into words, and how a refusal is.

// refused is why a plan that was confirmed was not carried out.
type refused struct {
	text    string
	changes []string
}

// refusedOf puts a refusal into words; p names the records in it.
func refusedOf(ctx context.Context, err error, p *tenon.Plan) *refused {
	out := &refused{text: say.Error(ctx, err)}
	var e *tenon.Error
	if !errors.As(err, &e) {
		return out
	}
	out.changes = staleWords(ctx, p, e.Changes)
	return out
}

// fieldsView is how the fields of a plan are compared.
type fieldsView struct {
	schema tenon.Schema
	names  names
}

// namesOfFields turns the ids in the fields of a plan into words.
func (s *server) namesOfFields(r *http.Request, schema tenon.Schema, fields []tenon.FieldPlan) (n names, err error) {
	var w wanted
	for _, f := range fields {
		for _, x := range []any{f.Source, f.Target} {
			w.add(schema, tenon.Values{f.Name: x})
		}
	}
	err = s.read(r, func(tx *store.Tx) (err error) {
		n, err = w.load(tx, viewer(r))
		return err
	})
	return n, err
}

var tagPattern = regexp.MustCompile(`<[^>]*>`)

// maxCompared is how much of a long text is compared on the page.
const maxCompared = 240

// word writes the value of a field on one line.
func (v *fieldsView) word(ctx context.Context, name string, x any) string {
	if x == nil {
		return ""
	}
	text := ""
	f := v.schema.Field(name)
	switch {
	case f == nil:
		text = plainValue(ctx, x)
	case f.Type == tenon.Bool:
		text = map[bool]string{true: say.Text(ctx, "Yes"), false: say.Text(ctx, "No")}[x == true]
	case f.Type == tenon.Lookup || f.Type == tenon.Ref || f.Type == tenon.OrgRef || f.Type == tenon.UserRef || f.Type == tenon.GroupRef:
		text, _ = v.names.reference(ctx, f, tenon.Values{name: x}.ID(name))
	case f.Type == tenon.Strings:
		text = strings.Join(tenon.Values{name: x}.Strings(name), ", ")
	case f.Type == tenon.Emails || f.Type == tenon.Phones:
		text = addressWords(ctx, x)
	case f.Type == tenon.Object:
		object := tenon.Values{name: x}.Object(name)
		var parts []string
		for _, k := range sortedNames(object) {
			parts = append(parts, k+": "+plainValue(ctx, object[k]))
		}
		text = strings.Join(parts, "; ")
	case f.Type == tenon.RichText:
		text = strings.Join(strings.Fields(html.UnescapeString(tagPattern.ReplaceAllString(fmt.Sprint(x), " "))), " ")
	case f.Type == tenon.Choice:
		text = ofField(ctx, f, tenon.Values{name: x}.Text(name))
	case f.Name == "logo":
		text = say.Text(ctx, "A picture")
	default:
		text = plainValue(ctx, x)
	}
	if runes := []rune(text); len(runes) > maxCompared {
		text = string(runes[:maxCompared]) + "…"
	}
	return text
}

// addressWords writes addresses or numbers in a line. Those of a plan that was
// kept have been through JSON.
func addressWords(ctx context.Context, x any) string {
	list, _ := x.([]tenon.Address)
	if kept, ok := x.([]any); ok {
		for _, one := range kept {
			m, _ := one.(map[string]any)
			list = append(list, tenon.Address{Value: plainValue(ctx, m["value"]), Label: plainValue(ctx, m["label"])})
		}
	}
	words := make([]string, len(list))
	for i, a := range list {
		words[i] = a.Value
		if a.Label != "" {
			words[i] += " (" + a.Label + ")"
		}
	}
	return strings.Join(words, ", ")
}

func sortedNames(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// choiceWords are the choices of a field that can be combined.
func choiceWord(ctx context.Context, c tenon.FieldChoice) string {
	switch c {
	case tenon.KeepTarget:
		return say.Text(ctx, "Keep")
	case tenon.Append:
		return say.Text(ctx, "Append source’s")
	case tenon.Union:
		return say.Text(ctx, "Both")
	}
	return say.Text(ctx, "Replace")
}

// compared returns the fields that differ, one line each, and the words for
// those that are equal. Of several sources, a line gathers what each has.
func (v *fieldsView) compared(ctx context.Context, fields []tenon.FieldPlan) (differ []ui.Compared, equal []string, blanks int) {
	for _, name := range fieldOrder(fields) {
		var line ui.Compared
		var last tenon.FieldPlan
		var sources []string
		some, choice := false, tenon.KeepTarget
		for _, f := range fields {
			if f.Name != name {
				continue
			}
			last = f
			some = some || !f.Equal
			if f.Choice != tenon.KeepTarget {
				choice = f.Choice
			}
			if text := v.word(ctx, name, f.Source); text != "" && !slices.Contains(sources, text) {
				sources = append(sources, text)
			}
		}
		if !some {
			if last.Target != nil {
				equal = append(equal, say.Text(ctx, last.Label)+": "+v.word(ctx, name, last.Target))
			}
			continue
		}
		line = ui.Compared{Name: fieldPrefix + name, Label: say.Text(ctx, last.Label), Source: strings.Join(sources, " · "), Target: v.word(ctx, name, last.Target), Take: "target"}
		if choice == tenon.TakeSource {
			line.Take = "source"
		}
		if line.Fixed = len(last.Choices) == 1; line.Fixed {
			line.Note = say.Text(ctx, "In step with the PSA")
		} else if last.Target == nil && len(sources) > 0 {
			blanks++
			if choice != tenon.KeepTarget {
				line.Note = say.Text(ctx, "fill")
			}
		}
		if len(last.Choices) > 2 && last.Target != nil && len(sources) > 0 {
			for _, c := range last.Choices {
				line.Choices = append(line.Choices, ui.Choice{Value: string(c), Text: choiceWord(ctx, c), Chosen: c == choice})
			}
		} else if choice == tenon.Append || choice == tenon.Union {
			line.Take = "source" // into an empty field, all of these are the same
		}
		differ = append(differ, line)
	}
	return differ, equal, blanks
}

func fieldOrder(fields []tenon.FieldPlan) []string {
	var out []string
	for _, f := range fields {
		if !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

// kindOfPlural is the kind that a plan calls by its plural name.
func kindOfPlural(plural string) *tenon.KindInfo {
	for i := range tenon.Kinds {
		if tenon.Kinds[i].Plural == plural {
			return &tenon.Kinds[i]
		}
	}
	return nil
}

// kindWords are the label and the icon of a kind by its plural name.
func kindWords(ctx context.Context, plural string) (label, icon string) {
	if info := kindOfPlural(plural); info != nil {
		return say.Text(ctx, info.Labels), kindIcon(info.Kind)
	}
	return plural, "box"
}

// shortFingerprint is what people compare: the first half of it says enough.
func shortFingerprint(fingerprint string) string {
	if len(fingerprint) < 8 {
		return fingerprint
	}
	return fingerprint[:4] + "·" + fingerprint[4:8]
}
