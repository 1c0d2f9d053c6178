package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
)

// Fault is a row that breaks an invariant: the record it is about, what it
// names, and a text, as the probe has them.
type Fault struct {
	ID, Other int64
	Text      string
}

// Probe is a question to the whole database whose every row is a fault. The
// checker says in words what each means.
type Probe string

// The probes. Each reads a table once, joined by keys.
const (
	ProbeItemOwner       Probe = "item without owner"
	ProbeBinderOwner     Probe = "binder without organization"
	ProbeHomeBinder      Probe = "organization without home binder"
	ProbeItemDeadOwner   Probe = "item of a merged or purged organization"
	ProbeMergedOwns      Probe = "binder of a merged organization"
	ProbeOrgEvent        Probe = "organization without event"
	ProbeItemEvent       Probe = "item without event"
	ProbeOperationEvent  Probe = "operation without event"
	ProbeFutureRevision  Probe = "revision of a version that was never reached"
	ProbeExternalID      Probe = "external id of two live organizations"
	ProbePrimary         Probe = "primary organization is not live"
	ProbeParentGone      Probe = "parent is purged"
	ProbeItemReference   Probe = "item names an item that is not there"
	ProbeHostBinder      Probe = "item is not in the binder of its host"
	ProbeReachMissing    Probe = "reach that grants give and is not stored"
	ProbeReachExtra      Probe = "stored reach that no grant gives"
	ProbeRestrictedFlag  Probe = "restriction and flag differ"
	ProbeSearchMissing   Probe = "record without search entry"
	ProbeSearchExtra     Probe = "search entry without record"
	ProbeIdempotency     Probe = "idempotency key with two answers"
	ProbeLinkedTwice     Probe = "record with two syncing links"
	ProbeNumberAhead     Probe = "number beyond its binder's counter"
	ProbeTrashState      Probe = "state and trash mark differ"
	ProbeTrashOperation  Probe = "trashed by an operation that is not done"
	ProbePurgedLeftover  Probe = "left over after a purge"
	ProbeUndoHalf        Probe = "undone without the operation that did it"
	ProbeLastMove        Probe = "owner is not where the last move put it"
	ProbeUndoneGrant     Probe = "grant changed by an undone operation"
	ProbeUndoneDomain    Probe = "domain dropped by an undone operation"
	ProbeRunningTooLarge Probe = "progress beyond the total"
)

const orphanKeys = ` AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = t.record_id) AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = t.record_id AND o.state <> 'purged')`

// purgedBinder is true for rows whose binder belongs to a purged organization.
const purgedBinder = ` FROM organizations o JOIN binders b ON b.organization_id = o.id JOIN `

// derivedReach is what reach should hold. Two joins instead of one with OR,
// which no index serves.
const derivedReach = `SELECT s.user_id, s.binder_id FROM (` + standingGrants + `) s JOIN users u ON u.id = s.user_id WHERE u.everywhere = FALSE AND s.breadth = 'binder'
	UNION SELECT s.user_id, b.id FROM (` + standingGrants + `) s JOIN users u ON u.id = s.user_id JOIN binders gb ON gb.id = s.binder_id
		JOIN binders b ON b.organization_id = gb.organization_id WHERE u.everywhere = FALSE AND s.breadth = 'organization'`

const standingGrants = `SELECT g.subject_id AS user_id, g.binder_id, g.breadth FROM grants g WHERE g.subject_kind = 'user' AND g.ended_by IS NULL
	UNION ALL SELECT m.user_id, g.binder_id, g.breadth FROM grants g JOIN group_members m ON m.group_id = g.subject_id WHERE g.subject_kind = 'group' AND g.ended_by IS NULL`

var probes = map[Probe]string{
	ProbeItemOwner: `SELECT i.id, i.binder_id, i.name FROM items i LEFT JOIN binders b ON b.id = i.binder_id
		LEFT JOIN organizations o ON o.id = b.organization_id WHERE o.id IS NULL`,
	ProbeBinderOwner: `SELECT b.id, b.organization_id, '' FROM binders b LEFT JOIN organizations o ON o.id = b.organization_id WHERE o.id IS NULL`,
	ProbeHomeBinder:  `SELECT o.id, 0, o.name FROM organizations o LEFT JOIN binders b ON b.id = o.id WHERE b.id IS NULL`,
	ProbeItemDeadOwner: `SELECT i.id, o.id, i.name FROM organizations o JOIN binders b ON b.organization_id = o.id
		JOIN items i ON i.binder_id = b.id WHERE o.state IN ('merged','purged')`,
	ProbeMergedOwns: `SELECT o.id, b.id, o.name FROM organizations o JOIN binders b ON b.organization_id = o.id WHERE o.state = 'merged'`,
	ProbeOrgEvent: `SELECT o.id, 0, o.name FROM organizations o WHERE o.id <> 1
		AND NOT EXISTS (SELECT 1 FROM activity e WHERE e.subject_id = o.id)`,
	ProbeItemEvent: `SELECT i.id, 0, i.name FROM items i WHERE NOT EXISTS (SELECT 1 FROM activity e WHERE e.subject_id = i.id)`,
	ProbeOperationEvent: `SELECT p.id, 0, p.kind FROM operations p WHERE p.state IN ('done','undone') AND p.parent_id IS NULL
		AND NOT EXISTS (SELECT 1 FROM activity e WHERE e.operation_id = p.id)
		AND NOT EXISTS (SELECT 1 FROM operations c JOIN activity e ON e.operation_id = c.id WHERE c.parent_id = p.id)`,
	ProbeFutureRevision: `SELECT r.record_id, r.version, '' FROM revisions r LEFT JOIN items i ON i.id = r.record_id
		LEFT JOIN organizations o ON o.id = r.record_id WHERE r.version > COALESCE(i.version, o.version)`,
	ProbeExternalID: `SELECT MIN(k.record_id), MAX(k.record_id), k.key FROM record_keys k JOIN organizations o ON o.id = k.record_id
		WHERE k.field = 'organization.external_id' AND o.state = 'live' GROUP BY k.key HAVING count(*) > 1`,
	ProbePrimary: `SELECT COALESCE(b.organization_id, 0), 0, s.value FROM settings s LEFT JOIN binders b ON CAST(b.id AS TEXT) = s.value
		LEFT JOIN organizations o ON o.id = b.organization_id WHERE s.name = 'primary_binder' AND s.value <> '' AND (o.state IS NULL OR o.state <> 'live')`,
	ProbeParentGone: `SELECT o.id, p.id, o.name FROM organizations o JOIN binders b ON b.id = o.parent_binder_id
		JOIN organizations p ON p.id = b.organization_id WHERE o.state = 'live' AND p.state = 'purged'`,
	ProbeReachMissing: `SELECT d.user_id, d.binder_id, '' FROM (` + derivedReach + ` EXCEPT SELECT user_id, binder_id FROM reach) d`,
	ProbeReachExtra:   `SELECT d.user_id, d.binder_id, '' FROM (SELECT user_id, binder_id FROM reach EXCEPT SELECT w.user_id, w.binder_id FROM (` + derivedReach + `) w) d`,
	ProbeRestrictedFlag: `SELECT i.id, 0, i.name FROM items i WHERE i.restricted <> EXISTS (SELECT 1 FROM item_guards g WHERE g.item_id = i.id)
		UNION ALL SELECT i.id, 1, i.name FROM items i WHERE EXISTS (SELECT 1 FROM restrictions x WHERE x.item_id = i.id)
			<> EXISTS (SELECT 1 FROM item_guards g WHERE g.item_id = i.id AND g.guard_id = i.id)
		UNION ALL SELECT k.record_id, 2, '' FROM record_keys k JOIN item_guards g ON CAST(g.item_id AS TEXT) = k.key
			WHERE k.field IN (` + hostFieldList + `) AND NOT EXISTS (SELECT 1 FROM item_guards o WHERE o.item_id = k.record_id AND o.guard_id = g.guard_id)
		UNION ALL SELECT o.item_id, 3, '' FROM item_guards o WHERE o.guard_id <> o.item_id AND NOT EXISTS (SELECT 1 FROM record_keys k
			JOIN item_guards g ON CAST(g.item_id AS TEXT) = k.key WHERE k.record_id = o.item_id AND k.field IN (` + hostFieldList + `) AND g.guard_id = o.guard_id)`,
	ProbeIdempotency: `SELECT count(*), 0, caller FROM idempotency GROUP BY caller, key HAVING count(*) > 1`,
	ProbeLinkedTwice: `SELECT l.connection_id, b.organization_id, l.kind FROM links l JOIN binders b ON b.id = l.binder_id WHERE l.state = 'syncing'
		GROUP BY l.connection_id, b.organization_id, l.kind HAVING count(*) > 1
		UNION ALL SELECT l.connection_id, l.item_id, l.kind FROM links l WHERE l.state = 'syncing' AND l.item_id IS NOT NULL
		GROUP BY l.connection_id, l.item_id, l.kind HAVING count(*) > 1`,
	ProbeNumberAhead: `SELECT i.id, i.number, i.name FROM items i JOIN binders b ON b.id = i.binder_id WHERE i.number >= b.next_number`,
	ProbeTrashState:  `SELECT o.id, 0, o.name FROM organizations o WHERE (o.state = 'trashed') <> (o.trashed_by IS NOT NULL) AND o.state <> 'purged'`,
	ProbeTrashOperation: `SELECT i.id, i.trashed_by, i.name FROM items i JOIN operations p ON p.id = i.trashed_by WHERE p.state IN ('undone','failed')
		UNION ALL SELECT o.id, o.trashed_by, o.name FROM organizations o LEFT JOIN operations p ON p.id = o.trashed_by
		WHERE o.state = 'trashed' AND o.trashed_by IS NOT NULL AND (p.id IS NULL OR p.state IN ('undone','failed'))`,
	ProbePurgedLeftover: `SELECT t.record_id, 0, 'look-up rows' FROM record_keys t WHERE TRUE` + orphanKeys + `
		UNION SELECT t.record_id, 0, 'revisions' FROM revisions t WHERE TRUE` + orphanKeys + `
		UNION SELECT o.id, b.id, 'e-mail domains'` + purgedBinder + `email_domains x ON x.binder_id = b.id WHERE o.state = 'purged'
		UNION SELECT o.id, b.id, 'attachments'` + purgedBinder + `attachments x ON x.binder_id = b.id WHERE o.state = 'purged'
		UNION SELECT o.id, b.id, 'memberships'` + purgedBinder + `memberships x ON x.binder_id = b.id WHERE o.state = 'purged'`,
	ProbeUndoHalf: `SELECT p.id, COALESCE(p.undone_by, 0), p.kind FROM operations p LEFT JOIN operations u ON u.id = p.undone_by
		WHERE (p.state = 'undone') <> (p.undone_by IS NOT NULL)
		OR (p.undone_by IS NOT NULL AND p.parent_id IS NULL AND COALESCE(u.undoes, 0) <> p.id)`,
	ProbeLastMove: `SELECT m.binder_id, m.to_id, '' FROM binder_moves m JOIN binders b ON b.id = m.binder_id WHERE m.to_id <> b.organization_id
		AND NOT EXISTS (SELECT 1 FROM binder_moves n WHERE n.binder_id = m.binder_id AND n.at > m.at)`,
	ProbeUndoneGrant: `SELECT g.id, p.id, g.subject_kind FROM grants g JOIN operations p ON p.id = g.made_by WHERE p.state = 'undone'
		UNION ALL SELECT g.id, p.id, g.subject_kind FROM grants g JOIN operations p ON p.id = g.ended_by WHERE p.state = 'undone'
		AND NOT EXISTS (SELECT 1 FROM grants s WHERE s.subject_kind = g.subject_kind AND s.subject_id = g.subject_id
			AND s.binder_id = g.binder_id AND s.breadth = g.breadth AND s.ended_by IS NULL)`,
	ProbeUndoneDomain:    `SELECT d.binder_id, p.id, d.domain FROM email_domains d JOIN operations p ON p.id = d.dropped_by WHERE p.state = 'undone'`,
	ProbeRunningTooLarge: `SELECT p.id, p.done, p.kind FROM operations p WHERE p.total > 0 AND p.done > p.total`,
}

// MaxFaults is how many rows of one probe are reported; a broken table would
// else fill the memory with what one line says as well.
const MaxFaults = 100

// SystemFaults asks one probe and returns at most MaxFaults rows.
func (tx *Tx) SystemFaults(p Probe) ([]Fault, error) {
	text, ok := probes[p]
	switch p {
	case ProbeItemReference, ProbeHostBinder:
		return tx.referenceFaults(p)
	case ProbeSearchMissing, ProbeSearchExtra:
		text, ok = tx.searchProbe(p), true
	}
	if !ok {
		return nil, tenon.Errorf(tenon.Internal, "There is no probe %q.", p)
	}
	return tx.faults(text)
}

func (tx *Tx) faults(text string, args ...any) ([]Fault, error) {
	return list(tx, func(r Scanner, f *Fault) error { return r.Scan(&f.ID, &f.Other, &f.Text) },
		text+` LIMIT `+strconv.Itoa(MaxFaults), args...)
}

// referenceFaults follows the look-up rows of fields that hold an item's id.
func (tx *Tx) referenceFaults(p Probe) ([]Fault, error) {
	var out []Fault
	for _, info := range tenon.Kinds {
		for i := range info.Fields {
			f := &info.Fields[i]
			if f.Type != tenon.Ref || !f.Index || (p == ProbeHostBinder && !f.Host) {
				continue
			}
			test := `t.id IS NULL`
			if p == ProbeHostBinder {
				test = `t.binder_id <> i.binder_id`
			}
			found, err := tx.faults(`SELECT i.id, COALESCE(t.id, 0), k.field || ' ' || k.key FROM record_keys k JOIN items i ON i.id = k.record_id
				LEFT JOIN items t ON t.id = CAST(k.key AS BIGINT) WHERE k.field = $1 AND i.kind = $2 AND `+test, f.Name, int64(info.Kind))
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// searchProbe compares the ids of the search index with those of the records.
func (tx *Tx) searchProbe(p Probe) string {
	id := tx.d.searchID()
	if p == ProbeSearchExtra {
		extra := func(table, id string) string {
			return `SELECT s.` + id + `, 0, '' FROM ` + table + ` s WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.id = s.` + id + `)
				AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = s.` + id + ` AND o.state <> 'purged')`
		}
		if tx.d.waits() {
			return extra("search", id) + ` UNION ALL ` + extra("search_waiting", "id")
		}
		return extra("search", id)
	}
	missing := `NOT EXISTS (SELECT 1 FROM search s WHERE s.` + id + ` = r.id)`
	if tx.d.waits() {
		missing += ` AND NOT EXISTS (SELECT 1 FROM search_waiting w WHERE w.id = r.id)`
	}
	return `SELECT r.id, 0, r.name FROM items r WHERE ` + missing +
		` UNION ALL SELECT r.id, 0, r.name FROM organizations r WHERE r.id <> 1 AND r.state <> 'purged' AND ` + missing
}

// reference is a column that names a row of another table.
type reference struct{ table, id, column, target, where string }

// references lists what must resolve: the foreign keys, which the databases
// hold themselves as long as nobody switches that off, and the columns that
// name one of several tables.
var references = []reference{
	{"organizations", "id", "parent_binder_id", "binders", ""},
	{"organizations", "id", "primary_location_id", "items", ""},
	{"organizations", "id", "merged_into", "organizations", ""},
	{"organizations", "id", "type_id", "lookups", ""},
	{"organizations", "id", "status_id", "lookups", ""},
	{"items", "id", "trashed_by", "operations", ""},
	{"items", "id", "merged_into", "items", ""},
	{"items", "id", "type_id", "lookups", "t.kind <> " + flexKind},
	{"items", "id", "type_id", "flexible_asset_types", "t.kind = " + flexKind},
	{"parts", "id", "item_id", "items", ""},
	{"secrets", "item_id", "item_id", "items", ""},
	{"expirations", "id", "item_id", "items", ""},
	{"reminders_sent", "expiration_id", "expiration_id", "expirations", ""},
	{"reminders_sent", "expiration_id", "user_id", "users", ""},
	{"reminder_choices", "user_id", "user_id", "users", ""},
	{"expirations", "id", "binder_id", "binders", ""},
	{"expirations", "id", "type_id", "flexible_asset_types", ""},
	{"attachments", "id", "item_id", "items", ""},
	{"attachments", "id", "binder_id", "binders", ""},
	{"relations", "id", "from_item", "items", ""},
	{"relations", "id", "to_item", "items", ""},
	{"relations", "id", "to_binder", "binders", ""},
	{"revisions", "id", "binder_id", "binders", ""},
	{"memberships", "person_id", "binder_id", "binders", ""},
	{"email_domains", "binder_id", "binder_id", "binders", ""},
	{"aliases", "binder_id", "binder_id", "binders", ""},
	{"grants", "id", "binder_id", "binders", ""},
	{"grants", "id", "subject_id", "users", "t.subject_kind = 'user' AND t.ended_by IS NULL"},
	{"grants", "id", "subject_id", "groups", "t.subject_kind = 'group' AND t.ended_by IS NULL"},
	{"reach", "user_id", "binder_id", "binders", ""},
	{"reach", "binder_id", "user_id", "users", ""},
	{"restrictions", "item_id", "item_id", "items", ""},
	{"restrictions", "item_id", "subject_id", "users", "t.subject_kind = 'user'"},
	{"restrictions", "item_id", "subject_id", "groups", "t.subject_kind = 'group'"},
	{"links", "connection_id", "binder_id", "binders", ""},
	{"links", "connection_id", "item_id", "items", ""},
	{"activity", "id", "binder_id", "binders", ""},
	{"activity", "id", "operation_id", "operations", ""},
	{"binder_moves", "binder_id", "binder_id", "binders", ""},
	{"binder_moves", "binder_id", "operation_id", "operations", ""},
}

const flexKind = "10"

// SystemReferences calls fn for every reference that names nothing: the table,
// the row, the column and what it names.
func (tx *Tx) SystemReferences(fn func(table, column string, f Fault)) error {
	for _, r := range references {
		where := ""
		if r.where != "" {
			where = " AND " + r.where
		}
		found, err := tx.faults(`SELECT t.` + r.id + `, t.` + r.column + `, '' FROM ` + r.table + ` t LEFT JOIN ` + r.target +
			` x ON x.id = t.` + r.column + ` WHERE t.` + r.column + ` IS NOT NULL AND x.id IS NULL` + where)
		if err != nil {
			return err
		}
		for _, f := range found {
			fn(r.table, r.column, f)
		}
	}
	found, err := tx.faults(`SELECT t.person_id, t.binder_id, '' FROM memberships t
		WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.id = t.person_id) AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = t.person_id)`)
	for _, f := range found {
		fn("memberships", "person_id", f)
	}
	return err
}

// OrgNode is an organization as a point of the forests: merges and parents.
type OrgNode struct {
	ID         tenon.OrgID
	State      tenon.OrgState
	MergedInto tenon.OrgID
	HomeOwner  tenon.OrgID // who owns its home binder
	Parent     tenon.OrgID // the owner of the binder it names as its parent
}

// SystemForest calls fn for every organization, purged ones too, in id order.
func (tx *Tx) SystemForest(fn func(OrgNode)) error {
	return tx.each(func(r Scanner) error {
		var n OrgNode
		if err := r.Scan(&n.ID, &n.State, &n.MergedInto, &n.HomeOwner, &n.Parent); err != nil {
			return err
		}
		fn(n)
		return nil
	}, `SELECT o.id, o.state, COALESCE(o.merged_into, 0), COALESCE(h.organization_id, 0), COALESCE(p.organization_id, 0)
		FROM organizations o LEFT JOIN binders h ON h.id = o.id LEFT JOIN binders p ON p.id = o.parent_binder_id ORDER BY o.id`)
}

// SystemCountPairs compares, for some live organizations with items after the id given,
// the numbers that pages show with a plain count. It returns those that
// differ, and the last id looked at, 0 at the end.
func (tx *Tx) SystemCountPairs(after tenon.OrgID, limit int) (faults []Fault, last tenon.OrgID, err error) {
	ids, err := column[tenon.OrgID](tx, `SELECT o.id FROM organizations o WHERE o.id > $1 AND o.state = 'live' AND EXISTS
		(SELECT 1 FROM binders b JOIN items i ON i.binder_id = b.id WHERE b.organization_id = o.id) ORDER BY o.id LIMIT `+strconv.Itoa(limit), after)
	if err != nil || len(ids) == 0 {
		return nil, 0, err
	}
	for _, id := range ids {
		binders, err := tx.SystemBindersOf(id)
		if err != nil {
			return nil, 0, err
		}
		shown, err := tx.CountItems(tenon.SystemViewer(), binders)
		if err != nil {
			return nil, 0, err
		}
		counted := map[tenon.Kind]int64{}
		err = tx.each(countRow(counted, 1), `SELECT i.kind, count(*) FROM binders b JOIN items i ON i.binder_id = b.id
			WHERE b.organization_id = $1 AND i.trashed_by IS NULL GROUP BY i.kind`, id)
		if err != nil {
			return nil, 0, err
		}
		for _, k := range tenon.Kinds {
			if shown[k.Kind] != counted[k.Kind] {
				faults = append(faults, Fault{ID: int64(id), Other: counted[k.Kind], Text: k.Plural + " " + strconv.FormatInt(shown[k.Kind], 10)})
			}
		}
	}
	return faults, ids[len(ids)-1], nil
}

// SystemJobless returns the running operations that no waiting or working job
// of the queue names. Where there is no queue yet, that is all of them.
func (tx *Tx) SystemJobless() ([]tenon.OperationID, error) {
	running, err := tx.SystemRunning()
	if err != nil || len(running) == 0 {
		return nil, err
	}
	waiting, err := tx.d.queuedJobs(tx)
	if err != nil {
		return nil, err
	}
	var queued []tenon.OperationID
	for _, text := range waiting {
		if id, ok := jobOperation(text); ok {
			queued = append(queued, id)
		}
	}
	return slices.DeleteFunc(running, func(id tenon.OperationID) bool { return slices.Contains(queued, id) }), nil
}

// SystemOperationWords returns the operations whose title, or whose reason of a
// failure, is kept as a phrase that does not say in English what stands beside it.
func (tx *Tx) SystemOperationWords() ([]Fault, error) {
	var out []Fault
	err := tx.each(func(r Scanner) error {
		var id int64
		var words, kept [2]string
		if err := r.Scan(&id, &words[0], &kept[0], &words[1], &kept[1]); err != nil {
			return err
		}
		for i, column := range []string{"title", "error"} {
			said := tenon.Phrase{Text: words[i]}
			if err := (phrase{&said}).Scan(kept[i]); (err != nil || said.String() != words[i]) && len(out) < MaxFaults {
				out = append(out, Fault{ID: id, Text: column})
			}
		}
		return nil
	}, `SELECT p.id, p.title, p.title_phrase, p.error, p.error_phrase FROM operations p WHERE p.title_phrase <> '' OR p.error_phrase <> '' ORDER BY p.id`)
	return out, err
}

// jobOperation reads the operation out of a job's arguments: {"operation":12}.
func jobOperation(args string) (tenon.OperationID, bool) {
	_, rest, ok := strings.Cut(args, `"operation":`)
	if !ok {
		return 0, false
	}
	rest = strings.TrimLeft(rest, " ")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.ParseInt(rest[:end], 10, 64)
	return tenon.OperationID(n), err == nil
}
