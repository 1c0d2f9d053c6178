package csvfile

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/tenonhq/tenon"
)

// Limits of a file. A file over one of them is refused with the line.
const (
	MaxColumns = 500
	MaxCell    = 1 << 20
	// maxRecord bounds the memory that one row can take.
	maxRecord = 8 << 20
)

// record is one row as it was split. Its bytes are good until the next one.
type record struct {
	line    int          // where it starts
	text    []byte       // all cells, one after the other
	ends    []int        // where each ends in text; at most MaxColumns+1
	cells   int          // how many there are, also beyond those kept
	problem tenon.Phrase // why it could not be split
}

// parser splits UTF-8 text into records.
type parser struct {
	src   io.Reader
	buf   []byte
	pos   int // of the next byte in buf
	end   int // of what is read
	err   error
	comma byte
	line  int // of the next byte
	rec   record
}

func newParser(src io.Reader) *parser {
	return &parser{src: src, buf: make([]byte, headSize), line: 1}
}

// fill reads more, when all is used up. It reports false at the end.
func (p *parser) fill() bool {
	if p.pos < p.end {
		return true
	}
	p.pos, p.end = 0, 0
	p.more()
	return p.end > 0
}

// more appends what the source gives to the buffer.
func (p *parser) more() {
	for empty := 0; p.err == nil && p.end < len(p.buf); empty++ {
		n, err := p.src.Read(p.buf[p.end:])
		p.end += n
		p.err = err
		if n > 0 {
			return
		}
		if empty == 100 {
			p.err = io.ErrNoProgress
		}
	}
}

// head fills the buffer and returns it, to look at before parsing.
func (p *parser) head() []byte {
	for p.err == nil && p.end < len(p.buf) {
		p.more()
	}
	return p.buf[p.pos:p.end]
}

// peek returns the next byte, without taking it.
func (p *parser) peek() (byte, bool) {
	if !p.fill() {
		return 0, false
	}
	return p.buf[p.pos], true
}

// next returns the next record that is not an empty line, or io.EOF.
func (p *parser) next() (*record, error) {
	for {
		c, ok := p.peek()
		if !ok {
			return nil, p.err // io.EOF, or what stopped the source
		}
		if c != '\r' && c != '\n' {
			return p.record()
		}
		p.newline()
	}
}

// newline takes a line end of any sort.
func (p *parser) newline() {
	c := p.buf[p.pos]
	p.pos++
	if next, ok := p.peek(); ok && c == '\r' && next == '\n' {
		p.pos++
	}
	p.line++
}

// record splits one record; the parser stands at its first byte.
func (p *parser) record() (*record, error) {
	p.rec = record{line: p.line, text: p.rec.text[:0], ends: p.rec.ends[:0]}
	for {
		start := len(p.rec.text)
		if err := p.cell(); err != nil {
			return nil, err
		}
		p.rec.cells++
		if p.rec.cells <= MaxColumns+1 {
			p.rec.ends = append(p.rec.ends, len(p.rec.text))
		} else {
			p.rec.text = p.rec.text[:start] // counted, not kept
		}
		if len(p.rec.text) > maxRecord {
			return nil, tenon.Errorf(tenon.TooLarge, "The row that starts in line %d is larger than %d MB.", p.rec.line, maxRecord>>20)
		}
		switch c, ok := p.peek(); {
		case !ok && p.err != io.EOF:
			return nil, p.err
		case !ok:
			return &p.rec, nil
		case c == p.comma && p.rec.problem.IsZero():
			p.pos++
		default:
			p.newline()
			return &p.rec, nil
		}
	}
}

// cell splits one cell and stops before the byte that ends it: a comma, a line
// end or the end of the file.
func (p *parser) cell() error {
	start := len(p.rec.text)
	for {
		c, ok := p.peek()
		switch {
		case ok && c == '"':
			// Spaces before a quote are no part of the cell.
			p.rec.text = p.rec.text[:start]
			p.pos++
			return p.quoted(start)
		case ok && p.isSpace(c):
			p.rec.text = append(p.rec.text, c)
			p.pos++
		default:
			return p.plain(start, false)
		}
		if len(p.rec.text)-start > MaxCell {
			return p.tooLarge(p.line)
		}
	}
}

func (p *parser) isSpace(c byte) bool { return c == ' ' || c == '\t' && p.comma != '\t' }

// plain takes the rest of a cell without quotes around it; quotes inside are
// part of the text, as in 12" pipe. With toLineEnd it takes the rest of the
// line.
func (p *parser) plain(start int, toLineEnd bool) error {
	comma := p.comma
	if toLineEnd {
		comma = '\n'
	}
	for p.fill() {
		chunk := p.buf[p.pos:p.end]
		i := 0
		for i < len(chunk) {
			if c := chunk[i]; c == comma || c == '\n' || c == '\r' || c == 0 {
				break
			}
			i++
		}
		p.rec.text = append(p.rec.text, chunk[:i]...)
		p.pos += i
		if len(p.rec.text)-start > MaxCell {
			return p.tooLarge(p.line)
		}
		if i < len(chunk) {
			if chunk[i] == 0 {
				return p.nul()
			}
			return nil
		}
	}
	return nil
}

// quoted takes a cell whose opening quote is taken already.
func (p *parser) quoted(start int) error {
	opened := p.line
	for p.fill() {
		chunk := p.buf[p.pos:p.end]
		i := 0
		for i < len(chunk) {
			if c := chunk[i]; c == '"' || c == '\n' || c == '\r' || c == 0 {
				break
			}
			i++
		}
		p.rec.text = append(p.rec.text, chunk[:i]...)
		p.pos += i
		if len(p.rec.text)-start > MaxCell {
			return p.tooLarge(opened)
		}
		if i == len(chunk) {
			continue
		}
		switch chunk[i] {
		case 0:
			return p.nul()
		case '"':
			p.pos++
			if c, ok := p.peek(); !ok || c != '"' {
				return p.closed(start, opened)
			}
			p.pos++
			p.rec.text = append(p.rec.text, '"')
		default:
			p.newline()
			p.rec.text = append(p.rec.text, '\n')
		}
	}
	if p.err != io.EOF {
		return p.err
	}
	return tenon.Errorf(tenon.Invalid, "The quote that opens a cell in line %d is never closed. Close it, or remove it, and upload the file again.", opened)
}

// closed looks at what follows a closing quote. Anything but the end of the
// cell means that the quote was none. In a cell of one line that is a problem
// of this row; in a longer one the quotes above are out of step, and rows may
// have been swallowed, so the file is refused.
func (p *parser) closed(start, opened int) error {
	spaces := 0
	for {
		c, ok := p.peek()
		if !ok || c == p.comma || c == '\n' || c == '\r' {
			return nil
		}
		if !p.isSpace(c) {
			break
		}
		p.pos++
		spaces++
	}
	if opened != p.line {
		return tenon.Errorf(tenon.Invalid, "The quote that opens a cell in line %d is not closed before line %d. Close it, or remove it, and upload the file again.", opened, p.line)
	}
	p.rec.problem = tenon.Say("Line %d has a quote inside a quoted cell. Write it twice (\"\") or remove it.", p.line)
	p.rec.text = append(p.rec.text, '"')
	p.rec.text = append(p.rec.text, bytes.Repeat([]byte{' '}, min(spaces, MaxCell))...)
	return p.plain(start, true)
}

func (p *parser) tooLarge(line int) error {
	return tenon.Errorf(tenon.TooLarge, "A cell that starts in line %d is larger than %d MB. Perhaps the quote that closes it is missing.", line, MaxCell>>20)
}

func (p *parser) nul() error {
	return tenon.Errorf(tenon.Invalid, "Line %d has a NUL byte, so this is no text file, or one in UTF-16. If that is right, read it with the encoding utf-16.", p.line)
}

// valid reports whether the record is UTF-8.
func (rec *record) valid() bool { return utf8.Valid(rec.text) }

// blank reports whether no cell has anything but spaces.
func (rec *record) blank() bool {
	return rec.problem.IsZero() && len(bytes.TrimSpace(rec.text)) == 0
}

// strings returns the cells, at most n, as strings that stay good: one
// allocation for the text and one for the slice.
func (rec *record) strings(n int) []string {
	text := string(rec.text)
	cells := make([]string, min(n, len(rec.ends)))
	start := 0
	for i := range cells {
		cells[i] = text[start:rec.ends[i]]
		start = rec.ends[i]
	}
	return cells
}
