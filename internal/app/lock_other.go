//go:build !unix

package app

import "os"

// lockFile relies on the operator where the system has no advisory locks that
// end with the process.
func lockFile(*os.File, bool) error { return nil }
