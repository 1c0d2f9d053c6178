package glueimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

// halfway marks the hash of a record that names one which had not come yet:
// the second walk takes it for changed.
const halfway = "…"

// copyItems walks through the items of a kind.
func copyItems(ctx context.Context, w *working, s *step) error {
	return w.everywhere(ctx, s, func(ctx context.Context, a *answer) error { return w.takeItems(ctx, s, a) })
}

// everywhere walks through one list of all, or where the source has none,
// through one for each organization.
func (w *working) everywhere(ctx context.Context, s *step, take func(context.Context, *answer) error) error {
	if !w.at.Under {
		whole := true
		if s.owner != "" && w.at.Page == 0 && w.at.Size == 0 {
			_, err := w.from.list(ctx, s.name, nil, 1, 1)
			if err != nil && !refused(err) {
				return err
			}
			whole = err == nil
		}
		if whole {
			return w.pages(ctx, s.name, s.query, take)
		}
		w.at.Under = true
	}
	return w.under(ctx, s, s.owner, func(ctx context.Context, id string) error {
		return w.pages(ctx, s.owner+"/"+id+"/relationships/"+s.name, s.query, take)
	})
}

// takeItems files one part of a page. What a list does not give is asked for
// before the transaction begins, and only for what is new or has changed.
func (w *working) takeItems(ctx context.Context, s *step, a *answer) error {
	info := s.kind.Info()
	list := make([]*taken, len(a.Data))
	for i := range a.Data {
		list[i] = &taken{from: &a.Data[i], parts: map[string][]tenon.Values{}, secrets: map[string]string{}, org: a.Data[i].id("organization-id"),
			archived: a.Data[i].yes("archived"), closed: a.Data[i].yes("restricted")}
		list[i].hashed = a.Data[i].hash(w.withParts(s, info, list[i], a)...)
	}
	fresh, err := w.fresh(ctx, s, list)
	if err != nil {
		return err
	}
	var held error
	if s.open != nil || len(s.parts) > 0 {
		for _, t := range fresh {
			if held = w.open(ctx, s, t); held != nil {
				list = list[:slices.Index(list, t)] // what was had is kept: another attempt might get no further
				break
			}
		}
	}
	if len(list) == 0 {
		return held
	}
	err = w.chunk(ctx, s.name, func(tx *store.Tx, c *chunk) error {
		w.at.Last = list[len(list)-1].from.ID
		return w.writeItems(tx, s, c, list)
	})
	return cmp.Or(err, held)
}

// withParts takes the parts that came along with a record, and returns what
// they were made of.
func (w *working) withParts(s *step, info *tenon.KindInfo, t *taken, a *answer) []*record {
	var out []*record
	for part, kind := range s.parts {
		p := info.Part(part)
		all := a.included(kind)
		rows := []tenon.Values{}
		if !t.from.related(kind) {
			continue
		}
		for _, id := range t.from.named(kind) {
			if r := all[id]; r != nil {
				rows, out = append(rows, t.part(p, r)), append(out, r)
			}
		}
		t.parts[p.Plural] = rows
	}
	return out
}

// part takes one part of a record.
func (t *taken) part(p *tenon.PartInfo, r *record) tenon.Values {
	row := &taken{from: r, values: tenon.Values{}}
	row.fill(p.Fields, r, nil)
	t.lost, t.told = append(t.lost, row.lost...), append(t.told, row.told...)
	return row.values
}

// open reads what a list does not give of a record: parts that did not come
// along, and what else its kind has.
func (w *working) open(ctx context.Context, s *step, t *taken) error {
	info := s.kind.Info()
	for part, kind := range s.parts {
		if t.from.related(kind) {
			continue
		}
		p, rows := info.Part(part), []tenon.Values{}
		given, err := w.partsOf(ctx, s, t, p, resourceOf(kind), nil, func(r *record) { rows = append(rows, t.part(p, r)) })
		if err != nil {
			return err
		}
		if given {
			t.parts[p.Plural] = rows
		}
	}
	if s.open == nil {
		return nil
	}
	return s.open(ctx, w, s, t)
}

// partsOf asks for parts of a record by themselves, and tells whether the source
// gives them. What it does not give is said, and asked for by another copy.
func (w *working) partsOf(ctx context.Context, s *step, t *taken, p *tenon.PartInfo, resource string, query url.Values, take func(*record)) (bool, error) {
	err := w.from.each(ctx, s.name+"/"+t.from.ID+"/relationships/"+resource, query, take)
	if refused(err) {
		t.lock()
		t.told = append(t.told, fmt.Sprintf("The source does not give its %s: %s.", p.Plural, said(err)))
		return false, nil
	}
	return err == nil, err
}

// fresh returns the records that are new, or not as they were.
func (w *working) fresh(ctx context.Context, s *step, list []*taken) (out []*taken, err error) {
	err = w.e.st.Read(ctx, func(tx *store.Tx) error {
		out = nil
		before, err := tx.SystemCopyTies(w.j.Source, s.name, idsOf(list))
		for _, t := range list {
			if tie, was := before[t.from.ID]; !was || tie.Hash != t.hashed {
				out = append(out, t)
			}
		}
		return err
	})
	return out, err
}

func idsOf(list []*taken) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.from.ID
	}
	return out
}

// writeItems files records, or brings them up to date.
func (w *working) writeItems(tx *store.Tx, s *step, c *chunk, list []*taken) error {
	schema := s.kind.Info().Fields
	want := wants{}
	for _, t := range list {
		want.add("organizations", t.org)
		want.fields(schema, t.from)
		w.wantTraits(want, s, t)
	}
	known, err := w.known(tx, want)
	if err != nil {
		return err
	}
	before, err := tx.SystemCopyTies(w.j.Source, s.name, idsOf(list))
	if err != nil {
		return err
	}
	var made, inside []store.CopyTie
	for _, t := range list {
		tie, was := before[t.from.ID]
		if !s.again {
			w.at.Done++
		}
		if was && tie.Hash == t.hashed {
			if !s.again {
				w.at.Counts.Unchanged++
			}
			continue
		}
		t.values, t.missing, t.notes = tenon.Values{}, nil, nil
		lost, told, secrets := len(t.lost), len(t.told), maps.Clone(t.secrets)
		t.fill(schema, t.from, known)
		w.traits(s, t, known)
		t.published(s.kind)
		next, err := w.item(tx, s, c, t, tie, was, known)
		if operation.Fatal(err) {
			return err
		}
		if err != nil && (s.again || !w.comesAgain(s)) { // else it is tried again
			c.Problems = append(c.Problems, Problem{s.name, t.from.ID, t.from.name(), tenon.MessageOf(err)})
			w.at.Counts.Failed++
		}
		if next != nil {
			made = append(made, *next)
			for _, id := range t.embeds {
				inside = append(inside, store.CopyTie{External: id, Local: next.Local})
			}
		}
		t.lost, t.told, t.secrets = t.lost[:lost], t.told[:told], secrets // the transaction may run again
	}
	if err := tx.PutCopyTies(w.j.Source, embedded, inside); err != nil {
		return err
	}
	return tx.PutCopyTies(w.j.Source, s.name, made)
}

// item files one item, or brings it up to date, and returns the tie to write.
func (w *working) item(tx *store.Tx, s *step, c *chunk, t *taken, tie store.CopyTie, was bool, known ties) (*store.CopyTie, error) {
	hash := t.hashed
	if len(t.missing) > 0 {
		if s.again || !w.comesAgain(s) {
			for _, m := range t.missing {
				t.lost = append(t.lost, m+" (the record that it names did not come)")
			}
		} else {
			hash += halfway
		}
	}
	if was {
		return w.itemAgain(tx, c, s, t, tie, hash)
	}
	org := tenon.OrgID(known["organizations"][t.org])
	if org == 0 {
		return nil, tenon.Errorf(tenon.NotFound, "Its organization %s did not come.", strings.TrimSpace(t.from.text("organization-name")+" "+t.org))
	}
	var i *tenon.Item
	err := t.attempt(s.kind.Info().Fields, func() (err error) {
		i, err = w.e.c.CreateItemIn(tx, w.v, s.kind, org, t.change())
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.closed {
		if i, err = w.close(tx, i); err != nil {
			return nil, err
		}
	}
	c.Created = append(c.Created, int64(i.ID))
	w.at.Counts.Created++
	if hash == t.hashed {
		w.lost(c, t)
	}
	return &store.CopyTie{External: t.from.ID, Local: int64(i.ID), Hash: hash, Version: i.Version}, nil
}

// change is the record as a change of ours.
func (t *taken) change() core.ItemChange {
	in := core.ItemChange{Values: t.values, Parts: t.parts, Archived: &t.archived, Secrets: map[string]*secret.Text{}, AsItStands: true}
	for name, value := range t.secrets {
		text := secret.NewText(value)
		in.Secrets[name] = &text
	}
	return in
}

// attempt writes a record, without those of its values that we refuse: one of
// them does not take the record with it.
func (t *taken) attempt(schema tenon.Schema, write func() error) error {
	for {
		t.keepLost(schema)
		err := write()
		var e *tenon.Error
		if err == nil || operation.Fatal(err) || !errors.As(err, &e) || !t.without(schema, e.Field, e.Message) {
			return err
		}
	}
}

// comesAgain tells whether the list of a step is walked through twice.
func (w *working) comesAgain(s *step) bool {
	switch s.kind {
	case tenon.DocumentFolder, tenon.PasswordFolder, tenon.FlexibleAsset, tenon.Password:
		return true
	}
	return false
}

// itemAgain brings an item up to date that came before: what was changed or
// deleted here stays as it is here.
func (w *working) itemAgain(tx *store.Tx, c *chunk, s *step, t *taken, tie store.CopyTie, hash string) (*store.CopyTie, error) {
	i, err := tx.GetItem(w.v, tenon.ItemID(tie.Local))
	if err != nil && tenon.CodeOf(err) != tenon.NotFound && tenon.CodeOf(err) != tenon.Gone {
		return nil, err
	}
	half := tie.Hash == t.hashed+halfway
	if err != nil || i.TrashedBy != 0 || i.Version != tie.Version {
		if !half {
			w.at.Counts.Skipped++
		}
		return nil, nil
	}
	changed := false
	err = t.attempt(s.kind.Info().Fields, func() error {
		now, did, err := w.e.c.UpdateItemIn(tx, w.v, tenon.ItemID(tie.Local), t.change())
		if err == nil {
			i, changed = now, did
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !half {
		w.counted(changed)
	}
	w.lost(c, t)
	return &store.CopyTie{External: t.from.ID, Local: int64(i.ID), Hash: hash, Version: i.Version}, nil
}

// close restricts an item that is restricted there, before anybody sees it.
func (w *working) close(tx *store.Tx, i *tenon.Item) (*tenon.Item, error) {
	to := tenon.Subject{Kind: "user", ID: int64(w.v.User)}
	if w.v.User == 0 {
		admin, err := tx.SystemFirstAdministrator()
		if err != nil {
			return nil, err
		}
		if admin == 0 {
			return nil, tenon.Errorf(tenon.Conflict, "It is restricted there, and there is no administrator here whom it could be restricted to. Make one, or copy as one (--as).")
		}
		to.ID = int64(admin)
	}
	return w.e.c.RestrictIn(tx, w.v, i.ID, []tenon.Subject{to})
}
