package killtest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// wide writes the text in the encoding of many exports from Windows.
func wide(text string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// badFiles are what people send instead of a clean file. Each is refused in
// words, or the rows that are bad are refused and the others come in.
var badFiles = []struct {
	name, text string
	options    csvimport.Options
	refused    string // what the refusal of the whole says
	bad        int64  // how many rows are refused
	says       string // what the refusal of a row says
	makes      string // the names that come in nevertheless
}{
	{name: "empty", text: "", refused: "."},
	{name: "a mark and nothing else", text: "\xef\xbb\xbf", refused: "."},
	{name: "only a header", text: "name,short_name\n"},
	{name: "no header for the name", text: "title,short_name\nAcme,A\n", refused: "name"},
	{name: "a mapped column is missing", text: "name\nAcme\n", options: csvimport.Options{Map: map[string]string{"name": "name", "alert": "warning"}}, refused: `"warning"`},
	{name: "an unknown encoding", text: "name\nAcme\n", options: csvimport.Options{Encoding: "ebcdic"}, refused: "."},
	{name: "not what it is said to be", text: "name\nCaf\xe9\n", options: csvimport.Options{Encoding: "utf-8"}, refused: "UTF-8"},
	{name: "Western European, said", text: "name\nCaf\xe9\n", options: csvimport.Options{Encoding: "windows-1252"}, makes: "Café"},
	{name: "UTF-16", text: wide("name\nCafé\n"), makes: "Café"},
	{name: "UTF-16, cut off", text: wide("name\nAcme\n")[:17], refused: "."},
	{name: "half a surrogate pair", text: wide("name\nAcme") + "\x00\xd8" + "\n\x00", refused: "."},
	{name: "too few cells", text: "name,short_name,alert\nAcme,A,\nBeta\nCeta,C,\n", bad: 1, says: "Line 3", makes: "Acme|Ceta"},
	{name: "too many cells", text: "name,short_name\nAcme,A\nBeta,B,more,and more\nCeta,C\n", bad: 1, says: "Line 3", makes: "Acme|Ceta"},
	{name: "a quote that is not closed", text: "name,short_name\nAcme,\"A\nBeta,B\nCeta,C\n", refused: "quot"},
	{name: "a quote inside a cell", text: "name,short_name\nAc\"me,A\n", makes: `Ac"me`},
	{name: "NUL", text: "name\nAc\x00me\n", refused: "."},
	{name: "a picture", text: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", refused: "."},
	{name: "a workbook", text: "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml", refused: "."},
	{name: "formulas", text: "name,alert\n\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",+1\n@SUM(1),-2\n", makes: `=HYPERLINK("http://x","y")|@SUM(1)`},
	{name: "control characters", text: "name\nAc\x1bme\nBeta\n", bad: 1, says: "Line 2", makes: "Beta"},
	{name: "two columns of one name", text: "name,name\nAcme,Beta\n", refused: "name"},
	{name: "old Macintosh", text: "name,short_name\rAcme,A\rBeta,B\r", makes: "Acme|Beta"},
	{name: "no name in a row", text: "name,short_name\n,A\nBeta,B\n", bad: 1, says: "Line 2", makes: "Beta"},
	{name: "a name without end", text: "name\n" + strings.Repeat("x", 5000) + "\nBeta\n", bad: 1, says: "Line 2", makes: "Beta"},
	{name: "an id of nobody", text: "id,name\n999999,Acme\n,Beta\n", options: csvimport.Options{Map: map[string]string{"id": "id", "name": "name"}}, bad: 1, says: "Line 2", makes: "Beta"},
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			for _, f := range badFiles {
				t.Run(f.name, func(t *testing.T) {
					h := &house{World: h.World, t: t}
					o := f.options
					o.Kind, o.Name, o.File = "organization", "bad.csv", strings.NewReader(f.text)
					before := h.everything()
					p, err := h.Import.Plan(ctx, Admin, o)
					if f.refused != "" {
						if err == nil {
							t.Fatalf("it was planned: %v", p.Counts)
						}
						if code := tenon.CodeOf(err); code != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), f.refused) || !strings.HasSuffix(tenon.MessageOf(err), ".") {
							t.Errorf("%s: %v", code, err)
						}
						h.untouched(before)
						return
					}
					h.must(err)
					if p.Counts["failed"] != f.bad || !strings.Contains(fmt.Sprint(p.Warnings), f.says) {
						t.Errorf("%d rows are bad, want %d: %v", p.Counts["failed"], f.bad, p.Warnings)
					}
					if f.bad > 0 {
						h.onlyInPart(p)
						o.Partial = true
					}
					h.imports(o, f.text, f.makes)
				})
			}
			h.clean("all")
		})
	}
}

func (h *house) untouched(before map[string]string) {
	h.t.Helper()
	for name, rows := range h.everything() {
		if rows != before[name] {
			h.t.Errorf("%s has changed%s", name, firstChange(rows, before[name]))
		}
	}
}

// firstChange is the first line in which two texts differ.
func firstChange(now, was string) string {
	a, b := strings.Split(now, "\n"), strings.Split(was, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("\n%.500s\nwas\n%.500s", a[i], b[i])
		}
	}
	return fmt.Sprintf(": %d rows, before %d", len(a), len(b))
}

// onlyInPart wants a file with bad rows to be refused as a whole, unless it is
// asked for the good ones; the error file can be opened without harm.
func (h *house) onlyInPart(p *tenon.Plan) {
	h.t.Helper()
	before := h.everything()
	if _, err := h.Import.Run(ctx, Admin, p); tenon.CodeOf(err) != tenon.Conflict {
		h.t.Errorf("a plan with bad rows: %v", err)
	}
	h.untouched(before)
	var b bytes.Buffer
	h.must(h.Import.ErrorFile(ctx, Admin, p, &b))
	if strings.Count(b.String(), "\n") < 2 {
		h.t.Errorf("error file %q", b.String())
	}
}

// imports runs the import, wants exactly these organizations, and takes it back.
func (h *house) imports(o csvimport.Options, text, names string) {
	h.t.Helper()
	o.File = strings.NewReader(text)
	p, err := h.Import.Plan(ctx, Admin, o)
	h.must(err)
	_, err = h.Import.Run(ctx, Admin, p)
	h.must(err)
	h.drain()
	op := h.operations(csvimport.Kind)[0]
	page, _, err := h.Core.Organizations(ctx, Admin, store.OrgQuery{Page: tenon.Page{Sort: "id"}})
	h.must(err)
	var got []string
	for _, o := range page {
		got = append(got, o.Name)
	}
	if op.State != tenon.Finished || strings.Join(got, "|") != names {
		h.t.Errorf("%s, %v %q; organizations %q, want %q", op.State, op.Receipt.Counts, op.Error, got, names)
	}
	_, err = h.Import.Undo(ctx, Admin, op.ID)
	h.must(err)
	h.drain()
}
