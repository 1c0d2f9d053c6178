package textkey

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"   ", ""},
		{"acme", "acme"},
		{"ACME Inc.", "acme inc."},
		{"  Acme \t\r\n  Widgets  ", "acme widgets"},
		{"Ácmé GmbH", "acme gmbh"},
		{"A\u0301cme", "acme"},
		{"Straße", "strasse"},
		{"STRASSE", "strasse"},
		{"STRAẞE", "strasse"},
		{"Łódź Øst Æther Đuro", "lodz ost aether duro"},
		{"İstanbul Iğdır", "istanbul igdir"},
		{"ΟΔΟΣ", "οδοσ"},
		{"οδος", "οδοσ"},
		{"ОБЪЕКТ Ёлка", "объект елка"},
		{"Acme", "acme"},
		{"ﬁrst №5", "first no5"},
		{"acme\u00a0ltd", "acme ltd"},
		{"ac\u200bme\u00ad", "acme"},
		{"\ufeffAcme", "acme"},
		{"a\x00b", "ab"},
		{"a\xffb", "a\ufffdb"},
		{"กิน", "กิน"},
		{"กัน", "กัน"},
		{"がか", "か\u3099か"},
		{"שָׁלוֹם", "שלום"},
		{"A.B.C.", "a.b.c."},
	} {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Every character there is: its key can be stored and is its own key.
func TestFoldEveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		checkFold(t, "x"+string(r)+"y")
	}
}

func checkFold(t *testing.T, s string) {
	t.Helper()
	key := Fold(s)
	if again := Fold(key); again != key {
		t.Errorf("Fold(%q) = %q, but its key is %q", s, key, again)
	}
	if !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		t.Errorf("Fold(%q) = %q cannot be stored", s, key)
	}
	if strings.TrimSpace(key) != key || strings.Contains(key, "  ") {
		t.Errorf("Fold(%q) = %q has white space to spare", s, key)
	}
}

func TestFoldPlainAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Fold("acme widgets 12") }); n != 0 {
		t.Errorf("a name that is its own key takes %v allocations, want 0", n)
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                    "",
		" a  b ":              "a  b",
		"\ufeff\u200b Acme\n": "Acme",
		"\u3000Acme\u00a0":    "Acme",
	} {
		if got := Trim(in); got != want {
			t.Errorf("Trim(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPhoneDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                          "",
		"none":                      "",
		"(312) 555-0123":            "3125550123",
		"+1 312.555.0123":           "13125550123",
		"312-555-0123 x45":          "3125550123",
		"312-555-0123 Ext. 45":      "3125550123",
		"312-555-0123;ext=45":       "3125550123",
		"312-555-0123, extension 4": "3125550123",
		"312-555-0123 (ext 45)":     "3125550123",
		"#42":                       "42",
		"x9":                        "9",
		"٠٣١٢":                      "0312",
		"０３１２":                      "0312",
	} {
		if got := PhoneDigits(in); got != want {
			t.Errorf("PhoneDigits(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestE164(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, country, number, ext string
		ok                       bool
	}{
		{"(312) 555-0123", "US", "+13125550123", "", true},
		{"(312) 555-0123", "us", "+13125550123", "", true},
		{"312-555-0123 ext. 45", "US", "+13125550123", "45", true},
		{"1-800-FLOWERS", "US", "+18003569377", "", true},
		{"+49 30 901820", "US", "+4930901820", "", true},
		{"030 901820", "DE", "+4930901820", "", true},
		{"030 901820", "", "", "", false},
		{"+44 20 7946 0018", "", "+442079460018", "", true},
		{"12", "US", "", "", false},
		{"", "US", "", "", false},
		{"00000A0", "UY", "", "", false},
		{"call me", "US", "", "", false},
		{"030 901820", "XX", "", "", false},
		{strings.Repeat("1", 5000), "US", "", "", false},
	} {
		number, ext, ok := E164(tt.in, tt.country)
		if number != tt.number || ext != tt.ext || ok != tt.ok {
			t.Errorf("E164(%q, %q) = %q, %q, %v; want %q, %q, %v", tt.in, tt.country, number, ext, ok, tt.number, tt.ext, tt.ok)
		}
	}
}

func TestMACKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                  "",
		"00-1A:2b.3C4d 5E":  "001a2b3c4d5e",
		"001A2B3C4D5E":      "001a2b3c4d5e",
		"00:1a:2b:3c:4d:5é": "001a2b3c4d5",
	} {
		if got := MACKey(in); got != want {
			t.Errorf("MACKey(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEmailKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Jane.Doe@ACME.com ":       "jane.doe@acme.com",
		"mailto:jane@acme.com":      "jane@acme.com",
		"jane+it@acme.com":          "jane+it@acme.com",
		"jörg@müller.de":            "jörg@xn--mller-kva.de",
		"o'neil@acme.com":           "o'neil@acme.com",
		"jane@www.acme.com":         "jane@www.acme.com",
		"jane@acme.com.":            "jane@acme.com",
		"jane":                      "",
		"jane@":                     "",
		"@acme.com":                 "",
		"jane@acme":                 "",
		"jane doe@acme.com":         "",
		"a@b@acme.com":              "",
		"jane@[10.0.0.1]":           "",
		"jane@10.0.0.1":             "",
		"jane@acme..com":            "",
		"jane@-acme.com":            "",
		"a\x00b@acme.com":           "",
		"\xff@acme.com":             "",
		"Jane <jane@acme.com>":      "",
		"jane@acme.com, b@acme.com": "",
	} {
		got, ok := EmailKey(in)
		if got != want || ok != (want != "") {
			t.Errorf("EmailKey(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	if got, ok := EmailDomain("Jane@Acme.COM"); got != "acme.com" || !ok {
		t.Errorf("EmailDomain = %q, %v", got, ok)
	}
}

func TestDomainKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"acme.com":                             "acme.com",
		" WWW.Acme.Com. ":                      "acme.com",
		"https://www.acme.com/contact?x=1#top": "acme.com",
		"http://user:pw@acme.com:8080/":        "acme.com",
		"//acme.com/x":                         "acme.com",
		"www.com":                              "www.com",
		"www.www.acme.com":                     "acme.com",
		"müller.de":                            "xn--mller-kva.de",
		"XN--MLLER-KVA.de":                     "xn--mller-kva.de",
		"acme.co.uk":                           "acme.co.uk",
		"files_1.acme.com":                     "files_1.acme.com",
		"acme":                                 "",
		"":                                     "",
		"10.0.0.1":                             "",
		"https://[::1]:80/":                    "",
		"not a domain.com":                     "",
		"acme..com":                            "",
		"acme.0":                               "",
		"\xbc.com":                             "",
		"xn--zzzzzz-.com":                      "",
	} {
		got, ok := DomainKey(in)
		if got != want || ok != (want != "") {
			t.Errorf("DomainKey(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestIsFreeMail(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]bool{
		"gmail.com": true, "yahoo.co.uk": true, "hotmail.fr": true, "live.com.au": true, "outlook.com": true,
		"acme.com": false, "live.acme.com": false, "yahoo.example": false, "outlook.office.com": false, "": false,
	} {
		if got := IsFreeMail(domain); got != want {
			t.Errorf("IsFreeMail(%q) = %v, want %v", domain, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Acme  Inc", "Ácmé\u00a0", "\xff\xfe", "e\u0301\u0323 \u1100\u1161\u11a8", "ﷺ", "\u0f71\u0f72"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkFold(t, s)
		if got, want := Fold(s), Fold(Trim(s)); got != want {
			t.Errorf("Fold(%q) = %q, but trimmed first %q", s, got, want)
		}
	})
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"", "(312) 555-0123 x4", "+49 30 1", "٠٣", "tel:+1-201-555-0123;ext=1"} {
		f.Add(s, "US")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		digits := PhoneDigits(s)
		if strings.Trim(digits, "0123456789") != "" || PhoneDigits(digits) != digits {
			t.Errorf("PhoneDigits(%q) = %q", s, digits)
		}
		number, _, ok := E164(s, country)
		if !ok {
			return
		}
		if again, _, ok := E164(number, ""); again != number || !ok {
			t.Errorf("E164(%q, %q) = %q, which is read as %q, %v", s, country, number, again, ok)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"", "jane@acme.com", "https://www.acme.com/", "a@[1.1.1.1]", "ü@ü.de", "www.www.a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if key, ok := EmailKey(s); ok {
			if again, ok := EmailKey(key); again != key || !ok {
				t.Errorf("EmailKey(%q) = %q, whose key is %q, %v", s, key, again, ok)
			}
		}
		if key, ok := DomainKey(s); ok {
			if again, ok := DomainKey(key); again != key || !ok {
				t.Errorf("DomainKey(%q) = %q, whose key is %q, %v", s, key, again, ok)
			}
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for _, name := range []string{"acme widgets", "Acme Widgets Inc.", "Müller & Söhne Straßenbau GmbH"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(name)
			}
		})
	}
}

func BenchmarkE164(b *testing.B) {
	for b.Loop() {
		E164("(312) 555-0123", "US")
	}
}
