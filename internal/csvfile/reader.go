package csvfile

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Options say what is known about a file. The zero value finds out.
type Options struct {
	Encoding string // Auto, UTF8, UTF16 or Windows1252; empty is Auto
	Comma    byte   // what stands between cells; 0 to find out
}

// Row is one row of a file.
type Row struct {
	Line  int      // where it starts, counted from 1, the header included
	Cells []string // as many as the header has, unless there is a Problem
	// Problem says in words why the row must not be imported, or nothing.
	Problem tenon.Phrase
}

// Reader reads a CSV file row by row. It is used by one goroutine.
type Reader struct {
	raw      *counter
	parser   *parser
	encoding string
	asked    string // the encoding that was asked for
	header   []string
	done     bool
}

// NewReader reads the beginning of the file and its header. Its errors, and
// those of Read, say in words why the file is refused.
func NewReader(in io.Reader, o Options) (*Reader, error) {
	asked, err := encodingName(o.Encoding)
	if err != nil {
		return nil, err
	}
	raw := &counter{in: in, sum: sha256.New()}
	text, encoding, err := decode(bufio.NewReaderSize(raw, headSize), asked)
	if err != nil {
		return nil, err
	}
	r := &Reader{raw: raw, parser: newParser(text), encoding: encoding, asked: asked}
	if err := r.findComma(o.Comma); err != nil {
		return nil, err
	}
	return r, r.readHeader()
}

func (r *Reader) findComma(comma byte) error {
	p := r.parser
	head := p.head()
	said, n := sepLine(head)
	if n > 0 {
		p.pos += n
		p.line++
		head = head[n:]
	}
	switch {
	case comma != 0:
		p.comma = comma
	case said != 0:
		p.comma = said
	default:
		p.comma = detectComma(head, p.err == io.EOF)
	}
	if strings.IndexByte(",;\t|:", p.comma) < 0 {
		return tenon.FieldErrorf("comma", "Cells cannot be separated by %q. Use a comma, a semicolon or a tab.", p.comma)
	}
	return nil
}

func (r *Reader) readHeader() error {
	rec, err := r.next()
	switch {
	case err == io.EOF:
		return tenon.Errorf(tenon.Invalid, "The file has no header row.")
	case err != nil:
		return err
	case !rec.problem.IsZero():
		return tenon.Errorf(tenon.Invalid, "The header cannot be read. %s", rec.problem)
	}
	cells := rec.strings(rec.cells)
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" && rec.cells <= MaxColumns {
		cells = cells[:len(cells)-1] // a comma too many at the end
	}
	if rec.cells > MaxColumns {
		return tenon.Errorf(tenon.TooLarge, "The file has %d columns. At most %d can be read.", rec.cells, MaxColumns)
	}
	for _, c := range cells {
		r.header = append(r.header, textkey.Trim(c))
	}
	return nil
}

// Header returns the names of the columns, trimmed, as the file has them.
// Some may be empty or the same; see Column.
func (r *Reader) Header() []string { return r.header }

// Encoding returns the encoding that the file is read with.
func (r *Reader) Encoding() string { return r.encoding }

// Comma returns what stands between the cells.
func (r *Reader) Comma() byte { return r.parser.comma }

// Column returns the index of a column that the importer maps to one of our
// fields. It is Invalid when there is no such column, when the name is empty,
// and when several columns have it. Capitals and accents do not count unless
// columns differ in nothing else.
func (r *Reader) Column(name string) (int, error) {
	if textkey.Trim(name) == "" {
		return 0, tenon.FieldErrorf("columns", "A column without a name cannot be mapped. Give it a name in the first row of the file.")
	}
	for _, same := range []func(string) bool{
		func(h string) bool { return h == textkey.Trim(name) },
		func(h string) bool { return textkey.Fold(h) == textkey.Fold(name) },
	} {
		found := -1
		for i, h := range r.header {
			if !same(h) {
				continue
			}
			if found >= 0 {
				return 0, tenon.FieldErrorf("columns", "Columns %d and %d are both named %q. Rename one of them in the first row of the file.", found+1, i+1, h)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, tenon.FieldErrorf("columns", "The file has no column %q. It has %s.", name, listed(r.header))
}

// listed names columns for a person; of many it names the first.
func listed(names []string) string {
	const most = 20
	var out []string
	for _, n := range names {
		if n == "" {
			continue
		}
		if len(out) == most {
			return strings.Join(out, ", ") + " and more"
		}
		out = append(out, fmt.Sprintf("%.60q", n))
	}
	return strings.Join(out, ", ")
}

// Read returns the next row, or io.EOF after the last. Rows without any text
// are passed over. A row with a Problem comes with what could be read of it, and
// the next one can be read; any other error ends the file.
func (r *Reader) Read() (Row, error) {
	rec, err := r.next()
	if err != nil {
		return Row{}, err
	}
	row := Row{Line: rec.line, Problem: rec.problem}
	width := len(r.header)
	if row.Problem.IsZero() && rec.cells != width && !r.extraBlank(rec) {
		row.Problem = tenon.Say("Line %d has %d cells, but the header has %d.", rec.line, rec.cells, width)
	}
	keep := rec.cells
	if row.Problem.IsZero() {
		keep = width
	}
	row.Cells = rec.strings(keep)
	for i, c := range row.Cells {
		row.Cells[i] = Plain(c)
	}
	return row, nil
}

// extraBlank reports whether a row is longer than the header only by empty
// cells, which spreadsheets leave behind.
func (r *Reader) extraBlank(rec *record) bool {
	width := len(r.header)
	if rec.cells < width || rec.cells > len(rec.ends) || width == 0 {
		return false
	}
	return rec.ends[width-1] == len(rec.text)
}

// next returns the next record that has any text.
func (r *Reader) next() (*record, error) {
	for {
		rec, err := r.parser.next()
		switch {
		case err == io.EOF:
			r.done = true
			return nil, err
		case err != nil:
			return nil, err
		case r.encoding == UTF8 && !rec.valid():
			return nil, r.notUTF8(rec.line)
		case !rec.blank():
			return rec, nil
		}
	}
}

func (r *Reader) notUTF8(line int) error {
	if r.asked == UTF8 {
		return tenon.FieldErrorf("encoding", "Line %d is not UTF-8.", line)
	}
	return tenon.FieldErrorf("encoding", "Line %d is not UTF-8. If the file was saved by a Windows program such as Excel, read it with the encoding windows-1252, and look whether accents come out right.", line)
}

// BytesRead returns how much of the file has been read, for showing progress.
func (r *Reader) BytesRead() int64 { return r.raw.n }

// Hash returns the SHA-256 of the file in hexadecimal digits, by which a plan is
// tied to the file it was made from. It is known after Read returned io.EOF, and
// empty before.
func (r *Reader) Hash() string {
	if !r.done {
		return ""
	}
	return hex.EncodeToString(r.raw.sum.Sum(nil))
}

// Hash returns what Reader.Hash would, without looking into the file.
func Hash(in io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// counter counts and hashes what passes through.
type counter struct {
	in  io.Reader
	n   int64
	sum hash.Hash
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	c.sum.Write(b[:n])
	return n, err
}
