package csvfile

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// sepLine reads the line "sep=;" with which spreadsheets are told what stands
// between cells. It returns 0, 0 when the text does not start with one.
func sepLine(head []byte) (comma byte, length int) {
	end := bytes.IndexAny(head, "\r\n")
	if end < 0 {
		return 0, 0
	}
	line := strings.Trim(string(head[:min(end, 16)]), `"`)
	if len(line) != 5 || !strings.EqualFold(line[:4], "sep=") {
		return 0, 0
	}
	if head[end] == '\r' && end+1 < len(head) && head[end+1] == '\n' {
		end++
	}
	return line[4], end + 1
}

// detectComma tries comma, semicolon and tab on the first rows and takes the one
// that gives the most rows as many cells as the header, then the one that gives
// more cells. whole says that the head is the whole file; otherwise its last row
// is cut and does not count.
func detectComma(head []byte, whole bool) byte {
	const rows = 20
	best, bestFit, bestWidth := byte(','), -1, 1
	for _, comma := range []byte{',', ';', '\t'} {
		p := newParser(bytes.NewReader(head))
		p.comma = comma
		width, same, all := 0, 0, 0
		for all < rows {
			rec, err := p.next()
			if err != nil || !whole && p.pos >= p.end && all > 0 {
				break
			}
			if rec.blank() {
				continue
			}
			if all++; all == 1 {
				width = rec.cells
			}
			if rec.cells == width {
				same++
			}
		}
		if width < 2 {
			continue
		}
		// A tenth more or less is no reason: single rows are ragged.
		if fit := same * 10 / all; fit > bestFit || fit == bestFit && width > bestWidth {
			best, bestFit, bestWidth = comma, fit, width
		}
	}
	return best
}

// Preview is the beginning of a file, for choosing which column is what.
type Preview struct {
	Encoding string
	// Guessed says that the encoding is only likely: a person must look at the
	// sample and confirm it, by passing it in Options.
	Guessed bool
	Comma   byte
	Header  []string
	Rows    []Row // with problems, if any
}

// NewPreview reads the first n rows. A file that is neither UTF-8 nor says what
// it is is read as Windows-1252, and marked as a guess.
func NewPreview(in io.Reader, o Options, n int) (*Preview, error) {
	asked, err := encodingName(o.Encoding)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(in, headSize)
	guessed := false
	if asked == Auto {
		// A short head and its error are seen again by the reader.
		head, _ := buffered.Peek(headSize)
		switch {
		case byteOrderMark(head) != "" || otherKind(head) != "":
		case looksUTF16(head) != 0:
			o.Encoding, guessed = UTF16, true
		case !isUTF8(head):
			o.Encoding, guessed = Windows1252, true
		}
	}
	r, err := NewReader(buffered, o)
	if err != nil {
		return nil, err
	}
	p := &Preview{Encoding: r.Encoding(), Guessed: guessed, Comma: r.Comma(), Header: r.Header()}
	for len(p.Rows) < n {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}
