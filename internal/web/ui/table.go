package ui

import (
	"context"
	"github.com/a-h/templ"
	"github.com/tenonhq/tenon/internal/web/say"
)

// Column is a column of a table.
type Column struct {
	Title string
	Href  string // sorts by it; a link
	Sort  string // "ascending" or "descending" when it is sorted by now
	// Number columns stand at the right.
	Number bool
	Width  string // "tiny", "small", "medium", "large", "half"
	// Narrow says where a small screen shows the cell: "left" or "right" of the
	// second line, "below" on a third, or not at all. The first column is the
	// first line.
	Narrow string
	Unit   string // after a number on small screens: "items"
	Hidden bool   // the title is only for those who listen
}

// Row is a line of a table. Its first cell is its head.
type Row struct {
	ID     string // value of its box
	Name   string // of its box: "Pick Calder Freight"
	Cells  []templ.Component
	Picked bool
	Group  string // a row that heads the following ones has nothing else
}

// Pick makes rows pickable, and says what can be done with several.
type Pick struct {
	Action string // address of the form
	Name   string // of the boxes, "id"
	Total  int64  // of the list, all pages; 0 where all cannot be picked at once
	Over   bool   // there are more than Total, and nobody has counted how many
	// Actions are buttons of the form; the first one is filled.
	Actions []templ.Component
	Keep    map[string]string // what "all" means: the filter of the list
}

// Table is a list.
type Table struct {
	ID      string
	Caption string
	// ShowCaption is for tables without a heading of their own.
	ShowCaption bool
	Columns     []Column
	Rows        []Row
	Pick        *Pick
	// Bare tables stand in a panel and have no sheet of their own.
	Bare bool
	Foot []templ.Component // the last line, cell by cell: sums
	// None is drawn instead of rows when there are none.
	None templ.Component
	// Sticky heads stay at the upper edge of the window. A table that may be
	// wider than its place scrolls inside it instead, with its head.
	Sticky bool
}

// Pager leads to the pages before and after. There are no page numbers:
// lists are walked from where one is.
type Pager struct {
	Words      string // "1–50 of 412"
	Previous   string
	Next       string
	NextText   string // "Next 50"
	Hints      []KeyHelp
	ResultsFor string // id of what is replaced without loading the page
}

// Empty stands in the place of what is not there.
type Empty struct {
	Title, Text string
	Actions     []templ.Component
	// Failed is for what could not be loaded, which is not the same as nothing.
	Failed bool
	// Filtered is for what the filter hides.
	Filtered bool
}

func (c Column) class(at int, head bool) string {
	class := ""
	add := func(name string) {
		if class != "" {
			class += " "
		}
		class += name
	}
	if c.Number {
		add("tn-number")
	}
	if head && c.Width != "" {
		add("tn-w-" + c.Width)
	}
	if !head {
		switch {
		case at == 0:
			add("tn-on-name")
		case c.Narrow != "":
			add("tn-on-" + c.Narrow)
		}
	}
	return class
}

// classed is the attribute class, where there is something to say: a list has
// hundreds of cells.
func classed(class string) templ.Attributes {
	if class == "" {
		return nil
	}
	return templ.Attributes{"class": class}
}

func (c Column) headAttributes() templ.Attributes {
	if c.Sort == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": c.Sort}
}

// cellAttributes are those of a cell of the body; most have none.
func (c Column) cellAttributes(at int) templ.Attributes {
	all := templ.Attributes{}
	if class := c.class(at, false); class != "" {
		all["class"] = class
	}
	if c.Unit != "" {
		all["data-unit"] = c.Unit
	}
	return all
}

// rowID names the head of a row, which is the name of its box too.
func (t Table) rowID(row Row) templ.Attributes {
	if t.Pick == nil || row.ID == "" {
		return nil
	}
	return templ.Attributes{"id": "r" + row.ID}
}

// totalWords is how many rows the list has on all its pages.
func (p *Pick) totalWords(ctx context.Context) string {
	if p.Over {
		return say.Textf(ctx, "more than %s", Number(p.Total-1))
	}
	return Number(p.Total)
}

// allWords offer everything that the list finds, on all its pages.
func (p *Pick) allWords(ctx context.Context) string {
	if p.Over {
		return say.Text(ctx, "select all of them")
	}
	return say.Textf(ctx, "select all %s", Number(p.Total))
}

func (t Table) scrollClass() string {
	switch {
	case t.Sticky:
		return "tn-scroll tn-scroll-page"
	case t.Pick != nil && len(t.Columns) > 0:
		return "tn-scroll tn-scroll-both"
	}
	return "tn-scroll"
}

// span is the number of columns, with that of the boxes.
func (t Table) span() string {
	n := len(t.Columns)
	if t.Pick != nil {
		n++
	}
	return Number(n)
}

func (t Table) column(i int) Column {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return Column{}
}
