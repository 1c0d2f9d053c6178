package csvfile

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/tenonhq/tenon"
)

// Names of encodings, as Options takes them.
const (
	Auto        = "auto"         // UTF-8, or UTF-16 with a byte order mark; nothing else is guessed
	UTF8        = "utf-8"        // with or without byte order mark
	UTF16       = "utf-16"       // with a byte order mark, or little-endian
	Windows1252 = "windows-1252" // what Windows programs of western countries write
)

// headSize is how much of a file is looked at before it is read.
const headSize = 64 << 10

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
)

// encodingName returns our name of an encoding, or Invalid.
func encodingName(s string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", Auto:
		return Auto, nil
	case UTF8, "utf8":
		return UTF8, nil
	case UTF16, "utf16", "utf-16le", "utf-16be", "unicode":
		return UTF16, nil
	case Windows1252, "windows1252", "cp1252", "ansi", "latin1", "iso-8859-1":
		return Windows1252, nil
	}
	return "", tenon.FieldErrorf("encoding", "There is no encoding %q here. Choose auto, utf-8, utf-16 or windows-1252.", s)
}

// decode returns the file as UTF-8 without byte order mark, and the encoding
// that it has. Whether what is taken for UTF-8 is UTF-8 is seen when it is
// read.
func decode(in *bufio.Reader, encoding string) (io.Reader, string, error) {
	head, err := in.Peek(headSize)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return nil, "", err
	}
	if kind := otherKind(head); kind != "" {
		return nil, "", tenon.Errorf(tenon.Invalid, "This is %s and not a CSV file. Save the table as CSV first.", kind)
	}
	if len(head) == 0 {
		return nil, "", tenon.Errorf(tenon.Invalid, "The file is empty.")
	}
	mark := byteOrderMark(head)
	if encoding == Auto {
		switch {
		case mark != "":
			encoding = mark
		case looksUTF16(head) != 0:
			return nil, "", tenon.FieldErrorf("encoding", "The file looks like UTF-16 but does not say so. If that is right, read it with the encoding utf-16.")
		default:
			encoding = UTF8
		}
	}
	if mark != "" && mark != encoding {
		return nil, "", tenon.FieldErrorf("encoding", "The file says at its start that it is %s. Read it with that encoding, or with auto.", mark)
	}
	switch encoding {
	case UTF16:
		order := unicode.LittleEndian
		if looksUTF16(head) == 'B' {
			order = unicode.BigEndian
		}
		return &unbroken{in: unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in)}, UTF16, nil
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(in), Windows1252, nil
	}
	if mark == UTF8 {
		if _, err := in.Discard(len(bomUTF8)); err != nil {
			return nil, "", err
		}
	}
	return in, UTF8, nil
}

func byteOrderMark(head []byte) string {
	switch {
	case bytes.HasPrefix(head, bomUTF8):
		return UTF8
	case bytes.HasPrefix(head, bomUTF16LE), bytes.HasPrefix(head, bomUTF16BE):
		return UTF16
	}
	return ""
}

// looksUTF16 returns 'L' or 'B' when every second byte of a good part of the
// head is NUL, as in UTF-16 of western text, and 0 otherwise.
func looksUTF16(head []byte) byte {
	var nul [2]int
	for i, c := range head {
		if c == 0 {
			nul[i%2]++
		}
	}
	switch third := len(head) / 2 / 3; {
	case len(head) < 4:
		return 0
	case nul[1] > third && nul[0] <= nul[1]/8:
		return 'L'
	case nul[0] > third && nul[1] <= nul[0]/8:
		return 'B'
	}
	return 0
}

// isUTF8 reports whether the head is UTF-8, not counting a character that the
// end of the head cuts in two.
func isUTF8(head []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(head); i++ {
		if utf8.RuneStart(head[len(head)-1-i]) {
			if !utf8.FullRune(head[len(head)-1-i:]) {
				head = head[:len(head)-1-i]
			}
			break
		}
	}
	return utf8.Valid(head)
}

// otherKind names what people take for a CSV file by mistake, or returns "".
func otherKind(head []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"PK\x03\x04", "an Excel workbook or another zip archive"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"},
		{"%PDF-", "a PDF document"},
		{"\x1f\x8b", "a gzip archive"},
		{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
		{"Rar!\x1a\x07", "a rar archive"},
		{"\x28\xb5\x2f\xfd", "a zstd archive"},
		{"\x89PNG\r\n", "a picture"},
		{"\xff\xd8\xff", "a picture"},
		{"GIF8", "a picture"},
		{"{\\rtf", "a text document"},
		{"SQLite format 3\x00", "a database"},
		{"\x7fELF", "a program"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.name
		}
	}
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), 512)], bomUTF8), " \t\r\n"))
	for _, k := range []struct{ begin, name string }{
		{"<!doctype html", "a web page"},
		{"<html", "a web page"},
		{"<?xml", "an XML file"},
	} {
		if bytes.HasPrefix(start, []byte(k.begin)) {
			return k.name
		}
	}
	return ""
}

// unbroken refuses text in which the decoder put the replacement character: for
// half a character at the end, or half a pair. What came in would not be what
// was written.
type unbroken struct {
	in   io.Reader
	seen int // bytes of the replacement character so far
}

func (u *unbroken) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	const broken = "\uFFFD"
	for _, c := range p[:n] {
		switch c {
		case broken[u.seen]:
			u.seen++
		case broken[0]:
			u.seen = 1
		default:
			u.seen = 0
		}
		if u.seen == len(broken) {
			return 0, tenon.FieldErrorf("encoding", "The file is cut off, or is not UTF-16 throughout. Save it again, as UTF-8 if you can.")
		}
	}
	return n, err
}
