package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/tenonhq/tenon"
)

// read returns the header and the rows of a file, each row as its line, its
// cells in brackets and its problem.
func read(in io.Reader, o Options) (lines []string, err error) {
	r, err := NewReader(in, o)
	if err != nil {
		return nil, err
	}
	lines = append(lines, fmt.Sprintf("%q", r.Header()))
	for {
		row, err := r.Read()
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %q %s", row.Line, row.Cells, row.Problem)))
	}
}

func encode16(s string, bigEndian, mark bool) string {
	if mark {
		s = "\ufeff" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func TestRead(t *testing.T) {
	t.Parallel()
	want := []string{`["Name" "City"]`, `2 ["Müller" "Köln"]`, `3 ["Acme, Inc." ""]`}
	const text = "Name,City\nMüller,Köln\n\"Acme, Inc.\",\n"
	latin := strings.NewReplacer("ü", "\xfc", "ö", "\xf6").Replace(text)
	for name, tt := range map[string]struct {
		file string
		opt  Options
		want []string
	}{
		"plain":              {text, Options{}, want},
		"mark":               {"\xef\xbb\xbf" + text, Options{}, want},
		"mark, asked":        {"\xef\xbb\xbf" + text, Options{Encoding: "UTF-8"}, want},
		"no end of line":     {strings.TrimSuffix(text, "\n"), Options{}, want},
		"CR LF":              {strings.ReplaceAll(text, "\n", "\r\n"), Options{}, want},
		"CR":                 {strings.ReplaceAll(text, "\n", "\r"), Options{}, want},
		"mixed ends":         {"Name,City\rMüller,Köln\r\n\"Acme, Inc.\",\n", Options{}, want},
		"UTF-16 LE":          {encode16(text, false, true), Options{}, want},
		"UTF-16 BE":          {encode16(text, true, true), Options{}, want},
		"UTF-16 LE, no mark": {encode16(text, false, false), Options{Encoding: UTF16}, want},
		"UTF-16 BE, no mark": {encode16(text, true, false), Options{Encoding: UTF16}, want},
		"Windows":            {latin, Options{Encoding: Windows1252}, want},
		"Windows, by alias":  {latin, Options{Encoding: "latin1"}, want},
		"semicolon":          {"Name;City\nMüller;Köln\n\"Acme, Inc.\";\n", Options{}, want},
		"tab":                {"Name\tCity\nMüller\tKöln\nAcme, Inc.\t\n", Options{}, want},
		"told":               {"Name|City\nMüller|Köln\nAcme, Inc.|\n", Options{Comma: '|'}, want},
		"sep line": {"sep=;\r\nName;City\r\nMüller;Köln\r\n\"Acme, Inc.\";\r\n", Options{},
			[]string{`["Name" "City"]`, `3 ["Müller" "Köln"]`, `4 ["Acme, Inc." ""]`}},
		"sep line in quotes": {"\"SEP=;\"\nName;City\nMüller;Köln\n", Options{}, []string{`["Name" "City"]`, `3 ["Müller" "Köln"]`}},
		"one column":         {"Name\nMüller\n\nAcme\n", Options{}, []string{`["Name"]`, `2 ["Müller"]`, `4 ["Acme"]`}},
		"only a header":      {"Name,City", Options{}, []string{`["Name" "City"]`}},
		"empty rows":         {"\n\nName,City\n,\n   \n\nMüller,Köln\n,,,\n", Options{}, []string{`["Name" "City"]`, `7 ["Müller" "Köln"]`}},
		"header with spaces": {" Name , City ,\nMüller,Köln,\n", Options{}, []string{`["Name" "City"]`, `2 ["Müller" "Köln"]`}},
		"ragged": {"a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n", Options{}, []string{`["a" "b" "c"]`,
			`2 ["1" "2"] Line 2 has 2 cells, but the header has 3.`, `3 ["1" "2" "3"]`,
			`4 ["1" "2" "3" "4"] Line 4 has 4 cells, but the header has 3.`, `5 ["1" "2" "3"]`}},
		"lines in cells": {"a,b\n\"x\r\ny\rz\n\",2\n3,4\n", Options{}, []string{`["a" "b"]`, `2 ["x\ny\nz\n" "2"]`, `6 ["3" "4"]`}},
		"doubled quotes": {"a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", Options{}, []string{`["a" "b"]`, `2 ["say \"hi\"" "\""]`}},
		"inch signs":     {"a,b\n12\" pipe,5'\n", Options{}, []string{`["a" "b"]`, `2 ["12\" pipe" "5'"]`}},
		"spaces around":  {"a,b\n 1 , \"2, 3\" \n", Options{}, []string{`["a" "b"]`, `2 [" 1 " "2, 3"]`}},
		"stray quote": {"a,b\n\"Acme \"Best\" Inc\",2\n3,4\n", Options{}, []string{`["a" "b"]`,
			`2 ["Acme \"Best\" Inc\",2"] Line 2 has a quote inside a quoted cell. Write it twice ("") or remove it.`, `3 ["3" "4"]`}},
		"formulas":                  {"a,b\n=1+1,-5\n+49,@x\n'=cmd,'tis\n", Options{}, []string{`["a" "b"]`, `2 ["=1+1" "-5"]`, `3 ["+49" "@x"]`, `4 ["=cmd" "'tis"]`}},
		"text stays":                {"a,b\n007,12345678901234567890\n1/2/03,1e5\n", Options{}, []string{`["a" "b"]`, `2 ["007" "12345678901234567890"]`, `3 ["1/2/03" "1e5"]`}},
		"comma in a semicolon file": {"a;b\n1,5;2,5\n3,5;4,5\n", Options{}, []string{`["a" "b"]`, `2 ["1,5" "2,5"]`, `3 ["3,5" "4,5"]`}},
	} {
		// Also a byte at a time: the answer must not depend on where reads end.
		for _, in := range []io.Reader{strings.NewReader(tt.file), iotest.OneByteReader(strings.NewReader(tt.file))} {
			got, err := read(in, tt.opt)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s:\n got %s, %v\nwant %s", name, got, err, tt.want)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("c,", MaxColumns) + "c\n"
	for name, tt := range map[string]struct {
		file string
		opt  Options
		code tenon.Code
		want string
	}{
		"empty":                         {"", Options{}, tenon.Invalid, "is empty"},
		"only lines":                    {"\n\n\n", Options{}, tenon.Invalid, "no header"},
		"only a sep line":               {"sep=;\n", Options{}, tenon.Invalid, "no header"},
		"Windows":                       {"a\nx\nM\xfcller\n", Options{}, tenon.Invalid, "Line 3 is not UTF-8. If the file was saved by a Windows program such as Excel, read it with the encoding windows-1252"},
		"not UTF-8":                     {"a\nM\xfcller\n", Options{Encoding: UTF8}, tenon.Invalid, "Line 2 is not UTF-8."},
		"silent UTF-16":                 {encode16("name,city\nx,y\n", false, false), Options{}, tenon.Invalid, "encoding utf-16"},
		"other mark":                    {"\xef\xbb\xbfa\n", Options{Encoding: Windows1252}, tenon.Invalid, "it is utf-8"},
		"unknown encoding":              {"a\n", Options{Encoding: "ebcdic"}, tenon.Invalid, "Choose auto"},
		"strange comma":                 {"a\n", Options{Comma: 'x'}, tenon.Invalid, "separated"},
		"open quote":                    {"a,b\n1,2\n3,\"4\n5,6\n", Options{}, tenon.Invalid, "in line 3 is never closed"},
		"open quote, closed by another": {"a,b\n1,\"2\n3,4\n\"5\",6\n", Options{}, tenon.Invalid, "in line 2 is not closed before line 4"},
		"open quote in the header":      {"a,\"b\n1,2\n", Options{}, tenon.Invalid, "line 1"},
		"stray quote in the header":     {"\"a\"b\",c\n1,2\n", Options{}, tenon.Invalid, "header cannot be read"},
		"NUL":                           {"a,b\n1,2\n3,4\x00\n", Options{}, tenon.Invalid, "Line 3 has a NUL byte"},
		"NUL in quotes":                 {"a,b\n\"1\n\x00\",2\n", Options{}, tenon.Invalid, "Line 3 has a NUL byte"},
		"workbook":                      {"PK\x03\x04\x14\x00", Options{}, tenon.Invalid, "Excel workbook"},
		"old workbook":                  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", Options{}, tenon.Invalid, "old Excel workbook"},
		"PDF":                           {"%PDF-1.7\n", Options{}, tenon.Invalid, "PDF"},
		"web page":                      {"\xef\xbb\xbf \n<!DOCTYPE html><title>Sign in</title>", Options{}, tenon.Invalid, "web page"},
		"wide":                          {wide, Options{}, tenon.TooLarge, "501 columns"},
		"big cell":                      {"a\n" + strings.Repeat("x", MaxCell+1) + "\n", Options{}, tenon.TooLarge, "line 2 is larger than 1 MB"},
		"big quoted cell":               {"a\n1\n\"" + strings.Repeat("x\n", MaxCell), Options{}, tenon.TooLarge, "line 3 is larger than 1 MB"},
		"big blank cell":                {"a\n1\n" + strings.Repeat(" ", MaxCell+1), Options{}, tenon.TooLarge, "line 3 is larger than 1 MB"},
		"big row":                       {"a\n" + strings.Repeat(strings.Repeat("x", MaxCell)+",", 9) + "\n", Options{}, tenon.TooLarge, "row that starts in line 2"},
	} {
		for _, in := range []io.Reader{strings.NewReader(tt.file), iotest.HalfReader(strings.NewReader(tt.file))} {
			_, err := read(in, tt.opt)
			if tenon.CodeOf(err) != tt.code || !strings.Contains(tenon.MessageOf(err), tt.want) {
				t.Errorf("%s: %v, want %s ... %s", name, err, tt.code, tt.want)
			}
		}
	}
}

// A row with more cells than a file may have columns is counted and not kept.
func TestVeryLongRow(t *testing.T) {
	t.Parallel()
	got, err := read(strings.NewReader("a,b\n"+strings.Repeat("x,", 100_000)+"x\n1,2\n"), Options{Comma: ','})
	if err != nil || len(got) != 3 || !strings.HasSuffix(got[1], "Line 2 has 100001 cells, but the header has 2.") || got[2] != `3 ["1" "2"]` {
		t.Errorf("%.300q, %v", got, err)
	}
}

func TestReadErrorPassesThrough(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	for _, start := range []string{"", "a,b\n", "a,b\n1,2\n3", "a,b\n1,\"2"} {
		_, err := read(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)), Options{})
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", start, err)
		}
	}
}

func TestColumn(t *testing.T) {
	t.Parallel()
	r, err := NewReader(strings.NewReader("Name,name,City,,ÉTAT,Street,street , etat\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"Name": 0, "name": 1, "City": 2, "CITY ": 2, "ÉTAT": 4, "Street": 5, "street": 6} {
		if got, err := r.Column(name); got != want || err != nil {
			t.Errorf("Column(%q) = %d, %v; want %d", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"": "without a name", " ": "without a name", "NAME": "Columns 1 and 2", "État": "Columns 5 and 8",
		"Phone": `no column "Phone". It has "Name", "name", "City", "ÉTAT"`,
	} {
		if got, err := r.Column(name); tenon.CodeOf(err) != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), want) {
			t.Errorf("Column(%q) = %d, %v; want %s", name, got, err, want)
		}
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	file := "\xef\xbb\xbfsep=,\na,b\n1,2\n\n"
	want, err := Hash(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(strings.NewReader(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Hash() != "" {
		t.Error("the hash is known before the end")
	}
	for err == nil {
		_, err = r.Read()
	}
	if r.Hash() != want || len(want) != 64 || r.BytesRead() != int64(len(file)) {
		t.Errorf("hash %s after %d bytes, want %s after %d", r.Hash(), r.BytesRead(), want, len(file))
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file     string
		opt      Options
		encoding string
		guessed  bool
	}{
		"UTF-8":          {"Name\nMüller\nx\ny\n", Options{}, UTF8, false},
		"Windows":        {"Name\nM\xfcller\nx\ny\n", Options{}, Windows1252, true},
		"Windows, asked": {"Name\nM\xfcller\nx\ny\n", Options{Encoding: Windows1252}, Windows1252, false},
		"UTF-16":         {encode16("Name\nMüller\nx\ny\n", false, true), Options{}, UTF16, false},
		"silent UTF-16":  {encode16("Name\nMüller\nx\ny\n", true, false), Options{}, UTF16, true},
	} {
		p, err := NewPreview(strings.NewReader(tt.file), tt.opt, 2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Encoding != tt.encoding || p.Guessed != tt.guessed || p.Comma != ',' || len(p.Rows) != 2 || p.Rows[0].Cells[0] != "Müller" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, err := NewPreview(strings.NewReader("PK\x03\x04\xff"), Options{}, 2); tenon.CodeOf(err) != tenon.Invalid {
		t.Errorf("a workbook: %v", err)
	}
	// The end of the head cuts a character in two.
	long := "Name\n" + strings.Repeat("ü\n", headSize)
	if p, err := NewPreview(strings.NewReader(long[:headSize-5]+"x"+long[headSize-5:]), Options{}, 2); err != nil || p.Guessed {
		t.Errorf("a long file: %+v, %v", p, err)
	}
}

func TestNeutralize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Acme": "Acme", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		"'tis": "'tis", "'=x": "''=x", "''=x": "'''=x", "'": "'", "a=b": "a=b",
	} {
		got := Neutralize(in)
		if got != want || Plain(got) != in {
			t.Errorf("Neutralize(%q) = %q, and back %q; want %q", in, got, Plain(got), want)
		}
	}
}

func TestErrorFileCanBeUploadedAgain(t *testing.T) {
	t.Parallel()
	const file = "Name;City;Phone\nAcme;Köln;+49 221 1\n=x;Bonn\n1;2;3;4\n\"a\"b\";c;d\n"
	header := []string{"Name", "City", "Phone"}
	for range 2 { // the second time it is an error file itself
		r, err := NewReader(strings.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, err := NewErrorWriter(&out, r.Header(), r.Comma())
		if err != nil {
			t.Fatal(err)
		}
		for {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			problem := ""
			if row.Problem.IsZero() {
				problem = "Already there."
			}
			if err := w.Write(row, problem); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, err := read(&out, Options{})
		want := []string{
			fmt.Sprintf("%q", append(header, "Line", "Problem")),
			`2 ["Acme" "Köln" "+49 221 1" "2" "Already there."]`,
			`3 ["=x" "Bonn" "" "3" "Line 3 has 2 cells, but the header has 3."]`,
			`4 ["1" "2" "3 | 4" "4" "Line 4 has 4 cells, but the header has 3."]`,
			`5 ["a\"b\";c;d" "" "" "5" "Line 5 has a quote inside a quoted cell. Write it twice (\"\") or remove it."]`,
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("\n got %s, %v\nwant %s", strings.Join(got, "\n"), err, strings.Join(want, "\n"))
		}
	}
}

func TestErrorFileOfAnErrorFile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := NewErrorWriter(&out, []string{"Name", "Line", "Problem"}, ',')
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Row{Line: 2, Cells: []string{"Acme", "17", "old"}}, "new"); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || out.String() != "\ufeffName,Line,Problem\r\nAcme,2,new\r\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// endless gives the same row again and again, n bytes in all.
type endless struct{ n, at int }

func (e *endless) Read(b []byte) (int, error) {
	const row = "Acme Widgets 12345,100 Main Street,Chicago,IL,60601,(312) 555-0123,acme.com,\"a note, quoted\"\n"
	n := 0
	for n < len(b) && e.at < e.n-e.n%len(row) {
		c := copy(b[n:], row[e.at%len(row):])
		n += c
		e.at += c
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// 64 MB pass through without memory growing with them.
func TestMemoryIsFlat(t *testing.T) {
	r, err := NewReader(&endless{n: 64 << 20}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rows := 0
	for {
		if _, err := r.Read(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); rows < 600_000 || grown > 4<<20 {
		t.Errorf("%d rows, heap grown by %d bytes", rows, grown)
	}
	runtime.KeepAlive(r)
}

// Whatever is in a file, reading it ends, and a file that encoding/csv takes
// gives the same cells here.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2\n", "a;b\r1;\"2\n\"\r", "sep=\t\na\tb\n", "\xff\xfea\x00", "a,b\n\"x\"y\",2\n", "a\n\"", "a,b\n 1, \"2\"\n", "\"\"\"\"\n", "a,b\n'=1,2,,\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, e := range []string{Auto, UTF16, Windows1252} {
			lines, err := read(bytes.NewReader(file), Options{Encoding: e})
			again, err2 := read(iotest.OneByteReader(bytes.NewReader(file)), Options{Encoding: e})
			if !reflect.DeepEqual(lines, again) || (err == nil) != (err2 == nil) {
				t.Errorf("%s: the answer depends on where reads end: %q, %v; %q, %v", e, lines, err, again, err2)
			}
		}
		compareWithStandard(t, file)
	})
}

func compareWithStandard(t *testing.T, file []byte) {
	t.Helper()
	std := csv.NewReader(bytes.NewReader(file))
	std.FieldsPerRecord = -1
	want, err := std.ReadAll()
	// A CR that ends no line is text there and a line end here.
	if err != nil || bytes.IndexByte(file, 0) >= 0 || strings.Contains(strings.ReplaceAll(string(file), "\r\n", ""), "\r") {
		return
	}
	p := newParser(bytes.NewReader(file))
	p.comma = ','
	var got [][]string
	for {
		rec, err := p.next()
		if err == io.EOF {
			break
		}
		if err != nil || !rec.problem.IsZero() {
			t.Fatalf("%q: %v %s; want %q", file, err, rec.problem, want)
		}
		got = append(got, rec.strings(rec.cells))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q:\n got %q\nwant %q", file, got, want)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, standard := range []bool{false, true} {
		name := "this"
		if standard {
			name = "encoding-csv"
		}
		b.Run(name, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				n, err := readAll(&endless{n: 8 << 20}, standard)
				if err != nil {
					b.Fatal(err)
				}
				rows += n
			}
			b.SetBytes(8 << 20)
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func readAll(in io.Reader, standard bool) (rows int, err error) {
	var next func() error
	if standard {
		r := csv.NewReader(in)
		next = func() error { _, err := r.Read(); return err }
	} else {
		r, err := NewReader(in, Options{})
		if err != nil {
			return 0, err
		}
		next = func() error { _, err := r.Read(); return err }
	}
	for {
		if err := next(); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
		rows++
	}
}
