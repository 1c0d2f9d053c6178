//go:build unix

package main

import "syscall"

// What Tenon writes (database, keys, backups) is for its own user alone.
func private() { syscall.Umask(0o077) }
