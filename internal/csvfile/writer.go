package csvfile

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Neutralize returns a cell that a spreadsheet program shows as text: one that
// starts like a formula gets an apostrophe in front. Plain takes it away again,
// so an exported file that is imported changes nothing.
func Neutralize(cell string) string {
	if startsFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Plain undoes Neutralize. Other cells, formulas among them, stay as they are.
func Plain(cell string) string {
	if cell != "" && cell[0] == '\'' && startsFormula(strings.TrimLeft(cell, "'")) {
		return cell[1:]
	}
	return cell
}

func startsFormula(s string) bool {
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}

// Writer writes a CSV file for people: UTF-8 with a byte order mark, which
// Excel needs, lines ending in CR LF, every cell neutralized.
type Writer struct {
	out  *csv.Writer
	raw  io.Writer
	row  []string
	mark bool
}

// NewWriter returns a writer with the comma given, usually ','.
func NewWriter(w io.Writer, comma byte) *Writer {
	out := csv.NewWriter(w)
	out.Comma = rune(comma)
	out.UseCRLF = true
	return &Writer{out: out, raw: w}
}

// Write writes one row.
func (w *Writer) Write(cells []string) error {
	if !w.mark {
		w.mark = true
		if _, err := w.raw.Write(bomUTF8); err != nil {
			return err
		}
	}
	w.row = w.row[:0]
	for _, c := range cells {
		w.row = append(w.row, Neutralize(c))
	}
	return w.out.Write(w.row)
}

// Flush writes what is buffered and returns the first error.
func (w *Writer) Flush() error {
	w.out.Flush()
	return w.out.Error()
}

// The columns that an error file adds.
const (
	lineColumn    = "Line"
	problemColumn = "Problem"
)

// ErrorWriter writes the rows that could not be imported: the columns of the
// file, then the line and the problem. The file can be corrected and uploaded
// as it is: the two columns are mapped to nothing.
type ErrorWriter struct {
	w     *Writer
	width int
}

// NewErrorWriter writes the header. Where the file was an error file itself, its
// two columns are replaced.
func NewErrorWriter(w io.Writer, header []string, comma byte) (*ErrorWriter, error) {
	if n := len(header); n >= 2 && header[n-2] == lineColumn && header[n-1] == problemColumn {
		header = header[:n-2]
	}
	e := &ErrorWriter{w: NewWriter(w, comma), width: len(header)}
	return e, e.w.Write(append(slices.Clone(header), lineColumn, problemColumn))
}

// Write writes a row with its problem; empty means the row's own. A ragged row
// is filled up, or its last cells are joined, so that line and problem stand
// in their columns.
func (e *ErrorWriter) Write(row Row, problem string) error {
	if problem == "" {
		problem = row.Problem.String()
	}
	cells := slices.Clone(row.Cells)
	if len(cells) > e.width && !row.Problem.IsZero() {
		last := max(e.width-1, 0)
		cells = append(cells[:last:last], strings.Join(cells[last:], " | "))
	}
	for len(cells) < e.width {
		cells = append(cells, "")
	}
	return e.w.Write(append(cells[:e.width], strconv.Itoa(row.Line), problem))
}

// Flush writes what is buffered and returns the first error.
func (e *ErrorWriter) Flush() error { return e.w.Flush() }
