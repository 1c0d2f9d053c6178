//go:build !unix

package pgtest

import "os/exec"

// On systems without Unix users there is nobody else to run as. Starting a
// server needs a shell; without one, set TENON_TEST_DATABASE_URL.

func giveAway(...string) error { return nil }

func dropRights(*exec.Cmd) {}

func detach(*exec.Cmd) {}
