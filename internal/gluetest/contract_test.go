package gluetest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenonhq/tenon/internal/replytest"
)

// TestContract walks through the reference.
func TestContract(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		w := &world{site: s, ids: map[string][]string{}}
		w.furnish()
		for i := range reference {
			e := &reference[i]
			t.Run(e.path, func(t *testing.T) {
				outer := s.t
				s.t = t
				defer func() { s.t = outer }()
				w.walk(e)
			})
		}
		s.validate()
	})
}

// validate shows all answers so far to a validator of JSON:API.
func (s *site) validate() {
	s.t.Helper()
	in, err := json.Marshal(s.kept)
	s.must(err)
	cmd := exec.Command("node", "validate.mjs")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if want := digits(len(s.kept)) + " answers are JSON:API"; err != nil || strings.TrimSpace(string(out)) != want {
		s.t.Errorf("the validator says (%v): %s", err, out)
	}
}

func (w *world) walk(e *entry) {
	address := w.address(e)
	base := w.fill(e.base)
	whole := w.read(address + "?page[size]=1000&" + base)
	rows := whole.Rows()
	if len(rows) < 2 {
		w.t.Fatalf("%s: %d records", whole.What, len(rows))
	}
	for _, row := range rows {
		checkObject(w.t, e, row, false)
	}
	if len(w.ids[e.path]) == 0 {
		w.ids[e.path] = strings.Split(whole.IDs(), ",")
	}
	sample := rows[slices.IndexFunc(rows, func(row map[string]any) bool { return row["id"] == w.ids[e.path][0] })]
	if strings.Contains(e.verbs, "G") {
		one := w.read(address + "/" + w.ids[e.path][0])
		sample, _ = one.At("data").(map[string]any)
		w.ask("GET", address+"/4000000000000", "").Want(404).Has("errors.0.status", "404")
	}
	checkObject(w.t, e, sample, true)
	related, _ := sample["relationships"].(map[string]any)
	for name := range strings.FieldsSeq(e.related) {
		if _, there := related[name]; !there {
			w.t.Errorf("%s: no relationship %s", e.path, name)
		}
	}
	w.walkPages(address+"?"+base, rows)
	w.walkFilters(e, address+"?"+base, sample)
	w.walkSorts(e, address+"?"+base, len(rows))
	w.walkIncludes(e, address, base)
	if e.nested != "" {
		w.walkNested(e, base)
	}
	w.walkWrites(e, address, e.verbs)
}

// typeEnds are the ends of an attribute in the reference, and what they ask of a value.
var typeEnds = map[string]func(x any) bool{
	"":   isText,
	"#":  func(x any) bool { _, ok := x.(json.Number); return ok },
	"!":  func(x any) bool { _, ok := x.(bool); return ok },
	"@":  func(x any) bool { s, ok := x.(string); return ok && instant.MatchString(s) },
	"%":  func(x any) bool { s, ok := x.(string); return ok && day.MatchString(s) },
	"[]": func(x any) bool { _, ok := x.([]any); return ok },
	"{}": func(x any) bool { _, ok := x.(map[string]any); return ok },
}

func isText(x any) bool { _, ok := x.(string); return ok }

var (
	instant   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	day       = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	kebabs    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	numbers   = regexp.MustCompile(`^[1-9][0-9]*$`)
	attribute = regexp.MustCompile(`^([a-z0-9-]+)(\??)(.*)$`)
)

// checkObject holds a resource object to the reference. A full one has a value
// wherever the reference does not let it be empty.
func checkObject(t *testing.T, e *entry, row map[string]any, full bool) {
	t.Helper()
	id, _ := row["id"].(string)
	if !numbers.MatchString(id) || row["type"] != kebab(e.path) {
		t.Errorf("%s: id %v, type %v", e.path, row["id"], row["type"])
	}
	attrs, _ := row["attributes"].(map[string]any)
	for word := range strings.FieldsSeq(e.attrs) {
		m := attribute.FindStringSubmatch(word)
		x, there := attrs[m[1]]
		switch empty := x == nil; {
		case !there:
			t.Errorf("%s: no attribute %s", e.path, m[1])
		case empty && (m[2] != "" || !full):
		case !typeEnds[m[3]](x):
			t.Errorf("%s: %s is %s, and should be %q", e.path, m[1], replytest.Text(x), word)
		}
	}
	for name, x := range attrs {
		if !kebabs.MatchString(name) {
			t.Errorf("%s: the attribute %s is not in kebab-case", e.path, name)
		}
		if _, number := x.(json.Number); strings.HasSuffix(name, "-id") && x != nil && !number {
			t.Errorf("%s: %s is %s and no number", e.path, name, replytest.Text(x))
		}
	}
}

// walkPages turns the pages of a list one record at a time, at least three.
func (w *world) walkPages(address string, rows []map[string]any) {
	w.t.Helper()
	total := len(rows)
	for n := 1; n <= min(total, 5); n++ {
		r := w.read(address + "&page[size]=1&page[number]=" + digits(n))
		if len(r.Rows()) != 1 || r.Rows()[0]["id"] != rows[n-1]["id"] {
			w.t.Errorf("%s: page %d has %s", r.What, n, r.IDs())
		}
		if r.At("meta.current-page") != json.Number(digits(n)) || r.At("meta.total-pages") == nil || r.At("meta.total-count") == nil || r.At("meta.filters") == nil {
			w.t.Errorf("%s: meta is %s", r.What, replytest.Text(r.At("meta")))
		}
	}
	last := w.read(address + "&page[size]=1000")
	if m, _ := last.At("meta").(map[string]any); m == nil || m["next-page"] != nil || m["prev-page"] != nil {
		w.t.Errorf("%s: meta of the only page is %s", last.What, replytest.Text(last.At("meta")))
	}
}

// probe is a filter with a value that finds the sample and one that does not.
type probe struct{ name, hit, miss string }

func (e *entry) probe(word string, sample map[string]any) probe {
	attrs, _ := sample["attributes"].(map[string]any)
	name, value, given := strings.Cut(word, "=")
	name, mode, _ := strings.Cut(name, ":")
	inner := name
	if _, rest, nested := strings.Cut(name, "["); nested {
		inner = strings.TrimSuffix(rest, "]")
	}
	own := replytest.Text(attrs[kebab(inner)])
	if inner == "id" {
		own = replytest.Text(sample["id"])
	}
	switch {
	case mode == "-":
		return probe{name, "", "4711"}
	case given:
		hit, miss, _ := strings.Cut(value, "/")
		return probe{name, hit, miss}
	case mode == "self":
		return probe{name, own, "2001-01-01"}
	case instant.MatchString(own) || day.MatchString(own):
		return probe{name, "2020-01-01,*", "*,2020-01-01"}
	case own == "true":
		return probe{name, "1", "false"}
	case own == "false":
		return probe{name, "false", "1"}
	case numbers.MatchString(own):
		return probe{name, own, "4000000000000"}
	}
	return probe{name, own, "nothing-like-it"}
}

// param spells a filter: raw and in snake, or encoded and in kebab.
func (p probe) param(kebabs bool, value string) string {
	if outer, inner, nested := strings.Cut(p.name, "["); nested {
		p.name = outer + "][" + strings.TrimSuffix(inner, "]")
	}
	if kebabs {
		return url.QueryEscape("filter["+kebab(p.name)+"]") + "=" + url.QueryEscape(value)
	}
	return "filter[" + snake(p.name) + "]=" + strings.ReplaceAll(url.QueryEscape(value), "%2C", ",")
}

func (w *world) walkFilters(e *entry, address string, sample map[string]any) {
	w.t.Helper()
	id := replytest.Text(sample["id"])
	for word := range strings.FieldsSeq(e.filters) {
		p := e.probe(word, sample)
		for _, encoded := range []bool{false, true} {
			// The filter that a list needs is asked for alone.
			at := address
			if e.base != "" && strings.HasPrefix(e.base, "filter["+kebab(p.name)+"]") {
				at, _, _ = strings.Cut(address, "?")
				at += "?"
			}
			excludes := strings.HasPrefix(p.name, "exclude")
			if p.hit != "" {
				r := w.read(at + "&page[size]=1000&" + p.param(encoded, p.hit))
				if found := slices.Contains(strings.Split(r.IDs(), ","), id); found == excludes {
					w.t.Errorf("%s: finds the sample: %t", r.What, found)
				}
			}
			r := w.read(at + "&page[size]=1000&" + p.param(encoded, p.miss))
			if found := slices.Contains(strings.Split(r.IDs(), ","), id); found != excludes {
				w.t.Errorf("%s: finds the sample: %t", r.What, found)
			}
		}
	}
}

func (w *world) walkSorts(e *entry, address string, total int) {
	w.t.Helper()
	for name := range strings.FieldsSeq(e.sorts) {
		for i, spelled := range []string{name, "-" + name, kebab(name), "-" + kebab(name)} {
			r := w.read(address + "&page[size]=1000&sort=" + spelled)
			rows := r.Rows()
			if i == 1 || i == 3 {
				slices.Reverse(rows)
			}
			if len(rows) < min(total, 1000) {
				w.t.Errorf("%s: %d of %d records", r.What, len(rows), total)
			}
			if !slices.IsSortedFunc(rows, func(a, b map[string]any) int { return compare(sortKey(a, name), sortKey(b, name)) }) {
				w.t.Errorf("%s is not sorted", r.What)
			}
		}
	}
}

func sortKey(row map[string]any, name string) string {
	if name == "id" {
		return replytest.Text(row["id"])
	}
	attrs, _ := row["attributes"].(map[string]any)
	return strings.ToLower(replytest.Text(attrs[kebab(name)]))
}

// compare orders numbers by their size. What is empty may stand at either end,
// and what is not of plain letters is the database's to order.
func compare(a, b string) int {
	if numbers.MatchString(a) && numbers.MatchString(b) && len(a) != len(b) {
		return len(a) - len(b)
	}
	if a == "" || b == "" || !plain.MatchString(a+b) {
		return 0
	}
	return strings.Compare(a, b)
}

var plain = regexp.MustCompile(`^[a-z0-9:.\-]+$`)

func (w *world) walkIncludes(e *entry, address, base string) {
	w.t.Helper()
	names := strings.Fields(e.includes)
	if len(names) == 0 {
		return
	}
	for _, spelled := range []string{strings.Join(names, ","), kebab(strings.Join(names, "%2C"))} {
		asked := []reply{w.read(address + "?" + base + "&include=" + spelled)}
		if strings.Contains(e.verbs, "G") {
			asked = append(asked, w.read(address+"/"+w.ids[e.path][0]+"?include="+spelled))
		}
		for i, r := range asked {
			at := []string{"data.0.relationships.", "data.relationships."}[i]
			for _, name := range names {
				if _, ok := r.At(at + kebab(name) + ".data").([]any); !ok {
					w.t.Errorf("%s: nothing at %s", r.What, kebab(name))
				}
			}
			if _, ok := r.At("included").([]any); !ok {
				w.t.Errorf("%s: nothing is included", r.What)
			}
		}
	}
}
