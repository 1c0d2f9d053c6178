package merge

import (
	"slices"

	"github.com/tenonhq/tenon"
)

// blockers say why this may not run, and what would clear it. The codes are
// part of the outside contract.
func blockers(s *snapshot, p *tenon.Plan) []tenon.Finding {
	var out []tenon.Finding
	add := func(code, action string, subject tenon.OrgID, format string, args ...any) {
		out = append(out, tenon.Find(code, action, int64(subject), format, args...))
	}
	t := s.target
	for _, d := range s.sources {
		if d.org.ID == t.org.ID {
			add("same_organization", "", d.org.ID, "%s cannot be merged into itself.", d.org.Name)
		}
	}
	for i, d := range s.sides() {
		role := "source"
		if i == len(s.sources) {
			role = "target"
		}
		switch d.org.State {
		case tenon.Merged:
			add(role+"_not_live", "", d.org.ID, "%s was merged into another organization (%d).", d.org.Name, d.org.MergedInto)
		case tenon.Trashed:
			add(role+"_not_live", "restore", d.org.ID, "%s is in the trash. Restore it first.", d.org.Name)
		}
		if d.partial {
			add("no_right", "", d.org.ID, "You reach only a part of %s, so you may not merge it.", d.org.Name)
		}
		if d.busy != 0 {
			add("busy", "", d.org.ID, "Another operation (%d, %s) is working on %s. Wait until it is done.", d.busy, d.busyAs, d.org.Name)
		}
	}
	for _, d := range s.sources {
		if d.org.Primary && d.org.ID != t.org.ID {
			add("primary_source", "swap", d.org.ID, "%s is the account's own organization, so it must be the target.", d.org.Name)
		}
		if d.syncing > 0 && t.syncing > 0 && d.org.ID != t.org.ID {
			add("both_syncing", "disconnect", d.org.ID, "%s and %s are both syncing. Only one may stay linked: disconnect the source, or swap.", d.org.Name, t.org.Name)
		}
		// Where the source stands above the target, the target takes its place.
		above := slices.Contains(t.above, d.org.ID)
		if depth := len(t.above) + d.height; depth > tenon.MaxDepth && len(d.kids) > 0 && !above {
			add("too_deep", "", d.org.ID, "The sub-organizations of %s would be nested %d deep below %s; %d is the limit.", d.org.Name, depth, t.org.Name, tenon.MaxDepth)
		}
	}
	return out
}

// warnings are what a person should know and may accept.
func warnings(s *snapshot, p *tenon.Plan) []tenon.Finding {
	var out []tenon.Finding
	add := func(code string, subject tenon.OrgID, format string, args ...any) {
		out = append(out, tenon.Find(code, "", int64(subject), format, args...))
	}
	secrets := 0
	for _, g := range p.Access.Gain {
		if g.Secrets > 0 {
			secrets++
		}
	}
	if secrets > 0 {
		add("secrets_gained", 0, "%s access to passwords.", tenon.Amount(secrets, "person gains", "people gain"))
	}
	for _, d := range s.sources {
		a, b := d.org.Values, s.target.org.Values
		if a.ID("group_id") != b.ID("group_id") {
			add("group_mapping_differs", d.org.ID, "%s and %s have different group mappings: tickets keep their group until their next update.", d.org.Name, s.target.org.Name)
		}
		if a.Bool("shared_tickets") != b.Bool("shared_tickets") || a.Bool("shared_comments") != b.Bool("shared_comments") {
			add("sharing_differs", d.org.ID, "%s and %s share tickets differently: end users may see tickets that they did not see before.", d.org.Name, s.target.org.Name)
		}
		if d.hidden > 0 {
			add("hidden_items", d.org.ID, "%s of %s that you may not see %s over too.", tenon.Amount(int(d.hidden), "item", "items"), d.org.Name, tenon.Form(int(d.hidden), "comes", "come"))
		}
	}
	if s.target.org.Primary {
		add("into_own_organization", s.target.org.ID, "%s is the account's own organization.", s.target.org.Name)
	}
	for _, d := range p.Domains {
		switch {
		case d.FreeMail && !d.Both && d.Dropped:
			add("free_mail_left_out", 0, "%s is a free-mail domain and is left out.", d.Domain)
		case d.FreeMail && !d.Both:
			add("free_mail", 0, "%s is a free-mail domain: anybody may have an address there.", d.Domain)
		}
	}
	if s.cut {
		add("duplicates_cut", 0, "Only the first items were compared for duplicates; there may be more.")
	}
	return out
}
