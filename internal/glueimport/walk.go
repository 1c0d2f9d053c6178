package glueimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/store"
)

const (
	// smaller is how many pages a page is had in that the source has trouble with.
	smaller = 10
	// hopeless is how many records of a list in a row it may have trouble with.
	hopeless = 5
	// inVain is under how many records a list is asked for that was under none.
	inVain = 20
)

// pages walks through a list, from the page that is next. A list that the
// source does not have, or does not give, is a problem and not the end.
func (w *working) pages(ctx context.Context, path string, query url.Values, take func(context.Context, *answer) error) error {
	before := ""
	for {
		a, err := w.from.list(ctx, path, query, w.at.Page+1, w.at.size())
		if broken(err) && (w.at.size() > 1 || w.at.Stuck < hopeless) {
			if err := cmp.Or(w.smaller(ctx, path, err), w.pause(ctx)); err != nil {
				return err
			}
			continue
		}
		if refused(err) {
			return w.refuse(ctx, path, err)
		}
		if err != nil {
			return err
		}
		failpoint.At("copy/page-read")
		w.at.Stuck, w.at.Given = 0, true
		if n := a.once(); n > 0 {
			if err := w.tell(ctx, Problem{Resource: path, Message: fmt.Sprintf("%d records of this list have no id, and did not come.", n)}); err != nil {
				return err
			}
		}
		if a.Unsaid && len(a.Data) > 0 { // it might give the same page for ever
			if before == a.last() {
				return nil
			}
			before = a.last()
		}
		if err := w.takePage(ctx, a, take); err != nil || !a.Next {
			return err
		}
		if err := w.pause(ctx); err != nil {
			return err
		}
	}
}

// takePage takes what is left of a page, part by part.
func (w *working) takePage(ctx context.Context, a *answer, take func(context.Context, *answer) error) error {
	a.Data = w.rest(a.Data)
	for len(a.Data) > 0 {
		part := *a
		part.Data = a.Data[:min(chunkRecords, len(a.Data))]
		a.Data = a.Data[len(part.Data):]
		if err := take(ctx, &part); err != nil {
			return err
		}
		w.at.Last = part.last()
		failpoint.At("copy/chunk-written")
		if err := w.pause(ctx); err != nil && len(a.Data) > 0 {
			return errors.Join(w.e.st.Write(ctx, w.save), err)
		}
	}
	w.at.Page, w.at.Last = w.at.Page+1, ""
	w.at.grow()
	return w.e.st.Write(ctx, w.save)
}

// smaller goes around what the source has trouble with: a page is had in smaller
// ones, and a record alone is left out and named by where it stands.
func (w *working) smaller(ctx context.Context, path string, cause error) error {
	if w.at.size() > 1 {
		w.at.shrink()
		return w.e.st.Write(ctx, w.save)
	}
	at := w.at
	w.at.Page, w.at.Stuck = w.at.Page+1, w.at.Stuck+1
	nth := w.at.Page
	w.at.Counts.Failed++
	w.at.grow()
	err := w.tell(ctx, Problem{Resource: path, Message: fmt.Sprintf("The source does not give record %d of this list: %s.", nth, said(cause))})
	if err != nil {
		w.at = at
	}
	return err
}

// tell notes a problem by itself.
func (w *working) tell(ctx context.Context, p Problem) error {
	at := w.at
	err := w.e.st.Write(ctx, func(tx *store.Tx) error {
		w.at = at
		return w.note(tx, &chunk{Problems: []Problem{p}})
	})
	if err != nil {
		w.at = at
	}
	return err
}

// said is what a refusal says, without its full stop.
func said(err error) string { return strings.TrimSuffix(err.Error(), ".") }

// rest is what is left of a page that an attempt before has left half done. A
// page that has the last record no more, because it is gone there, is taken
// again: its records are found.
func (w *working) rest(page []record) []record {
	if w.at.Last == "" {
		return page
	}
	return page[slices.IndexFunc(page, func(r record) bool { return r.ID == w.at.Last })+1:]
}

// refuse notes that a list cannot be had. Under the records of another
// resource it is counted, and told once.
func (w *working) refuse(ctx context.Context, path string, cause error) error {
	if w.at.Under {
		w.at.Denied++
		w.at.Denial = cmp.Or(w.at.Denial, said(cause))
		return nil
	}
	return w.tell(ctx, Problem{Resource: path, Message: "The source does not give this list: " + said(cause) + "."})
}

// under walks through the lists that stand under each record of another
// resource, in the order of their ids there. One that is had under none of the
// first is not asked for any further.
func (w *working) under(ctx context.Context, s *step, owner string, walk func(ctx context.Context, id string) error) error {
	for w.at.Given || w.at.Denied < inVain {
		var next []store.CopyTie
		err := w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
			next, err = tx.SystemListCopyTies(w.j.Source, owner, w.at.Owner, inVain)
			return err
		})
		if err != nil {
			return err
		}
		if len(next) == 0 {
			break
		}
		for _, t := range next {
			if err := walk(ctx, t.External); err != nil {
				return err
			}
			w.at.Owner, w.at.Page, w.at.Last, w.at.Size, w.at.Stuck = t.External, 0, "", 0, 0
			if err := w.pause(ctx); err != nil {
				return errors.Join(w.e.st.Write(ctx, w.save), err)
			}
		}
		if err := w.e.st.Write(ctx, w.save); err != nil {
			return err
		}
	}
	if w.at.Denied == 0 || s.again {
		return nil
	}
	words := fmt.Sprintf("The source does not give this list under %d %s: %s.", w.at.Denied, strings.ReplaceAll(owner, "_", " "), w.at.Denial)
	if !w.at.Given {
		words = fmt.Sprintf("The source gives this list under no record of %s: %s.", strings.ReplaceAll(owner, "_", " "), w.at.Denial)
	}
	return w.tell(ctx, Problem{Resource: s.name, Message: words})
}
