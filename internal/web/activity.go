package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// activityLog is a page of the log: of the account, of an organization, or of
// one record.
type activityLog struct {
	address address
	viewer  tenon.Viewer
	now     time.Time
	title   string
	back    string // the record it is about
	org     *organizationView
	query   store.EventQuery
	rows    []tenon.Event
	next    string
	users   []ui.Choice // to filter by
	user    string      // the name that is filtered by
}

// logRows is how many lines of the log a page shows: they hold more than the
// rows of a list.
const logRows = 40

// actions are the words of the log that people filter by.
var actions = []string{"create", "update", "delete", "restore", "purge", "merge", "undo merge", "cancel", "move", "reveal", "restrict", "grant", "revoke", "sign in", "sign in failed"}

func (s *server) newLog(r *http.Request) (*activityLog, error) {
	l := &activityLog{address: addressOf(r), viewer: viewer(r), now: s.now(), title: say.Text(r.Context(), ui.TextActivity)}
	q := l.address.query
	l.query = store.EventQuery{Action: q.Get("action"), User: tenon.UserID(tenon.ParseID(q.Get("user"))), Page: tenon.Page{Limit: logRows, Cursor: q.Get("cursor")}}
	for _, day := range []struct {
		name string
		add  int
		into *time.Time
	}{{"from", 0, &l.query.From}, {"to", 1, &l.query.To}} {
		text := q.Get(day.name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return nil, tenon.FieldErrorf(day.name, "%q is not a day such as 2026-11-30.", text)
		}
		*day.into = at.AddDate(0, 0, day.add)
	}
	return l, nil
}

func (l *activityLog) load(tx *store.Tx) (err error) {
	if l.rows, l.next, err = tx.ListEvents(l.viewer, l.query); err != nil {
		return err
	}
	l.users, err = userChoices(tx, l.viewer)
	for i := range l.users {
		if l.users[i].Value == l.query.User.String() {
			l.users[i].Chosen, l.user = true, l.users[i].Text
		}
	}
	return err
}

// activity is the log of the whole account.
func (s *server) activity(w http.ResponseWriter, r *http.Request) error {
	l, err := s.newLog(r)
	if err != nil {
		return err
	}
	if err := s.read(r, l.load); err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextActivity), Section: "account"}, activityContent(l))
}

func (s *server) organizationActivity(w http.ResponseWriter, r *http.Request) error {
	l, err := s.newLog(r)
	if err != nil {
		return err
	}
	err = s.read(r, func(tx *store.Tx) error {
		o, err := s.organizationOf(w, r, tx)
		if err != nil {
			return err
		}
		l.org = &organizationView{Organization: o, viewer: l.viewer, now: l.now}
		if err := l.org.loadFrame(tx); err != nil {
			return err
		}
		l.query.Org = o.ID
		return l.load(tx)
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Activity, %s", l.org.Name), Section: "organizations", Notices: l.org.banners(r.Context())}, activityContent(l))
}

func (s *server) itemActivity(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.ItemID](r, "item")
	if err != nil {
		return err
	}
	l, err := s.newLog(r)
	if err != nil {
		return err
	}
	err = s.read(r, func(tx *store.Tx) error {
		i, err := tx.GetItem(l.viewer, id)
		if err != nil {
			return err
		}
		l.title, l.back, l.query.Subject = say.Textf(r.Context(), "Activity of %s", i.Name), itemPath(id), int64(id)
		return l.load(tx)
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: l.title, Section: "organizations"}, activityContent(l))
}

func (l *activityLog) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(param, text string) {
		if text != "" {
			chips = append(chips, ui.Chip{Text: text, Without: l.address.with(param, "")})
		}
	}
	if l.query.Action != "" {
		add("action", say.Textf(ctx, "Action: %s", l.query.Action))
	}
	if l.query.User != 0 {
		name := l.user
		if name == "" {
			name = l.query.User.String()
		}
		add("user", say.Textf(ctx, "By: %s", name))
	}
	if from := l.address.query.Get("from"); from != "" {
		add("from", say.Textf(ctx, "From: %s", from))
	}
	if to := l.address.query.Get("to"); to != "" {
		add("to", say.Textf(ctx, "Until: %s", to))
	}
	return chips
}

// subjectPath is the page of what an event is about, "" where it has none.
func subjectPath(e *tenon.Event) string {
	switch {
	case e.SubjectID == 0:
		return ""
	case e.Subject == "organization":
		return organizationPath(tenon.OrgID(e.SubjectID))
	case tenon.KindNamed(e.Subject) != 0:
		return itemPath(tenon.ItemID(e.SubjectID))
	case e.Operation != 0:
		return "/operations/" + e.Operation.String()
	}
	return ""
}

// fieldLabel is what people call a field of what an event is about.
func fieldLabel(ctx context.Context, e *tenon.Event, name string) string {
	schema := tenon.OrganizationFields
	if info := tenon.KindNamed(e.Subject).Info(); info != nil {
		schema = info.Fields
	}
	if f := schema.Field(name); f != nil {
		return say.Text(ctx, f.Label)
	}
	words := strings.ReplaceAll(strings.TrimSuffix(name, "_id"), "_", " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// access is the page of everybody who sees an organization, and why.
func (s *server) access(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageAccess); err != nil {
		return err
	}
	o := &organizationView{viewer: v, now: s.now()}
	err := s.read(r, func(tx *store.Tx) (err error) {
		if o.Organization, err = s.organizationOf(w, r, tx); err != nil {
			return err
		}
		return o.loadFrame(tx)
	})
	if err != nil {
		return err
	}
	people, err := s.core.WhoSees(r.Context(), v, o.ID)
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Textf(r.Context(), "Access, %s", o.Name), Section: "organizations", Notices: o.banners(r.Context())}, accessContent(o, people))
}

// deniedWords names kinds that somebody must not see.
func deniedWords(ctx context.Context, kinds []tenon.Kind) string {
	words := ""
	for i, k := range kinds {
		if i > 0 {
			words += ", "
		}
		if info := k.Info(); info != nil {
			words += lower(say.Text(ctx, info.Labels))
		} else {
			words += strconv.Itoa(int(k))
		}
	}
	return words
}
