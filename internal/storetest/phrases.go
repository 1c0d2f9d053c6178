package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// catalogue holds every text that can be translated; of those that go with a
// number it is "one|many".
var catalogue = sync.OnceValues(func() (map[string]bool, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "internal", "web", "say", "language", "en.json"))
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		if err != nil {
			return nil, err
		}
		var entries []struct{ Text string }
		known := map[string]bool{"%s": true}
		if err := json.Unmarshal(text, &entries); err != nil {
			return nil, err
		}
		for _, e := range entries {
			known[e.Text] = true
		}
		return known, nil
	}
})

// SaysInCatalogue wants what the operations of a test say of themselves to be
// in the catalogue, whole: so that it is said in another language too.
func SaysInCatalogue(t testing.TB, st *store.Store) {
	if t.Failed() {
		return
	}
	known, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	err = st.Read(context.Background(), func(tx *store.Tx) error {
		v := tenon.SystemViewer()
		ops, _, err := tx.ListOperations(v, store.OperationQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
		for _, op := range ops {
			var kids []tenon.Operation
			if kids, err = tx.ChildOperations(v, op.ID); err != nil {
				return err
			}
			for _, o := range append(kids, op) {
				for _, p := range append([]tenon.Phrase{o.Title, o.Error, o.Receipt.Sentence}, o.Receipt.Notes...) {
					said(t, known, o.Kind, p)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Errorf("read what the operations say: %v", err)
	}
}

// said looks for a part of a phrase, and for what is in it.
func said(t testing.TB, known map[string]bool, kind string, part any) {
	text := ""
	switch x := part.(type) {
	case tenon.Phrase:
		text = x.Text
		for _, a := range x.Args {
			said(t, known, kind, a)
		}
	case tenon.List:
		for _, a := range x {
			said(t, known, kind, a)
		}
	case tenon.Quantity:
		text = x.One + "|" + x.Many
	}
	if text != "" && !known[text] {
		t.Errorf("an operation %q says what is not in the catalogue: %q", kind, text)
	}
}
