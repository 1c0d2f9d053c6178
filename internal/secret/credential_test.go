package secret

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
)

// cheap makes hashing take no time; the form of the hashes is the same.
var cheap = HashOptions{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := NewHasher(cheap)
	pw := NewText("correct horse battery staple")
	stored, err := h.Hash(ctx, pw)
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("Hash = %q, %v", stored, err)
	}
	if again, _ := h.Hash(ctx, pw); again == stored {
		t.Error("two hashes share a salt")
	}
	if ok, err := h.Verify(ctx, stored, pw); !ok || err != nil {
		t.Errorf("right password: %v, %v", ok, err)
	}
	for _, wrong := range []string{"", "correct horse battery staple ", "Correct horse battery staple"} {
		if ok, err := h.Verify(ctx, stored, NewText(wrong)); ok || err != nil {
			t.Errorf("wrong password %q: %v, %v", wrong, ok, err)
		}
	}
	if err := h.VerifyNobody(ctx, pw); err != nil {
		t.Error(err)
	}
	if h.NeedsRehash(stored) || !NewHasher(HashOptions{MemoryKiB: 128, Passes: 1, Lanes: 1}).NeedsRehash(stored) || !h.NeedsRehash("junk") {
		t.Error("NeedsRehash")
	}
	// Hashes made with other costs still verify.
	if ok, err := NewHasher(HashOptions{MemoryKiB: 128, Passes: 2, Lanes: 2}).Verify(ctx, stored, pw); !ok || err != nil {
		t.Errorf("hash with other costs: %v, %v", ok, err)
	}
}

func TestHashDefaults(t *testing.T) {
	t.Parallel()
	stored, err := NewHasher(HashOptions{}).Hash(t.Context(), NewText("x"))
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=65536,t=3,p=2$") {
		t.Errorf("Hash = %q, %v", stored, err)
	}
}

func TestVerifyRefusesStrangeHashes(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	good, err := h.Hash(t.Context(), NewText("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "x", "$2a$10$abcdefghijklmnopqrstuv",
		strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=4294967295", 1),
		strings.Replace(good, "m=64", "m=-1", 1),
		strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "t=1", "t=1000", 1),
		strings.Replace(good, "p=1", "p=255", 1),
		good[:len(good)-30], good + "$x",
	} {
		if ok, err := h.Verify(t.Context(), bad, NewText("x")); ok || err == nil {
			t.Errorf("Verify against %q = %v, %v", bad, ok, err)
		}
	}
}

func TestHashWaitsForASlot(t *testing.T) {
	t.Parallel()
	h := NewHasher(HashOptions{MemoryKiB: 64, Passes: 1, Lanes: 1, AtOnce: 1})
	h.slots <- struct{}{} // somebody else is hashing
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, NewText("x")); err == nil {
		t.Error("hashed without a slot")
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), NewText("x")); err != nil || len(h.slots) != 0 {
		t.Errorf("after the slot was freed: %v, %d taken", err, len(h.slots))
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	about := []string{"jane.doe@acme-widgets.com", "Jané Doe", "Northwind IT"}
	for pw, want := range map[string]string{
		"correct horse battery staple":            "",
		"kiwi-tractor-velvet-moss":                "",
		"xkqzjvbnwpfh":                            "",
		"Überfluß im Regenwald":                   "",
		"gT7$kq92!mWz":                            "",
		strings.Repeat("unrepeatable words ", 50): "",
		"short":                         "at least 12",
		"elevenchars":                   "at least 12",
		strings.Repeat("é", 11):         "at least 12",
		strings.Repeat("unlikely", 129): "longest",
		"password1234":                  "common",
		"Password123!":                  "common",
		"P@ssw0rd2024":                  "common",
		"passwordpassword":              "common",
		"qwertyuiop123":                 "common",
		"1234567890123":                 "common",
		"aaaaaaaaaaaaaaaa":              "common",
		"Summer2026!!":                  "common",
		"iloveyou1234":                  "common",
		"adminadmin123":                 "common",
		"jane likes long walks":         "jane",
		"the Widgets are green tea":     "widgets",
		"n0rthw1nd blows over hills":    "northwind",
		"mortise and Tenon joints":      "tenon",
		"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4": "not text",
	} {
		err := CheckPassword(NewText(pw), about...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("CheckPassword(%q) = %v (%+v), want %q", pw, err, Estimate(NewText(pw)), want)
		}
		if err != nil && (tenon.CodeOf(err) != tenon.Invalid || strings.Contains(err.Error(), pw)) {
			t.Errorf("CheckPassword(%q) = %v", pw, err)
		}
	}
}

func TestEstimate(t *testing.T) {
	t.Parallel()
	last := -1.0
	for _, pw := range []string{"", "aaaaaaaaaaaa", "password", "Password1", "Tr0ub4dor", "gT7$kq92", "kiwi tractor velvet moss pond", "f9#Kq2!vZp7&Lw4@xR8^"} {
		got := Estimate(NewText(pw))
		if got.Bits <= last {
			t.Errorf("%q has %v bits, no more than the one before (%v)", pw, got, last)
		}
		last = got.Bits
	}
	for pw, want := range map[string]string{"": "very weak", "letmein2024": "very weak", "f9#Kq2!vZp7&Lw4@xR8^": "strong"} {
		if got := Estimate(NewText(pw)); got.Words != want {
			t.Errorf("Estimate(%q) = %+v, want %s", pw, got, want)
		}
	}
}

func FuzzPassword(f *testing.F) {
	f.Add("Password123!", "jane@acme.com")
	f.Add("\xff", "")
	f.Fuzz(func(t *testing.T, pw, about string) {
		_ = CheckPassword(NewText(pw), about)
		if s := Estimate(NewText(pw)); s.Bits < 0 || s.Level < 0 || s.Level > 4 {
			t.Errorf("Estimate(%q) = %+v", pw, s)
		}
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, b := NewToken(PrefixSession), NewToken(PrefixSession)
	if a.Equal(b) || HashToken(a) == HashToken(b) {
		t.Error("two tokens are equal")
	}
	got, ok := ParseToken(PrefixSession, a.Reveal())
	if !ok || !HashToken(got).Equal(HashToken(a)) || len(HashToken(a).String()) != 64 || len(HashToken(a).Bytes()) != 32 {
		t.Errorf("parse of a fresh token: %v", ok)
	}
	for _, bad := range []string{"", "tns_", a.Reveal() + "A", a.Reveal()[1:], strings.ToLower(a.Reveal()), "tns_" + strings.Repeat("'", 26), NewToken(PrefixLink).Reveal()} {
		if _, ok := ParseToken(PrefixSession, bad); ok {
			t.Errorf("ParseToken took %q", bad)
		}
	}
}

func TestAPIKey(t *testing.T) {
	t.Parallel()
	k := NewAPIKey()
	text := k.Key.Reveal()
	if !strings.HasPrefix(text, "tnn_"+k.ID+"_") || len(text) != 4+10+1+26 {
		t.Errorf("key %q with id %q", text, k.ID)
	}
	got, ok := ParseAPIKey(text)
	if !ok || got.ID != k.ID || got.Hash != k.Hash {
		t.Errorf("parse of a fresh key: %v", ok)
	}
	for _, bad := range []string{"", "tnn_", "tnn__", text[:40], text + "A", strings.ToUpper(text), strings.Replace(text, "_", "-", 2), "tns" + text[3:], strings.Repeat("tnn_", 1000)} {
		if _, ok := ParseAPIKey(bad); ok {
			t.Errorf("ParseAPIKey took %q", bad)
		}
	}
}

// The codes of RFC 6238, appendix B, with eight digits.
func TestTOTPVectors(t *testing.T) {
	t.Parallel()
	totp, err := ParseTOTP(NewText("otpauth://totp/Acme:jane?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8"))
	if err != nil {
		t.Fatal(err)
	}
	for unix, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		got, next, err := totp.Code(time.Unix(unix, 0))
		if err != nil || got.Reveal() != want || next.Unix() != (unix/30+1)*30 {
			t.Errorf("code at %d = %s, next at %v, %v; want %s", unix, got.Reveal(), next, err, want)
		}
	}
}

func TestTOTPCodeWorksOnce(t *testing.T) {
	t.Parallel()
	totp := NewTOTP()
	now := time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	at := func(d time.Duration) string {
		c, _, err := totp.Code(now.Add(d))
		if err != nil {
			t.Fatal(err)
		}
		return c.Reveal()
	}
	counter, ok := totp.Check(at(0), now, 0)
	if !ok || counter != now.Unix()/30 {
		t.Fatalf("the current code: %d, %v", counter, ok)
	}
	if _, ok := totp.Check(at(0), now, counter); ok {
		t.Error("a code worked twice")
	}
	if _, ok := totp.Check(at(-30*time.Second), now, counter); ok {
		t.Error("an older code worked after a newer one")
	}
	if c, ok := totp.Check(at(30*time.Second), now, counter); !ok || c != counter+1 {
		t.Error("the next code, one step early, was refused")
	}
	if c, ok := totp.Check(" "+at(-30 * time.Second)[:3]+" "+at(-30 * time.Second)[3:], now, 0); !ok || c != counter-1 {
		t.Error("the code before, one step late and with a space, was refused")
	}
	for _, bad := range []string{"", "000", at(-60 * time.Second), at(60 * time.Second), at(0) + "0"} {
		if _, ok := totp.Check(bad, now, 0); ok {
			t.Errorf("took the code %q", bad)
		}
	}
}

func TestTOTPSeeds(t *testing.T) {
	t.Parallel()
	fresh := NewTOTP()
	uri, err := fresh.URI("Tenon: test", "jane@acme.com")
	if err != nil || !strings.HasPrefix(uri.Reveal(), "otpauth://totp/Tenon%20%20test:jane@acme.com?") {
		t.Fatalf("URI = %s, %v", uri.Reveal(), err)
	}
	now := time.Unix(1_700_000_000, 0)
	want, _, _ := fresh.Code(now)
	spaced := strings.ToLower(fresh.Seed().Reveal())
	for _, same := range []string{uri.Reveal(), fresh.Seed().Reveal(), " " + spaced[:4] + " " + spaced[4:8] + "-" + spaced[8:] + "== "} {
		got, err := ParseTOTP(NewText(same))
		if err != nil {
			t.Errorf("ParseTOTP(%q): %v", same, err)
			continue
		}
		if code, _, err := got.Code(now); err != nil || !code.Equal(want) {
			t.Errorf("seed read from %q gives another code: %v", same, err)
		}
	}
	for _, bad := range []string{
		"", "ABC", "not base32!", "GEZDGNBVGY3TQOJ1", strings.Repeat("A", 2000),
		"otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/x", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=99",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=18446744073709551615",
		"otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5", "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&encoder=steam", "otpauth://%zz",
	} {
		if _, err := ParseTOTP(NewText(bad)); tenon.CodeOf(err) != tenon.Invalid || len(bad) > 10 && strings.Contains(err.Error(), "GEZDGNBV") {
			t.Errorf("ParseTOTP(%q): %v", bad, err)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	for _, g := range []Generate{{}, {Length: 4}, {Length: 256, Digits: true}, {Length: 12, Lower: true, Symbols: true, NoLookalikes: true}} {
		pw, err := g.Password()
		if err != nil {
			t.Fatal(err)
		}
		s := pw.Reveal()
		if want := max(g.Length, 4); len(s) != want && (g.Length != 0 || len(s) != 20) {
			t.Errorf("%+v gives %d characters", g, len(s))
		}
		kinds := g.kinds()
		if !hasEach(s, kinds) || strings.Trim(s, strings.Join(kinds, "")) != "" {
			t.Errorf("%+v gives %q", g, s)
		}
		if g.NoLookalikes && strings.ContainsAny(s, lookalikes) {
			t.Errorf("%q is easily misread", s)
		}
	}
	for _, n := range []int{-1, 3, 257} {
		if _, err := (Generate{Length: n}).Password(); tenon.CodeOf(err) != tenon.Invalid {
			t.Errorf("length %d: %v", n, err)
		}
	}
	a, _ := Generate{}.Password()
	b, _ := Generate{}.Password()
	if a.Equal(b) || Estimate(a).Level < 3 {
		t.Errorf("two generated passwords are equal, or weak: %+v", Estimate(a))
	}
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(HashOptions{})
	for b.Loop() {
		if _, err := h.Hash(b.Context(), NewText("correct horse battery staple")); err != nil {
			b.Fatal(err)
		}
	}
}
