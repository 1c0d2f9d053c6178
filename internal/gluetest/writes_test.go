package gluetest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// walkNested asks for the same under the parent: list, one, and all that may be done there.
func (w *world) walkNested(e *entry, base string) {
	w.t.Helper()
	address := "/" + e.nested + "/" + w.sample(e.nested) + "/relationships/" + e.path
	list := w.read(address + "?page[size]=1000&" + base)
	id := w.ids[e.path][0]
	if !slices.Contains(strings.Split(list.ids(), ","), id) {
		w.t.Errorf("%s has %s, and not %s", list.what, list.ids(), id)
	}
	for _, row := range list.rows() {
		checkObject(w.t, e, row, false)
	}
	w.read(address+"/"+id).has("data.id", id)
	w.ask("GET", "/"+e.nested+"/4000000000000/relationships/"+e.path+"?"+base, "").want(404)
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
			if r.status != 200 {
				w.t.Errorf("%s: got %d: %s", r.what, r.status, r.body)
				continue
			}
			w.kept = append(w.kept, kept{r.what, r.body})
			r.has("data.0.id", one).has("data.0.attributes."+change, want)
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
		at := slices.IndexFunc(name.rows(), func(row map[string]any) bool { return row["id"] == id })
		filter = "filter[name]=" + url.QueryEscape(name.text("data."+digits(at)+".attributes.name"))
	}
	value, want := w.changed(change)
	sent := body(e.path, map[string]any{change: value})
	r := w.ask("PATCH", address+"?"+filter, sent)
	if r.status != 200 || r.text("data.0.id") != id || r.text("data.0.attributes."+change) != want {
		w.t.Errorf("%s: got %d: %s", r.what, r.status, r.body)
	}
	w.ask("PATCH", address, sent).want(422)
	w.ask("PATCH", address+"?filter[nothing-that-is-known]=1", sent).want(422)
	w.ask("PATCH", address+"?"+filter+"&filter[nothing-that-is-known]=1", sent).want(422)
}

// changed is another value for an attribute, and how it is answered.
func (w *world) changed(attr string) (any, string) {
	w.next++
	if attr == "archived" {
		return w.next%2 == 0, asText(w.next%2 == 0)
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
	if r.status != 200 {
		w.t.Errorf("%s: got %d: %s", r.what, r.status, r.body)
		return
	}
	w.kept = append(w.kept, kept{r.what, r.body})
	r.has("data.id", id).has("data.attributes."+change, want)
	data, _ := r.at("data").(map[string]any)
	checkObject(w.t, e, data, false)
	echo := w.ask("PATCH", address+"/"+id, wrap(data))
	if echo.status != 200 {
		w.t.Errorf("%s with what it answered: got %d: %s", echo.what, echo.status, echo.body)
	}
}

func (w *world) bulkCreate(e *entry, address string) {
	w.t.Helper()
	w.next += 2
	r := w.ask("POST", address, wrap([]any{object(e.path, e.make(w, w.next-1)), object(kebab(e.path), e.make(w, w.next))}))
	if r.status != 201 || len(r.rows()) != 2 {
		w.t.Errorf("%s with two: got %d: %s", r.what, r.status, r.body)
		return
	}
	w.kept = append(w.kept, kept{r.what, r.body})
}

// destroy deletes several in the three ways in which clients say which, and
// none where they say nothing.
func (w *world) destroy(e *entry, address string) {
	w.t.Helper()
	a, b, c := w.more(e, address), w.more(e, address), w.more(e, address)
	w.gone(e, address, a, w.ask("DELETE", address, wrap([]any{object(e.path, map[string]any{"id": json.Number(a)})})), "data.0.id")
	w.gone(e, address, b, w.ask("DELETE", address, wrap([]any{map[string]any{"type": e.path, "id": b}})), "data.0.id")
	w.gone(e, address, c, w.ask("DELETE", address+"?filter[id]="+c, ""), "data.0.id")
	before := w.ask("GET", address+"?"+w.fill(e.base), "").text("meta.total-count")
	w.ask("DELETE", address, "").want(422)
	w.ask("DELETE", address+"?filter[nothing-that-is-known]=1", "").want(422)
	w.ask("GET", address+"?"+w.fill(e.base), "").has("meta.total-count", before)
}

// gone checks that a destroy answered what it destroyed, and that it is away.
func (w *world) gone(e *entry, address, id string, r reply, at string) {
	w.t.Helper()
	if r.status != 200 {
		w.t.Errorf("%s: got %d: %s", r.what, r.status, r.body)
		return
	}
	w.kept = append(w.kept, kept{r.what, r.body})
	r.has(at, id)
	if strings.Contains(e.verbs, "G") {
		w.ask("GET", address+"/"+id, "").want(404)
	}
}
