package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// expirationList is what ends on a date, of one organization or of all.
type expirationList struct {
	address address
	viewer  tenon.Viewer
	now     time.Time
	today   string
	org     *organizationView // nil: all organizations
	window  string
	query   store.ExpirationQuery
	rows    []tenon.Expiration
	next    string
}

// expirationWindows are the tabs: what is looked at first stands first.
var expirationWindows = []struct {
	name, text string
	days       int // from today on; 0 without end
}{{"", say.Key("Coming up"), 0}, {"30", say.Key("Next 30 days"), 30}, {"90", say.Key("Next 90 days"), 90}, {"past", say.Key("Expired"), 0}, {"all", say.Key("All"), 0}}

// window turns the tab into dates. What is past stands the latest first.
func (l *expirationList) setWindow(name string) {
	l.window = name
	switch name {
	case "all":
	case "past":
		l.query.To = l.now.AddDate(0, 0, -1).Format(tenon.DateOnly)
		if l.query.Sort == "" {
			l.query.Sort = "-date"
		}
	default:
		l.query.From = l.today
		for _, w := range expirationWindows {
			if w.name == name && w.days > 0 {
				l.query.To = l.now.AddDate(0, 0, w.days).Format(tenon.DateOnly)
			}
		}
	}
	if l.query.Sort == "" {
		l.query.Sort = "date"
	}
}

// expirations lists what ends: warranties, domains, certificates and the dates
// of flexible assets. The lists of all organizations and of one are one page.
func (s *server) expirations(w http.ResponseWriter, r *http.Request) error {
	l := &expirationList{address: addressOf(r), viewer: viewer(r), now: s.now()}
	l.today = l.now.Format(tenon.DateOnly)
	q := l.address.query
	inUse := false
	l.query = store.ExpirationQuery{Archived: &inUse, Page: tenon.Page{Limit: pageRows, Cursor: q.Get("cursor"), Sort: q.Get("sort")}}
	if k := tenon.KindNamed(q.Get("kind")); k != 0 {
		l.query.Kinds = []tenon.Kind{k}
	}
	l.setWindow(q.Get("window"))
	err := s.read(r, func(tx *store.Tx) error {
		if r.PathValue("id") != "" {
			o, err := s.organizationOf(w, r, tx)
			if err != nil {
				return err
			}
			l.org = &organizationView{Organization: o, viewer: l.viewer, now: l.now}
			if err := l.org.loadFrame(tx); err != nil || o.State != tenon.Live {
				return err
			}
			l.query.Org = o.ID
		}
		var err error
		l.rows, l.next, err = tx.ListExpirations(l.viewer, l.query)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.Page{Title: say.Text(r.Context(), ui.TextExpirations), Section: "global"}
	if l.org != nil {
		page = ui.Page{Title: say.Textf(r.Context(), "Expirations, %s", l.org.Name), Section: "organizations", Notices: l.org.banners(r.Context())}
	}
	return s.show(w, r, page, expirationContent(l))
}

func (l *expirationList) tabs(ctx context.Context) []ui.Tab {
	var tabs []ui.Tab
	for _, w := range expirationWindows {
		tabs = append(tabs, ui.Tab{Href: l.address.with("window", w.name, "sort", ""), Text: say.Text(ctx, w.text), Current: w.name == l.window})
	}
	return tabs
}

// kinds are the kinds to filter by that the viewer sees.
func (l *expirationList) kinds(ctx context.Context) []ui.Choice {
	var out []ui.Choice
	for _, k := range tenon.Expiring() {
		if l.viewer.SeesKind(k) {
			out = append(out, ui.Choice{Value: k.String(), Text: say.Text(ctx, k.Info().Labels)})
		}
	}
	return out
}

func (l *expirationList) chips(ctx context.Context) []ui.Chip {
	if len(l.query.Kinds) == 0 {
		return nil
	}
	return []ui.Chip{{Text: say.Textf(ctx, "Kind: %s", say.Text(ctx, l.query.Kinds[0].Info().Labels)), Without: l.address.with("kind", "")}}
}

func (l *expirationList) table(ctx context.Context) ui.Table {
	t := ui.Table{ID: "list", Caption: say.Text(ctx, ui.TextExpirations), None: l.none(ctx).Draw(), Columns: []ui.Column{{Title: say.Text(ctx, "What")}}}
	if l.org == nil {
		t.Columns = append(t.Columns, ui.Column{Title: say.Text(ctx, "Organization"), Width: "large", Narrow: "left"})
	}
	t.Columns = append(t.Columns, ui.Column{Title: say.Text(ctx, "Kind"), Width: "medium"},
		l.address.column(ui.Column{Title: say.Text(ctx, "On"), Width: "medium"}, "date", l.query.Sort), ui.Column{Title: say.Text(ctx, "State"), Width: "medium", Narrow: "right"})
	for i := range l.rows {
		e := &l.rows[i]
		cells := []templ.Component{ui.ItemCell(kindIcon(e.Kind), itemPath(e.Item), e.Name, nil, ui.Text(e.Label))}
		if l.org == nil {
			cells = append(cells, organizationLink(e.OrgID, e.OrgName))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: append(cells, ui.Quiet(e.TypeName), ui.Text(dayWords(e.On)), expirationState(ctx, e.DaysFrom(l.today)))})
	}
	return t
}

// soon and near are within how many days a date is coloured.
const (
	soon = 14
	near = 60
)

// expirationState says in words how far a date is.
func expirationState(ctx context.Context, days int) templ.Component {
	switch {
	case days < 0:
		return ui.State(ui.Bad, "alert-circle", say.Textf(ctx, "Expired %s ago", ui.Count(ctx, -days, "day", "days")))
	case days == 0:
		return ui.State(ui.Bad, "alert-circle", say.Text(ctx, "Expires today"))
	case days <= soon:
		return ui.State(ui.Bad, "clock", say.Textf(ctx, "In %s", ui.Count(ctx, days, "day", "days")))
	case days <= near:
		return ui.State(ui.Warn, "clock", say.Textf(ctx, "In %s", ui.Count(ctx, days, "day", "days")))
	}
	return ui.Quiet(say.Textf(ctx, "In %s", ui.Count(ctx, days, "day", "days")))
}

// dayWords writes a date as people do: "30 Nov 2026".
func dayWords(day string) string {
	t, err := time.Parse(tenon.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 Jan 2006")
}

func (l *expirationList) none(ctx context.Context) ui.Empty {
	switch {
	case len(l.query.Kinds) > 0:
		return ui.Empty{Filtered: true, Title: say.Text(ctx, "Nothing fits"), Text: say.Text(ctx, "There may be others; none of this kind ends in this time."),
			Actions: []templ.Component{ui.Button{Text: say.Text(ctx, "Clear the filter"), Small: true, Href: l.address.with("kind", "")}.Draw()}}
	case l.window == "past":
		return ui.Empty{Title: say.Text(ctx, "Nothing has expired"), Text: say.Text(ctx, "What ends and is not renewed stands here until its date is changed.")}
	case l.window != "" && l.window != "all":
		return ui.Empty{Title: say.Text(ctx, "Nothing ends in this time"), Text: say.Text(ctx, "What ends later stands under Coming up.")}
	}
	return ui.Empty{Title: say.Text(ctx, "Nothing to watch yet"), Text: say.Text(ctx, "Warranties, domains, certificates and the dates of flexible assets that are marked as expirations appear here by themselves.")}
}
