// Package tenon is the vocabulary of Tenon: the types, the rules and the
// errors that every other package speaks. It imports only the standard
// library and knows no database, no protocol and no vendor.
package tenon
