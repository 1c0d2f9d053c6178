// Package textkey makes the keys by which text is compared: names, telephone
// numbers, e-mail addresses, MAC addresses and domains.
//
// A key is never shown. It is stored beside the text that a person wrote, and
// two texts are "the same" when their keys are equal bytes. Keys are made here
// and not in SQL, because the databases disagree about case, accents and white
// space. Every function is pure: the same input gives the same key on every
// machine, and a key put in again gives itself. A change to what a function
// returns is a change of stored data and needs a job that makes the keys anew.
//
// The package knows nothing of legal forms, nicknames or likeness; that is the
// work of duplicate finding.
package textkey
