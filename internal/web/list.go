package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// pageRows is how many rows a list shows: a page has at most 60 kB, and a row of
// contacts takes one.
const pageRows = 40

// address is that of a list: everything that says what is shown stands in it,
// so that a list can be linked to and comes back as it was.
type address struct {
	path  string
	query url.Values
}

func addressOf(r *http.Request) address {
	q := r.URL.Query()
	for name, values := range q {
		if len(values) == 1 && values[0] == "" {
			delete(q, name) // a field of the filter that was left empty
		}
	}
	for name := range q {
		if id, named := strings.CutSuffix(name, nameSuffix); named && q.Has(id) {
			delete(q, name) // what was typed, and chosen
		}
	}
	return address{path: r.URL.Path, query: q}
}

// with returns the address with other values, "" for without. It begins at the
// first page, for another filter is another list.
func (a address) with(pairs ...string) string {
	q := url.Values{}
	for name, values := range a.query {
		if name != "cursor" && name != "back" && name != "at" && name != "show" {
			q[name] = values
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return join(a.path, q)
}

// keep returns the values that a form of the page carries on, but for those
// that the form asks for itself.
func (a address) keep(but ...string) map[string]string {
	out := map[string]string{}
	for name := range a.query {
		out[name] = a.query.Get(name)
	}
	for _, name := range append(but, "cursor", "back", "at", "show") {
		delete(out, name)
	}
	return out
}

func join(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// column is a sortable column: its link sorts by it, or turns the order round.
func (a address) column(c ui.Column, by, sort string) ui.Column {
	switch sort {
	case by:
		c.Sort, c.Href = "ascending", a.with("sort", "-"+by)
	case "-" + by:
		c.Sort, c.Href = "descending", a.with("sort", by)
	default:
		c.Href = a.with("sort", by)
	}
	return c
}

// maxBack is how many pages back a list remembers; the address would grow
// without end.
const maxBack = 30

// pager leads to the pages before and after. The cursors of the pages before
// stand in the address, because a cursor only leads on. total is -1 where it
// is not known.
func (a address) pager(ctx context.Context, shown int, total int64, next string) ui.Pager {
	at, err := strconv.ParseInt(a.query.Get("at"), 10, 64)
	if err != nil || at < 0 {
		at = 0
	}
	var back []string
	if text := a.query.Get("back"); text != "" {
		back = strings.Split(text, "~")
	}
	p := ui.Pager{Words: pageWords(ctx, at, shown, total), NextText: say.Text(ctx, "Next")}
	if cursor := a.query.Get("cursor"); cursor != "" {
		p.Previous = a.with()
		if n := len(back); n > 0 {
			p.Previous = a.page(back[n-1], back[:n-1], max(0, at-pageRows))
		}
	}
	if next != "" {
		stack := back
		if cursor := a.query.Get("cursor"); cursor != "" {
			stack = append(append([]string{}, back...), cursor)
		}
		if len(stack) > maxBack {
			stack = stack[len(stack)-maxBack:]
		}
		p.Next = a.page(next, stack, at+int64(shown))
	}
	return p
}

func (a address) page(cursor string, back []string, at int64) string {
	return a.with("cursor", cursor, "back", strings.Join(back, "~"), "at", strconv.FormatInt(at, 10))
}

func pageWords(ctx context.Context, at int64, shown int, total int64) string {
	if shown == 0 {
		return ""
	}
	words := ui.Number(at+1) + "–" + ui.Number(at+int64(shown))
	if total >= 0 {
		words += " " + say.Textf(ctx, "of %s", ui.Number(max(total, at+int64(shown))))
	}
	return words
}

// read runs fn on one snapshot: what a page shows belongs together.
func (s *server) read(r *http.Request, fn func(*store.Tx) error) error {
	return s.core.Store().Read(r.Context(), fn)
}
