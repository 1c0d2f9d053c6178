package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
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
func (m *mergeView) sourceName() string { return orgNames(m.plan.Sources) }

func orgNames(orgs []tenon.PlanOrg) string {
	if len(orgs) == 1 {
		return orgs[0].Name
	}
	return fmt.Sprintf("%d organizations", len(orgs))
}

func (m *mergeView) title() string {
	return "Merge " + m.sourceName() + " into " + m.plan.Target.Name
}

// names are the organizations that are to be merged, in the head of the page
// that asks for the target.
func (p *targetPage) names() string {
	if len(p.sources) == 1 {
		return p.sources[0].Name
	}
	return fmt.Sprintf("%d organizations", len(p.sources))
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
func (m *mergeView) mustType() string {
	if m.withSecrets() == 0 && !hasFinding(m.plan.Warnings, "into_own_organization") {
		return ""
	}
	return m.sourceName()
}

// whyType says why the name has to be typed.
func (m *mergeView) whyType() string {
	if n := m.withSecrets(); n > 0 {
		return fmt.Sprintf("%s %s access, %d of them to secrets. Because secrets are among it, type %q", people(len(m.plan.Access.Gain)), plural(len(m.plan.Access.Gain), "gains", "gain"), n, m.mustType())
	}
	return fmt.Sprintf("%s is the account’s own organization. Type %q", m.plan.Target.Name, m.mustType())
}

func people(n int) string { return ui.Count(n, "person", "people") }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// coming is what comes over, as the subject of a sentence.
func (m *mergeView) coming() string {
	c := m.plan.Counts
	parts := []string{ui.Count(c["items"], "item", "items")}
	if n := c["domains"]; n > 0 {
		parts = append(parts, ui.Count(n, "e-mail domain", "e-mail domains"))
	}
	if n := c["sub_organizations"]; n > 0 {
		parts = append(parts, ui.Count(n, "sub-organization", "sub-organizations"))
	}
	return wordsAnd(parts)
}

func wordsAnd(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

func (m *mergeView) comes() string {
	if m.plan.Counts["items"] == 1 && m.plan.Counts["domains"]+m.plan.Counts["sub_organizations"] == 0 {
		return "comes"
	}
	return "come"
}

// gaining says who gains access, as a clause.
func (m *mergeView) gaining() string {
	n := len(m.plan.Access.Gain)
	switch {
	case n == 0:
		return "nobody gains access"
	case m.withSecrets() == 0:
		return people(n) + " " + plural(n, "gains", "gain") + " access, nobody to secrets"
	}
	return fmt.Sprintf("%s %s access, %d of them to secrets", people(n), plural(n, "gains", "gain"), m.withSecrets())
}

func (m *mergeView) losing() string {
	if n := len(m.plan.Access.Lose); n > 0 {
		return people(n) + " " + plural(n, "loses", "lose") + " some"
	}
	return "nobody loses any"
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

func (m *mergeView) joint() ui.Joint {
	j := ui.Joint{Target: m.side(*m.plan.Target, false), Advice: mergeAdvice(m)}
	for _, o := range m.plan.Sources {
		j.Sources = append(j.Sources, m.side(o, len(m.plan.Sources) > 1))
	}
	if len(m.plan.Sources) == 1 {
		j.Swap = m.ask.swapped().path("/merge")
	}
	return j
}

func (m *mergeView) side(o tenon.PlanOrg, many bool) ui.Side {
	facts := []templ.Component{ui.Text(ui.Count(o.Items, "item", "items")), ui.Text("since " + o.CreatedAt.Format("2006"))}
	if o.Primary {
		facts = append(facts, ui.Label(ui.Accent, "Primary"))
	}
	state := ui.NotLinked
	if o.Syncing {
		state = ui.Syncing
	}
	facts = append(facts, ui.SyncState(state, ""))
	if many {
		facts = append(facts, ui.Link(m.ask.into(o.ID).path("/merge"), "Make this the target"))
	}
	return ui.Side{Href: organizationPath(o.ID), Name: o.Name, Facts: facts}
}

// recommended tells whether the target is the advised one.
func (m *mergeView) recommended() bool {
	return m.plan.Recommended == 0 || m.plan.Recommended == m.plan.Target.ID
}

func (m *mergeView) parts() []ui.IndexEntry {
	p := m.plan
	var out []ui.IndexEntry
	add := func(href, text, count string, open bool) {
		out = append(out, ui.IndexEntry{Href: href, Text: text, Count: count, Open: open})
	}
	if n := len(p.Blockers); n > 0 {
		add("#blockers", "Blockers", fmt.Sprintf("%d to clear", n), true)
	} else {
		add("#plan", "Blockers", "none", false)
	}
	differ, _, _ := m.compared(p.Fields)
	add("#fields", "Fields", fmt.Sprintf("%d %s", len(differ), plural(len(differ), "differs", "differ")), false)
	add("#contents", "Contents", ui.Number(p.Counts["items"]), false)
	if n := len(p.Duplicates); n > 0 {
		add("#duplicates", "Duplicates", fmt.Sprint(n), false)
	}
	add("#access", "Access", gainWord(len(p.Access.Gain)), false)
	add("#references", "References", fmt.Sprint(m.referenceCount()), false)
	if len(p.Domains) > 0 {
		add("#domains", "E-mail domains", plus(p.Counts["domains"]), false)
	}
	if len(p.Children) > 0 {
		add("#children", "Sub-organizations", plus(p.Counts["sub_organizations"]), false)
	}
	if n := len(p.Warnings); n > 0 {
		out = append(out, ui.IndexEntry{Href: "#warnings", Icon: "alert-triangle", Text: "Good to know", Count: fmt.Sprint(n)})
	}
	return out
}

func gainWord(n int) string {
	if n == 0 {
		return "nobody"
	}
	return fmt.Sprintf("%d %s", n, plural(n, "gains", "gain"))
}

func plus(n int64) string { return "+" + ui.Number(n) }

func (m *mergeView) referenceCount() (n int64) {
	for _, r := range m.plan.References {
		n += r.Count
	}
	return n
}

// contents is the table of what each side brings, with the sums.
func (m *mergeView) contents() ui.Table {
	t := ui.Table{Bare: true, Caption: "Contents by kind", Columns: []ui.Column{{Title: "Kind"}, {Title: "Source", Number: true, Width: "small", Narrow: "right", Unit: "come"},
		{Title: "Target", Number: true, Width: "small"}, {Title: "Together", Number: true, Width: "small"}, {Title: "Good to know", Width: "half", Narrow: "left"}}}
	var source, target int64
	sumNote := ""
	for _, k := range m.plan.Contents {
		label, icon := kindWords(k.Kind)
		note := k.Note
		if k.Kind == "tickets" && note == "" {
			note = "Group and assignee stay as they are"
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{kindCell(icon, label), ui.Text(ui.Number(k.Source)), ui.Text(ui.Number(k.Target)), strongText(ui.Number(k.Together)), ui.Quiet(note)}})
		if info := kindOfPlural(k.Kind); info == nil || !info.Folder {
			source, target = source+k.Source, target+k.Target
		} else {
			sumNote = "folders not counted"
		}
	}
	t.Foot = []templ.Component{ui.Text("All items"), ui.Text(ui.Number(source)), ui.Text(ui.Number(target)), ui.Text(ui.Number(source + target)), ui.Quiet(sumNote)}
	t.None = ui.Empty{Title: "Neither side has items", Text: "The name, the fields, the access and the id come together all the same."}.Draw()
	return t
}

// shownRows is how many lines of a long list stand open.
const shownRows = 12

func (m *mergeView) accessTable(gain []tenon.AccessChange) ui.Table {
	t := ui.Table{Bare: true, Caption: "Who gains access", Columns: []ui.Column{{Title: "Who"}, {Title: "Sees today", Width: "large", Narrow: "left"}, {Title: "Would also see", Width: "large"},
		{Title: "Items", Number: true, Width: "small", Narrow: "right", Unit: "items"}, {Title: "Secrets", Number: true, Width: "small"}}}
	for _, g := range gain {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{personCell(g), ui.Quiet(g.Sees), ui.Text(g.Also), ui.Text(ui.Number(g.Items)), secretsCell(g.Secrets)}})
	}
	return t
}

// duplicatesTable lists items that are probably the same.
func duplicatesTable(list []tenon.DuplicatePlan) ui.Table {
	t := ui.Table{Bare: true, Caption: "Probable duplicates", Columns: []ui.Column{{Title: "In the source"}, {Title: "In the target", Width: "half", Narrow: "left"}, {Title: "Why", Width: "large", Narrow: "right"}}}
	for _, d := range list {
		_, icon := kindWords(d.Kind)
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.ItemCell(icon, itemPath(d.Source), d.SourceName, nil, nil), ui.Link(itemPath(d.Target), d.TargetName), ui.Quiet(d.Why)}})
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

func drawn(n int64) string {
	if n == 0 {
		return "draws in nobody else"
	}
	return "draws in " + ui.Count(n, "contact", "contacts") + " filed elsewhere"
}

// references are what names the source and goes on working.
func (m *mergeView) references() []ui.Listed {
	var rows []ui.Listed
	for _, r := range m.plan.References {
		rows = append(rows, ui.Listed{Icon: "check", Body: strongText(r.Subject()), More: ui.Text(r.Now)})
	}
	return rows
}

func firstUpper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (m *mergeView) children() []ui.Listed {
	var rows []ui.Listed
	for _, c := range m.plan.Children {
		to := c.ToName
		if to == "" {
			to = "none: it becomes a root"
		}
		rows = append(rows, ui.Listed{Icon: "arrow-right", Body: strongText(c.Name), More: ui.Text("Gets the parent " + to + ". " + c.Why)})
	}
	return rows
}

func findings(list []tenon.Finding) []ui.Listed {
	var rows []ui.Listed
	for _, f := range list {
		rows = append(rows, ui.Listed{Icon: "alert-triangle", Body: ui.Text(f.Message)})
	}
	return rows
}

// blockerTitle heads the panel of a blocker.
func blockerTitle(code string) string {
	switch code {
	case "same_organization":
		return "Source and target are the same"
	case "source_not_live":
		return "The source is not live"
	case "target_not_live":
		return "The target is not live"
	case "both_syncing":
		return "Both organizations are syncing"
	case "primary_source":
		return "The account’s own organization must be the target"
	case "no_right":
		return "You reach only a part"
	case "busy":
		return "Another operation is at work"
	case "too_deep":
		return "The tree would be too deep"
	case "bulk_delete_off":
		return "Deleting many at once is switched off"
	case "syncing":
		return "It is still syncing"
	case "primary":
		return "This is the account’s own organization"
	case "not_live":
		return "It is not live"
	}
	return "This stands in the way"
}
