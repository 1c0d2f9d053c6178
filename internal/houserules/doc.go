// Package houserules holds tests about the code itself: which package may
// import which, which modules may be used and by whom, how long a function may
// be, where the clock may be read, which errors may not be ignored.
//
// There is nothing to call here. A rule that refuses a change says where to
// look; an exception goes into the table of that rule, with its reason beside
// it, and an exception that is no longer needed fails too.
//
// The tests read the source files themselves. If they asked the go tool, a
// cached result would not notice a changed import.
package houserules
