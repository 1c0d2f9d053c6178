package secret

import (
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/tenonhq/tenon"
)

// Generate says what a generated password is made of. The zero value means 20
// characters of all four kinds.
type Generate struct {
	Length                        int
	Lower, Upper, Digits, Symbols bool
	// NoLookalikes leaves out what is mistaken for something else when read
	// aloud or from paper: 0 O o, 1 I l |, and the like.
	NoLookalikes bool
}

const (
	minGenerated = 4
	maxGenerated = 256
	lookalikes   = "0Oo1Il|5S2Z8B'`\""
)

// Password returns a random password with at least one character of each chosen
// kind, every such password being equally likely.
func (g Generate) Password() (Text, error) {
	if g.Length == 0 {
		g.Length = 20
	}
	if g.Length < minGenerated || g.Length > maxGenerated {
		return Text{}, tenon.FieldErrorf("length", "A generated password has between %d and %d characters.", minGenerated, maxGenerated)
	}
	kinds := g.kinds()
	all := strings.Join(kinds, "")
	b := make([]byte, g.Length)
	// Draw until every kind is there: placing one of each first would make some
	// passwords likelier than others. With four kinds in four places a draw
	// succeeds at worst about once in 100.
	for {
		for i := range b {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(all))))
			if err != nil {
				return Text{}, err
			}
			b[i] = all[n.Int64()]
		}
		if hasEach(string(b), kinds) {
			return NewText(string(b)), nil
		}
	}
}

func (g Generate) kinds() []string {
	if !g.Lower && !g.Upper && !g.Digits && !g.Symbols {
		g.Lower, g.Upper, g.Digits, g.Symbols = true, true, true, true
	}
	var kinds []string
	for _, k := range []struct {
		on    bool
		chars string
	}{
		{g.Lower, "abcdefghijklmnopqrstuvwxyz"},
		{g.Upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{g.Digits, "0123456789"},
		{g.Symbols, "!#$%&()*+,-./:;<=>?@[]^_{|}~"},
	} {
		if !k.on {
			continue
		}
		if g.NoLookalikes {
			k.chars = strings.Map(func(r rune) rune {
				if strings.ContainsRune(lookalikes, r) {
					return -1
				}
				return r
			}, k.chars)
		}
		kinds = append(kinds, k.chars)
	}
	return kinds
}

func hasEach(s string, kinds []string) bool {
	for _, k := range kinds {
		if !strings.ContainsAny(s, k) {
			return false
		}
	}
	return true
}

// The syllables of made-up words: 16 x 5 of them, so that one is worth 6.3 bits
// and a word of three 19.
const (
	consonants = "bdfghjklmnprstvz"
	vowels     = "aeiou"
	syllables  = 3
	minWords   = 3
	maxWords   = 20
)

// Phrase returns a pass phrase of that many made-up words, which can be read
// aloud and typed on any keyboard; every such phrase is equally likely.
func Phrase(words int) (Text, error) {
	if words < minWords || words > maxWords {
		return Text{}, tenon.FieldErrorf("words", "A pass phrase has between %d and %d words.", minWords, maxWords)
	}
	var b strings.Builder
	for w := range words {
		if w > 0 {
			b.WriteByte('-')
		}
		for range syllables {
			for _, letters := range []string{consonants, vowels} {
				n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
				if err != nil {
					return Text{}, err
				}
				b.WriteByte(letters[n.Int64()])
			}
		}
	}
	return NewText(b.String()), nil
}
