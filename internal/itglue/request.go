package itglue

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
)

// request is what a handler gets.
type request struct {
	*http.Request
	w      http.ResponseWriter // for headers of the rate alone
	s      *server
	prefix string // of addresses: "/itglue" or ""
	viewer tenon.Viewer
	body   []byte
	params params
	// version is the version of the record that is asked for, 0 for what it is now.
	version int64
	// fresh says that the records answered were made by this very request, so
	// that nothing else can name them yet.
	fresh bool
}

// params are the parameters of a request, by their name in snake case:
// "filter[name]", "page[size]", "sort". Those sent more than once are joined
// with commas, as lists of values are; the same value again is no other, and of
// what can be but one the last counts.
type params map[string]string

// readParams reads the query. Names come raw or encoded, in kebab or snake
// case; unknown ones are no error.
func readParams(r *http.Request) (params, error) {
	p := gathered{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, unreadable("The query of the address cannot be read.")
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, unreadable("The query of the address cannot be read.")
		}
		if !utf8.ValidString(n) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return nil, unreadable("The query of the address is not valid text.")
		}
		p.add(n, v)
	}
	p.once()
	return p.params(), nil
}

func unreadable(why string) error { return fail(http.StatusBadRequest, "", why) }

// gathered are parameters on their way in: all that was sent under each name.
type gathered map[string][]string

// add adds a parameter. "filter[id][]" is another spelling of "filter[id]".
func (g gathered) add(name, value string) {
	name = strings.TrimSuffix(snake(name), "[]")
	if value == "" {
		g[name] = nil // the last word, until another comes
		return
	}
	g[name] = append(g[name], value)
}

// params joins them once: a list of many values is not written anew for each.
func (g gathered) params() params {
	p := make(params, len(g))
	for name, values := range g {
		p[name] = strings.Join(values, ",")
	}
	return p
}

// once leaves out values that were there before: clients that follow the
// address of the next page add their own parameters to it once more.
func (g gathered) once() {
	for name, values := range g {
		if len(values) < 2 {
			continue
		}
		if strings.HasPrefix(name, "page[") || name == "show_password" || name == "version_id" {
			g[name] = values[len(values)-1:]
			continue
		}
		seen := make(map[string]bool, len(values))
		g[name] = slices.DeleteFunc(values, func(s string) bool {
			was := seen[s]
			seen[s] = true
			return was
		})
	}
}

// addBody takes parameters from the JSON body of a GET, where the query has
// none of that name: {"filter": {"name": "a"}, "page": {"size": 10}}.
func (p params) addBody(body []byte) error {
	if len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	m, err := httpkit.ParseObject(body)
	if err != nil {
		return err
	}
	found := gathered{}
	for name, x := range m {
		found.flatten(name, x)
	}
	for name, value := range found.params() {
		if _, sent := p[name]; !sent {
			p[name] = value
		}
	}
	return nil
}

func (g gathered) flatten(name string, x any) {
	switch x := x.(type) {
	case map[string]any:
		for inner, y := range x {
			g.flatten(name+"["+inner+"]", y)
		}
	case []any:
		for _, y := range x {
			g.flatten(name, y)
		}
	default:
		if s, ok := scalar(x); ok {
			g.add(name, s)
		}
	}
}

// words splits a comma list, without what is empty.
func words(s string) []string {
	var out []string
	seen := map[string]bool{}
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// Page sizes of this API.
const (
	defaultPage = 50
	maxPage     = 1000
)

// page reads which page is asked for. What is no number is the default, and
// what is too large is the most: a list never fails for its paging.
func (p params) page() (number, size int64) {
	number, size = 1, defaultPage
	if n, err := strconv.ParseInt(p["page[number]"], 10, 64); err == nil && n > 0 {
		number = min(n, math.MaxInt64/maxPage-1)
	} else if strings.HasPrefix(p["page[number]"], "9") && len(p["page[number]"]) > 18 {
		number = math.MaxInt64/maxPage - 1
	}
	if n, err := strconv.ParseInt(p["page[size]"], 10, 64); err == nil && n > 0 {
		size = min(n, maxPage)
	}
	return number, size
}

// sort reads how a list is sorted; unknown names are passed over.
func (p params) sort(res *resource) []store.SortKey {
	var out []store.SortKey
	for _, w := range words(p["sort"]) {
		name, desc := strings.CutPrefix(w, "-")
		if field, ok := res.sorts[snake(name)]; ok {
			out = append(out, store.SortKey{Field: field, Desc: desc})
		}
	}
	if len(out) == 0 && res.first != "" {
		out = append(out, store.SortKey{Field: res.first})
	}
	return out
}

// param is the name of the filter's parameter: "filter[exclude][id]".
func (f *filter) param() string {
	if outer, inner, nested := strings.Cut(f.name, "["); nested {
		return "filter[" + outer + "][" + inner
	}
	return "filter[" + f.name + "]"
}

// filterMatch is what a filter comes to.
type filterMatch = store.Match

// maxValues is how many values the filters of one request may name: no
// statement grows with what a body can hold.
const maxValues = 5000

// matches reads the filters that were sent. An unknown one is passed over, and
// so is one without a value. narrows tells that one of them leaves out anything.
func (r *request) matches(res *resource) (out []filterMatch, narrows bool, err error) {
	values := 0
	for i := range res.filters {
		f := &res.filters[i]
		text, sent := r.params[f.param()]
		if !sent && f.span {
			text, sent = r.params["filter[range]["+f.name+"]"]
		}
		if !sent || text == "" {
			continue
		}
		if values += strings.Count(text, ",") + 1; values > maxValues {
			return nil, false, fail(http.StatusUnprocessableEntity, "filter["+f.name+"]", "The filters of one request name "+strconv.Itoa(maxValues)+" values at most.")
		}
		var m []filterMatch
		switch {
		case f.read != nil:
			m, err = f.read(r, text)
		case f.span:
			m, err = f.readSpan(text)
		default:
			m, err = f.readValues(text)
		}
		if err != nil {
			return nil, false, err
		}
		for i := range m {
			narrows = narrows || leavesOut(&m[i])
		}
		out = append(out, m...)
	}
	return out, narrows, nil
}

// leavesOut tells whether a condition can leave out anything: a range that is
// open at both ends does not, nor does leaving out nothing.
func leavesOut(m *filterMatch) bool {
	if m.Values != nil {
		return !m.Not || len(m.Values) > 0
	}
	return m.From != nil || m.To != nil
}

// readValues reads a list of values, any of which will do. A name may hold a
// comma, so that the whole is tried as one, too; behind a backslash it is one
// of the name's.
func (f *filter) readValues(text string) ([]filterMatch, error) {
	m := filterMatch{Field: f.column, Not: f.not, Values: []any{}}
	kept := strings.ReplaceAll(text, `\,`, "\x00") // which no parameter holds
	for _, w := range words(kept) {
		x, err := f.value(strings.ReplaceAll(w, "\x00", ","))
		if err != nil {
			return nil, err
		}
		m.Values = append(m.Values, x...)
	}
	if f.form == "text" && len(m.Values) > 0 && strings.ContainsRune(kept, ',') {
		m.Values = append(m.Values, strings.TrimSpace(strings.ReplaceAll(kept, "\x00", ",")))
	}
	return []filterMatch{m}, nil
}

// value reads one value. What cannot be an id is none that exists.
func (f *filter) value(w string) ([]any, error) {
	switch f.form {
	case id:
		if n := tenon.ParseID(w); n != 0 {
			return []any{n}, nil
		}
		return nil, nil
	case flag:
		switch strings.ToLower(w) {
		case "true", "1":
			return []any{true}, nil
		case "false", "0":
			return []any{false}, nil
		}
		return nil, f.bad("true or false")
	}
	return []any{w}, nil
}

func (f *filter) bad(want string) error {
	return fail(http.StatusUnprocessableEntity, "filter["+f.name+"]", "The filter "+f.name+" must be "+want+".")
}

// readSpan reads "from,to", where * is open. One value alone is its first.
func (f *filter) readSpan(s string) ([]filterMatch, error) {
	from, to, two := strings.Cut(s, ",")
	m := filterMatch{Field: f.column}
	var err error
	if m.From, err = f.edge(from, false); err != nil {
		return nil, err
	}
	if !two {
		to = from
	}
	m.To, err = f.edge(to, true)
	return []filterMatch{m}, err
}

// edge reads one end of a range. A day alone begins, or ends, that day.
func (f *filter) edge(s string, end bool) (any, error) {
	s = strings.TrimSpace(s)
	if s == "*" || s == "" {
		return nil, nil
	}
	switch f.form {
	case id:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, nil
		}
		return nil, f.bad("a range of numbers such as 2,10 or 2,*")
	case date:
		if day, ok := dayIn(s); ok {
			return day, nil
		}
		return nil, f.bad("a range of dates such as 2026-01-01,2026-12-31 or *,2026-12-31")
	}
	t, err := parseMoment(s, end)
	if err != nil {
		return nil, f.bad("a range of times such as 2026-01-01T00:00:00.000Z,* or *,2026-01-31")
	}
	if end && t.Equal(t.Truncate(time.Millisecond)) {
		t = t.Add(time.Millisecond - time.Microsecond) // as we write them: what is in it is not shown
	}
	return t, nil
}

// dayIn is the day that a date, or a time, names where it is: an offset behind
// it does not make it another.
func dayIn(s string) (day string, ok bool) {
	s = strings.TrimSpace(s)
	if _, err := parseMoment(s, false); err != nil {
		return "", false
	}
	if at := strings.IndexAny(s, " T"); at >= 0 {
		s = s[:at]
	}
	t, err := time.Parse(dateLoose, s)
	return t.Format(time.DateOnly), err == nil
}

// dateLoose is a date whose month and day may be of one digit: 2018-2-1.
const dateLoose = "2006-1-2"

// parseMoment reads a time in any of the spellings that clients send.
func parseMoment(s string, end bool) (time.Time, error) {
	s = strings.TrimSpace(s)
	// A plus that was not encoded is a blank in an address.
	if n := len(s) - len(" 02:00"); n > len(time.DateOnly) && s[n] == ' ' && s[n+3] == ':' && strings.ContainsRune(s[:n], ':') {
		s = s[:n] + "+" + s[n+1:]
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 0 && t.Year() < 10000 {
			return t.UTC(), nil
		}
	}
	t, err := time.Parse(dateLoose, s)
	if err == nil && end {
		t = t.AddDate(0, 0, 1).Add(-time.Microsecond)
	}
	return t, err
}

// base is the address that the client used for this API, without the slash.
func (r *request) base() string {
	scheme := "http"
	if httpkit.InfoOf(r.Context()).Secure {
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.prefix
}

// pageLink is the address of another page of the same list, with everything
// that was asked for, wherever it stood.
func (r *request) pageLink(number int64) string {
	q := url.Values{}
	for name, value := range r.params {
		q.Set(name, value)
	}
	_, size := r.params.page()
	q.Set("page[number]", strconv.FormatInt(number, 10))
	q.Set("page[size]", strconv.FormatInt(size, 10))
	return r.base() + "/" + strings.Trim(r.URL.Path, "/") + "?" + q.Encode()
}
