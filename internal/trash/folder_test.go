package trash_test

import (
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/trash"
)

// TestPutIntoFolder puts documents into a folder and takes that back, few of
// them in one transaction and many in chunks; a folder is a record like any
// other, and lies in no folder that lies in it.
func TestPutIntoFolder(t *testing.T) {
	t.Parallel()
	run(t, func(s *story) {
		acme, bolt := s.org("Acme", 0), s.org("Bolt", 0)
		start, runbooks, theirs := s.named(tenon.DocumentFolder, acme, "Start"), s.named(tenon.DocumentFolder, acme, "Runbooks"), s.named(tenon.DocumentFolder, bolt, "Theirs")
		var docs []tenon.ItemID
		for _, name := range []string{"Backup", "Network", "People"} {
			docs = append(docs, s.named(tenon.Document, acme, name, "document_folder_id", int64(start)))
		}
		in := func(want tenon.ItemID) {
			s.Helper()
			for _, id := range docs {
				i := s.get(id)
				if got := tenon.ItemID(i.Values.ID("document_folder_id")); got != want {
					s.Errorf("%s lies in %d, want %d", i.Name, got, want)
				}
			}
		}
		plan := func(ids []tenon.ItemID, value string) (*tenon.Plan, error) {
			return s.trash.PlanItemsWith(s.ctx, boss, trash.ActionFolder, ids, 0, tenon.Choices{Value: value})
		}
		for _, value := range []string{runbooks.String(), ""} {
			p, err := plan(docs, value)
			if err != nil {
				s.Fatal(err)
			}
			op, err := s.trash.Run(s.ctx, boss, p)
			if err != nil {
				s.Fatal(err)
			}
			in(tenon.ItemID(tenon.ParseID(value)))
			s.takeBack(op)
			in(start)
		}

		s.trash.ChunksOf(1, 2)
		op := s.many(trash.ActionFolder, trash.Selection{IDs: docs}, 0, tenon.Choices{Value: runbooks.String()})
		in(runbooks)
		s.takeBack(op)
		in(start)
		s.trash.ChunksOf(200, 500)

		for _, x := range []struct {
			ids   []tenon.ItemID
			value string
			words string
		}{
			{docs, "77777", "no folder"},
			{docs, docs[0].String(), "no folder"},
			{[]tenon.ItemID{docs[0], runbooks}, start.String(), "several kinds"},
			{[]tenon.ItemID{s.item(tenon.Contact, acme, core.ItemChange{Values: tenon.Values{"first_name": "Ada"}})}, start.String(), "no folder that could be changed"},
		} {
			_, err := plan(x.ids, x.value)
			s.refused(err, tenon.Invalid, x.words)
		}
		for _, x := range []struct {
			ids   []tenon.ItemID
			value tenon.ItemID
			words string
		}{{docs, theirs, "belongs to Bolt"}, {[]tenon.ItemID{start}, start, "cannot name itself"}} {
			p, err := plan(x.ids, x.value.String())
			if err != nil {
				s.Fatal(err)
			}
			_, err = s.trash.Run(s.ctx, boss, p)
			s.refused(err, tenon.Invalid, x.words)
		}
		in(start)
		_, err := s.trash.PlanItemsWith(s.ctx, as(tenon.ReadOnly), trash.ActionFolder, docs, 0, tenon.Choices{})
		s.refused(err, tenon.Forbidden, "")
	})
}
