// Package check proves the invariants: what must be true of the data at any
// moment, whatever was merged, undone, deleted, imported or killed on the way.
//
// Each invariant is one function over one snapshot. It asks for the rows that
// break it, in statements over whole tables, so that a database of a million
// items is checked in seconds; what cannot be asked that way (forests, derived
// look-up rows, sealed values, files) is streamed. Nothing here changes
// anything, and a checker that finds nothing says so by an empty list.
//
// It is run by "tenon check", after a restore, and by the tests of everything
// that changes data. The numbers of the invariants are stable names.
package check

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// Violation is one thing that is not as it must be, in words.
type Violation struct {
	Invariant string // "I1", ...
	Subject   string // "item 12", "organization 3", ...
	Message   string
}

func (v Violation) String() string { return v.Invariant + " " + v.Subject + ": " + v.Message }

// Blobs is where the files are.
type Blobs interface {
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Options say how much is looked at.
type Options struct {
	// Keys, when given, opens every sealed value.
	Keys *secret.Ring
	// Blobs, when given, is asked for every file.
	Blobs Blobs
	// Deep reads every file to its end, and compares every derived row. Without
	// it a large database is sampled there.
	Deep bool
	// Note, when given, is told in a sentence what was not looked at whole.
	Note func(text string)
	// Only names the invariants to check; empty is all of them.
	Only []string
}

// invariant is one rule with its proof.
type invariant struct {
	name  string
	prove func(*run) error
}

// invariants lists them in order. I3 compares two moments: see Census. I4 and
// I20 are properties of what people see and of a restart; tests hold them.
var invariants = []invariant{
	{"I1", ownerPerItem},
	{"I2", noItemInDeadOrganization},
	{"I5", eventPerChange},
	{"I6", hierarchyIsForest},
	{"I7", uniqueAmongLive},
	{"I8", idsResolve},
	{"I9", referencesResolve},
	{"I10", accessAsGranted},
	{"I11", secretsOpen},
	{"I12", filesAreThere},
	{"I13", searchAgrees},
	{"I14", jobsForRunning},
	{"I15", oneEffectPerKey},
	{"I16", linkedOnce},
	{"I17", numbersAgree},
	{"I18", trashIsExact},
	{"I19", undoIsWhole},
	{"I21", wordsAgree},
}

// run is one check at work.
type run struct {
	tx    *store.Tx
	o     Options
	name  string
	found []Violation
}

func (r *run) add(subject, format string, args ...any) {
	r.found = append(r.found, Violation{Invariant: r.name, Subject: subject, Message: fmt.Sprintf(format, args...)})
}

func (r *run) note(text string) {
	if r.o.Note != nil {
		r.o.Note(text)
	}
}

// probe asks the store and says in words what each row means: {id}, {other}
// and {text} stand for what the row has.
func (r *run) probe(p store.Probe, subject, message string) error {
	faults, err := r.tx.SystemFaults(p)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	for _, f := range faults {
		words := strings.NewReplacer("{id}", strconv.FormatInt(f.ID, 10), "{other}", strconv.FormatInt(f.Other, 10), "{text}", f.Text)
		r.add(words.Replace(subject), "%s", words.Replace(message))
	}
	r.full(len(faults))
	return nil
}

// full says that a list of faults may have ended before the faults did.
func (r *run) full(listed int) {
	if listed == store.MaxFaults {
		r.add("database", "There may be more of these: only the first %d are listed.", store.MaxFaults)
	}
}

// Run checks the invariants on one snapshot. The error says that the check
// itself could not be done; violations are no error.
func Run(ctx context.Context, st *store.Store, o Options) ([]Violation, error) {
	var found []Violation
	err := st.Read(ctx, func(tx *store.Tx) error {
		found = nil
		for _, inv := range invariants {
			if !wanted(o.Only, inv.name) {
				continue
			}
			r := &run{tx: tx, o: o, name: inv.name}
			if err := inv.prove(r); err != nil {
				return fmt.Errorf("invariant %s: %w", inv.name, err)
			}
			found = append(found, r.found...)
		}
		return nil
	})
	return found, err
}

func wanted(only []string, name string) bool {
	if len(only) == 0 {
		return true
	}
	for _, n := range only {
		if n == name {
			return true
		}
	}
	return false
}

func organization(id tenon.OrgID) string { return fmt.Sprintf("organization %d", id) }
