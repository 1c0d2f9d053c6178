package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
)

// plan turns a snapshot into a plan. It looks at nothing else: the same
// snapshot gives the same plan. The error is about the choices.
func plan(s *snapshot) (*tenon.Plan, error) {
	p := &tenon.Plan{Operation: Kind, PlannedAt: s.at, Choices: s.choices, Counts: map[string]int64{}, Facts: map[string]string{}}
	for _, d := range s.sources {
		p.Sources = append(p.Sources, planOrg(d))
	}
	t := planOrg(s.target)
	p.Target = &t
	var err error
	if p.Fields, err = planFields(s); err != nil {
		return nil, err
	}
	if p.Domains, err = planDomains(s); err != nil {
		return nil, err
	}
	p.Access = planAccess(s)
	p.Children = planChildren(s)
	p.Blockers = blockers(s, p)
	if s.full {
		planContents(s, p)
		p.References = planReferences(s)
		p.Duplicates = planTwins(s)
		p.Warnings = warnings(s, p)
		p.Recommended, p.Advice = recommend(s)
	}
	s.facts(p)
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p, nil
}

func planOrg(d *side) tenon.PlanOrg {
	return tenon.PlanOrg{ID: d.org.ID, Name: d.org.Name, State: d.org.State, Items: tenon.CountsByName(d.counts)["items"],
		Binders: len(d.binders), CreatedAt: d.org.CreatedAt, Syncing: d.syncing > 0, Primary: d.org.Primary, Version: d.org.Version}
}

// facts are what decides the outcome. Item counts are not among them.
func (s *snapshot) facts(p *tenon.Plan) {
	f := p.Facts
	for i, d := range s.sides() {
		who := fmt.Sprintf("organization %d", d.org.ID)
		role := "source"
		if i == len(s.sources) {
			role = "target"
		}
		f[who+" part"] = fmt.Sprintf("%s %d", role, i)
		f[who+" name"] = d.org.Name
		f[who+" state"] = string(d.org.State)
		f[who+" version"] = fmt.Sprint(d.org.Version)
		f[who+" binders"] = fmt.Sprint(d.binders)
		f[who+" parents"] = fmt.Sprint(d.parent, d.above)
		f[who+" sub-organizations"] = fmt.Sprint(d.kids)
		f[who+" domains"] = strings.Join(d.domains, " ")
		f[who+" syncing"] = fmt.Sprint(d.syncing > 0)
		f[who+" primary"] = fmt.Sprint(d.org.Primary)
		grants := make([]string, len(d.grants))
		for i, g := range d.grants {
			grants[i] = fmt.Sprint(g.ID, g.Subject, g.Binder, g.Breadth)
		}
		f[who+" grants"] = strings.Join(grants, " ")
	}
	f["access"] = p.Access.Hash
	for _, x := range p.Fields {
		if !x.Equal {
			f[fmt.Sprintf("field %s from %d", x.Name, x.From)] = string(x.Choice)
		}
	}
	f["kept apart"] = fmt.Sprint(p.Choices.Apart, p.Choices.TargetSeesSource)
	var dropped []string
	for _, d := range p.Domains {
		if d.Dropped {
			dropped = append(dropped, d.Domain)
		}
	}
	f["domains left out"] = strings.Join(dropped, " ")
	codes := make([]string, len(p.Blockers))
	for i, b := range p.Blockers {
		codes[i] = fmt.Sprint(b.Code, " ", b.Subject)
	}
	f["blockers"] = strings.Join(codes, ", ")
}

func planContents(s *snapshot, p *tenon.Plan) {
	twins := map[tenon.Kind]int{}
	for _, t := range s.twins {
		twins[t.Kind]++
	}
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		k := tenon.KindCount{Kind: info.Plural, Target: s.target.counts[info.Kind]}
		for _, d := range s.sources {
			k.Source += d.counts[info.Kind]
			k.Restricted += d.restricted[info.Kind]
		}
		k.Together = k.Source + k.Target
		if k.Together == 0 {
			continue
		}
		if n := twins[info.Kind]; n > 0 {
			k.Note = append(k.Note, tenon.Say("%s, to work off afterwards", tenon.Amount(n, "probable duplicate", "probable duplicates")))
		}
		if k.Restricted > 0 {
			k.Note = append(k.Note, tenon.Say("%s restricted; restrictions stay as they are", tenon.Figure(k.Restricted)))
		}
		p.Contents = append(p.Contents, k)
		p.Counts[info.Plural] = k.Source
		if !info.Folder {
			p.Counts["items"] += k.Source
		}
	}
	p.Counts["organizations"] = int64(len(s.sources))
	p.Counts["sub_organizations"] = 0
	p.Counts["domains"] = 0
	for _, d := range p.Domains {
		if !d.Both && !d.Dropped {
			p.Counts["domains"]++
		}
	}
	for _, d := range s.sources {
		p.Counts["binders"] += int64(len(d.binders))
		p.Counts["sub_organizations"] += int64(len(d.kids))
		p.Counts["members"] += d.members
	}
	p.Counts["people_gaining_access"] = int64(len(p.Access.Gain))
	p.Counts["people_losing_access"] = int64(len(p.Access.Lose))
}

func planDomains(s *snapshot) ([]tenon.DomainPlan, error) {
	known := map[string]bool{}
	var out []tenon.DomainPlan
	for _, d := range s.draws {
		known[d.domain] = true
		x := tenon.DomainPlan{Domain: d.domain, Both: d.both, FreeMail: d.free, Draws: d.users}
		if !d.both {
			x.Dropped = slices.Contains(s.choices.DropDomains, d.domain) || (d.free && !slices.Contains(s.choices.KeepDomains, d.domain))
		}
		out = append(out, x)
	}
	for _, name := range append(slices.Clone(s.choices.DropDomains), s.choices.KeepDomains...) {
		if !known[name] {
			return nil, tenon.FieldErrorf("drop_domains", "No source has the e-mail domain %s.", name)
		}
	}
	return out, nil
}

// planChildren lists whose parent changes: the sources' sub-organizations,
// and the target where it stands below a source.
func planChildren(s *snapshot) []tenon.ChildPlan {
	var out []tenon.ChildPlan
	parts := map[tenon.OrgID]bool{s.target.org.ID: true}
	for _, d := range s.sources {
		parts[d.org.ID] = true
	}
	for _, d := range s.sources {
		for _, k := range d.kids {
			if parts[k.id] {
				continue
			}
			out = append(out, tenon.ChildPlan{ID: k.id, Name: k.name, From: d.org.ID, To: s.target.org.ID, ToName: s.target.org.Name, Why: tenon.Say("It was below the source.")})
		}
		if slices.Contains(s.target.above, d.org.ID) {
			c := tenon.ChildPlan{ID: s.target.org.ID, Name: s.target.org.Name, From: d.org.ID, Why: tenon.Say("The source stood above the target, so the target takes the source's parent.")}
			if len(d.above) > 0 && !parts[d.above[0]] {
				c.To, c.ToName = d.above[0], d.org.ParentName
			}
			out = append(out, c)
		}
	}
	return out
}

// planReferences says of each source, one after the other, what names it and
// what that means afterwards.
func planReferences(s *snapshot) []tenon.ReferencePlan {
	var out []tenon.ReferencePlan
	add := func(n int64, one, many, now tenon.Phrase) {
		switch {
		case n == 1:
			out = append(out, tenon.ReferencePlan{Subject: one, Count: n, Now: now})
		case n > 1:
			out = append(out, tenon.ReferencePlan{Subject: many, Count: n, Now: now})
		}
	}
	into := s.target.org.Name
	for _, d := range s.sources {
		name, names := d.org.Name, d.aliases+1
		add(1, tenon.Say("The id and address of %s (%s)", name, d.org.ID), tenon.Phrase{}, tenon.Say("lead to %s", into))
		add(names, tenon.Say("The name of %s", name), tenon.Say("%s of %s (old ones too)", tenon.Amount(names, "name", "names"), name),
			tenon.Say("%s to %s; an import or a sync does not bring the duplicate back", tenon.Form(names, "leads", "lead"), into))
		if x := d.org.Values.Text("external_id"); x != "" {
			add(1, tenon.Say("The external id of %s (%s)", name, x), tenon.Phrase{}, tenon.Say("leads to %s", into))
		}
		add(d.members, tenon.Say("The member of %s who is filed elsewhere", name), tenon.Say("%s of %s who are filed elsewhere", tenon.Amount(d.members, "member", "members"), name),
			tenon.Say("%s then of %s, shown once where they belong to both", tenon.Form(d.members, "is", "are"), into))
		add(d.relations, tenon.Say("The related item that points to %s", name), tenon.Say("%s that point to %s", tenon.Amount(d.relations, "related item", "related items"), name),
			tenon.Say("%s to %s from then on", tenon.Form(d.relations, "points", "point"), into))
		grants := int64(len(d.grants))
		add(grants, tenon.Say("The grant of access to %s", name), tenon.Say("%s of access to %s", tenon.Amount(grants, "grant", "grants"), name),
			tenon.Say("%s on as planned under access", tenon.Form(grants, "goes", "go")))
	}
	return out
}

func planTwins(s *snapshot) []tenon.DuplicatePlan {
	var out []tenon.DuplicatePlan
	for _, t := range s.twins {
		out = append(out, tenon.DuplicatePlan{Kind: t.Kind.Info().Plural, Source: t.A, SourceName: t.NameA, Target: t.B, TargetName: t.NameB, Why: same(t.Field)})
	}
	return out
}

// same says why two items are probably one, by the field that says so.
func same(field string) tenon.Phrase {
	switch field {
	case "serial_number":
		return tenon.Say("same serial number")
	case "mac_address":
		return tenon.Say("same MAC address")
	case "emails":
		return tenon.Say("same e-mail address")
	case "username":
		return tenon.Say("same user name")
	}
	return tenon.Say("same name")
}

// recommend advises the target: the one that syncs, whose items sync, with
// more items, the older.
func recommend(s *snapshot) (tenon.OrgID, tenon.Phrase) {
	best, reason := s.target, tenon.Phrase{}
	for _, d := range s.sources {
		better, why := prefer(d, best)
		if better {
			best = d
		}
		if better || reason.Text == "" {
			reason = why
		}
	}
	return best.org.ID, reason
}

// prefer tells whether a is the better target than b, and what speaks for the
// better one, by its name.
func prefer(a, b *side) (better bool, why tenon.Phrase) {
	na, nb := tenon.CountsByName(a.counts)["items"], tenon.CountsByName(b.counts)["items"]
	name := func(first bool) string {
		if first {
			return a.org.Name
		}
		return b.org.Name
	}
	switch {
	case a.org.Primary != b.org.Primary:
		better = a.org.Primary
		return better, tenon.Say("%s is the account's own organization.", name(better))
	case (a.syncing > 0) != (b.syncing > 0):
		better = a.syncing > 0
		return better, tenon.Say("%s syncs, the other does not.", name(better))
	case (a.synced > 0) != (b.synced > 0):
		better = a.synced > 0
		return better, tenon.Say("%s's items sync, the other's do not.", name(better))
	case na != nb:
		better = na > nb
		return better, tenon.Say("%s has more items (%s against %s).", name(better), tenon.Figure(max(na, nb)), tenon.Figure(min(na, nb)))
	}
	better = a.org.CreatedAt.Before(b.org.CreatedAt)
	return better, tenon.Say("%s is the older of the two.", name(better))
}
