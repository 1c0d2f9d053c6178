// Package gluetest proves that what was written for the IT Glue API runs
// against a server of ours: a client library that others wrote spends a day
// with it, a table that is read off the published reference is walked through
// route by route, and requests that no client library sends are sent raw.
//
// The table is written from the reference, and knows nothing of the one in
// internal/itglue.
package gluetest
