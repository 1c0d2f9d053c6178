// Package csvfile reads CSV files as people make them, and writes them so that
// a spreadsheet program cannot be tricked.
//
// A [Reader] takes UTF-8 with and without byte order mark, UTF-16 and
// Windows-1252; comma, semicolon and tab; any line end; a "sep=" line; cells
// with line breaks. It works as a stream: memory stays flat, whatever the size
// of the file. What is wrong with one row is a Problem of that row, named by
// its line, and the rows after it are read; what makes the whole file doubtful
// (a quote that is never closed, NUL bytes, another kind of file) is an error,
// in words, with the line. Nothing is guessed silently: a file that is not
// UTF-8 is refused with the name of the option that says what it is.
//
// Cells are text and stay text: leading zeros, long numbers and formulas come
// through as written. What becomes of them is the importer's business; so is
// the plan, the run and undoing it.
//
// The splitting into cells is written here and not taken from encoding/csv,
// which cannot limit the size of a cell, so that one missing quote takes the
// memory of the whole file, and cannot tell a stray quote in one row from a
// quote that swallows all rows below. Well-formed files give the same cells
// with both; a fuzz test holds that.
package csvfile
