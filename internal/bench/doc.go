// Package bench holds the figures of the whole: each beside its floor or a
// peer, measured in the same run. `make bench` prints them. Nothing here is
// part of the product.
package bench
