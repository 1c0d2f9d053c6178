package itglue

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// source is what stands behind a resource: it knows our records, and nothing
// of how they are asked for and answered.
type source interface {
	// list returns a slice of the records, and how many there are in all.
	list(r *request, q store.Slice) ([]record, int64, error)
	// get returns the records of these ids, in their order; an error where one
	// of them is not there, or the viewer may not know of it.
	get(r *request, ids []int64) ([]record, error)
	// create, update and remove do what they say with all of them or with none.
	create(r *request, in []change) ([]int64, error)
	update(r *request, in []change) error
	remove(r *request, ids []int64) error
}

// maker is a source that gives back what it made without reading it again.
type maker interface {
	make(r *request, in []change) ([]record, error)
}

// together returns the records of several ids as a slice of the list, in the
// order of the ids. absent is the place of the first that is not in it, -1 for none.
func together(r *request, src source, ids []int64) (out []record, absent int, err error) {
	m := store.Match{Field: "id", Values: make([]any, len(ids))}
	for i, n := range ids {
		m.Values[i] = n
	}
	found, _, err := src.list(r, store.Slice{Match: []store.Match{m}, Limit: int64(len(ids)) + 1})
	if err != nil {
		return nil, -1, err
	}
	byID := make(map[int64]int, len(found))
	for i := range found {
		byID[found[i].id] = i
	}
	out = make([]record, len(ids))
	for i, n := range ids {
		at, there := byID[n]
		if !there {
			return nil, i, nil
		}
		out[i] = found[at]
	}
	return out, -1, nil
}

// create makes records and returns them.
func (r *request) create(src source, in []change) ([]record, error) {
	if m, ok := src.(maker); ok {
		r.fresh = true
		return m.make(r, in)
	}
	ids, err := src.create(r, in)
	if err != nil {
		return nil, err
	}
	return src.get(r, ids)
}

// listRecords answers a list.
func (r *request) listRecords(res *resource, under []store.Match) (answer, error) {
	if res.standing != nil {
		under = append(under, res.standing(r)...)
	}
	match, _, err := r.matches(res)
	if err != nil {
		return answer{}, err
	}
	if res.required != "" && r.params["filter["+res.required+"]"] == "" {
		return answer{}, fail(http.StatusUnprocessableEntity, "filter["+kebab(res.required)+"]", "The filter "+kebab(res.required)+" is required.")
	}
	number, size := r.params.page()
	if res.pages > 0 && number > res.pages {
		return answer{}, fail(http.StatusBadRequest, "page[number]", "This list gives out "+strconv.FormatInt(res.pages, 10)+" pages. Walk on with filter[created_at].")
	}
	q := store.Slice{Match: append(under, match...), Sort: r.params.sort(res), Skip: (number - 1) * size, Limit: size}
	found, total, err := res.src.list(r, q)
	if err != nil {
		return answer{}, err
	}
	return r.many(res, found, number, size, total, http.StatusOK)
}

// many answers records as a list.
func (r *request) many(res *resource, found []record, number, size, total int64, status int) (answer, error) {
	v, err := newView(r, res, found)
	if err == nil {
		err = v.include(found)
	}
	if err != nil {
		return answer{}, err
	}
	data := make([]members, len(found))
	for i := range found {
		data[i] = v.object(&found[i])
	}
	pages := max(1, (total+size-1)/size)
	if res.pages > 0 {
		pages = min(pages, res.pages)
	}
	meta := members{{"current-page", number}, {"next-page", nil}, {"prev-page", nil}, {"total-pages", pages}, {"total-count", total}, {"filters", members{}}}
	if number < pages {
		meta[1].value = number + 1
	}
	if number > 1 {
		meta[2].value = min(number-1, pages)
	}
	links := members{}
	if r.Method == http.MethodGet && pages > 1 {
		links = r.links(number, pages)
	}
	body := members{{"data", data}, {"meta", meta}, {"links", links}}
	if r.params["include"] != "" {
		body = append(body, member{"included", some(v.included)})
	}
	return answer{status: status, body: body}, nil
}

func (r *request) links(number, pages int64) members {
	links := members{{"self", r.pageLink(number)}, {"first", r.pageLink(1)}}
	if number > 1 {
		links = append(links, member{"prev", r.pageLink(min(number-1, pages))})
	}
	if number < pages {
		links = append(links, member{"next", r.pageLink(number + 1)})
	}
	return append(links, member{"last", r.pageLink(pages)})
}

// one answers a single record.
func (r *request) one(res *resource, rec record, status int) (answer, error) {
	of := []record{rec}
	v, err := loadView(r, res, of, true)
	if err == nil {
		err = v.include(of)
	}
	if err != nil {
		return answer{}, err
	}
	body := members{{"data", v.object(&of[0])}}
	if r.params["include"] != "" {
		body = append(body, member{"included", some(v.included)})
	}
	return answer{status: status, body: body}, nil
}

func some(l []members) []members {
	if l == nil {
		return []members{}
	}
	return l
}

// whole answers records that a change came to: a list where a list was sent.
func (r *request) whole(res *resource, found []record, list bool, status int) (answer, error) {
	if !list && len(found) == 1 {
		return r.one(res, found[0], status)
	}
	n := int64(len(found))
	return r.many(res, found, 1, max(n, 1), n, status)
}

// getRecord answers one record.
func (r *request) getRecord(res *resource, under []store.Match) (answer, error) {
	found, err := r.named(res, under)
	if err == nil && res.versioned {
		found, err = r.asVersion(found)
	}
	if err != nil {
		return answer{}, err
	}
	return r.one(res, found, http.StatusOK)
}

// named returns the record that the path names, and makes sure that it is
// under what the path says.
func (r *request) named(res *resource, under []store.Match) (record, error) {
	n, err := r.pathID("id", res.label)
	if err != nil {
		return record{}, err
	}
	found, err := res.src.get(r, []int64{n})
	if err == nil && len(under) > 0 {
		var total int64
		under = append(under, store.Match{Field: "id", Values: []any{n}})
		if _, total, err = res.src.list(r, store.Slice{Match: under, Limit: 1}); err == nil && total == 0 {
			err = missing(res, n)
		}
	}
	if err != nil {
		return record{}, err
	}
	return found[0], nil
}

// pathID reads an id in the address. What cannot be one is none that exists.
func (r *request) pathID(name, label string) (int64, error) {
	n := tenon.ParseID(r.PathValue(name))
	if n == 0 {
		return 0, fail(http.StatusNotFound, "", "There is no "+lower(label)+" "+strconv.Quote(r.PathValue(name))+".")
	}
	return n, nil
}

func missing(res *resource, n int64) error {
	return tenon.Errorf(tenon.NotFound, "There is no %s %d.", lower(res.label), n)
}

// createRecords makes one record, or several.
func (r *request) createRecords(res *resource, parentID int64) (answer, error) {
	d, err := readDocument(r.body)
	if err != nil {
		return answer{}, err
	}
	if len(d.data) == 0 {
		return answer{}, fail(http.StatusBadRequest, "/data", "param is missing or the value is empty: data")
	}
	for i := range d.data {
		d.data[i].id, d.data[i].parent = 0, parentID // an id is an echo
		if err := res.checkRequired(d.data[i], nil); err != nil {
			return answer{}, inBatch(err, i, len(d.data))
		}
	}
	made, err := r.create(res.src, d.data)
	if err != nil {
		return answer{}, err
	}
	return r.whole(res, made, d.many, http.StatusCreated)
}

// inBatch moves the pointer of a failure to the place in the list.
func inBatch(err error, at, of int) error {
	f, ok := err.(*failure)
	if !ok || of < 2 {
		return err
	}
	return f.inList(at)
}

func (f *failure) inList(at int) *failure {
	moved := *f
	if before, rest, found := strings.Cut(f.pointer, "data/attributes/"); found {
		moved.pointer = before + "data/" + strconv.Itoa(at) + "/attributes/" + rest
	}
	return &moved
}

// updateRecord changes the record that the path names.
func (r *request) updateRecord(res *resource, under []store.Match) (answer, error) {
	was, err := r.named(res, under)
	if err != nil {
		return answer{}, err
	}
	d, err := readDocument(r.body)
	if err != nil {
		return answer{}, err
	}
	in := change{attrs: map[string]any{}}
	switch {
	case len(d.data) == 1:
		in = d.data[0]
	case len(d.data) > 1:
		return answer{}, fail(http.StatusBadRequest, "/data", "This address changes one record; data must be one object.")
	}
	in.id = was.id
	if err := res.checkRequired(in, &was); err != nil {
		return answer{}, err
	}
	if err := res.src.update(r, []change{in}); err != nil {
		return answer{}, err
	}
	return r.again(res, []int64{was.id}, false)
}

func (r *request) again(res *resource, ids []int64, list bool) (answer, error) {
	found, err := res.src.get(r, ids)
	if err != nil {
		return answer{}, err
	}
	return r.whole(res, found, list, http.StatusOK)
}

// updateRecords changes those that the body names by their ids, or all that a
// filter finds.
func (r *request) updateRecords(res *resource, under []store.Match) (answer, error) {
	d, err := readDocument(r.body)
	if err != nil {
		return answer{}, err
	}
	var was []record
	if !d.many && len(d.data) == 1 && d.data[0].id == 0 {
		if was, err = r.filtered(res, under); err != nil {
			return answer{}, err
		}
		same := d.data[0]
		d.data = make([]change, len(was))
		for i := range was {
			d.data[i] = same
			d.data[i].id = was[i].id
		}
	} else if was, err = r.checkNamed(res, d, under); err != nil {
		return answer{}, err
	}
	for i := range d.data {
		if err := res.checkRequired(d.data[i], &was[i]); err != nil {
			return answer{}, inBatch(err, i, len(d.data))
		}
	}
	ids := idsOf(d)
	if err := res.src.update(r, d.data); err != nil {
		return answer{}, err
	}
	return r.again(res, ids, true)
}

func idsOf(d document) []int64 {
	ids := make([]int64, len(d.data))
	for i := range d.data {
		ids[i] = d.data[i].id
	}
	return ids
}

// checkNamed makes sure that a list names records, each once, that are there,
// and returns these.
func (r *request) checkNamed(res *resource, d document, under []store.Match) ([]record, error) {
	if err := eachOnce(res, d); err != nil {
		return nil, err
	}
	ids := idsOf(d)
	found, err := res.src.get(r, ids)
	if err != nil || len(under) == 0 {
		return found, err
	}
	return found, r.allUnder(res, ids, under)
}

// eachOnce makes sure that a body names records, and each of them once.
func eachOnce(res *resource, d document) error {
	if len(d.data) == 0 {
		return noneNamed()
	}
	seen := map[int64]bool{}
	for i := range d.data {
		n := d.data[i].id
		switch {
		case n == 0:
			return fail(http.StatusUnprocessableEntity, "/data/"+strconv.Itoa(i)+"/attributes/id", "id is missing: say which "+lower(res.label)+" is meant.")
		case seen[n]:
			return fail(http.StatusUnprocessableEntity, "/data/"+strconv.Itoa(i)+"/attributes/id", "The id "+strconv.FormatInt(n, 10)+" stands twice.")
		}
		seen[n] = true
	}
	return nil
}

func (r *request) allUnder(res *resource, ids []int64, under []store.Match) error {
	m := store.Match{Field: "id", Values: make([]any, len(ids))}
	for i, n := range ids {
		m.Values[i] = n
	}
	found, _, err := res.src.list(r, store.Slice{Match: append(under, m), Limit: maxPage})
	if err != nil {
		return err
	}
	there := map[int64]bool{}
	for i := range found {
		there[found[i].id] = true
	}
	for _, n := range ids {
		if !there[n] {
			return missing(res, n)
		}
	}
	return nil
}

func noneNamed() error {
	return fail(http.StatusUnprocessableEntity, "/data", "Name the records, by their ids in data or by a filter. Nothing was changed.")
}

// filtered returns the records that the filters of a request find: those that a
// list with them shows. None at all, one that this resource does not know, or
// none that leaves out anything is refused: it would mean everything.
func (r *request) filtered(res *resource, under []store.Match) ([]record, error) {
	if res.standing != nil {
		under = append(under, res.standing(r)...)
	}
	match, narrows, err := r.matches(res)
	if err != nil {
		return nil, err
	}
	if !narrows || r.unknownFilter(res) {
		return nil, noneNamed()
	}
	found, total, err := res.src.list(r, store.Slice{Match: append(under, match...), Limit: core.MaxBatch})
	if err != nil {
		return nil, err
	}
	if total > core.MaxBatch {
		return nil, tenon.Errorf(tenon.TooLarge, "The filter finds %d records, and one request changes %d at most. Nothing was changed.", total, core.MaxBatch)
	}
	return found, nil
}

// unknownFilter tells whether a filter was sent that means nothing here. A
// list shows more then; a change must not.
func (r *request) unknownFilter(res *resource) bool {
	for name, value := range r.params {
		if strings.HasPrefix(name, "filter[") && value != "" && !slices.ContainsFunc(res.filters, func(f filter) bool {
			return name == f.param() || name == "filter[range]["+f.name+"]"
		}) {
			return true
		}
	}
	return false
}

// removeRecord deletes the record that the path names, and answers it.
func (r *request) removeRecord(res *resource, under []store.Match) (answer, error) {
	was, err := r.named(res, under)
	if err != nil {
		return answer{}, err
	}
	a, err := r.one(res, was, http.StatusOK)
	if err != nil {
		return answer{}, err
	}
	return a, res.src.remove(r, []int64{was.id})
}

// removeRecords deletes those that the body names, or all that a filter
// finds, and answers them.
func (r *request) removeRecords(res *resource, under []store.Match) (answer, error) {
	d, err := readDocument(r.body)
	if err != nil {
		return answer{}, err
	}
	var found []record
	if len(d.data) > 0 {
		found, err = r.checkNamed(res, d, under)
	} else {
		found, err = r.filtered(res, under)
	}
	if err != nil {
		return answer{}, err
	}
	a, err := r.whole(res, found, true, http.StatusOK)
	if err != nil || len(found) == 0 {
		return a, err
	}
	ids := make([]int64, len(found))
	for i := range found {
		ids[i] = found[i].id
	}
	return a, res.src.remove(r, ids)
}
