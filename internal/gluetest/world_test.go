package gluetest

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// world is a site with at least two records of everything in the reference.
type world struct {
	*site
	ids  map[string][]string // ids by the path of their resource; the first is the sample
	next int
}

func digits(n int) string { return strconv.Itoa(n) }

func kebab(s string) string { return strings.ReplaceAll(s, "_", "-") }
func snake(s string) string { return strings.ReplaceAll(s, "-", "_") }

// named makes records that have nothing but a name.
func named(word string) func(*world, int) map[string]any {
	return func(_ *world, n int) map[string]any { return map[string]any{"name": word + " " + digits(n)} }
}

// with makes attributes: texts that say what they are, and references, given
// as the attribute and the path of what it names.
func (w *world) with(n int, texts string, refs ...string) map[string]any {
	m := map[string]any{}
	for name := range strings.FieldsSeq(texts) {
		m[name] = name + " " + digits(n)
	}
	for _, ref := range refs {
		name, path, _ := strings.Cut(ref, " ")
		m[name] = json.Number(w.sample(path))
	}
	return m
}

func (w *world) sample(path string) string {
	w.t.Helper()
	if len(w.ids[path]) == 0 {
		w.t.Fatalf("there are no %s yet", path)
	}
	return w.ids[path][0]
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// fill puts the ids of samples in the place of {path}.
func (w *world) fill(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string { return w.sample(strings.Trim(m, "{}")) })
}

// address is that of the resource's list.
func (w *world) address(e *entry) string {
	if e.at == "" {
		return "/" + e.path
	}
	return "/" + w.fill(e.at)
}

// more makes one more record at an address and returns its id.
func (w *world) more(e *entry, address string) string {
	w.t.Helper()
	w.next++
	if e.path == "checklists" { // which this API does not create
		w.item(e.path, tenon.Checklist, tenon.Values{"name": "List " + digits(w.next)})
		return w.ids[e.path][len(w.ids[e.path])-1]
	}
	made := w.ask("POST", address, body(e.path, e.make(w, w.next)))
	if made.Status != 201 {
		w.t.Fatalf("%s: got %d: %s", made.What, made.Status, made.Body)
	}
	w.kept = append(w.kept, kept{made.What, made.Body})
	return made.Text("data.id")
}

// makes tells whether more makes records of this sort.
func (e *entry) makes() bool { return e.make != nil || e.path == "checklists" }

// furnish makes two of everything that this API creates, and beside it what it
// only shows.
func (w *world) furnish() {
	w.t.Helper()
	for i := range reference {
		e := &reference[i]
		switch e.path {
		case "countries", "platforms":
			w.lookup(e.path, "")
		case "regions":
			w.lookup(e.path, "countries")
		case "operating_systems":
			w.lookup(e.path, "platforms")
		case "domains":
			w.item(e.path, tenon.Domain, tenon.Values{"name": "quay.example", "registrar_name": "Registrar", "notes": "n", "expires_on": "2030-02-03"},
				tenon.Values{"name": "lock.example"})
		case "checklists":
			w.item(e.path, tenon.Checklist, tenon.Values{"name": "Opening"}, tenon.Values{"name": "Closing"})
		}
		if e.make != nil {
			for w.next = 0; w.next < 2; {
				w.ids[e.path] = append(w.ids[e.path], w.more(e, w.address(e)))
			}
		}
	}
	w.next = 10
}

func (w *world) lookup(list, above string) {
	w.t.Helper()
	for n := 1; n <= 2; n++ {
		name, code := "Named "+list+" "+digits(n), "X"+digits(n)
		in := core.LookupChange{Name: &name, Code: &code}
		if above != "" {
			up := tenon.LookupID(tenon.ParseID(w.sample(above)))
			in.Parent = &up
		}
		l, err := w.App.Core.CreateLookup(context.Background(), w.Root, list, in)
		w.must(err)
		w.ids[list] = append(w.ids[list], l.ID.String())
	}
}

func (w *world) item(path string, kind tenon.Kind, all ...tenon.Values) {
	w.t.Helper()
	for _, values := range all {
		i := w.Item(w.t, kind, tenon.OrgID(tenon.ParseID(w.sample("organizations"))), values)
		w.ids[path] = append(w.ids[path], i.ID.String())
	}
}
