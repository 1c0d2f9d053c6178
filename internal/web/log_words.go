package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

// This file says what the activity log keeps. The log is kept in English, since
// programs read it too: what is a word of ours is said in the language of whoever
// reads, what is an id becomes a name, and what people typed stays as it is.

// actions are the words of the log that people filter by.
var actions = []string{say.Key("create"), say.Key("update"), say.Key("delete"), say.Key("restore"), say.Key("purge"), say.Key("merge"), say.Key("undo merge"), say.Key("import"), say.Key("cancel"), say.Key("move"), say.Key("reveal"), say.Key("restrict"), say.Key("grant"), say.Key("revoke"), say.Key("sign in"), say.Key("sign in failed")}

// The other ones whose words come out of a variable where they are recorded, and more words that
// are said of a variable.
var _ = []string{say.Key("archive"), say.Key("unarchive"), say.Key("publish"), say.Key("unpublish"), say.Key("restore version"), say.Key("copy"), say.Key("tag"), say.Key("untag"), say.Key("type"), say.Key("status"), say.Key("folder"),
	say.Key("reveal code"), say.Key("relate"), say.Key("unrelate"), say.Key("attach"), say.Key("detach"), say.Key("add member"), say.Key("remove member"), say.Key("complete task"), say.Key("reopen task"), say.Key("reorder"),
	say.Key("enable"), say.Key("disable"), say.Key("export"), say.Key("download"), say.Key("discard"), say.Key("demo"), say.Key("remove demo"), say.Key("import itglue"), say.Key("undo"), say.Key("undo import"), say.Key("undo import itglue"),
	say.Key("web"), say.Key("api"), say.Key("itglue"), say.Key("command line"), say.Key("job"), say.Key("system"), say.Key("organization"), say.Key("user"), say.Key("group"), say.Key("API key"), say.Key("setting"), say.Key("operation"), say.Key("look-up"), say.Key("look-up row"), say.Key("flexible asset type"), say.Key("view"), say.Key("list"), say.Key("export")}

// actors are who acts without being a person, as the log has their names.
var actors = []string{say.Key("command line")}

// actorName is who acted, in the language of the reader where it is no person.
func actorName(ctx context.Context, name string) string {
	if slices.Contains(actors, name) {
		return say.Text(ctx, name)
	}
	return name
}

// logNames are names that the log gives to what has none of its own.
var logNames = []string{say.Key("Everything"), say.Key("Demo data"), say.Key("Mail"), say.Key("Organizations")}

// operationsOf are the operations that lines of the log are about.
func operationsOf(rows []tenon.Event) []int64 {
	var ids []int64
	for i := range rows {
		if rows[i].Subject == "operation" {
			ids = append(ids, rows[i].SubjectID)
		}
	}
	return ids
}

// eventName names what an event is about.
func (l *activityLog) eventName(ctx context.Context, e *tenon.Event) string {
	if title := l.titles[e.SubjectID]; e.Subject == "operation" && title.Text != "" {
		return say.Phrase(ctx, title)
	}
	switch {
	case e.Subject == "setting", e.Subject == "list", e.Subject == "operation" && slices.Contains(logNames, e.Name),
		e.Subject == "export" && e.OrgID == tenon.SystemOrg:
		return say.Text(ctx, e.Name)
	}
	return e.Name
}

// subjectWord is what sort of thing an event is about.
func subjectWord(ctx context.Context, e *tenon.Event) string {
	if info := tenon.KindNamed(e.Subject).Info(); info != nil {
		return lower(say.Text(ctx, info.Label))
	}
	return say.Text(ctx, e.Subject)
}

// signInWords are by what somebody signed in, and why somebody was refused.
var signInWords = []string{say.Key("password"), say.Key("password and code"), say.Key("password and recovery code"), say.Key("one-time link"),
	say.Key("unknown account"), say.Key("no password was set"), say.Key("wrong password"), say.Key("disabled"), say.Key("wrong code")}

// signInWord says one of those; what is none is shown as it is.
func signInWord(ctx context.Context, text string) string {
	if slices.Contains(signInWords, text) {
		return say.Text(ctx, text)
	}
	return text
}

// logFields are fields of the log that no schema has.
var logFields = []string{say.Key("with"), say.Key("reason"), say.Key("browser"), say.Key("email"), say.Key("role"), say.Key("everywhere"), say.Key("disabled"), say.Key("language"), say.Key("groups"), say.Key("members"), say.Key("denied"), say.Key("left"), say.Key("sessions"),
	say.Key("user"), say.Key("group"), say.Key("shown"), say.Key("password access"), say.Key("rows"), say.Key("filter"), say.Key("logs"), say.Key("passwords"), say.Key("to"), say.Key("query"), say.Key("list"), say.Key("code"), say.Key("parent"), say.Key("reminder days"),
	say.Key("related"), say.Key("notes of a relation"), say.Key("attachment"), say.Key("memberships"), say.Key("restricted to"), say.Key("task"), say.Key("domains"), say.Key("tags"), say.Key("archived"),
	say.Key("merged into"), say.Key("merged from"), say.Key("copied from"), say.Key("organization"), say.Key("binder"), say.Key("order of fields"), say.Key("name"), say.Key("description"), say.Key("icon"), say.Key("enabled"), say.Key("show in menu")}

// logRefs are those that are ids.
var logRefs = tenon.Schema{
	{Name: "organization_id", Type: tenon.OrgRef}, {Name: "binder_id", Type: tenon.OrgRef}, {Name: "merged_into", Type: tenon.Ref},
	{Name: "merged_from", Type: tenon.Ref}, {Name: "copied_from", Type: tenon.Ref}, {Name: "parent_id", Type: tenon.Lookup},
	{Name: tenon.SettingPrimary, Type: tenon.OrgRef},
}

// logField returns the declaration of a field of the log, and that of the list
// where it is one; nil where there is none.
func logField(e *tenon.Event, name string) (*tenon.Field, *tenon.PartInfo) {
	schema := tenon.OrganizationFields
	if info := tenon.KindNamed(e.Subject).Info(); info != nil {
		schema = info.Fields
		for i := range info.Parts {
			if info.Parts[i].Plural == name {
				return nil, &info.Parts[i]
			}
		}
	}
	if f := schema.Field(name); f != nil {
		return f, nil
	}
	return logRefs.Field(name), nil
}

// fieldLabel is what people call a field of what an event is about.
func fieldLabel(ctx context.Context, e *tenon.Event, name string) string {
	switch f, p := logField(e, name); {
	case p != nil:
		return partTitle(ctx, p)
	case f != nil && f.Label != "":
		return say.Text(ctx, f.Label)
	}
	if set := tenon.SettingNamed(name); set != nil && e.Subject == "setting" {
		return say.Text(ctx, set.Label)
	}
	if key, of := strings.CutPrefix(name, "field "); of { // of a flexible asset type
		return say.Textf(ctx, "Field %s", key)
	}
	words := strings.ReplaceAll(strings.TrimSuffix(name, "_id"), "_", " ")
	if slices.Contains(logFields, words) {
		words = say.Text(ctx, words)
	}
	return sentence(words)
}

// wantEvents collects the ids in the lines of a log.
func (w *wanted) wantEvents(rows []tenon.Event) {
	for i := range rows {
		for _, c := range rows[i].Changes {
			for _, x := range []any{c.Before, c.After} {
				switch f, p := logField(&rows[i], c.Field); {
				case c.Field == restrictedTo:
					w.subjects(loggedSubjects(x))
				case f != nil:
					w.add(tenon.Schema{*f}, logged(tenon.Schema{*f}, map[string]any{f.Name: x}))
				case p != nil:
					for _, v := range loggedParts(p, x) {
						w.add(p.Fields, v)
					}
				}
			}
		}
	}
}

// restrictedTo is the field that lists who sees an item, as "user 12", "group 7".
const restrictedTo = "restricted_to"

func loggedSubjects(x any) []tenon.Subject {
	list, _ := x.([]any)
	var out []tenon.Subject
	for _, one := range list {
		text, _ := one.(string)
		kind, id, _ := strings.Cut(text, " ")
		out = append(out, tenon.Subject{Kind: kind, ID: tenon.ParseID(id)})
	}
	return out
}

// logged reads values of the log back into what they were: JSON has no ids. What
// cannot be read as such is left out.
func logged(schema tenon.Schema, values map[string]any) tenon.Values {
	for name, x := range values {
		if id, is := x.(string); is && name == tenon.SettingPrimary { // settings are texts
			values[name] = tenon.ParseID(id)
		}
	}
	out, err := tenon.ParseValues(schema, tenon.Values(values).JSON())
	if err != nil {
		return nil
	}
	return out
}

func loggedParts(p *tenon.PartInfo, x any) []tenon.Values {
	list, _ := x.([]any)
	var out []tenon.Values
	for _, one := range list {
		if object, is := one.(map[string]any); is {
			out = append(out, logged(p.Fields, object))
		}
	}
	return out
}

// changeWords says a change in one line.
func (n names) changeWords(ctx context.Context, e *tenon.Event, c tenon.Change) string {
	if b, is := c.Before.(map[string]any); is { // of many fields those that differ
		if a, is := c.After.(map[string]any); is {
			c.Before, c.After = differing(b, a), differing(a, b)
		}
	}
	before, after := short(n.logValue(ctx, e, c.Field, c.Before)), short(n.logValue(ctx, e, c.Field, c.After))
	switch {
	case before == "" && after == "":
		return say.Text(ctx, "changed")
	case before == "":
		return after
	case after == "":
		return say.Textf(ctx, "“%s” was cleared", before)
	}
	return before + " → " + after
}

func differing(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for name, x := range a {
		if fmt.Sprint(x) != fmt.Sprint(b[name]) {
			out[name] = x
		}
	}
	return out
}

// logValue says one value of the log.
func (n names) logValue(ctx context.Context, e *tenon.Event, field string, x any) string {
	text, is := x.(string)
	if x == nil || is && text == "" {
		return ""
	}
	f, p := logField(e, field)
	switch {
	case field == restrictedTo:
		return n.subjectNames(ctx, loggedSubjects(x))
	case p != nil:
		return n.partsWords(ctx, p, loggedParts(p, x))
	case f != nil:
		if v := logged(tenon.Schema{*f}, map[string]any{f.Name: x}); v[f.Name] != nil {
			return strings.ReplaceAll(n.words(ctx, f, v), "\n", ", ")
		}
		return plainValue(ctx, x)
	case e.Subject == "user" && (field == "with" || field == "reason"):
		return signInWord(ctx, text)
	case field == "role" && slices.Contains(tenon.Roles, tenon.Role(text)):
		return say.Text(ctx, text)
	case e.Subject == "group" && field == "denied":
		return deniedWords(ctx, loggedKinds(x))
	case e.Subject == "setting" && (text == "true" || text == "false"):
		return plainValue(ctx, text == "true")
	case e.Action == "reveal" && strings.HasPrefix(text, "version "):
		return say.Textf(ctx, "version %s", strings.TrimPrefix(text, "version "))
	case e.Subject == "look-up row" && field == "list" && tenon.ListNamed(text) != nil:
		return say.Text(ctx, tenon.ListNamed(text).Label)
	}
	if object, is := x.(map[string]any); is {
		return strings.ReplaceAll(typedObject(ctx, object), "\n", ", ")
	}
	return plainValue(ctx, x)
}

func (n names) partsWords(ctx context.Context, p *tenon.PartInfo, list []tenon.Values) string {
	var out []string
	for _, v := range list {
		out = append(out, n.partWords(ctx, p, v))
	}
	return strings.Join(out, "; ")
}

// subjectNames names people and groups.
func (n names) subjectNames(ctx context.Context, list []tenon.Subject) string {
	var out []string
	for _, s := range list {
		name := n.users[s.ID]
		if s.Kind == tenon.SubjectGroup {
			name = n.groups[s.ID]
		}
		if name == "" {
			name = say.Text(ctx, s.Kind) + " " + strconv.FormatInt(s.ID, 10)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

func loggedKinds(x any) []tenon.Kind {
	list, _ := x.([]any)
	var out []tenon.Kind
	for _, one := range list {
		if name, is := one.(string); is {
			out = append(out, tenon.KindNamed(name))
		}
	}
	return out
}
