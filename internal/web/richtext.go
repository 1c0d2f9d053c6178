package web

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/store"
)

// linked are the records that a text links to, as far as its reader sees them.
type linked map[int64]store.RecordName

// loadLinked loads them for texts of one page.
func loadLinked(tx *store.Tx, v tenon.Viewer, texts ...string) (linked, error) {
	var ids []int64
	for _, text := range texts {
		ids = append(ids, richtext.Records(text)...)
	}
	found, err := tx.LinkedRecords(v, ids)
	return linked(found), err
}

func (l linked) find(id int64) (richtext.Record, bool) {
	n, ok := l[id]
	path := itemPath(tenon.ItemID(n.ID))
	if n.Kind == 0 {
		path = organizationPath(tenon.OrgID(n.ID))
	}
	return richtext.Record{ID: n.ID, Name: n.Name, Path: path}, ok
}

// harmless returns rich text as it may stand in a page.
func harmless(html string, l linked) string { return richtext.Show(html, l.find) }
