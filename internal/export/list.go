package export

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/store"
)

// sheet is a CSV file that is being filled.
type sheet struct {
	name string
	text bytes.Buffer
	out  *csvfile.Writer
	rows int64
}

func newSheet(name string, head ...string) (*sheet, error) {
	s := &sheet{name: name}
	s.out = csvfile.NewWriter(&s.text, ',')
	return s, s.out.Write(head)
}

func (s *sheet) add(cells []string) error {
	s.rows++
	return s.out.Write(cells)
}

// done returns the file, nil where it has no rows.
func (s *sheet) done() ([]byte, error) {
	if s.rows == 0 {
		return nil, nil
	}
	err := s.out.Flush()
	return s.text.Bytes(), err
}

// listing reads a list from a cursor on, until a file is full or the list ends.
type listing struct {
	w      *working
	sheets []*sheet // the records; then what they carry, a sheet for each part
	kind   *tenon.KindInfo
	flex   *tenon.FlexType
	cursor string
	rows   int64
}

// list begins to read the list of a step, where the last file ended.
func (w *working) list(ctx context.Context, step string) (*listing, error) {
	l := &listing{w: w, cursor: w.at.Cursor}
	name := step
	var head []string
	switch typ, isAsset := strings.CutPrefix(step, "assets "); {
	case step == "organizations":
		head = append([]string{"Id"}, labels(tenon.OrganizationFields)...)
		head = append(head, "E-mail domains", "Created", "Updated")
	case step == related:
		head = []string{"On", "Record id", "Record", "Organization id", "Organization", "Related on", "Related id", "Related", "Related organization id", "Related organization", "Notes", "Created"}
	case step == "logs":
		head = []string{"Time", "User", "Action", "Subject", "Subject id", "Name", "Organization id", "Organization", "Changes", "From", "Address"}
	case isAsset:
		id, err := strconv.ParseInt(typ, 10, 64)
		if err != nil {
			return nil, err
		}
		err = w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
			l.flex, err = tx.GetFlexType(tenon.FlexTypeID(id))
			return err
		})
		if tenon.CodeOf(err) == tenon.NotFound {
			return l, nil // it was deleted, which only an empty type can be
		}
		if err != nil {
			return nil, err
		}
		l.kind = tenon.FlexibleAsset.Info()
		name, head = "flexible_assets-"+fileWord(l.flex.Name)+"-"+typ, l.itemHead()
	default:
		l.kind = tenon.KindNamed(step).Info()
		head = l.itemHead()
	}
	if err := l.sheet(name, head...); err != nil {
		return nil, err
	}
	if l.kind != nil {
		for i := range l.kind.Parts {
			p := &l.kind.Parts[i]
			if err := l.sheet(name+"_"+p.Plural, append([]string{"Id", l.kind.Label + " id", l.kind.Label}, labels(p.Fields)...)...); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

func (l *listing) sheet(name string, head ...string) error {
	s, err := newSheet(name, head...)
	l.sheets = append(l.sheets, s)
	return err
}

// read fills the sheets. The cursor is empty then where the list is at its end.
func (l *listing) read(ctx context.Context) ([]*sheet, error) {
	if len(l.sheets) == 0 {
		l.cursor = ""
		return nil, nil
	}
	for {
		var err error
		switch {
		case l.kind != nil:
			err = l.items(ctx)
		case l.sheets[0].name == "logs":
			err = l.logs(ctx)
		case l.sheets[0].name == related:
			err = l.ties(ctx)
		default:
			err = l.organizations(ctx)
		}
		if err != nil {
			return nil, err
		}
		size := 0
		for _, s := range l.sheets {
			size += s.text.Len()
		}
		l.rows = l.sheets[0].rows
		if l.cursor == "" || l.rows >= int64(l.w.e.rows) || size >= maxText {
			return l.sheets, nil
		}
	}
}

func (l *listing) page(sort string) tenon.Page {
	return tenon.Page{Cursor: l.cursor, Sort: sort, Limit: min(tenon.MaxPage, l.w.e.rows)}
}

func (l *listing) organizations(ctx context.Context) error {
	q := store.OrgQuery{Page: l.page("id")}
	if l.w.x.Org != 0 {
		q.IDs = []tenon.OrgID{l.w.x.Org}
	}
	var page []*tenon.Organization
	n := names{}
	var next string
	err := l.w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		if page, next, err = tx.ListOrganizations(l.w.v, q); err != nil {
			return err
		}
		n = names{}
		for _, o := range page {
			n.want(tenon.OrganizationFields, o.Values)
		}
		return n.load(tx, l.w.v)
	})
	if err != nil {
		return err
	}
	if len(page) == 0 && l.w.x.Org != 0 {
		return tenon.Errorf(tenon.Conflict, "The organization was deleted or merged away while it was being exported.")
	}
	l.cursor = next
	for _, o := range page {
		row := append([]string{o.ID.String()}, n.cells(tenon.OrganizationFields, o.Values)...)
		row = append(row, strings.Join(o.Domains, ", "), stamp(o.CreatedAt), stamp(o.UpdatedAt))
		if err := l.sheets[0].add(row); err != nil {
			return err
		}
	}
	return nil
}

func (l *listing) logs(ctx context.Context) error {
	var page []tenon.Event
	var next string
	err := l.w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListEvents(l.w.v, store.EventQuery{Org: l.w.x.Org, Page: l.page("")})
		return err
	})
	if err != nil {
		return err
	}
	l.cursor = next
	for i := range page {
		e := &page[i]
		changes := ""
		if len(e.Changes) > 0 {
			b, err := json.Marshal(e.Changes)
			if err != nil {
				return err
			}
			changes = string(b)
		}
		org, of := e.OrgID.String(), e.OrgName
		if e.OrgID == tenon.SystemOrg {
			org, of = "", ""
		}
		err := l.sheets[0].add([]string{stamp(e.At), e.UserName, e.Action, e.Subject, strconv.FormatInt(e.SubjectID, 10), e.Name, org, of, changes, e.Face, e.Addr})
		if err != nil {
			return err
		}
	}
	return nil
}

// related is the list of which records are related to which.
const related = "related_items"

// ties lists pairs of related records: a row for each end that is exported, so
// that all that a record is related to stands beside its id.
func (l *listing) ties(ctx context.Context) error {
	after := int64(0)
	if l.cursor != "" {
		var err error
		if after, err = strconv.ParseInt(l.cursor, 10, 64); err != nil {
			return err
		}
	}
	limit := min(tenon.MaxPage, l.w.e.rows)
	var page []store.ExportedTie
	err := l.w.e.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, err = tx.ListExportedTies(l.w.v, l.w.x.Org, after, limit)
		return err
	})
	if err != nil {
		return err
	}
	if l.cursor = ""; len(page) == limit {
		l.cursor = strconv.FormatInt(page[limit-1].ID, 10)
	}
	for i := range page {
		t := &page[i]
		for n := range t.Ends {
			from, to := &t.Ends[n], &t.Ends[1-n]
			if l.w.x.Org != 0 && from.Org != l.w.x.Org {
				continue
			}
			row := append(endCells(from), endCells(to)...)
			if err := l.sheets[0].add(append(row, t.Notes, stamp(t.CreatedAt))); err != nil {
				return err
			}
		}
	}
	return nil
}

// endCells say which record stands at one end of a tie.
func endCells(e *store.ExportedEnd) []string {
	on := "organization"
	if e.Kind != 0 {
		on = e.Kind.String()
	}
	org, name := e.Org.String(), e.OrgName
	if e.Org == tenon.SystemOrg {
		org, name = "", ""
	}
	return []string{on, strconv.FormatInt(e.Record, 10), e.Name, org, name}
}
