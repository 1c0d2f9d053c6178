package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"github.com/tenonhq/tenon"
)

// TOTP makes and checks time-based one-time codes (RFC 6238).
type TOTP struct {
	seed      Text // base32 without padding
	period    int64
	digits    otp.Digits
	algorithm otp.Algorithm
}

const (
	seedBytes    = 20 // of a new seed, as RFC 4226 recommends
	minSeedBytes = 8
	maxSeed      = 1024
	// codeSkew is how many steps a clock may be off, to either side.
	codeSkew = 1
)

// NewTOTP returns a fresh seed with the settings that every app supports: six
// digits, 30 seconds, SHA-1 (whose weakness does not concern an HMAC).
func NewTOTP() TOTP {
	b := make([]byte, seedBytes)
	rand.Read(b)
	return TOTP{seed: NewText(base32.StdEncoding.EncodeToString(b)), period: 30, digits: otp.DigitsSix, algorithm: otp.AlgorithmSHA1}
}

// ParseTOTP reads a seed as a person has it: base32, in any case and with
// spaces or dashes as sites print it, or a whole otpauth:// address. Its errors
// never quote the seed. What is sealed is the text that was accepted here, so
// that unusual settings are kept with it.
func ParseTOTP(s Text) (TOTP, error) {
	text := strings.TrimSpace(s.Reveal())
	if len(text) > maxSeed {
		return TOTP{}, tenon.FieldErrorf("otp_secret", "The one-time code secret is longer than %d characters.", maxSeed)
	}
	t := TOTP{period: 30, digits: otp.DigitsSix, algorithm: otp.AlgorithmSHA1}
	if strings.HasPrefix(strings.ToLower(text), "otpauth:") {
		var err error
		if text, err = t.readURI(text); err != nil {
			return TOTP{}, err
		}
	}
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "", "=", "").Replace(text))
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return TOTP{}, tenon.FieldErrorf("otp_secret", "The one-time code secret is not base32 (letters A to Z and digits 2 to 7).")
	}
	if len(b) < minSeedBytes {
		return TOTP{}, tenon.FieldErrorf("otp_secret", "The one-time code secret is too short. It has %d letters and digits and needs at least 13.", len(text))
	}
	t.seed = NewText(text)
	return t, nil
}

// readURI takes the settings of an otpauth:// address and returns its seed. It
// refuses what the library would compute wrongly or not at all: codes of other
// lengths, MD5 (too short a sum), letters instead of digits.
func (t *TOTP) readURI(text string) (seed string, err error) {
	key, err := otp.NewKeyFromURL(text)
	if err != nil || key.Type() != "totp" || key.Encoder() != otp.EncoderDefault || key.Algorithm() == otp.AlgorithmMD5 {
		return "", tenon.FieldErrorf("otp_secret", "The otpauth:// address is not one for time-based codes of digits with SHA-1, SHA-256 or SHA-512.")
	}
	if n := key.Digits(); n < 6 || n > 8 {
		return "", tenon.FieldErrorf("otp_secret", "The otpauth:// address has codes of %d digits. Only 6 to 8 are supported.", n)
	}
	if n := key.Period(); n < 10 || n > 300 {
		return "", tenon.FieldErrorf("otp_secret", "The otpauth:// address has codes that last %d seconds. Only 10 to 300 are supported.", n)
	}
	t.period, t.digits, t.algorithm = int64(key.Period()), key.Digits(), key.Algorithm()
	return key.Secret(), nil
}

// Seed returns the seed in base32, for typing into an app.
func (t TOTP) Seed() Text { return t.seed }

// URI returns the otpauth:// address that an app reads as a QR code.
func (t TOTP) URI(issuer, account string) (Text, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(t.seed.Reveal())
	if err != nil {
		return Text{}, tenon.Errorf(tenon.Internal, "The one-time code secret is damaged.")
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: strings.ReplaceAll(account, ":", " "),
		Period: uint(t.period), Secret: raw, Digits: t.digits, Algorithm: t.algorithm,
	})
	if err != nil {
		return Text{}, tenon.Errorf(tenon.Invalid, "A one-time code needs the name of its issuer and of its account.")
	}
	return NewText(key.URL()), nil
}

// Code returns the code that is valid at now, and when the next one begins.
func (t TOTP) Code(now time.Time) (code Text, next time.Time, err error) {
	step := now.Unix() / t.period
	s, err := t.codeAt(step)
	return NewText(s), time.Unix((step+1)*t.period, 0).UTC(), err
}

// Check compares a code with those valid at now, one step early or late
// included, and returns the counter of the one it is. Codes at or before the
// counter last are refused: the caller stores the returned counter, in the same
// transaction, and passes it as last the next time, so that a code works once.
// 0 means none was used yet.
func (t TOTP) Check(code string, now time.Time, last int64) (counter int64, ok bool) {
	code = strings.NewReplacer(" ", "", "\u00a0", "", "-", "").Replace(code)
	step := now.Unix() / t.period
	// All steps are tried, so that the time taken does not tell which fits.
	for c := step - codeSkew; c <= step+codeSkew; c++ {
		want, err := t.codeAt(c)
		if err == nil && c > last && subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			counter, ok = c, true
		}
	}
	return counter, ok
}

func (t TOTP) codeAt(step int64) (string, error) {
	if step < 0 {
		step = 0
	}
	code, err := hotp.GenerateCodeCustom(t.seed.Reveal(), uint64(step), hotp.ValidateOpts{Digits: t.digits, Algorithm: t.algorithm})
	if err != nil {
		return "", tenon.Errorf(tenon.Internal, "The one-time code secret is damaged.")
	}
	return code, nil
}
