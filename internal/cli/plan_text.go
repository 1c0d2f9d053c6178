package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/tenonhq/tenon"
)

// printPlan says in words and tables what a plan would do.
func printPlan(w io.Writer, p *tenon.Plan) {
	names := make([]string, len(p.Sources))
	for i, s := range p.Sources {
		names[i] = fmt.Sprintf("%s (%s)", s.Name, s.ID)
	}
	fmt.Fprintf(w, "Plan: %s %s", p.Operation, strings.Join(names, ", "))
	if p.Target != nil {
		fmt.Fprintf(w, " into %s (%s)", p.Target.Name, p.Target.ID)
	}
	fmt.Fprintf(w, "\nFingerprint: %s\n", p.Fingerprint)
	if p.Target != nil && p.Recommended != 0 && p.Recommended != p.Target.ID {
		fmt.Fprintf(w, "Advice: rather merge into %s. %s\n", recommended(p), p.Advice)
	}
	printFindings(w, "Blockers", p.Blockers)
	printFindings(w, "Warnings", p.Warnings)
	printContents(w, p)
	printFields(w, p)
	printAccess(w, "Gain access", p.Access.Gain)
	printAccess(w, "Lose access", p.Access.Lose)
	printMore(w, p)
}

// recommended names the organization that should rather be the target.
func recommended(p *tenon.Plan) string {
	for _, s := range p.Sources {
		if s.ID == p.Recommended {
			return fmt.Sprintf("%s (%s)", s.Name, s.ID)
		}
	}
	return p.Recommended.String()
}

func heading(w io.Writer, text string) { fmt.Fprintf(w, "\n%s\n", text) }

func printFindings(w io.Writer, title string, list []tenon.Finding) {
	if len(list) == 0 {
		return
	}
	heading(w, title)
	for _, f := range list {
		fmt.Fprintf(w, "  - %s [%s]\n", f.Message, f.Code)
		if f.Action != "" {
			fmt.Fprintf(w, "    To clear it: %s\n", f.Action)
		}
	}
}

func printContents(w io.Writer, p *tenon.Plan) {
	if len(p.Contents) == 0 {
		if line := countLine(p.Counts); line != "" {
			heading(w, "Contents")
			fmt.Fprintf(w, "  %s\n", line)
		}
		return
	}
	heading(w, "Contents")
	t := newTable(w, "kind", "comes over", "at the target", "together", "")
	for _, k := range p.Contents {
		t.row(kindWords(k.Kind), tenon.Figure(k.Source), tenon.Figure(k.Target), tenon.Figure(k.Together), k.Note.Join("; "))
	}
	_ = t.end()
}

// kindWords is what a kind of a plan's contents is called: "SSL certificates".
func kindWords(plural string) string {
	if info := tenon.KindNamed(plural).Info(); info != nil {
		return tenon.Lower(info.Labels)
	}
	return strings.ReplaceAll(plural, "_", " ")
}

func printFields(w io.Writer, p *tenon.Plan) {
	shown := false
	var t *table
	for _, f := range p.Fields {
		if f.Equal || f.Source == nil {
			continue
		}
		if !shown {
			heading(w, "Fields that differ")
			t, shown = newTable(w, "field", "source", "target", "after"), true
		}
		t.row(f.Name, brief(f.Source), brief(f.Target), brief(f.Result)+" ("+string(f.Choice)+")")
	}
	if shown {
		_ = t.end()
	}
}

// brief is a value in one short line.
func brief(x any) string {
	if x == nil {
		return "-"
	}
	s := strings.Join(strings.Fields(fmt.Sprint(x)), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

func printAccess(w io.Writer, title string, list []tenon.AccessChange) {
	if len(list) == 0 {
		return
	}
	heading(w, title)
	t := newTable(w, "person", "role", "through", "items", "secrets")
	for _, a := range list {
		t.row(a.Name, string(a.Role), a.Through.Join(", "), tenon.Figure(a.Items), tenon.Figure(a.Secrets))
	}
	_ = t.end()
}

func printMore(w io.Writer, p *tenon.Plan) {
	if len(p.Domains) > 0 {
		heading(w, "E-mail domains")
		for _, d := range p.Domains {
			note := ""
			switch {
			case d.Dropped:
				note = ", left out"
			case d.Both:
				note = ", on both sides"
			}
			if d.FreeMail {
				note += ", free mail"
			}
			if d.Draws > 0 {
				note += ", matches " + tenon.Counted(d.Draws, "contact", "contacts") + " elsewhere"
			}
			fmt.Fprintf(w, "  - %s%s\n", d.Domain, note)
		}
	}
	if len(p.Children) > 0 {
		heading(w, "Sub-organizations")
		for _, k := range p.Children {
			to := "becomes a root"
			if k.To != 0 {
				to = fmt.Sprintf("goes under %s (%s)", k.ToName, k.To)
			}
			fmt.Fprintf(w, "  - %s (%s) %s. %s\n", k.Name, k.ID, to, k.Why)
		}
	}
	if len(p.References) > 0 {
		heading(w, "References")
		for _, r := range p.References {
			fmt.Fprintf(w, "  - %s\n", r.Sentence())
		}
	}
	if len(p.Duplicates) > 0 {
		heading(w, "Items that are probably the same")
		for _, d := range p.Duplicates {
			fmt.Fprintf(w, "  - %s %q (%s) and %q (%s): %s\n", d.Kind, d.SourceName, d.Source, d.TargetName, d.Target, d.Why)
		}
	}
}
