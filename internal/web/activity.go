package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// activityLog is a page of the log: of the account, of an organization, or of
// one record.
type activityLog struct {
	logFrame
	back  string // the record it is about
	org   *organizationView
	query store.EventQuery
	rows  []tenon.Event
	next  string
	// translated says that it is read in another language than English: the log
	// has the titles of operations in English, so that their own are read.
	translated bool
	titles     map[int64]tenon.Phrase
}

// logRows is how many lines of the log a page shows: they hold more than the
// rows of a list.
const logRows = 40

func (s *server) newLog(r *http.Request) (_ *activityLog, err error) {
	ctx := r.Context()
	l := &activityLog{logFrame: logFrame{listFrame: listFrame{address: addressOf(r), name: "activity", title: say.Text(ctx, ui.TextActivity), viewer: viewer(r), now: s.now()}}}
	l.translated = say.In(ctx) != nil
	moveDays(l.address.query, "on")
	q := l.address.query
	l.query = store.EventQuery{Action: q.Get("action"), Kind: q.Get("kind"), User: tenon.UserID(tenon.ParseID(q.Get("user"))),
		Page: tenon.Page{Limit: logRows, Cursor: q.Get("cursor"), Sort: sortedBy(q, "-at")}}
	l.filters = activityFilters(ctx, l.viewer)
	l.query.From, l.query.To, err = days(q, "on", l.now.Location())
	return l, err
}

// activityFilters are what every log can be filtered by.
func activityFilters(ctx context.Context, v tenon.Viewer) []listFilter {
	kinds := append(kindChoices(ctx, v), ui.Choice{Value: "user", Text: say.Text(ctx, "Users")}, ui.Choice{Value: "group", Text: say.Text(ctx, "Groups")},
		ui.Choice{Value: "API key", Text: say.Text(ctx, "API keys")}, ui.Choice{Value: "setting", Text: say.Text(ctx, "Settings")}, ui.Choice{Value: "operation", Text: say.Text(ctx, "Operations")})
	return []listFilter{
		{param: "action", label: say.Text(ctx, "Action"), choices: options(ctx, actions)}, {param: "kind", label: say.Text(ctx, "Kind"), choices: kinds},
		{param: "user", label: say.Text(ctx, "By")}, {param: "on", label: say.Text(ctx, "When"), form: daysForm},
	}
}

func (l *activityLog) load(tx *store.Tx) (err error) {
	if l.asked() == "" {
		if l.rows, l.next, err = tx.ListEvents(l.viewer, l.query); err != nil {
			return err
		}
	}
	l.wanted.wantEvents(l.rows)
	if l.translated {
		if l.titles, err = tx.OperationTitles(l.viewer, operationsOf(l.rows)); err != nil {
			return err
		}
	}
	return l.loadFilters(tx)
}

// drawLog shows the log, or the page on which its filter is chosen.
func (s *server) drawLog(w http.ResponseWriter, r *http.Request, page ui.Page, l *activityLog) error {
	switch {
	case l.asked() == "filter":
		return s.show(w, r, page, filterContent(&l.listFrame, l.filters, l.labels()))
	case l.asked() == "views" && l.whole():
		return s.show(w, r, page, viewsContent(&l.listFrame))
	}
	return s.show(w, r, page, activityContent(l))
}

// whole tells whether this is the log of the account, which has views.
func (l *activityLog) whole() bool { return l.org == nil && l.back == "" }

// activity is the log of the whole account.
func (s *server) activity(w http.ResponseWriter, r *http.Request) error {
	l, err := s.newLog(r)
	if err != nil {
		return err
	}
	l.filters = append(l.filters, listFilter{param: "organization", label: say.Text(r.Context(), "Organization"), form: recordForm, suggest: "/organizations/suggest"})
	leads := ""
	err = s.read(r, func(tx *store.Tx) (err error) {
		if err := l.listFrame.load(tx); err != nil {
			return err
		}
		if leads = l.opensWith(); leads != "" {
			return nil
		}
		if leads, err = l.resolve(tx); err != nil || leads != "" {
			return err
		}
		if id := tenon.ParseID(l.address.query.Get("organization")); id != 0 {
			if l.query.Org, err = tx.ResolveOrganization(l.viewer, tenon.OrgID(id)); err != nil {
				return err
			}
		}
		return l.load(tx)
	})
	if err != nil {
		return err
	}
	if leads != "" {
		return redirect(w, r, leads)
	}
	return s.drawLog(w, r, ui.Page{Title: l.title, Section: "account"}, l)
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
	return s.drawLog(w, r, ui.Page{Title: say.Textf(r.Context(), "Activity, %s", l.org.Name), Section: "organizations", Notices: l.org.banners(r.Context())}, l)
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
	return s.drawLog(w, r, ui.Page{Title: l.title, Section: "organizations"}, l)
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
