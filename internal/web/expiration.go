package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
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
}{{"", "Coming up", 0}, {"30", "Next 30 days", 30}, {"90", "Next 90 days", 90}, {"past", "Expired", 0}, {"all", "All", 0}}

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
	page := ui.Page{Title: ui.TextExpirations, Section: "global"}
	if l.org != nil {
		page = ui.Page{Title: ui.TextExpirations + ", " + l.org.Name, Section: "organizations", Notices: l.org.banners()}
	}
	return s.show(w, r, page, expirationContent(l))
}

func (l *expirationList) tabs() []ui.Tab {
	var tabs []ui.Tab
	for _, w := range expirationWindows {
		tabs = append(tabs, ui.Tab{Href: l.address.with("window", w.name, "sort", ""), Text: w.text, Current: w.name == l.window})
	}
	return tabs
}

// kinds are the kinds to filter by that the viewer sees.
func (l *expirationList) kinds() []ui.Choice {
	var out []ui.Choice
	for _, k := range tenon.Expiring() {
		if l.viewer.SeesKind(k) {
			out = append(out, ui.Choice{Value: k.String(), Text: k.Info().Labels})
		}
	}
	return out
}

func (l *expirationList) chips() []ui.Chip {
	if len(l.query.Kinds) == 0 {
		return nil
	}
	return []ui.Chip{{Text: "Kind: " + l.query.Kinds[0].Info().Labels, Without: l.address.with("kind", "")}}
}

func (l *expirationList) table() ui.Table {
	t := ui.Table{ID: "list", Caption: ui.TextExpirations, None: l.none().Draw(), Columns: []ui.Column{{Title: "What"}}}
	if l.org == nil {
		t.Columns = append(t.Columns, ui.Column{Title: "Organization", Width: "large", Narrow: "left"})
	}
	t.Columns = append(t.Columns, ui.Column{Title: "Kind", Width: "medium"},
		l.address.column(ui.Column{Title: "On", Width: "medium"}, "date", l.query.Sort), ui.Column{Title: "State", Width: "medium", Narrow: "right"})
	for i := range l.rows {
		e := &l.rows[i]
		cells := []templ.Component{ui.ItemCell(kindIcon(e.Kind), itemPath(e.Item), e.Name, nil, ui.Text(e.Label))}
		if l.org == nil {
			cells = append(cells, organizationLink(e.OrgID, e.OrgName))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: append(cells, ui.Quiet(e.TypeName), ui.Text(dayWords(e.On)), expirationState(e.DaysFrom(l.today)))})
	}
	return t
}

// soon and near are within how many days a date is coloured.
const (
	soon = 14
	near = 60
)

// expirationState says in words how far a date is.
func expirationState(days int) templ.Component {
	switch {
	case days < 0:
		return ui.State(ui.Bad, "alert-circle", "Expired "+ui.Count(-days, "day", "days")+" ago")
	case days == 0:
		return ui.State(ui.Bad, "alert-circle", "Expires today")
	case days <= soon:
		return ui.State(ui.Bad, "clock", "In "+ui.Count(days, "day", "days"))
	case days <= near:
		return ui.State(ui.Warn, "clock", "In "+ui.Count(days, "day", "days"))
	}
	return ui.Quiet("In " + ui.Count(days, "day", "days"))
}

// dayWords writes a date as people do: "30 Nov 2026".
func dayWords(day string) string {
	t, err := time.Parse(tenon.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 Jan 2006")
}

func (l *expirationList) none() ui.Empty {
	switch {
	case len(l.query.Kinds) > 0:
		return ui.Empty{Filtered: true, Title: "Nothing fits", Text: "There may be others; none of this kind ends in this time.",
			Actions: []templ.Component{ui.Button{Text: "Clear the filter", Small: true, Href: l.address.with("kind", "")}.Draw()}}
	case l.window == "past":
		return ui.Empty{Title: "Nothing has expired", Text: "What ends and is not renewed stands here until its date is changed."}
	case l.window != "" && l.window != "all":
		return ui.Empty{Title: "Nothing ends in this time", Text: "What ends later stands under Coming up."}
	}
	return ui.Empty{Title: "Nothing to watch yet", Text: "Warranties, domains, certificates and the dates of flexible assets that are marked as expirations appear here by themselves."}
}
