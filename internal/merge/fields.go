package merge

import (
	"reflect"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// planFields compares what both sides say about themselves and works out what
// the target will say, in the order of the schema. With several sources the
// first that offers something gives it; texts and lists gather from all.
func planFields(s *snapshot) ([]tenon.FieldPlan, error) {
	for name, choice := range s.choices.Fields {
		f := tenon.OrganizationFields.Field(name)
		if f == nil || !slices.Contains(choicesOf(f), choice) {
			return nil, tenon.FieldErrorf("fields", "There is no choice %q for %q.", choice, name)
		}
		if !slices.Contains(s.choicesOf(f), choice) {
			return nil, core.ErrSynced(s.target.org.Name, f)
		}
	}
	var out []tenon.FieldPlan
	for i := range tenon.OrganizationFields {
		f := &tenon.OrganizationFields[i]
		if len(choicesOf(f)) == 0 {
			continue
		}
		result, taken := s.target.org.Values[f.Name], false
		for _, d := range s.sources {
			p := tenon.FieldPlan{Name: f.Name, Label: f.Label, Source: d.org.Values[f.Name], Target: s.target.org.Values[f.Name],
				From: d.org.ID, Choices: s.choicesOf(f), Choice: tenon.KeepTarget}
			p.Equal = reflect.DeepEqual(p.Source, p.Target)
			if !p.Equal {
				p.Choice = s.choose(f, p, taken)
			}
			if p.Choice != tenon.KeepTarget {
				result, taken = p.Choice.Combine(f, result, p.Source), true
			}
			p.Result = result
			out = append(out, p)
		}
	}
	return out, nil
}

// choicesOf says what may be done with a field; nothing where the tree or the
// account decides.
func choicesOf(f *tenon.Field) []tenon.FieldChoice {
	switch {
	case f.Name == "parent_id":
		return nil
	case f.Type == tenon.LongText || f.Type == tenon.RichText:
		return []tenon.FieldChoice{tenon.KeepTarget, tenon.Append, tenon.TakeSource}
	case f.Type == tenon.Strings || f.Type == tenon.Object:
		return []tenon.FieldChoice{tenon.KeepTarget, tenon.Union, tenon.TakeSource}
	}
	return []tenon.FieldChoice{tenon.KeepTarget, tenon.TakeSource}
}

// choicesOf says what may be done with a field of this target: what a connection
// writes there stays, for its next run would put it back.
func (s *snapshot) choicesOf(f *tenon.Field) []tenon.FieldChoice {
	if f.Synced && s.target.syncing > 0 {
		return []tenon.FieldChoice{tenon.KeepTarget}
	}
	return choicesOf(f)
}

// choose is what becomes of one differing field of one source.
func (s *snapshot) choose(f *tenon.Field, p tenon.FieldPlan, taken bool) tenon.FieldChoice {
	choice, said := s.choices.Fields[f.Name]
	if p.Source == nil && (choice != tenon.TakeSource || len(s.sources) > 1) {
		// Nothing to take. Only said of one source, "take" means: empty it.
		return tenon.KeepTarget
	}
	if !said && s.choices.FillBlanks && p.Target == nil && f.Type != tenon.Bool && slices.Contains(p.Choices, tenon.TakeSource) {
		choice = tenon.TakeSource
	}
	if choice == "" || (choice == tenon.TakeSource && taken) {
		return tenon.KeepTarget
	}
	return choice
}
