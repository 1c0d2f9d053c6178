package trash

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// half is one of two items that are merged.
type half struct {
	item  *tenon.Item
	parts []tenon.Part
	files []tenon.Attachment
	ties  []tenon.Relation
	only  []tenon.Subject // whom it is restricted to
	links []store.Link
}

func (h *half) syncing() bool {
	return slices.ContainsFunc(h.links, func(l store.Link) bool { return l.State == store.LinkSyncing })
}

// pairSnapshot is everything that a plan of merging two items is made from.
type pairSnapshot struct {
	at             time.Time
	source, target *half
	choices        tenon.Choices
	hanging        []tenon.ItemID // on the source, directly or through others
	naming         []store.Naming // fields elsewhere that name the source
	busy           tenon.OperationID
}

// PlanMergeItems says exactly what merging one item into another of its kind
// would do: what hangs on the source hangs on the target afterwards.
func (e *Engine) PlanMergeItems(ctx context.Context, v tenon.Viewer, source, target tenon.ItemID, choices tenon.Choices) (*tenon.Plan, error) {
	if err := v.Need(tenon.MergeItems); err != nil {
		return nil, err
	}
	var p *tenon.Plan
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		s, err := readPair(tx, v, source, target, choices)
		if err != nil {
			return err
		}
		p, err = planPair(s)
		return err
	})
	return p, err
}

func readPair(tx *store.Tx, v tenon.Viewer, source, target tenon.ItemID, choices tenon.Choices) (*pairSnapshot, error) {
	s := &pairSnapshot{at: tx.Now(), choices: choices}
	halves, err := readHalves(tx, v, source, target)
	if err != nil {
		return nil, err
	}
	s.source, s.target = halves[0], halves[1]
	all, err := tx.HangingOn(source)
	if err != nil {
		return nil, err
	}
	s.hanging = all[1:]
	if s.naming, err = tx.SystemNaming(source); err != nil {
		return nil, err
	}
	if len(s.hanging)+len(s.naming) > MaxItems {
		return nil, tenon.Errorf(tenon.TooLarge, "More than %d records hang on %s or name it, so it cannot be merged away. Nothing was changed. Merge the other way round.", MaxItems, s.source.item.Name)
	}
	s.busy, _, err = tx.SystemBusy([]tenon.OrgID{s.source.item.OrgID, s.target.item.OrgID})
	return s, err
}

// readHalves reads both items, and what hangs on them, at once.
func readHalves(tx *store.Tx, v tenon.Viewer, ids ...tenon.ItemID) ([]*half, error) {
	items, err := tx.GetItems(v, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*half, len(ids))
	for n, id := range ids {
		for _, i := range items {
			if i.ID == id {
				out[n] = &half{item: i}
			}
		}
		if out[n] == nil {
			return nil, noHalf(tx, v, id)
		}
	}
	parts, err := tx.SystemParts(ids...)
	if err != nil {
		return nil, err
	}
	files, err := tx.ListAttachments(ids...)
	if err != nil {
		return nil, err
	}
	ties, err := tx.SystemRelationsOf(ids...)
	if err != nil {
		return nil, err
	}
	only, err := tx.SystemRestrictions(ids...)
	if err != nil {
		return nil, err
	}
	links, err := tx.SystemItemLinks(ids...)
	for _, h := range out {
		id := h.item.ID
		h.parts, h.only = parts[id], only[id]
		h.files = of(files, func(f tenon.Attachment) bool { return f.Item == id })
		h.ties = of(ties, func(r tenon.Relation) bool { return r.From == id || r.To == id })
		h.links = of(links, func(l store.Link) bool { return l.Item == id })
	}
	return out, err
}

// of are those of the rows that are wanted.
func of[T any](rows []T, wanted func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(x T) bool { return !wanted(x) })
}

// noHalf says why an item cannot be read: it may have been merged into another.
func noHalf(tx *store.Tx, v tenon.Viewer, id tenon.ItemID) error {
	_, err := tx.GetItem(v, id)
	if tenon.CodeOf(err) == tenon.NotFound {
		if into, mergedErr := tx.MergedItem(id); mergedErr == nil {
			if t, seen := tx.GetItem(v, into); seen == nil {
				return tenon.Errorf(tenon.Conflict, "Item %d was merged into %s (%d). Nothing was changed. Use that one.", id, t.Name, into)
			}
		}
	}
	return err
}

// planPair turns a snapshot into a plan. The error is about the choices.
func planPair(s *pairSnapshot) (*tenon.Plan, error) {
	p := &tenon.Plan{Operation: KindMergeItems, PlannedAt: s.at, Choices: s.choices, Facts: map[string]string{}}
	for _, h := range []*half{s.source, s.target} {
		i := h.item
		p.Items = append(p.Items, tenon.PlanItem{ID: i.ID, Kind: i.Kind.String(), Name: i.Name, OrgID: i.OrgID, OrgName: i.OrgName, Version: i.Version})
	}
	p.Blockers = pairBlockers(s)
	if s.source.item.Kind == s.target.item.Kind {
		var err error
		if p.Fields, err = planPairFields(s); err != nil {
			return nil, err
		}
	}
	p.Counts = map[string]int64{"along": int64(len(s.hanging)), "references": int64(len(s.naming)), "attachments": int64(len(s.source.files)),
		"relations": int64(len(s.source.ties)), "parts": int64(len(s.source.parts)), "links": int64(len(s.source.links))}
	p.Warnings = pairWarnings(s)
	p.RecommendedItem, p.Advice = recommendItem(s)
	s.facts(p)
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p, nil
}

func (s *pairSnapshot) facts(p *tenon.Plan) {
	for n, h := range []*half{s.source, s.target} {
		who := [2]string{"source", "target"}[n]
		i := h.item
		p.Facts[who] = fmt.Sprintf("item %d, version %d, in binder %d of organization %d", i.ID, i.Version, i.BinderID, i.OrgID)
		p.Facts[who+" restricted to"] = fmt.Sprint(h.only)
		p.Facts[who+" links"] = fmt.Sprint(h.links)
	}
	p.Facts["what hangs on the source"] = fmt.Sprint(s.hanging)
	p.Facts["what names the source"] = fmt.Sprint(s.naming)
	for _, f := range p.Fields {
		if !f.Equal {
			p.Facts["field "+f.Name] = string(f.Choice)
		}
	}
	codes := make([]string, len(p.Blockers))
	for i, b := range p.Blockers {
		codes[i] = fmt.Sprint(b.Code, " ", b.Subject)
	}
	p.Facts["blockers"] = strings.Join(codes, ", ")
}

// pairBlockers say why these may not be merged, and what would clear it.
func pairBlockers(s *pairSnapshot) []tenon.Finding {
	var out []tenon.Finding
	a, b := s.source.item, s.target.item
	add := func(code, action, format string, args ...any) {
		out = append(out, tenon.Find(code, action, int64(a.ID), format, args...))
	}
	switch {
	case a.ID == b.ID:
		add("same_item", "", "%s cannot be merged into itself.", a.Name)
		return out
	case a.Kind != b.Kind:
		add("different_kind", "", "%s and %s are of different kinds (%s, %s). Only items of one kind can be merged.", a.Name, b.Name, tenon.Say(a.Kind.Info().Label), tenon.Say(b.Kind.Info().Label))
		return out
	case a.TypeID != b.TypeID && a.Kind == tenon.FlexibleAsset:
		add("different_type", "", "%s and %s are flexible assets of different types, so they cannot be merged.", a.Name, b.Name)
	}
	if a.OrgID != b.OrgID {
		add("different_organizations", ActionMove, "%s and %s belong to two organizations, %s and %s: move one of them first.", a.Name, b.Name, a.OrgName, b.OrgName)
	}
	if slices.Contains(s.hanging, b.ID) {
		add("inside", "", "%s lies inside %s, so it cannot take its place. Merge the other way round.", b.Name, a.Name)
	}
	if s.source.syncing() && s.target.syncing() {
		add("both_syncing", "disconnect", "%s and %s are both syncing. Only one may stay linked: disconnect one first.", a.Name, b.Name)
	}
	if len(s.source.only) > 0 && len(s.target.only) > 0 && len(stricter(s.source.only, s.target.only)) == 0 {
		add("restrictions_apart", "restrict", "%s and %s are restricted to different people. Change one of the restrictions first.", a.Name, b.Name)
	}
	if s.busy != 0 {
		add("busy", "", "Another operation (%d) is working on this organization. Wait until it is done.", s.busy)
	}
	return out
}

// stricter is whom the merged item is restricted to: where one is open, the
// other's restriction; where both are closed, whom both name.
func stricter(a, b []tenon.Subject) []tenon.Subject {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	var out []tenon.Subject
	for _, s := range b {
		if slices.Contains(a, s) {
			out = append(out, s)
		}
	}
	return out
}

func pairWarnings(s *pairSnapshot) []tenon.Finding {
	var out []tenon.Finding
	add := func(code, format string, args ...any) {
		out = append(out, tenon.Find(code, "", 0, format, args...))
	}
	if n := stricter(s.source.only, s.target.only); !slices.Equal(n, s.target.only) {
		add("restricted", "%s becomes restricted as the stricter of the two: to %s.", s.target.item.Name, tenon.Amount(len(n), "person or group", "people and groups"))
	} else if len(n) > 0 && len(s.source.only) == 0 {
		add("restricted", "%s is restricted, and with it what comes from %s.", s.target.item.Name, s.source.item.Name)
	}
	if s.source.syncing() {
		add("link", "The link of %s goes to %s, which syncs from then on.", s.source.item.Name, s.target.item.Name)
	}
	for _, f := range s.source.item.Secrets {
		if slices.Contains(s.target.item.Secrets, f) {
			add("secret", "Both have a value in %s. The target's stays unless the source's is chosen; the other one is kept with the source.", secretLabel(s.source.item, f))
		}
	}
	return out
}

// secretLabel is what people call a secret field; those of flexible assets have
// the name that somebody gave them.
func secretLabel(i *tenon.Item, field string) tenon.Phrase {
	if f := i.Kind.Info().Fields.Field(field); f != nil {
		return tenon.Say(f.Label)
	}
	return tenon.Say("%s", field)
}

// recommendItem advises the target: the one that syncs, on which more hangs, the older.
func recommendItem(s *pairSnapshot) (tenon.ItemID, tenon.Phrase) {
	a, b := s.source, s.target
	hangs := func(h *half) int { return len(h.files) + len(h.ties) + len(h.parts) }
	best := func(first bool) *tenon.Item {
		if first {
			return a.item
		}
		return b.item
	}
	switch {
	case a.syncing() != b.syncing():
		i := best(a.syncing())
		return i.ID, tenon.Say("%s syncs, the other does not.", i.Name)
	case hangs(a) != hangs(b):
		i := best(hangs(a) > hangs(b))
		return i.ID, tenon.Say("More hangs on %s.", i.Name)
	}
	i := best(a.item.ID < b.item.ID)
	return i.ID, tenon.Say("%s is the older of the two.", i.Name)
}
