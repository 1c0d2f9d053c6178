package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// fates of a small change among others.
const (
	succeeds = iota
	refused  // before it writes
	fails    // after it has written
	breaks   // a statement that is wrong, and its error passed over
	panics
	leaves // its caller goes while it waits
	fates
)

// TestLittleChanges makes small changes at once, of which some fail in every
// way: exactly those that were told that they succeeded must be there.
func TestLittleChanges(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		const each, workers = 30, 8
		var mu sync.Mutex
		told := map[string]bool{} // by name: an id that was taken back may come again
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(1, uint64(w)))
				for n := range each {
					fate, name := r.IntN(fates), fmt.Sprint("Organization ", w, " ", n)
					err := littleChange(st, fate, name)
					if (err == nil) != (fate == succeeds) && fate != leaves && !(st.Engine() == "sqlite" && fate == breaks) {
						t.Errorf("a change of fate %d gave %v", fate, err)
					}
					if fate == leaves && err != nil {
						continue // it may have been too late to stop it
					}
					mu.Lock()
					told[name] = err == nil
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		err := st.Read(context.Background(), func(tx *store.Tx) error {
			for name, there := range told {
				if n, err := named(tx, name); err != nil || (n == 1) != there || n > 1 {
					t.Errorf("there are %d of %s, %v, and its change was told %v", n, name, err, there)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

var errOnPurpose = errors.New("on purpose")

func named(tx *store.Tx, name string) (int64, error) {
	return tx.CountOrganizations(tenon.SystemViewer(), store.OrgQuery{Name: name})
}

// littleChange adds an organization in one small change, and returns what the
// change was told.
func littleChange(st *store.Store, fate int, name string) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer func() {
		if fate == panics && recover() != nil {
			err = errOnPurpose
		}
	}()
	if fate == leaves {
		ctx, cancel = context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
	}
	return st.WriteLittle(ctx, func(tx *store.Tx) error {
		if fate == refused {
			if _, err := tx.Setting("name", ""); err != nil {
				return err
			}
			return errOnPurpose
		}
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		if err := tx.InsertOrganization(&tenon.Organization{ID: tenon.OrgID(n), Name: name, Values: tenon.Values{"name": name, "description": strings.Repeat("text ", 400)}}); err != nil {
			return err
		}
		switch fate {
		case fails:
			return errOnPurpose
		case breaks:
			_ = tx.Tamper(`INSERT INTO no_such_table VALUES (1)`) // what it broke must show at the end
		case panics:
			panic("on purpose")
		}
		return nil
	})
}

// TestLittleChangesOnFullDisk fills the disk with small changes at once. What
// was told that it succeeded is there when the database is opened again.
func TestLittleChangesOnFullDisk(t *testing.T) {
	t.Parallel()
	o := storetest.Options(t, "sqlite", storetest.NewClock())
	o.MaxPages = 420
	st, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []string
	full := 0
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := range 400 {
				name := fmt.Sprint("Organization ", w, " ", n)
				err := littleChange(st, succeeds, name)
				mu.Lock()
				if err != nil {
					full++
				} else {
					told = append(told, name)
				}
				enough := full > 50
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
	wg.Wait()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if full == 0 || len(told) == 0 {
		t.Fatalf("%d changes failed for the full disk and %d did not: the limit is set wrong", full, len(told))
	}
	o.MaxPages = 0
	again := storetest.OpenWith(t, o)
	err = again.Read(context.Background(), func(tx *store.Tx) error {
		for _, name := range told {
			if n, err := named(tx, name); err != nil || n != 1 {
				t.Errorf("there are %d of %s, which was told to be kept, %v", n, name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
