package gluetest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/tenonhq/tenon/internal/replytest"
)

// walkNested asks for the same under the parent: list, one, and all that may be done there.
func (w *world) walkNested(e *entry, base string) {
	w.t.Helper()
	address := "/" + e.nested + "/" + w.sample(e.nested) + "/relationships/" + e.path
	list := w.read(address + "?page[size]=1000&" + base)
	id := w.ids[e.path][0]
	if !slices.Contains(strings.Split(list.IDs(), ","), id) {
		w.t.Errorf("%s has %s, and not %s", list.What, list.IDs(), id)
	}
	for _, row := range list.Rows() {
		checkObject(w.t, e, row, false)
	}
	w.read(address+"/"+id).Has("data.id", id)
	w.ask("GET", "/"+e.nested+"/4000000000000/relationships/"+e.path+"?"+base, "").Want(404)
	w.walkWrites(e, address, e.under)
}

// walkWrites does all that the verbs say, with records made for it.
func (w *world) walkWrites(e *entry, address, verbs string) {
	w.t.Helper()
	can := func(verb string) bool { return strings.Contains(verbs, verb) }
	if can("C") && strings.Contains("configurations contacts configuration_interfaces flexible_assets flexible_asset_fields passwords", e.path) {
		w.bulkCreate(e, address)
	}
	change := e.change
	if change == "" {
		change = "name"
	}
	one := w.ids[e.path][len(w.ids[e.path])-1]
	if e.makes() {
		one = w.more(e, address)
	}
	if can("U") {
		w.update(e, address, one, change)
	}
	if can("M") {
		value, want := w.changed(change)
		for _, item := range []map[string]any{
			object(e.path, map[string]any{"id": json.Number(one), change: value}),
			{"type": kebab(e.path), "id": one, "attributes": map[string]any{snake(change): value}},
		} {
			r := w.ask("PATCH", address, wrap([]any{item}))
			if r.Status != 200 {
				w.t.Errorf("%s: got %d: %s", r.What, r.Status, r.Body)
				continue
			}
			w.kept = append(w.kept, kept{r.What, r.Body})
			r.Has("data.0.id", one).Has("data.0.attributes."+change, want)
		}
		w.updateFiltered(e, address, one, change)
	}
	if can("D") {
		if e.makes() {
			one = w.more(e, address)
		}
		w.gone(e, address, one, w.ask("DELETE", address+"/"+one, ""), "data.id")
	}
	if can("X") && e.makes() {
		w.destroy(e, address)
	}
}

// updateFiltered changes what a filter finds, and nothing where there is no
// filter, or none that is known: it would be everything.
func (w *world) updateFiltered(e *entry, address, id, change string) {
	w.t.Helper()
	filter := "filter[id]=" + id
	if !slices.Contains(strings.Fields(e.filters), "id") {
		name := w.ask("GET", address+"?page[size]=1000&"+w.fill(e.base), "")
		at := slices.IndexFunc(name.Rows(), func(row map[string]any) bool { return row["id"] == id })
		filter = "filter[name]=" + url.QueryEscape(name.Text("data."+digits(at)+".attributes.name"))
	}
	value, want := w.changed(change)
	sent := body(e.path, map[string]any{change: value})
	r := w.ask("PATCH", address+"?"+filter, sent)
	if r.Status != 200 || r.Text("data.0.id") != id || r.Text("data.0.attributes."+change) != want {
		w.t.Errorf("%s: got %d: %s", r.What, r.Status, r.Body)
	}
	w.ask("PATCH", address, sent).Want(422)
	w.ask("PATCH", address+"?filter[nothing-that-is-known]=1", sent).Want(422)
	w.ask("PATCH", address+"?"+filter+"&filter[nothing-that-is-known]=1", sent).Want(422)
}

// changed is another value for an attribute, and how it is answered.
func (w *world) changed(attr string) (any, string) {
	w.next++
	if attr == "archived" {
		return w.next%2 == 0, replytest.Text(w.next%2 == 0)
	}
	s := "Changed " + digits(w.next)
	return s, s
}

// update changes one attribute, and sends back all that was answered, as clients do.
func (w *world) update(e *entry, address, id, change string) {
	w.t.Helper()
	value, want := w.changed(change)
	attrs := map[string]any{change: value}
	r := w.ask("PATCH", address+"/"+id, body(e.path, attrs))
	if r.Status != 200 {
		w.t.Errorf("%s: got %d: %s", r.What, r.Status, r.Body)
		return
	}
	w.kept = append(w.kept, kept{r.What, r.Body})
	r.Has("data.id", id).Has("data.attributes."+change, want)
	data, _ := r.At("data").(map[string]any)
	checkObject(w.t, e, data, false)
	echo := w.ask("PATCH", address+"/"+id, wrap(data))
	if echo.Status != 200 {
		w.t.Errorf("%s with what it answered: got %d: %s", echo.What, echo.Status, echo.Body)
	}
}

func (w *world) bulkCreate(e *entry, address string) {
	w.t.Helper()
	w.next += 2
	r := w.ask("POST", address, wrap([]any{object(e.path, e.make(w, w.next-1)), object(kebab(e.path), e.make(w, w.next))}))
	if r.Status != 201 || len(r.Rows()) != 2 {
		w.t.Errorf("%s with two: got %d: %s", r.What, r.Status, r.Body)
		return
	}
	w.kept = append(w.kept, kept{r.What, r.Body})
}

// destroy deletes several in the three ways in which clients say which, and
// none where they say nothing.
func (w *world) destroy(e *entry, address string) {
	w.t.Helper()
	a, b, c := w.more(e, address), w.more(e, address), w.more(e, address)
	w.gone(e, address, a, w.ask("DELETE", address, wrap([]any{object(e.path, map[string]any{"id": json.Number(a)})})), "data.0.id")
	w.gone(e, address, b, w.ask("DELETE", address, wrap([]any{map[string]any{"type": e.path, "id": b}})), "data.0.id")
	w.gone(e, address, c, w.ask("DELETE", address+"?filter[id]="+c, ""), "data.0.id")
	before := w.ask("GET", address+"?"+w.fill(e.base), "").Text("meta.total-count")
	w.ask("DELETE", address, "").Want(422)
	w.ask("DELETE", address+"?filter[nothing-that-is-known]=1", "").Want(422)
	w.ask("GET", address+"?"+w.fill(e.base), "").Has("meta.total-count", before)
}

// gone checks that a destroy answered what it destroyed, and that it is away.
func (w *world) gone(e *entry, address, id string, r reply, at string) {
	w.t.Helper()
	if r.Status != 200 {
		w.t.Errorf("%s: got %d: %s", r.What, r.Status, r.Body)
		return
	}
	w.kept = append(w.kept, kept{r.What, r.Body})
	r.Has(at, id)
	if strings.Contains(e.verbs, "G") {
		w.ask("GET", address+"/"+id, "").Want(404)
	}
}
