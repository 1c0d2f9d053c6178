package trash

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// readItems takes the snapshot.
func readItems(tx *store.Tx, v tenon.Viewer, r request) (*itemsSnapshot, error) {
	s := &itemsSnapshot{request: r, at: tx.Now(), viewer: v, hidden: map[tenon.ItemID]bool{}}
	read := tx.GetItems
	if r.action == ActionRestore {
		read = tx.GetTrashedItems
	}
	var err error
	if s.named, err = read(v, r.ids); err != nil {
		return nil, err
	}
	for _, id := range r.ids {
		if !slices.ContainsFunc(s.named, func(i *tenon.Item) bool { return i.ID == id }) {
			s.lost = append(s.lost, id)
		}
	}
	if err := s.readAlong(tx); err != nil {
		return nil, err
	}
	if len(s.all()) > MaxItems {
		return nil, tooMany()
	}
	if err := s.readEdit(tx); err != nil {
		return nil, err
	}
	if err := s.readWorld(tx); err != nil {
		return nil, err
	}
	if r.action == ActionMove {
		err = s.readClues(tx)
	}
	return s, err
}

// readEdit checks what a field is to become.
func (s *itemsSnapshot) readEdit(tx *store.Tx) (err error) {
	if !edits(s.action) || len(s.named) == 0 {
		return nil
	}
	info := s.named[0].Kind.Info()
	if ofOneKind(s.action) {
		if info, err = oneKind(s.named); err != nil {
			return err
		}
	}
	s.edit, err = schemaEdit(tx, s.viewer, s.action, info, s.choices)
	return err
}

// readAlong finds what hangs on the named items, as far as the action concerns it.
func (s *itemsSnapshot) readAlong(tx *store.Tx) error {
	if s.action == ActionArchive || s.action == ActionUnarchive || edits(s.action) || len(s.named) == 0 {
		return nil
	}
	by := map[tenon.OperationID]bool{}
	var ids []tenon.ItemID
	for _, i := range s.named {
		ids = append(ids, i.ID)
		by[i.TrashedBy] = true
	}
	all, err := tx.HangingOn(ids...)
	if err != nil {
		return err
	}
	hanging, visible, err := tx.SystemItemsSeen(s.viewer, all[len(ids):], s.action == ActionRestore)
	if err != nil {
		return err
	}
	for _, i := range hanging {
		seen := visible[i.ID]
		switch s.action {
		case ActionDelete:
			if i.TrashedBy != 0 {
				continue
			}
		case ActionRestore:
			if i.TrashedBy == 0 || !by[i.TrashedBy] {
				continue
			}
		case ActionCopy:
			if !seen {
				continue
			}
		}
		s.hidden[i.ID] = !seen
		s.along = append(s.along, i)
	}
	return nil
}

// readWorld reads what stands around the items.
func (s *itemsSnapshot) readWorld(tx *store.Tx) (err error) {
	if s.bulk, err = bulkAllowed(tx); err != nil {
		return err
	}
	if s.days, err = days(tx); err != nil {
		return err
	}
	if s.states, err = tx.SystemOwners(s.orgs()); err != nil {
		return err
	}
	if s.request.target != 0 {
		if s.target, err = tx.GetOwner(s.viewer, s.request.target); err != nil {
			return err
		}
		s.partial = !slices.Contains(s.target.Binders, s.target.ID.Home())
	}
	if s.linked, err = tx.SystemItemLinks(s.ids()...); err != nil {
		return err
	}
	if s.files, err = tx.SystemCountFilesOf(s.ids()); err != nil || s.action != ActionRestore {
		return err
	}
	return s.readHosts(tx)
}

// readHosts finds what is in the trash and would stay there, while something
// that hangs on it comes back.
func (s *itemsSnapshot) readHosts(tx *store.Tx) error {
	s.hosts = map[tenon.ItemID]*tenon.Item{}
	refs := newReferences(tx)
	back := s.ids()
	for _, i := range s.all() {
		list, err := refs.of(i)
		if err != nil {
			return err
		}
		for _, r := range list {
			if !r.host || slices.Contains(back, r.named) {
				continue
			}
			hosts, err := tx.SystemItems(r.named)
			if err != nil {
				return err
			}
			if len(hosts) == 1 && hosts[0].TrashedBy != 0 {
				s.hosts[i.ID] = hosts[0]
			}
		}
	}
	return nil
}

// readClues finds the references that a move would leave between organizations.
func (s *itemsSnapshot) readClues(tx *store.Tx) error {
	refs := newReferences(tx)
	moved := s.ids()
	stays := map[tenon.ItemID]*tenon.Item{}
	for _, i := range s.all() {
		list, err := refs.of(i)
		if err != nil {
			return err
		}
		for _, r := range list {
			if !slices.Contains(moved, r.named) && !s.together[r.named] {
				s.clues = append(s.clues, clue{item: i, reference: r, out: true})
				stays[r.named] = nil
			}
		}
	}
	naming, err := tx.SystemNaming(moved...)
	if err != nil {
		return err
	}
	for _, n := range naming {
		if !slices.Contains(moved, n.Record) && !s.together[n.Record] {
			s.clues = append(s.clues, clue{reference: reference{field: n.Field, named: n.Named}, item: &tenon.Item{ID: n.Record}})
			stays[n.Record] = nil
		}
	}
	return s.fillClues(tx, refs, stays)
}

// fillClues adds names, and leaves out what is filed with the target already.
func (s *itemsSnapshot) fillClues(tx *store.Tx, refs *references, stays map[tenon.ItemID]*tenon.Item) error {
	var ids []tenon.ItemID
	for id := range stays {
		ids = append(ids, id)
	}
	found, visible, err := tx.SystemItemsSeen(s.viewer, ids, false)
	if err != nil {
		return err
	}
	for _, i := range found {
		stays[i.ID] = i
	}
	var out []clue
	for _, c := range s.clues {
		other := c.named
		if !c.out {
			other = c.item.ID
		}
		x := stays[other]
		if x == nil || (x.OrgID == s.target.ID && !c.host) {
			continue
		}
		if !c.out {
			list, err := refs.of(x)
			if err != nil {
				return err
			}
			for _, r := range list {
				if r.field == c.field {
					c.label, c.host = r.label, r.host
				}
			}
			c.item = x
		}
		c.name = x.Name
		c.seen = visible[other] && !s.hidden[c.item.ID]
		out = append(out, c)
	}
	s.clues = out
	return nil
}

func (s *itemsSnapshot) all() []*tenon.Item { return append(slices.Clone(s.named), s.along...) }

// orgs are those that the items belong to.
func (s *itemsSnapshot) orgs() []tenon.OrgID {
	var out []tenon.OrgID
	for _, i := range s.all() {
		if !slices.Contains(out, i.OrgID) {
			out = append(out, i.OrgID)
		}
	}
	return out
}

func (s *itemsSnapshot) ids() []tenon.ItemID {
	all := s.all()
	out := make([]tenon.ItemID, len(all))
	for n, i := range all {
		out[n] = i.ID
	}
	return out
}
