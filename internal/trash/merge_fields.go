package trash

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// tagsField is how the tags stand among the fields of a plan.
var tagsField = tenon.Field{Name: "tags", Label: "Tags", Type: tenon.Strings}

// planPairFields compares what both items say, and works out what the target
// will say, in the order of the schema; tags and secrets after it. Of secrets
// only whether there is one is told.
func planPairFields(s *pairSnapshot) ([]tenon.FieldPlan, error) {
	info := s.target.item.Kind.Info()
	known := map[string][]tenon.FieldChoice{}
	var out []tenon.FieldPlan
	add := func(f *tenon.Field, source, target any) {
		p := tenon.FieldPlan{Name: f.Name, Label: f.Label, Source: source, Target: target, Result: target, Choices: s.choicesOf(f), Choice: tenon.KeepTarget}
		known[f.Name] = p.Choices
		p.Equal = f.Type != tenon.Secret && reflect.DeepEqual(source, target)
		if !p.Equal && source != nil {
			p.Choice = s.choose(f, p)
		}
		if p.Choice != tenon.KeepTarget {
			p.Result = p.Choice.Combine(f, target, source)
		}
		out = append(out, p)
	}
	for i := range info.Fields {
		f := &info.Fields[i]
		if f.Host || f.ReadOnly || f.Type == tenon.Secret || (f.Required && f.Type == tenon.Lookup) {
			continue // what it lies in, and what the system sets, stays the target's
		}
		add(f, s.source.item.Values[f.Name], s.target.item.Values[f.Name])
	}
	add(&tagsField, some(s.source.item.Tags), some(s.target.item.Tags))
	for _, name := range secretsOf(s) {
		f := tenon.Field{Name: name, Label: name, Type: tenon.Secret}
		if declared := info.Fields.Field(name); declared != nil {
			f.Label = declared.Label
		}
		add(&f, sealedWord(s.source.item, name), sealedWord(s.target.item, name))
	}
	for name, choice := range s.choices.Fields {
		if slices.Contains(known[name], choice) {
			continue
		}
		if f := info.Fields.Field(name); f != nil && f.Synced && slices.Contains(known[name], tenon.KeepTarget) && slices.Contains(itemChoices(f), choice) {
			return nil, core.ErrSynced(s.target.item.Name, f)
		}
		return nil, tenon.FieldErrorf("fields", "There is no choice %q for %q.", choice, name)
	}
	return out, nil
}

func secretsOf(s *pairSnapshot) []string {
	out := append(slices.Clone(s.source.item.Secrets), s.target.item.Secrets...)
	slices.Sort(out)
	return slices.Compact(out)
}

func sealedWord(i *tenon.Item, name string) any {
	if slices.Contains(i.Secrets, name) {
		return "[secret]"
	}
	return nil
}

func some(l []string) any {
	if len(l) == 0 {
		return nil
	}
	return l
}

// itemChoices says what may be done with a field.
func itemChoices(f *tenon.Field) []tenon.FieldChoice {
	switch f.Type {
	case tenon.LongText, tenon.RichText:
		return []tenon.FieldChoice{tenon.KeepTarget, tenon.Append, tenon.TakeSource}
	case tenon.Strings, tenon.Object, tenon.Emails, tenon.Phones:
		return []tenon.FieldChoice{tenon.KeepTarget, tenon.Union, tenon.TakeSource}
	}
	return []tenon.FieldChoice{tenon.KeepTarget, tenon.TakeSource}
}

// choicesOf says what may be done with a field of this target: what a connection
// writes there stays, for its next run would put it back.
func (s *pairSnapshot) choicesOf(f *tenon.Field) []tenon.FieldChoice {
	if f.Synced && s.target.syncing() {
		return []tenon.FieldChoice{tenon.KeepTarget}
	}
	return itemChoices(f)
}

func (s *pairSnapshot) choose(f *tenon.Field, p tenon.FieldPlan) tenon.FieldChoice {
	choice, said := s.choices.Fields[f.Name]
	switch {
	case said && choice != "":
		return choice
	case s.choices.FillBlanks && p.Target == nil && f.Type != tenon.Bool && slices.Contains(p.Choices, tenon.TakeSource):
		return tenon.TakeSource
	}
	return tenon.KeepTarget
}

// setField makes an item say a value, nil for none.
func setField(i *tenon.Item, name string, x any) {
	if name == tagsField.Name {
		i.Tags, _ = x.([]string)
		return
	}
	i.Values = i.Values.Clone()
	if x == nil {
		delete(i.Values, name)
		return
	}
	i.Values[name] = x
}

// fieldOf is what an item says.
func fieldOf(i *tenon.Item, name string) any {
	if name == tagsField.Name {
		return some(i.Tags)
	}
	return i.Values[name]
}

// retitle makes the name of an item anew from the fields that make it.
func retitle(i *tenon.Item) {
	var words []string
	for _, f := range i.Kind.Info().Title {
		if s := strings.TrimSpace(i.Values.Text(f)); s != "" {
			words = append(words, s)
		}
	}
	if len(words) > 0 {
		i.Name = strings.Join(words, " ")
	}
}
