package check

import (
	"fmt"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// rule is a probe with its words.
type rule struct {
	probe            store.Probe
	subject, message string
}

func (r *run) rules(l ...rule) error {
	for _, x := range l {
		if err := r.probe(x.probe, x.subject, x.message); err != nil {
			return err
		}
	}
	return nil
}

const (
	itemSubject      = "item {id}"
	orgSubject       = "organization {id}"
	binderSubject    = "binder {id}"
	operationSubject = "operation {id}"
)

// ownerPerItem is I1: each item has one owner, which exists.
func ownerPerItem(r *run) error {
	return r.rules(
		rule{store.ProbeItemOwner, itemSubject, "\"{text}\" is filed in binder {other}, which has no owner."},
		rule{store.ProbeBinderOwner, binderSubject, "Its owner, organization {other}, does not exist."},
		rule{store.ProbeHomeBinder, orgSubject, "\"{text}\" has no home binder."},
	)
}

// noItemInDeadOrganization is I2: nothing is filed with an organization that
// is merged away or purged.
func noItemInDeadOrganization(r *run) error {
	return r.rules(
		rule{store.ProbeItemDeadOwner, itemSubject, "\"{text}\" belongs to organization {other}, which is merged away or purged."},
		rule{store.ProbeMergedOwns, orgSubject, "\"{text}\" is merged away and still owns binder {other}."},
	)
}

// eventPerChange is I5: what there is was recorded when it came about, and the
// chain over the records is unbroken.
func eventPerChange(r *run) error {
	err := r.rules(
		rule{store.ProbeOrgEvent, orgSubject, "\"{text}\" has no entry in the activity log."},
		rule{store.ProbeItemEvent, itemSubject, "\"{text}\" has no entry in the activity log."},
		rule{store.ProbeOperationEvent, operationSubject, "This finished {text} has no entry in the activity log."},
		rule{store.ProbeFutureRevision, "record {id}", "It has a revision of version {other}, which it never reached."},
	)
	if err != nil {
		return err
	}
	return chainHolds(r)
}

// recentLinks is how much of the chain is walked without Deep.
const recentLinks = 100_000

func chainHolds(r *run) error {
	length, err := r.tx.SystemChainLength()
	if err != nil || length == 0 {
		return err
	}
	from := int64(1)
	if !r.o.Deep {
		from = max(1, length-recentLinks)
	}
	position, event, broken, err := r.tx.SystemVerifyChain(from)
	if err == nil && broken {
		r.add("activity", "Its chain is broken at link %d (event %d): an event was altered or taken out after it was written.", position, event)
	}
	return err
}

// uniqueAmongLive is I7: one live organization per external id, and one primary.
func uniqueAmongLive(r *run) error {
	return r.rules(
		rule{store.ProbeExternalID, orgSubject, "Its external id \"{text}\" is also that of organization {other}."},
		rule{store.ProbePrimary, "setting primary_binder", "It names binder {text}, whose owner is not a live organization."},
	)
}

// accessAsGranted is I10: what people reach is what their grants say.
func accessAsGranted(r *run) error {
	return r.rules(
		rule{store.ProbeReachMissing, "user {id}", "A grant gives binder {other}, and the user does not reach it."},
		rule{store.ProbeReachExtra, "user {id}", "The user reaches binder {other} without a grant."},
		rule{store.ProbeRestrictedFlag, itemSubject, "Its mark says whether it is restricted, and its restrictions say the opposite."},
	)
}

// oneEffectPerKey is I15: an idempotency key has one answer.
func oneEffectPerKey(r *run) error {
	return r.probe(store.ProbeIdempotency, "idempotency key", "A key of {text} has several answers.")
}

// linkedOnce is I16: each record of the other system is linked once. One link
// per external id is a key of the table; here is the other direction.
func linkedOnce(r *run) error {
	return r.probe(store.ProbeLinkedTwice, "connection {id}", "The {text} {other} is linked to it more than once.")
}

// trashIsExact is I18: the marks by which a restore works agree, and a purge
// left nothing.
func trashIsExact(r *run) error {
	return r.rules(
		rule{store.ProbeTrashState, orgSubject, "Its state and the mark of the delete that took it do not fit."},
		rule{store.ProbeTrashOperation, "record {id}", "It is in the trash by operation {other}, which is not in force."},
		rule{store.ProbePurgedLeftover, "record {id}", "It is purged, and some of it is left: {text}."},
	)
}

// undoIsWhole is I19: what was undone is undone in all its parts.
func undoIsWhole(r *run) error {
	return r.rules(
		rule{store.ProbeUndoHalf, operationSubject, "The {text} and the operation that undid it do not name each other."},
		rule{store.ProbeLastMove, binderSubject, "Its last move gave it to organization {other}, which does not own it."},
		rule{store.ProbeUndoneGrant, "grant {id}", "It bears the mark of operation {other}, which was undone."},
		rule{store.ProbeUndoneDomain, binderSubject, "The domain {text} is hidden by operation {other}, which was undone."},
	)
}

// wordsAgree is I21: what an operation is called, and why it failed, is kept in
// English for programs and as a phrase for people, and both say the same.
func wordsAgree(r *run) error {
	faults, err := r.tx.SystemOperationWords()
	if err != nil {
		return err
	}
	for _, f := range faults {
		r.add(fmt.Sprintf("operation %d", f.ID), "Its %s and the phrase from which other languages say it differ.", f.Text)
	}
	r.full(len(faults))
	return nil
}

// jobsForRunning is I14: what runs has a job, and no progress beyond its end.
func jobsForRunning(r *run) error {
	ids, err := r.tx.SystemJobless()
	if err != nil {
		return err
	}
	for _, id := range ids {
		r.add(fmt.Sprintf("operation %d", id), "It is running, and no job works on it.")
	}
	return r.probe(store.ProbeRunningTooLarge, operationSubject, "The {text} has done {other}, more than there is to do.")
}

// referencesResolve is I9: every reference names something.
func referencesResolve(r *run) error {
	err := r.tx.SystemReferences(func(table, column string, f store.Fault) {
		r.add(fmt.Sprintf("%s %d", table, f.ID), "Its %s is %d, which does not exist.", column, f.Other)
	})
	if err != nil {
		return err
	}
	return r.rules(
		rule{store.ProbeParentGone, orgSubject, "The parent of \"{text}\", organization {other}, is purged."},
		rule{store.ProbeItemReference, itemSubject, "Its {text} names an item that does not exist."},
		rule{store.ProbeHostBinder, itemSubject, "It is not filed in the binder of item {other}, which it hangs on ({text})."},
	)
}

// numbersAgree is I17: the numbers that pages show equal a plain count.
func numbersAgree(r *run) error {
	const page, sample = 200, 1000
	seen := 0
	for last := tenon.OrgID(0); ; {
		faults, next, err := r.tx.SystemCountPairs(last, page)
		if err != nil {
			return err
		}
		for _, f := range faults {
			r.add(fmt.Sprintf("organization %d", f.ID), "Its number of items is shown as %s and is %d.", f.Text, f.Other)
		}
		seen += page
		if next == 0 || (seen >= sample && !r.o.Deep) {
			return nil
		}
		last = next
	}
}
