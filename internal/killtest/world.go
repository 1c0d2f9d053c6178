// Package killtest kills Tenon wherever it can be killed, and then proves that
// nothing is broken: at every named step (internal/failpoint), at random
// moments with kill -9, at any statement that the database refuses, on a full
// disk. It also tests what a start must refuse, in words.
//
// The process that is killed is internal/killtest/driver, which a test builds
// with the tag failpoint. It works on the same data as the test, which looks at
// it afterwards: what is one transaction is there as a whole or not at all;
// what is a job goes on when it is started again, and ends as an unbroken run.
package killtest

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/blob"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/trash"
)

// Admin is who acts.
var Admin = tenon.Viewer{Name: "command line", Role: tenon.Administrator, Everywhere: true, Face: "test"}

// EnvStep names the variable that tells the driver at which step to end.
const EnvStep = "TENON_KILL_STEP"

// key seals what is secret; it guards nothing.
const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// World is Tenon over one installation, as the killed process and the one that
// looks at it afterwards both have it.
type World struct {
	Store  *store.Store
	Core   *core.Core
	Keys   *secret.Ring
	Blobs  *blob.Dir
	Jobs   *job.Runner
	Merge  *merge.Engine
	Trash  *trash.Engine
	Import *csvimport.Engine
	Copier *glueimport.Engine
	Demo   *demo.Engine
	// Operations has what all of these have in common.
	Operations *operation.Operations
	Export     *export.Engine
}

// Open opens the installation. dir has its files, also where the database is elsewhere.
func Open(ctx context.Context, dir string, o store.Options) (*World, error) {
	w := &World{}
	var err error
	if w.Keys, err = secret.ParseKeys(secret.NewText(key)); err != nil {
		return nil, err
	}
	if w.Store, err = store.Open(ctx, o); err != nil {
		return nil, err
	}
	if w.Blobs, err = blob.OpenDir(filepath.Join(dir, "files")); err != nil {
		return nil, errors.Join(err, w.Store.Close())
	}
	w.Core = core.New(core.Options{Store: w.Store, Keys: w.Keys, Blobs: w.Blobs})
	// Nobody else works here when it is opened: what a killed process had taken
	// is free at once.
	w.Jobs, err = job.New(ctx, w.Store, job.Options{Alone: true, Poll: 5 * time.Millisecond, Pause: time.Millisecond})
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.Merge = merge.New(w.Core, nil)
	w.Trash = trash.New(w.Core, w.Jobs)
	w.Trash.ChunksOf(5, 10)
	w.Import = csvimport.New(w.Core, w.Jobs, w.Blobs)
	w.Import.ChunksOf(25)
	w.Copier = glueimport.New(w.Core, w.Jobs, w.Keys)
	w.Demo = demo.New(w.Core, w.Jobs)
	w.Export = export.New(export.Options{Core: w.Core, Jobs: w.Jobs, Keys: w.Keys, Files: w.Blobs, Now: o.Now})
	w.Export.RowsOf(3)
	w.Operations = operation.New(w.Store, map[string]operation.Undoer{trash.KindMany: w.Trash, csvimport.Kind: w.Import, glueimport.Kind: w.Copier, export.Kind: w.Export})
	w.Operations.Wakes(w.Jobs)
	return w, nil
}

// Close closes the installation.
func (w *World) Close() error { return errors.Join(w.Blobs.Close(), w.Store.Close()) }

// MergeIn plans and runs the merge of the first organization into the second.
func (w *World) MergeIn(ctx context.Context, source, target tenon.OrgID) (*tenon.Operation, error) {
	p, err := w.Merge.Plan(ctx, Admin, []tenon.OrgID{source}, target, tenon.Choices{Apart: true, FillBlanks: true})
	if err != nil {
		return nil, err
	}
	return w.Merge.Run(ctx, Admin, p)
}

// Delete plans and runs the delete of the organization with all below it.
func (w *World) Delete(ctx context.Context, org tenon.OrgID) (*tenon.Operation, error) {
	p, err := w.Trash.PlanDelete(ctx, Admin, []tenon.OrgID{org})
	if err != nil {
		return nil, err
	}
	return w.Trash.Run(ctx, Admin, p)
}

// Discard plans and runs the delete of one item.
func (w *World) Discard(ctx context.Context, item tenon.ItemID) (*tenon.Operation, error) {
	p, err := w.Trash.PlanItems(ctx, Admin, trash.ActionDelete, []tenon.ItemID{item}, 0)
	if err != nil {
		return nil, err
	}
	return w.Trash.Run(ctx, Admin, p)
}

// Tag plans to tag all configurations of the organization, which are more than
// one transaction holds, and hands it to the jobs.
func (w *World) Tag(ctx context.Context, org tenon.OrgID) (*tenon.Operation, error) {
	p, err := w.Trash.PlanSelection(ctx, Admin, trash.ActionTag, trash.Selection{Query: &store.ItemQuery{Kind: tenon.Configuration, Org: org}}, 0, tenon.Choices{Tags: []string{"kept"}})
	if err != nil {
		return nil, err
	}
	return w.Trash.Run(ctx, Admin, p)
}

// Purge plans a purge of the trashed organization and hands it to the jobs.
func (w *World) Purge(ctx context.Context, org tenon.OrgID) (*tenon.Operation, error) {
	p, err := w.Trash.PlanPurge(ctx, Admin, []tenon.OrgID{org}, nil)
	if err != nil {
		return nil, err
	}
	p.Typed = p.MustType
	return w.Trash.Run(ctx, Admin, p)
}

// MakeDemo begins a small demo.
func (w *World) MakeDemo(ctx context.Context) (*tenon.Operation, error) {
	return w.Demo.Start(ctx, Admin, demo.Options{Organizations: 12, Items: 40, Seed: 3})
}

// RemoveDemo plans the removal of the demo and hands it to the jobs.
func (w *World) RemoveDemo(ctx context.Context) (*tenon.Operation, error) {
	p, err := w.Trash.PlanDemo(ctx, Admin, false)
	if err != nil {
		return nil, err
	}
	return w.Trash.Run(ctx, Admin, p)
}

// Load plans an import of organizations and hands it to the jobs.
func (w *World) Load(ctx context.Context, file io.Reader) (*tenon.Operation, error) {
	p, err := w.Import.Plan(ctx, Admin, csvimport.Options{Kind: "organization", Name: "clients.csv", File: file})
	if err != nil {
		return nil, err
	}
	return w.Import.Run(ctx, Admin, p)
}

// Copy plans a copy of the account at this address and hands it to the jobs, or
// goes on with the one that is under way. The rate at which it asks is not held
// back: the account is this machine's.
func (w *World) Copy(ctx context.Context, url string, key secret.Text) (*tenon.Operation, error) {
	o := glueimport.Options{URL: url, Key: key, Requests: 1_000_000_000}
	p, err := w.Copier.Plan(ctx, Admin, o)
	if err != nil {
		return nil, err
	}
	return w.Copier.Run(ctx, Admin, o, p)
}
