package web

import (
	"context"
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

// TestStaleWords tells people of the facts of plans what concerns them.
func TestStaleWords(t *testing.T) {
	t.Parallel()
	merge := &tenon.Plan{Sources: []tenon.PlanOrg{{ID: 11, Name: "Acme Ltd"}}, Target: &tenon.PlanOrg{ID: 1, Name: "Acme"},
		Fields: []tenon.FieldPlan{{Name: "alert", Label: "Alert"}}}
	items := &tenon.Plan{Items: []tenon.PlanItem{{ID: 5, Name: "pc-1"}, {ID: 6, Name: "pc-2"}}}
	differ := func(facts ...string) (out []tenon.Difference) {
		for _, f := range facts {
			out = append(out, tenon.Difference{Fact: f, Was: "a", Is: "b"})
		}
		return out
	}
	for _, c := range []struct {
		plan *tenon.Plan
		list []tenon.Difference
		want []string
	}{
		{merge, differ("organization 1 name", "organization 11 name", "organization 1 version", "organization 7 version"),
			[]string{"Acme: the name was a, is b.", "Acme Ltd: the name was a, is b.", "Acme was edited.", "Organization 7 was edited."}},
		{merge, []tenon.Difference{{Fact: "organization 1 name", Is: "b", New: true}, {Fact: "organization 1", Was: "a", Gone: true}}, []string{"Acme has changed."}},
		{merge, differ("field alert from 11", "field alert from 12", "field logo from 11"),
			[]string{"The field Alert has changed, or what is chosen for it.", "A field has changed, or what is chosen for it."}},
		{merge, differ("access", "blockers", "target"), []string{"Who gains access has changed.", "What stands in the way has changed.", "Acme has changed."}},
		{items, differ("source", "source restricted to", "target links", "what hangs on the source"),
			[]string{"pc-1 has changed.", "Who sees pc-1 has changed.", "The links of pc-2 have changed.", "What hangs on pc-1 has changed."}},
		{items, differ("item 5", "item 9", "host_id of item 6", "traits.owner of item 5", "contact 4 goes to"),
			[]string{"pc-1 has changed.", "Item 9 has changed.", "What pc-2 names has changed.", "What pc-1 names has changed.", "Where contact 4 is filed afterwards has changed."}},
		{items, differ("action", "what is changed", "restricted to user 3"), []string{"What is to be done has changed."}},
		{&tenon.Plan{}, differ("rows", "created"), []string{"What becomes of the rows has changed."}},
	} {
		if got := staleWords(context.Background(), c.plan, c.list); !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	read := say.With(context.Background(), say.Wrapped(func(english string) string { return "[" + english + "]" }))
	if got := staleWords(read, merge, differ("organization 1 name", "field alert from 11")); !slices.Equal(got, []string{"[Acme: the name was a, is b.]", "[The field [Alert] has changed, or what is chosen for it.]"}) {
		t.Errorf("in another language: %q", got)
	}
}
