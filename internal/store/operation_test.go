package store_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// TestOperationPhrases keeps what an operation says with its arguments, and
// reads what was kept as English before there were any.
func TestOperationPhrases(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		v := tenon.SystemViewer()
		org := newOrg(t, st, "Acme 100 %")
		title := tenon.Say("%s was merged into %s", "Acme 100 %", "Bolt")
		op := &tenon.Operation{Kind: "merge", State: tenon.Running, SourceID: org, Title: tenon.Say("Taken back: %s", title)}
		write := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := st.Write(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) error {
			id, err := tx.NewID()
			op.ID = tenon.OperationID(id)
			if err != nil {
				return err
			}
			return tx.InsertOperation(op, nil)
		})
		read := func() (back *tenon.Operation) {
			t.Helper()
			write(func(tx *store.Tx) (err error) {
				back, err = tx.GetOperation(v, op.ID)
				return err
			})
			return back
		}
		if got := read(); !reflect.DeepEqual(got.Title, op.Title) {
			t.Errorf("begun as %#v, read as %#v", op.Title, got.Title)
		}
		write(func(tx *store.Tx) error {
			id, busy, err := tx.SystemBusy([]tenon.OrgID{org})
			if id != op.ID || !reflect.DeepEqual(busy, op.Title) {
				t.Errorf("busy with %d, %#v", id, busy)
			}
			return err
		})
		op.State, op.Title = tenon.Failed, title
		op.Error = tenon.Say("The import of %s was cancelled: %s", "a.csv", tenon.ListOf([]string{"a", "b"}))
		op.Receipt = &tenon.Receipt{Sentence: op.Sentence(), Notes: []tenon.Phrase{op.Error, tenon.Say("One item")}}
		write(func(tx *store.Tx) error { return tx.FinishOperation(op, nil) })
		got := read()
		if !reflect.DeepEqual(got.Title, op.Title) || !reflect.DeepEqual(got.Error, op.Error) || !reflect.DeepEqual(got.Receipt, op.Receipt) {
			t.Errorf("ended as %#v, read as %#v", op, got)
		}
		// As an installation of before has them.
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE operations SET title_phrase = '', error_phrase = '', title = '100 %% of %%s was merged', error = 'a %%d',
			receipt = '{"Sentence":"100 %% of %%s was merged.","Notes":["5 %%"]}' WHERE id = %d`, op.ID))
		got = read()
		for want, p := range map[string]tenon.Phrase{"100 % of %s was merged": got.Title, "a %d": got.Error, "100 % of %s was merged.": got.Receipt.Sentence, "5 %": got.Receipt.Notes[0]} {
			if p.String() != want || p.Args != nil {
				t.Errorf("%q of before is read as %#v", want, p)
			}
		}
		if s := got.Sentence().String(); s != "100 % of %s was merged." {
			t.Errorf("its sentence is %q", s)
		}
		storetest.Exec(t, st, fmt.Sprintf(`UPDATE operations SET title = '', error = '', receipt = '{}' WHERE id = %d`, op.ID))
	})
}
