// Package racetest lets people do at the same moment what does not go together:
// merges that cross, deletes of what is merged, edits of one record, a reveal
// while the right to it is taken away. Each act ends wholly or is refused in
// words, and the invariants hold afterwards.
//
// Where the order matters one act is held just before its commit, and the other
// must finish or wait: told by what it answers, not by a clock.
package racetest
