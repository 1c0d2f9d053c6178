package racetest

import (
	"testing"

	"github.com/tenonhq/tenon"
)

func TestMergesThatCross(t *testing.T) {
	again(t, func(f *field) {
		a, b := f.org("A"), f.org("B")
		done := f.together(f.merge(a, b), f.merge(b, a))
		if count(done) != 1 || f.owner(a) != f.owner(b) {
			f.t.Errorf("done %v; A is %d's, B is %d's", done, f.owner(a), f.owner(b))
		}
	})
}

func TestMergesOfOneSource(t *testing.T) {
	again(t, func(f *field) {
		a, b, c := f.org("A"), f.org("B"), f.org("C")
		done := f.together(f.merge(a, b), f.merge(a, c))
		want := map[bool]tenon.OrgID{true: b, false: c}[done[0]]
		if count(done) != 1 || f.owner(a) != want {
			f.t.Errorf("done %v, and A is %d's", done, f.owner(a))
		}
	})
}

func TestMergesInAChain(t *testing.T) {
	again(t, func(f *field) {
		a, b, c := f.org("A"), f.org("B"), f.org("C")
		done := f.together(f.merge(a, b), f.merge(b, c))
		wantA, wantB := a, b
		if done[0] {
			wantA = b
		}
		if done[1] {
			wantB = c
			if done[0] {
				wantA = c
			}
		}
		if count(done) == 0 || f.owner(a) != wantA || f.owner(b) != wantB {
			f.t.Errorf("done %v; A is %d's, B is %d's, want %d, %d", done, f.owner(a), f.owner(b), wantA, wantB)
		}
	})
}

// TestMergesIntoOne wants both. What the slower planned has changed: the people
// of the other source gain its records, too. It is shown that, and confirms again.
func TestMergesIntoOne(t *testing.T) {
	again(t, func(f *field) {
		a, b, c := f.org("A"), f.org("B"), f.org("C")
		done := f.together(f.merge(a, c), f.merge(b, c))
		for i, source := range []tenon.OrgID{a, b} {
			if !done[i] {
				f.must(f.merge(source, c)())
			}
		}
		if count(done) == 0 || f.owner(a) != c || f.owner(b) != c {
			f.t.Errorf("done %v; A is %d's, B is %d's", done, f.owner(a), f.owner(b))
		}
	})
}

func TestMergesInARing(t *testing.T) {
	again(t, func(f *field) {
		var ring [5]tenon.OrgID
		for i := range ring {
			ring[i] = f.org(string(rune('A' + i)))
		}
		var acts []func() error
		for i := range ring {
			acts = append(acts, f.merge(ring[i], ring[(i+1)%len(ring)]))
		}
		done := f.together(acts...)
		if n := count(done); n == 0 || n == len(ring) {
			f.t.Fatalf("done %v", done)
		}
		for i, id := range ring {
			if owner := f.owner(id); f.state(owner) != tenon.Live || (owner == id) == done[i] {
				f.t.Errorf("done %v; %d is %d's", done, id, owner)
			}
		}
	})
}

// TestUndoOfAChain undoes A into B into C from both ends at once.
func TestUndoOfAChain(t *testing.T) {
	again(t, func(f *field) {
		a, b, c := f.org("A"), f.org("B"), f.org("C")
		first, second := f.merged(a, b), f.merged(b, c)
		done := f.together(f.undo(first), f.undo(second))
		if count(done) != 2 || f.owner(a) != a || f.owner(b) != b || f.owner(c) != c {
			f.t.Errorf("done %v; A is %d's, B is %d's", done, f.owner(a), f.owner(b))
		}
	})
}

func TestUndoTwice(t *testing.T) {
	again(t, func(f *field) {
		a, b := f.org("A"), f.org("B")
		op := f.merged(a, b)
		done := f.together(f.undo(op), f.undo(op), f.undo(op))
		if count(done) != 1 || f.owner(a) != a {
			f.t.Errorf("done %v, and A is %d's", done, f.owner(a))
		}
	})
}

func TestMergeWithDeleteOfTheSource(t *testing.T) {
	again(t, func(f *field) {
		a, b := f.org("A"), f.org("B")
		done := f.together(f.merge(a, b), f.remove(a))
		want := map[bool]tenon.OrgState{true: tenon.Merged, false: tenon.Trashed}[done[0]]
		if count(done) != 1 || f.state(a) != want || f.state(b) != tenon.Live {
			f.t.Errorf("done %v; A is %s, B is %s", done, f.state(a), f.state(b))
		}
	})
}

func TestMergeWithDeleteOfTheTarget(t *testing.T) {
	again(t, func(f *field) {
		a, b := f.org("A"), f.org("B")
		done := f.together(f.merge(a, b), f.remove(b))
		// The plan of the delete did not show what the merge brought: it is refused.
		if count(done) != 1 || (done[0] && f.state(b) != tenon.Live) || (done[1] && f.state(a) != tenon.Live) {
			f.t.Errorf("done %v; A is %s, B is %s", done, f.state(a), f.state(b))
		}
	})
}

func TestMergeWithDeleteOfTheParent(t *testing.T) {
	again(t, func(f *field) {
		above := f.org("Above")
		a, b := f.org("A"), f.org("B", above)
		done := f.together(f.merge(a, b), f.remove(above))
		if count(done) == 0 {
			f.t.Errorf("nobody came through")
		}
		if gone := f.state(above) == tenon.Trashed; gone != done[1] || (gone && f.state(b) != tenon.Trashed) {
			f.t.Errorf("done %v; above is %s, B is %s", done, f.state(above), f.state(b))
		}
		if done[0] != (f.owner(a) == b) {
			f.t.Errorf("done %v, and A is %d's", done, f.owner(a))
		}
	})
}

// TestTreeDeletedWhileASubtreeMovesOut wants the subtree wholly in or wholly out.
func TestTreeDeletedWhileASubtreeMovesOut(t *testing.T) {
	again(t, func(f *field) {
		top := f.org("Top")
		mid := f.org("Mid", top)
		low := f.org("Low", mid)
		done := f.together(f.remove(top), f.moveOut(mid))
		want := tenon.Live
		if done[0] && !done[1] {
			want = tenon.Trashed
		}
		if count(done) == 0 || f.state(mid) != want || f.state(low) != want {
			f.t.Errorf("done %v; mid is %s, low is %s", done, f.state(mid), f.state(low))
		}
	})
}
