package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// mergeView is everything that the plan of a merge shows.
type mergeView struct {
	fieldsView
	ask     mergeAsk
	plan    *tenon.Plan
	now     time.Time
	refused *refused
}

func (s *server) viewMerge(ask mergeAsk, p *tenon.Plan) *mergeView {
	m := &mergeView{ask: ask, plan: p, now: s.now()}
	m.schema = tenon.OrganizationFields
	return m
}

// sourceName names what is merged away.
func (m *mergeView) sourceName(ctx context.Context) string { return orgNames(ctx, m.plan.Sources) }

func orgNames(ctx context.Context, orgs []tenon.PlanOrg) string {
	if len(orgs) == 1 {
		return orgs[0].Name
	}
	return say.Textf(ctx, "%d organizations", len(orgs))
}

func (m *mergeView) title(ctx context.Context) string {
	return say.Textf(ctx, "Merge %s into %s", m.sourceName(ctx), m.plan.Target.Name)
}

// names are the organizations that are to be merged, in the head of the page
// that asks for the target.
func (p *targetPage) names(ctx context.Context) string {
	if len(p.sources) == 1 {
		return p.sources[0].Name
	}
	return say.Textf(ctx, "%d organizations", len(p.sources))
}

func (p *targetPage) itemsOf(o *tenon.Organization) (n int64) {
	for _, b := range o.Binders {
		n += p.items[b]
	}
	return n
}

// withSecrets is how many people gain access to secrets.
func (m *mergeView) withSecrets() (n int) {
	for _, g := range m.plan.Access.Gain {
		if g.Secrets > 0 {
			n++
		}
	}
	return n
}

func hasFinding(list []tenon.Finding, code string) bool {
	return slices.ContainsFunc(list, func(f tenon.Finding) bool { return f.Code == code })
}

// mustType is what has to be typed to confirm: the source's name where people
// gain secrets, or where the account's own organization receives.
func (m *mergeView) mustType(ctx context.Context) string {
	if m.withSecrets() == 0 && !hasFinding(m.plan.Warnings, "into_own_organization") {
		return ""
	}
	return m.sourceName(ctx)
}

// whyType says why the name has to be typed.
func (m *mergeView) whyType(ctx context.Context) string {
	if n := m.withSecrets(); n > 0 {
		return say.Textf(ctx, "%s %s access, %d of them to secrets. Because secrets are among it, type %q", people(ctx, len(m.plan.Access.Gain)), plural(ctx, len(m.plan.Access.Gain), "gains", "gain"), n, m.mustType(ctx))
	}
	return say.Textf(ctx, "%s is the account’s own organization. Type %q", m.plan.Target.Name, m.mustType(ctx))
}

func people(ctx context.Context, n int) string { return ui.Count(ctx, n, "person", "people") }

func plural(ctx context.Context, n int, one, many string) string {
	return say.Plural(ctx, n, one, many)
}

// coming is what comes over, as the subject of a sentence.
func (m *mergeView) coming(ctx context.Context) string {
	c := m.plan.Counts
	parts := []string{ui.Count(ctx, c["items"], "item", "items")}
	if n := c["domains"]; n > 0 {
		parts = append(parts, ui.Count(ctx, n, "e-mail domain", "e-mail domains"))
	}
	if n := c["sub_organizations"]; n > 0 {
		parts = append(parts, ui.Count(ctx, n, "sub-organization", "sub-organizations"))
	}
	return wordsAnd(ctx, parts)
}

func wordsAnd(ctx context.Context, parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return say.Textf(ctx, "%s and %s", strings.Join(parts[:len(parts)-1], ", "), parts[len(parts)-1])
}

func (m *mergeView) comes(ctx context.Context) string {
	n := 1
	if m.plan.Counts["items"] != 1 || m.plan.Counts["domains"]+m.plan.Counts["sub_organizations"] > 0 {
		n = 2
	}
	return plural(ctx, n, "comes", "come")
}

// gaining says who gains access, as a clause.
func (m *mergeView) gaining(ctx context.Context) string {
	n := len(m.plan.Access.Gain)
	switch {
	case n == 0:
		return say.Text(ctx, "nobody gains access")
	case m.withSecrets() == 0:
		return say.Textf(ctx, "%s %s access, nobody to secrets", people(ctx, n), plural(ctx, n, "gains", "gain"))
	}
	return say.Textf(ctx, "%s %s access, %d of them to secrets", people(ctx, n), plural(ctx, n, "gains", "gain"), m.withSecrets())
}

func (m *mergeView) losing(ctx context.Context) string {
	if n := len(m.plan.Access.Lose); n > 0 {
		return say.Textf(ctx, "%s %s some", people(ctx, n), plural(ctx, n, "loses", "lose"))
	}
	return say.Text(ctx, "nobody loses any")
}

// changedFields is how many fields of the target become something else.
func (m *mergeView) changedFields() int {
	names := map[string]bool{}
	for _, f := range m.plan.Fields {
		if f.Choice != tenon.KeepTarget {
			names[f.Name] = true
		}
	}
	return len(names)
}

func (m *mergeView) joint(ctx context.Context) ui.Joint {
	j := ui.Joint{Target: m.side(ctx, *m.plan.Target, false), Advice: mergeAdvice(m)}
	for _, o := range m.plan.Sources {
		j.Sources = append(j.Sources, m.side(ctx, o, len(m.plan.Sources) > 1))
	}
	if len(m.plan.Sources) == 1 {
		j.Swap = m.ask.swapped().path("/merge")
	}
	return j
}

func (m *mergeView) side(ctx context.Context, o tenon.PlanOrg, many bool) ui.Side {
	facts := []templ.Component{ui.Text(ui.Count(ctx, o.Items, "item", "items")), ui.Text(say.Textf(ctx, "since %s", o.CreatedAt.Format("2006")))}
	if o.Primary {
		facts = append(facts, ui.Label(ui.Accent, say.Text(ctx, "Primary")))
	}
	state := ui.NotLinked
	if o.Syncing {
		state = ui.Syncing
	}
	facts = append(facts, ui.SyncState(state, ""))
	if many {
		facts = append(facts, ui.Link(m.ask.into(o.ID).path("/merge"), say.Text(ctx, "Make this the target")))
	}
	return ui.Side{Href: organizationPath(o.ID), Name: o.Name, Facts: facts}
}

// recommended tells whether the target is the advised one.
func (m *mergeView) recommended() bool {
	return m.plan.Recommended == 0 || m.plan.Recommended == m.plan.Target.ID
}

func (m *mergeView) parts(ctx context.Context) []ui.IndexEntry {
	p := m.plan
	var out []ui.IndexEntry
	add := func(href, text, count string, open bool) {
		out = append(out, ui.IndexEntry{Href: href, Text: text, Count: count, Open: open})
	}
	if n := len(p.Blockers); n > 0 {
		add("#blockers", say.Text(ctx, "Blockers"), say.Textf(ctx, "%d to clear", n), true)
	} else {
		add("#plan", say.Text(ctx, "Blockers"), say.Text(ctx, "none"), false)
	}
	differ, _, _ := m.compared(ctx, p.Fields)
	add("#fields", say.Text(ctx, "Fields"), ui.Count(ctx, len(differ), "differs", "differ"), false)
	add("#contents", say.Text(ctx, "Contents"), ui.Number(p.Counts["items"]), false)
	if n := len(p.Duplicates); n > 0 {
		add("#duplicates", say.Text(ctx, "Duplicates"), fmt.Sprint(n), false)
	}
	add("#access", say.Text(ctx, "Access"), gainWord(ctx, len(p.Access.Gain)), false)
	add("#references", say.Text(ctx, "References"), fmt.Sprint(m.referenceCount()), false)
	if len(p.Domains) > 0 {
		add("#domains", say.Text(ctx, "E-mail domains"), plus(p.Counts["domains"]), false)
	}
	if len(p.Children) > 0 {
		add("#children", say.Text(ctx, "Sub-organizations"), plus(p.Counts["sub_organizations"]), false)
	}
	if n := len(p.Warnings); n > 0 {
		out = append(out, ui.IndexEntry{Href: "#warnings", Icon: "alert-triangle", Text: say.Text(ctx, "Good to know"), Count: fmt.Sprint(n)})
	}
	return out
}

func gainWord(ctx context.Context, n int) string {
	if n == 0 {
		return say.Text(ctx, "nobody")
	}
	return ui.Count(ctx, n, "gains", "gain")
}

func plus(n int64) string { return "+" + ui.Number(n) }

func (m *mergeView) referenceCount() (n int64) {
	for _, r := range m.plan.References {
		n += r.Count
	}
	return n
}

// contents is the table of what each side brings, with the sums.
func (m *mergeView) contents(ctx context.Context) ui.Table {
	t := ui.Table{Bare: true, Caption: say.Text(ctx, "Contents by kind"), Columns: []ui.Column{{Title: say.Text(ctx, "Kind")}, {Title: say.Text(ctx, "Source"), Number: true, Width: "small", Narrow: "right", Unit: say.Text(ctx, "come")},
		{Title: say.Text(ctx, "Target"), Number: true, Width: "small"}, {Title: say.Text(ctx, "Together"), Number: true, Width: "small"}, {Title: say.Text(ctx, "Good to know"), Width: "half", Narrow: "left"}}}
	var source, target int64
	sumNote := ""
	for _, k := range m.plan.Contents {
		label, icon := kindWords(ctx, k.Kind)
		note := say.Phrases(ctx, k.Note, "; ")
		if k.Kind == "tickets" && note == "" {
			note = say.Text(ctx, "Group and assignee stay as they are")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{kindCell(icon, label), ui.Text(ui.Number(k.Source)), ui.Text(ui.Number(k.Target)), strongText(ui.Number(k.Together)), ui.Quiet(note)}})
		if info := kindOfPlural(k.Kind); info == nil || !info.Folder {
			source, target = source+k.Source, target+k.Target
		} else {
			sumNote = say.Text(ctx, "folders not counted")
		}
	}
	t.Foot = []templ.Component{ui.Text(say.Text(ctx, "All items")), ui.Text(ui.Number(source)), ui.Text(ui.Number(target)), ui.Text(ui.Number(source + target)), ui.Quiet(sumNote)}
	t.None = ui.Empty{Title: say.Text(ctx, "Neither side has items"), Text: say.Text(ctx, "The name, the fields, the access and the id come together all the same.")}.Draw()
	return t
}

// shownRows is how many lines of a long list stand open.
const shownRows = 12

func (m *mergeView) accessTable(ctx context.Context, gain []tenon.AccessChange) ui.Table {
	t := ui.Table{Bare: true, Caption: say.Text(ctx, "Who gains access"), Columns: []ui.Column{{Title: say.Text(ctx, "Who")}, {Title: say.Text(ctx, "Sees today"), Width: "large", Narrow: "left"}, {Title: say.Text(ctx, "Would also see"), Width: "large"},
		{Title: say.Text(ctx, "Items"), Number: true, Width: "small", Narrow: "right", Unit: say.Text(ctx, "items")}, {Title: say.Text(ctx, "Secrets"), Number: true, Width: "small"}}}
	for _, g := range gain {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{personCell(g), ui.Quiet(g.Sees), ui.Text(g.Also), ui.Text(ui.Number(g.Items)), secretsCell(g.Secrets)}})
	}
	return t
}

// duplicatesTable lists items that are probably the same.
func duplicatesTable(ctx context.Context, list []tenon.DuplicatePlan) ui.Table {
	t := ui.Table{Bare: true, Caption: say.Text(ctx, "Probable duplicates"), Columns: []ui.Column{{Title: say.Text(ctx, "In the source")}, {Title: say.Text(ctx, "In the target"), Width: "half", Narrow: "left"}, {Title: say.Text(ctx, "Why"), Width: "large", Narrow: "right"}}}
	for _, d := range list {
		_, icon := kindWords(ctx, d.Kind)
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.ItemCell(icon, itemPath(d.Source), d.SourceName, nil, nil), ui.Link(itemPath(d.Target), d.TargetName), ui.Quiet(say.Phrase(ctx, d.Why))}})
	}
	return t
}

func (m *mergeView) domainsPanel() (with []tenon.DomainPlan, both []string) {
	for _, d := range m.plan.Domains {
		if d.Both {
			both = append(both, d.Domain)
		} else {
			with = append(with, d)
		}
	}
	return with, both
}

func drawn(ctx context.Context, n int64) string {
	if n == 0 {
		return say.Text(ctx, "draws in nobody else")
	}
	return say.Textf(ctx, "draws in %s filed elsewhere", ui.Count(ctx, n, "contact", "contacts"))
}

// references are what names the source and goes on working.
func (m *mergeView) references(ctx context.Context) []ui.Listed {
	var rows []ui.Listed
	for _, r := range m.plan.References {
		rows = append(rows, ui.Listed{Icon: "check", Body: strongText(say.Phrase(ctx, r.Subject)), More: ui.Text(say.Phrase(ctx, r.Now))})
	}
	return rows
}

func firstUpper(s string) string {
	return sentence(s)
}

func (m *mergeView) children(ctx context.Context) []ui.Listed {
	var rows []ui.Listed
	for _, c := range m.plan.Children {
		to := c.ToName
		if to == "" {
			to = say.Text(ctx, "none: it becomes a root")
		}
		rows = append(rows, ui.Listed{Icon: "arrow-right", Body: strongText(c.Name), More: ui.Text(say.Textf(ctx, "Gets the parent %s. %s", to, say.Phrase(ctx, c.Why)))})
	}
	return rows
}

func findings(ctx context.Context, list []tenon.Finding) []ui.Listed {
	var rows []ui.Listed
	for _, f := range list {
		rows = append(rows, ui.Listed{Icon: "alert-triangle", Body: ui.Text(say.Finding(ctx, f))})
	}
	return rows
}

// blockerTitle heads the panel of a blocker.
func blockerTitle(ctx context.Context, code string) string {
	switch code {
	case "same_organization":
		return say.Text(ctx, "Source and target are the same")
	case "source_not_live":
		return say.Text(ctx, "The source is not live")
	case "target_not_live":
		return say.Text(ctx, "The target is not live")
	case "both_syncing":
		return say.Text(ctx, "Both organizations are syncing")
	case "primary_source":
		return say.Text(ctx, "The account’s own organization must be the target")
	case "no_right":
		return say.Text(ctx, "You reach only a part")
	case "busy":
		return say.Text(ctx, "Another operation is at work")
	case "too_deep":
		return say.Text(ctx, "The tree would be too deep")
	case "bulk_delete_off":
		return say.Text(ctx, "Deleting many at once is switched off")
	case "syncing":
		return say.Text(ctx, "It is still syncing")
	case "primary":
		return say.Text(ctx, "This is the account’s own organization")
	case "not_live":
		return say.Text(ctx, "It is not live")
	case "different_organizations":
		return say.Text(ctx, "They belong to two organizations")
	case "different_kind", "different_type":
		return say.Text(ctx, "They are not of one kind")
	case "restrictions_apart":
		return say.Text(ctx, "They are restricted to different people")
	case "inside":
		return say.Text(ctx, "One lies inside the other")
	case "same_item":
		return say.Text(ctx, "Source and target are the same")
	}
	return say.Text(ctx, "This stands in the way")
}
