package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

// This file says what has changed since a plan was made. The plan keeps facts,
// which are for comparing; people are told what of their records they concern.

// staleWords are the differences in words, each once, in the order of the facts.
func staleWords(ctx context.Context, p *tenon.Plan, list []tenon.Difference) []string {
	var out []string
	for _, d := range list {
		if text := staleWord(ctx, p, d); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func staleWord(ctx context.Context, p *tenon.Plan, d tenon.Difference) string {
	if id, rest, ok := factOf(d.Fact, "organization "); ok {
		name := orgName(p, id)
		if name == "" {
			name = say.Textf(ctx, "Organization %d", id)
		}
		return organizationFact(ctx, name, rest, d)
	}
	if id, _, ok := factOf(d.Fact, "item "); ok {
		return say.Textf(ctx, "%s has changed.", itemName(ctx, p, id))
	}
	if rest, ok := strings.CutPrefix(d.Fact, "field "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return fieldFact(ctx, p, name)
	}
	for i, side := range []string{"source", "target"} {
		if rest, ok := strings.CutPrefix(d.Fact, side); ok {
			return sideFact(ctx, sideName(ctx, p, i), rest)
		}
	}
	return planFact(ctx, p, d)
}

// factOf takes the fact of a record apart: "organization 12 name".
func factOf(fact, kind string) (id int64, rest string, ok bool) {
	text, ok := strings.CutPrefix(fact, kind)
	if !ok {
		return 0, "", false
	}
	number, rest, _ := strings.Cut(text, " ")
	id, err := strconv.ParseInt(number, 10, 64)
	return id, rest, err == nil
}

// organizationFact says what is different of an organization that is merged or deleted.
func organizationFact(ctx context.Context, name, what string, d tenon.Difference) string {
	switch what {
	case "name":
		if d.New || d.Gone {
			break
		}
		return say.Textf(ctx, "%s: the name was %s, is %s.", name, d.Was, d.Is)
	case "version":
		return say.Textf(ctx, "%s was edited.", name)
	case "state":
		return say.Textf(ctx, "%s was deleted, restored or merged.", name)
	case "binders":
		return say.Textf(ctx, "What was merged into %s has changed.", name)
	case "parent", "parents":
		return say.Textf(ctx, "What stands above %s has changed.", name)
	case "sub-organizations":
		return say.Textf(ctx, "The sub-organizations of %s have changed.", name)
	case "domains":
		return say.Textf(ctx, "The e-mail domains of %s have changed.", name)
	case "syncing":
		return say.Textf(ctx, "Whether %s syncs has changed.", name)
	case "primary":
		return say.Text(ctx, "Which organization is the account's own has changed.")
	case "grants":
		return say.Textf(ctx, "The access to %s has changed.", name)
	}
	return say.Textf(ctx, "%s has changed.", name)
}

// fieldFact is about a field that differs on both sides.
func fieldFact(ctx context.Context, p *tenon.Plan, name string) string {
	for _, f := range p.Fields {
		if f.Name == name {
			return say.Textf(ctx, "The field %s has changed, or what is chosen for it.", say.Text(ctx, f.Label))
		}
	}
	return say.Text(ctx, "A field has changed, or what is chosen for it.")
}

// sideFact is about one of two items that are merged, or about who receives.
func sideFact(ctx context.Context, name, what string) string {
	switch what {
	case " restricted to":
		return say.Textf(ctx, "Who sees %s has changed.", name)
	case " links":
		return say.Textf(ctx, "The links of %s have changed.", name)
	}
	return say.Textf(ctx, "%s has changed.", name)
}

// planFact is about the plan as a whole.
func planFact(ctx context.Context, p *tenon.Plan, d tenon.Difference) string {
	switch d.Fact {
	case "access":
		return say.Text(ctx, "Who gains access has changed.")
	case "kept apart":
		return say.Text(ctx, "How access is joined has changed.")
	case "domains left out":
		return say.Text(ctx, "Which e-mail domains are left out has changed.")
	case "blockers":
		return say.Text(ctx, "What stands in the way has changed.")
	case "bulk deletion":
		return say.Text(ctx, "Whether many may be deleted at once has changed.")
	case "references are kept":
		return say.Text(ctx, "What becomes of references has changed.")
	case "what hangs on the source":
		return say.Textf(ctx, "What hangs on %s has changed.", sideName(ctx, p, 0))
	case "what names the source":
		return say.Textf(ctx, "What names %s has changed.", sideName(ctx, p, 0))
	case "items", "organizations", "organizations that go", "organizations that stay", "items that go one by one":
		return say.Text(ctx, "Which records it is about has changed.")
	case "file", "rows", "created", "updated", "unchanged", "skipped", "failed":
		return say.Text(ctx, "What becomes of the rows has changed.")
	}
	if _, item, ok := strings.Cut(d.Fact, " of "); ok {
		if id, _, ok := factOf(item, "item "); ok {
			return say.Textf(ctx, "What %s names has changed.", itemName(ctx, p, id))
		}
	}
	if contact, ok := strings.CutSuffix(d.Fact, " goes to"); ok {
		if id, _, ok := factOf(contact, "contact "); ok {
			return say.Textf(ctx, "Where contact %d is filed afterwards has changed.", id)
		}
	}
	return say.Text(ctx, "What is to be done has changed.")
}

// itemName names an item of a plan, or says its id where the plan does not show it.
func itemName(ctx context.Context, p *tenon.Plan, id int64) string {
	for _, i := range p.Items {
		if int64(i.ID) == id {
			return i.Name
		}
	}
	return say.Textf(ctx, "Item %d", id)
}

// sideName names the source (0) or the target (1) of a plan.
func sideName(ctx context.Context, p *tenon.Plan, side int) string {
	switch {
	case side == 1 && p.Target != nil:
		return p.Target.Name
	case len(p.Items) == 2:
		return p.Items[side].Name
	}
	return say.Text(ctx, "One of the two")
}
