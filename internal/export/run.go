package export

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/failpoint"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

const (
	// maxRows and maxText are when a CSV file is full, and the next one begins.
	maxRows = 20_000
	maxText = 8 << 20
	// maxFiles and maxBytes are when a piece of attached files is.
	maxFiles = 200
	maxBytes = 32 << 20
	// maxPiece is how large a piece may be: one attached file may be all of it.
	maxPiece = 1 << 30
)

// progress is the cursor of an export.
type progress struct {
	// Steps are the lists to go through, "assets 12" for flexible assets of the
	// type 12, as they were when it began.
	Steps []string `json:"steps"`
	Step  int      `json:"step"`
	// Cursor is where in the list, and File how many files it has given.
	Cursor string `json:"cursor"`
	File   int    `json:"file"`
	Part   int64  `json:"part"`
	Size   int64  `json:"size"`
	// Records and Files are in it; Missing are files whose content is gone.
	Records int64 `json:"records"`
	Files   int64 `json:"files"`
	Missing int64 `json:"missing"`
}

// working is one attempt of an export.
type working struct {
	e       *Engine
	op      tenon.OperationID
	attempt int64
	x       *tenon.Export
	v       tenon.Viewer
	at      progress
	// passphrase locks the file; none does not.
	passphrase secret.Text
	// cancelled says that somebody wants it to end where it is.
	cancelled bool
}

// work is the job: it goes on where the last transaction ended.
func (e *Engine) work(ctx context.Context, id tenon.OperationID, attempt int64) error {
	w := &working{e: e, op: id, attempt: attempt}
	if err := w.begin(ctx); err != nil {
		return err
	}
	for !w.cancelled && w.at.Step < len(w.at.Steps) {
		if err := w.step(ctx); err != nil {
			return err
		}
		if job.Spent(ctx) {
			return job.ErrAgain
		}
	}
	if w.at.Step < len(w.at.Steps) {
		return w.stop(ctx)
	}
	return w.finish(ctx)
}

// begin reads the cursor, and with whose rights to work.
func (w *working) begin(ctx context.Context) error {
	return w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		w.at = progress{}
		w.x, err = tx.SystemExport(w.op)
		if tenon.CodeOf(err) == tenon.NotFound {
			return tenon.Errorf(tenon.Conflict, "This export was deleted while it was being made.")
		}
		if err != nil {
			return err
		}
		var actor operation.Actor
		c, err := operation.Resume(tx, w.op, &actor, &w.at)
		if err != nil {
			return err
		}
		w.cancelled = c.Cancelled
		if w.v, err = actor.Viewer(tx); err != nil {
			return err
		}
		w.v.NoSecrets = !w.x.Secrets
		if err := w.v.Need(tenon.ExportData); err != nil {
			return err
		}
		if w.x.Locked {
			if w.passphrase, err = w.e.o.Keys.Open(secret.ExportPlace(int64(w.op)), w.x.Sealed); err != nil {
				return err
			}
		}
		if c.Cursor != "" {
			return nil
		}
		w.at.Steps, err = steps(tx, w.x.Logs)
		return err
	})
}

// steps lists what an export goes through.
func steps(tx *store.Tx, logs bool) ([]string, error) {
	out := []string{"organizations"}
	for i := range tenon.Kinds {
		k := &tenon.Kinds[i]
		if k.Kind != tenon.FlexibleAsset {
			out = append(out, k.Plural)
			continue
		}
		for q := (store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}}); ; {
			page, next, err := tx.ListFlexTypes(q)
			if err != nil {
				return nil, err
			}
			for n := range page {
				out = append(out, "assets "+strconv.FormatInt(int64(page[n].ID), 10))
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
	}
	out = append(out, related, "attachments")
	if logs {
		out = append(out, "logs")
	}
	return out, nil
}

// step makes the next piece, or ends a list that has no more.
func (w *working) step(ctx context.Context) error {
	name := w.at.Steps[w.at.Step]
	if name == "attachments" {
		return w.files(ctx)
	}
	l, err := w.list(ctx, name)
	if err != nil {
		return err
	}
	next := w.at
	sheets, err := l.read(ctx)
	if err != nil {
		return err
	}
	next.File, next.Cursor = next.File+1, l.cursor
	if name != related { // a tie is none
		next.Records += l.rows
	}
	if l.cursor == "" {
		next.Step, next.File = next.Step+1, 0
	}
	if l.rows == 0 {
		return w.move(ctx, next)
	}
	return w.write(ctx, next, func(p *piece) error {
		for _, s := range sheets {
			text, err := s.done()
			if err != nil {
				return err
			}
			if text == nil {
				continue
			}
			if err := p.add(numbered(s.name, w.at.File)+".csv", text); err != nil {
				return err
			}
		}
		return nil
	})
}

// numbered is the name of the next file of a list.
func numbered(name string, before int) string {
	if before == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(before+1)
}

// move saves a cursor without a piece.
func (w *working) move(ctx context.Context, next progress) error {
	err := w.e.st.Write(ctx, func(tx *store.Tx) error { return w.save(tx, next) })
	if err == nil {
		w.at = next
	}
	return err
}

func (w *working) save(tx *store.Tx, next progress) error {
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	now, err := tx.SystemProgress(w.op)
	if err != nil {
		return err
	}
	w.cancelled = now.Cancelled
	done := next.Records + next.Files
	return tx.SaveChunk(w.op, w.attempt, store.Chunk{Cursor: string(text), Done: done, Total: done})
}

// write stores a piece, and notes it with the cursor after it.
func (w *working) write(ctx context.Context, next progress, fill func(*piece) error) error {
	p, part, err := w.store(ctx, fill)
	if err != nil {
		return err
	}
	failpoint.At("export/piece-stored")
	part.Part, next.Part, next.Size = next.Part, next.Part+1, next.Size+part.Size
	entries, err := json.Marshal(p.entries)
	if err != nil {
		return err
	}
	part.Entries = string(entries)
	err = w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SystemAddExportPart(w.op, part); err != nil {
			return err
		}
		return w.save(tx, next)
	})
	if err != nil {
		return err
	}
	failpoint.At("export/piece-noted")
	w.at = next
	return nil
}

// store stores a piece as it is written.
func (w *working) store(ctx context.Context, fill func(*piece) error) (*piece, store.ExportPart, error) {
	out, in := io.Pipe()
	p := &piece{w: in, at: w.x.CreatedAt, passphrase: w.passphrase}
	filled := make(chan struct{})
	go func() {
		defer close(filled)
		in.CloseWithError(fill(p)) // nil is the end
	}()
	ref, err := w.e.o.Files.Put(ctx, out, maxPiece)
	out.CloseWithError(err)
	<-filled
	return p, store.ExportPart{Hash: ref.Hash, Size: ref.Size}, err
}

// finish writes the directory, and the receipt.
func (w *working) finish(ctx context.Context) error {
	var parts []store.ExportPart
	err := w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		parts, err = tx.SystemExportParts(w.op)
		return err
	})
	if err != nil {
		return err
	}
	directory, err := w.directory(parts)
	if err != nil {
		return err
	}
	ref, err := w.e.o.Files.Put(ctx, bytes.NewReader(directory), maxPiece)
	if err != nil {
		return err
	}
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := w.save(tx, w.at); err != nil {
			return err
		}
		last := store.ExportPart{Part: w.at.Part, Hash: ref.Hash, Size: ref.Size, Entries: "[]"}
		if err := tx.SystemAddExportPart(w.op, last); err != nil {
			return err
		}
		if err := tx.SystemFinishExport(w.op); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), w.op)
		if err != nil {
			return err
		}
		op.State, op.DoneAt, op.CancelledAt = tenon.Finished, tx.Now(), time.Time{}
		op.Title = tenon.Say("%s was exported: %s, %s", held(w.x), tenon.Amount(w.at.Records, "record", "records"), tenon.Amount(w.at.Files, "file", "files"))
		op.Receipt = &tenon.Receipt{Sentence: op.Sentence(), Duration: tx.Now().Sub(op.CreatedAt), Counts: map[string]int64{"records": w.at.Records, "files": w.at.Files, "missing": w.at.Missing}}
		if w.at.Missing > 0 {
			op.Receipt.Notes = []tenon.Phrase{tenon.Say("%s", tenon.Amount(w.at.Missing, "attached file is not in it, because its content is missing.", "attached files are not in it, because their content is missing."))}
		}
		if err := tx.FinishOperation(op, operation.ActorOf(w.v)); err != nil {
			return err
		}
		failpoint.At("export/receipt-written")
		return nil
	})
}

// held is what an export holds, as an argument of a text.
func held(x *tenon.Export) any {
	if x.Org == 0 {
		return tenon.Say("Everything")
	}
	return x.OrgName
}

// stop ends an export that was cancelled: what there is of its file goes.
func (w *working) stop(ctx context.Context) error {
	return w.e.st.Write(ctx, func(tx *store.Tx) error {
		if err := w.save(tx, w.at); err != nil {
			return err
		}
		if err := tx.SystemEmptyExport(w.op); err != nil {
			return err
		}
		op, err := tx.GetOperation(tenon.SystemViewer(), w.op)
		if err != nil {
			return err
		}
		op.State, op.DoneAt = tenon.Finished, tx.Now()
		op.Title = tenon.Say("The export of %s was cancelled", held(w.x))
		op.Receipt = &tenon.Receipt{Sentence: tenon.Say("%s. There is no file.", op.Title), Duration: tx.Now().Sub(op.CreatedAt), Counts: map[string]int64{"records": 0, "files": 0, "missing": 0}}
		op.Receipt.Notes = []tenon.Phrase{tenon.Say("%s cancelled it. What was read until then was thrown away.", op.CancelledName)}
		return tx.FinishOperation(op, operation.ActorOf(w.v))
	})
}

// directory is the end of a ZIP file that these pieces are.
func (w *working) directory(parts []store.ExportPart) ([]byte, error) {
	var b []byte
	var n, offset int64
	for i := range parts {
		var entries []entry
		if err := json.NewDecoder(strings.NewReader(parts[i].Entries)).Decode(&entries); err != nil {
			return nil, err
		}
		for k := range entries {
			b = append(b, entries[k].line(w.x.CreatedAt, offset+entries[k].At)...)
			n++
		}
		offset += parts[i].Size
	}
	return append(b, ending(n, int64(len(b)), offset)...), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}
