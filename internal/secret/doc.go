// Package secret holds the cryptography of Tenon and everything that proves who
// somebody is: the vault's keys and sealed values, password hashes, tokens, API
// keys and one-time codes. It knows no database and no request; callers store
// what it returns.
//
// # The vault
//
// A [Ring] holds the key-encryption keys, which live in a file outside the
// database and outside every backup. [Ring.Seal] draws a fresh 256-bit data key
// for each value, encrypts the value with it (AES-256-GCM), wraps the data key
// under the ring's current key and returns all of it as one [Sealed]. The value
// is bound to its [Place]: item, binder and field. A sealed value that is put
// anywhere else, or changed by one bit, does not open. The binder is bound in
// and never its owner, so a merge rewrites no secret; moving one item to
// another organization is [Ring.Rebind].
//
// # Life of a key
//
// [CreateKeyFile] makes the first key. [AddKey] makes another one current: new
// values use it, old ones still open. [Ring.Rewrap] brings a value under the
// current key by wrapping its data key again; the value itself is not touched.
// When nothing names the old key any more, [RemoveKey] ends it. The id of a key
// is derived from the key, so a damaged or foreign key is noticed before it is
// used.
//
// # What is never here
//
// No secret is printed: [Text] shows as [secret] wherever it is formatted,
// logged or encoded. Tokens are stored only as hashes. Nothing reads the clock.
package secret
