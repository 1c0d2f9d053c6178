// Package failpoint names the steps at which a test kills the process.
//
// Code that must be whole or absent, whatever ends it, says after each step
// where it is: failpoint.At("merge/handed-over"). In a program built as usual
// that is nothing at all: the call is inlined away, and not even the name is in
// the binary. Built with the tag failpoint, the environment says at which step
// the process kills itself.
package failpoint
