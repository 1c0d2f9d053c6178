package csvimport_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// The environment of the child that works on an import until it is killed.
const (
	childDir   = "TENON_KILLED_IMPORT_DIR"
	childURL   = "TENON_KILLED_IMPORT_URL"
	childFiles = "TENON_KILLED_IMPORT_FILES"
	childKill  = "TENON_KILLED_IMPORT_AT"
)

// TestMain runs the child instead of the tests where the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv(childFiles) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child drains the queue and kills itself, as hard as can be, before the
// statement whose number it was given.
func child() error {
	at, err := strconv.ParseInt(os.Getenv(childKill), 10, 64)
	if err != nil {
		return err
	}
	var n atomic.Int64
	st, err := store.Open(context.Background(), store.Options{Dir: os.Getenv(childDir), DatabaseURL: os.Getenv(childURL), Now: storetest.NewClock().Now,
		OnStatement: func(string) error {
			if n.Add(1) == at {
				return syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			return nil
		}})
	if err != nil {
		return err
	}
	jobs, err := job.New(context.Background(), st, job.Options{Alone: true, Poll: 5 * time.Millisecond, Pause: time.Millisecond})
	if err != nil {
		return err
	}
	files, err := blob.OpenDir(os.Getenv(childFiles))
	if err != nil {
		return err
	}
	csvimport.New(core.New(core.Options{Store: st}), jobs, files)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return errors.Join(jobs.Drain(ctx), files.Close(), st.Close())
}

// TestKilledImport kills the process at random statements, again and again,
// until the import is done, and wants what an unbroken run gives.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 2))
			text := register(2300, 11)
			unbroken := newPlace(t, storetest.Open(t, engine, storetest.NewClock()))
			unbroken.run(register(700, 11), csvimport.Options{Map: registerMap})
			want := unbroken.run(text, csvimport.Options{Map: registerMap})

			o := storetest.Options(t, engine, storetest.NewClock())
			p := newPlace(t, storetest.OpenWith(t, o))
			p.run(register(700, 11), csvimport.Options{Map: registerMap})
			op, err := p.e.Run(context.Background(), admin, p.plan(text, csvimport.Options{Map: registerMap}))
			if err != nil {
				t.Fatal(err)
			}
			kills := 0
			for ; kills < 40; kills++ {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), childDir+"="+o.Dir, childURL+"="+o.DatabaseURL, childFiles+"="+p.files,
					childKill+"="+strconv.Itoa(60+r.IntN(120)))
				out, err := cmd.CombinedOutput()
				if err == nil {
					break
				}
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("child: %v\n%s", err, out)
				}
			}
			p.drain()
			got := p.operation(op.ID)
			if got.State != tenon.Finished || numbers(got.Receipt.Counts) != numbers(want.Receipt.Counts) {
				t.Errorf("%s %v after %d kills, want %v", got.State, got.Receipt.Counts, kills, want.Receipt.Counts)
			}
			if kills == 0 {
				t.Error("it was never killed")
			}
			if a, b := p.names(), unbroken.names(); a != b {
				t.Error("the organizations are not those of an unbroken run")
			}
			p.clean()
			p.expect(p.run(text, csvimport.Options{Map: registerMap}), "0 0 2300 0 0")
		})
	}
}
