package itglue

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

const (
	// logDays is how far back logs are shown, and logPages how many pages of them.
	logDays  = 30
	logPages = 5
	// metricDays is how long a range of metrics may be.
	metricDays = 7
)

func logs() *resource {
	e := func(r *record) *tenon.Event { return r.of.(*tenon.Event) }
	return &resource{
		path: "logs", label: "Log", about: "What was done in the last 30 days, 5 pages of it; walk on with filter[created_at].",
		verbs: canList, src: logSource{}, pages: logPages,
		attrs: []attribute{
			made(moment, "created-at", func(_ *view, r *record) any { return e(r).At }),
			made(text, "action", func(_ *view, r *record) any { return e(r).Action }),
			made(id, "user-id", func(_ *view, r *record) any { return int64(e(r).User) }),
			made(text, "user-name", func(_ *view, r *record) any { return e(r).UserName }),
			made(text, "ip-address", func(_ *view, r *record) any { return e(r).Addr }),
			made(text, "face", func(_ *view, r *record) any { return e(r).Face }),
			made(text, "resource-type", func(_ *view, r *record) any { return subjectWord(e(r).Subject) }),
			made(id, "resource-id", func(_ *view, r *record) any { return e(r).SubjectID }),
			made(text, "resource-name", func(_ *view, r *record) any { return e(r).Name }),
			made(id, "organization-id", func(_ *view, r *record) any { return clientID(e(r).OrgID) }),
			made(text, "organization-name", func(_ *view, r *record) any {
				if e(r).OrgID == tenon.SystemOrg {
					return nil
				}
				return e(r).OrgName
			}),
		},
		filters: between(moment, "created_at"), sorts: sorts("created_at"), standing: newestFirst,
	}
}

func clientID(o tenon.OrgID) any {
	if o == tenon.SystemOrg {
		return nil
	}
	return int64(o)
}

// newestFirst turns the log round, where nobody says how it is sorted.
func newestFirst(r *request) []filterMatch {
	if r.params["sort"] == "" {
		r.params["sort"] = "-created_at"
	}
	return nil
}

// subjectWord is a subject of the activity log in this API's words.
func subjectWord(s string) string {
	if k := tenon.KindNamed(s); k != 0 {
		return resourceWord[k]
	}
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// logSource stands behind logs.
type logSource struct{}

func (logSource) list(r *request, q store.Slice) (out []record, total int64, err error) {
	q.Match = append(q.Match, store.Match{Field: "created_at", From: r.s.now().AddDate(0, 0, -logDays)})
	err = r.read(func(tx *store.Tx) error {
		out = nil
		found, n, err := tx.SliceEvents(r.viewer, q)
		for i := range found {
			out = append(out, record{id: found[i].ID, of: &found[i]})
		}
		total = n
		return err
	})
	return out, total, err
}

func (logSource) get(*request, []int64) ([]record, error)    { return nil, errReadOnly() }
func (logSource) create(*request, []change) ([]int64, error) { return nil, errReadOnly() }
func (logSource) update(*request, []change) error            { return errReadOnly() }
func (logSource) remove(*request, []int64) error             { return errReadOnly() }

func userMetrics() *resource {
	return &resource{
		path: "user_metrics", label: "User metric", about: "How much people did, by day, organization and sort of record; seven days at a time.",
		verbs: canList,
		attrs: []attribute{
			ro(id, "user-id"), ro(id, "organization-id"), ro(text, "resource-type"), ro(number, "created"), ro(number, "viewed"),
			ro(number, "edited"), ro(number, "deleted"), ro(date, "date"),
		},
		filters: filters(by(id, "user_id", "organization_id"), []filter{{name: "resource_type", column: "resource_type", form: text, read: ofType}, {name: "date", column: "date", form: date, span: true, read: weekAtMost}}),
		sorts:   sorts("id", "created", "viewed", "edited", "deleted", "date"), first: "id",
		src: smallSource{path: "user_metrics", all: allMetrics},
	}
}

// ofType reads sorts of records in any of the spellings that clients send.
func ofType(_ *request, s string) ([]filterMatch, error) {
	m := filterMatch{Field: "resource_type", Values: []any{}}
	for _, w := range words(s) {
		if k := kindNamed(w); k != 0 {
			w = resourceWord[k]
		} else if strings.EqualFold(w, "organizations") {
			w = "Organization"
		}
		m.Values = append(m.Values, w)
	}
	return []filterMatch{m}, nil
}

func errWeek() error {
	return fail(http.StatusUnprocessableEntity, "filter[date]", "date range filter cannot be longer than a week, and cannot start with a wildcard")
}

// metricSpan reads the days of which metrics are asked for: the last seven,
// where nobody says.
func metricSpan(r *request) (from, to time.Time, err error) {
	today := r.s.now().UTC().Truncate(24 * time.Hour)
	s := r.params["filter[date]"]
	if s == "" {
		s = r.params["filter[range][date]"]
	}
	if s == "" {
		return today.AddDate(0, 0, 1-metricDays), today, nil
	}
	a, b, two := strings.Cut(s, ",")
	if from, err = parseMoment(a, false); err != nil {
		return from, to, errWeek()
	}
	to = from
	if b = strings.TrimSpace(b); two && b != "*" && b != "" {
		if to, err = parseMoment(b, false); err != nil {
			return from, to, errWeek()
		}
	} else if two {
		to = today
	}
	if from, to = from.Truncate(24*time.Hour), to.Truncate(24*time.Hour); to.Sub(from) > metricDays*24*time.Hour {
		return from, to, errWeek()
	}
	return from, to, nil
}

// weekAtMost judges the range; the days themselves are chosen in allMetrics.
func weekAtMost(r *request, _ string) ([]filterMatch, error) {
	_, _, err := metricSpan(r)
	return nil, err
}

func allMetrics(r *request) ([]record, error) {
	from, to, err := metricSpan(r)
	if err != nil {
		return nil, err
	}
	var out []record
	err = r.read(func(tx *store.Tx) error {
		out = nil
		sums, err := tx.EventSums(r.viewer, from, to.AddDate(0, 0, 1))
		if err != nil {
			return err
		}
		at := map[string]int{}
		for _, s := range sums {
			kind, word := verbOf(s.Action), subjectWord(s.Subject)
			if kind == "" || (tenon.KindNamed(s.Subject) == 0 && s.Subject != "organization") {
				continue
			}
			day := s.Day.Format(time.DateOnly)
			key := strconv.FormatInt(int64(s.User), 10) + " " + s.Org.String() + " " + word + " " + day
			n, known := at[key]
			if !known {
				n = len(out)
				at[key] = n
				out = append(out, record{id: s.First, values: tenon.Values{"user_id": int64(s.User), "organization_id": clientID(s.Org), "resource_type": word, "date": day,
					"created": int64(0), "viewed": int64(0), "edited": int64(0), "deleted": int64(0)}})
			}
			out[n].id = min(out[n].id, s.First)
			out[n].values[kind] = out[n].values.ID(kind) + s.Count
		}
		return nil
	})
	return out, err
}

// verbOf sorts an action of the activity log.
func verbOf(action string) string {
	switch action {
	case "create", "copy", "import":
		return "created"
	case "view", "reveal", "reveal code":
		return "viewed"
	case "delete", "purge":
		return "deleted"
	case "update", "archive", "unarchive", "restore", "move", "merge", "attach", "detach", "relate", "unrelate", "restrict":
		return "edited"
	}
	return ""
}
