// Package httpkit is what the faces share of HTTP: request ids, panics, the
// access log, headers, limits, strict decoding, the one table that turns our
// error codes into statuses, entity tags, answers that are repeated for a
// repeated request, and who is asking.
//
// It knows no record and no database: who a key belongs to, and where answers
// are kept, it asks through functions that a face passes in.
package httpkit
