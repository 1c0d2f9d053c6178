package operation

import "github.com/tenonhq/tenon"

// Counts are how many records an import or a copy brought, or passed over.
type Counts struct {
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Skipped   int64 `json:"skipped"`
	Failed    int64 `json:"failed"`
}

// ByName are the numbers as a receipt has them.
func (c Counts) ByName() map[string]int64 {
	return map[string]int64{"created": c.Created, "updated": c.Updated, "unchanged": c.Unchanged, "skipped": c.Skipped, "failed": c.Failed}
}

// Number is how many of something an operation did, in words.
type Number struct {
	n     int64
	words tenon.Phrase
}

// Counted is a number for Numbers.
func Counted(n int64, words tenon.Phrase) Number { return Number{n, words} }

// Numbers lists what an operation did and leaves out what is 0; where all is,
// the first says so.
func Numbers(all ...Number) tenon.List {
	var out tenon.List
	for _, x := range all {
		if x.n > 0 {
			out = append(out, x.words)
		}
	}
	if len(out) == 0 {
		out = tenon.List{all[0].words}
	}
	return out
}
