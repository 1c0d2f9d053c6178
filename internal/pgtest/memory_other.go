//go:build !linux

package pgtest

// memoryFolder returns "": no other system has a folder in memory by default.
func memoryFolder() string { return "" }
