// Package modeltest runs random programs against Tenon and against a small
// model of it held in memory, and compares the two after every step.
//
// The model knows binders only as "the root of where an organization was
// merged": it has no lists of what to move, so what it says is what the design
// promises, not what the code does.
package modeltest
