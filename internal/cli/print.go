package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// printJSON writes one document, indented: it is read by people too.
func printJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// listJSON writes an array as its elements come, so that a long list needs no memory.
type listJSON struct {
	w     io.Writer
	count int
}

func (l *listJSON) add(doc any) error {
	sep := ",\n  "
	if l.count == 0 {
		sep = "[\n  "
	}
	l.count++
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(l.w, "%s%s", sep, b)
	return err
}

func (l *listJSON) end() error {
	text := "\n]\n"
	if l.count == 0 {
		text = "[]\n"
	}
	_, err := io.WriteString(l.w, text)
	return err
}

// table prints rows in aligned columns.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, header ...string) *table {
	t := &table{tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)}
	t.row(strings.ToUpper(strings.Join(header, "\t")))
	return t
}

func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Map(plain, c)
	}
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

func (t *table) end() error { return t.w.Flush() }

// plain keeps a value in its cell: names may hold anything that a terminal
// would take as a command.
func plain(r rune) rune {
	if r == '\t' || (r >= ' ' && r != 0x7f && r != utf8.RuneError) {
		return r
	}
	return ' '
}

// orNull writes the id 0 as null.
func orNull[T ~int64](id T) any {
	if id == 0 {
		return nil
	}
	return id
}
