package store

import (
	"github.com/tenonhq/tenon"
)

const attachmentColumns = `f.id, COALESCE(f.item_id, 0), COALESCE(f.binder_id, 0), f.name, f.size, f.hash, f.content_type, f.created_at, f.created_by`

func scanAttachment(r Scanner, f *tenon.Attachment) error {
	return r.Scan(&f.ID, &f.Item, &f.Binder, &f.Name, &f.Size, &f.Hash, &f.ContentType, instant{&f.CreatedAt}, &f.CreatedBy)
}

// InsertAttachment hangs a stored file on an item, or on an organization
// through its home binder.
func (tx *Tx) InsertAttachment(f *tenon.Attachment) error {
	f.CreatedAt = tx.now
	return tx.run(`INSERT INTO attachments (id, item_id, binder_id, name, size, hash, content_type, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		f.ID, null(f.Item), null(f.Binder), f.Name, f.Size, f.Hash, f.ContentType, f.CreatedBy, micros(tx.now))
}

// ListAttachments returns the files on items, the oldest first. The caller has
// read the items with the viewer.
func (tx *Tx) ListAttachments(items ...tenon.ItemID) ([]tenon.Attachment, error) {
	return list(tx, scanAttachment, `SELECT `+attachmentColumns+` FROM attachments f WHERE `+tx.d.inBinders("f.item_id", "$1")+` AND f.removed_at IS NULL ORDER BY f.id`,
		tx.d.bindersArg(binderIDs(items)))
}

// ListOrganizationAttachments returns the files on an organization, of all its
// binders that the viewer reaches, the oldest first.
func (tx *Tx) ListOrganizationAttachments(v tenon.Viewer, org tenon.OrgID) ([]tenon.Attachment, error) {
	var a args
	return list(tx, scanAttachment, `SELECT `+attachmentColumns+` FROM binders b JOIN attachments f ON f.binder_id = b.id
		WHERE b.organization_id = `+a.add(org)+` AND f.removed_at IS NULL AND `+a.seesBinder(v, "b.id")+` ORDER BY f.id`, a...)
}

// GetAttachment returns a file on an item or an organization that the viewer
// sees. NotFound where there is none or it was removed.
func (tx *Tx) GetAttachment(v tenon.Viewer, id int64) (*tenon.Attachment, error) {
	var a args
	text := `SELECT ` + attachmentColumns + ` FROM attachments f WHERE f.id = ` + a.add(id) + ` AND f.removed_at IS NULL AND (
		(f.item_id IS NOT NULL AND EXISTS (SELECT 1 FROM items i WHERE i.id = f.item_id AND i.trashed_by IS NULL AND ` + a.seesItem(v, "i") +
		` AND ` + a.seesBinder(v, "i.binder_id") + ` AND ` + ownerLive("i.binder_id") + `))
		OR (f.binder_id IS NOT NULL AND ` + a.seesBinder(v, "f.binder_id") + ` AND ` + ownerLive("f.binder_id") + `))`
	rows, err := list(tx, scanAttachment, text, a...)
	if err == nil && len(rows) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("attachment", id, err)
	}
	return &rows[0], nil
}

// RenameAttachment gives a file another name.
func (tx *Tx) RenameAttachment(id int64, name string) error {
	return tx.run(`UPDATE attachments SET name = $1 WHERE id = $2`, name, id)
}

// RemoveAttachment takes a file off its record. The row stays, so that what
// brings the record back can bring the file back, and so does the content
// until it is purged.
func (tx *Tx) RemoveAttachment(id int64) error {
	return tx.run(`UPDATE attachments SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL`, micros(tx.now), id)
}

// SystemRestoreAttachment takes the removal of a file back.
func (tx *Tx) SystemRestoreAttachment(id int64) error {
	return tx.run(`UPDATE attachments SET removed_at = NULL WHERE id = $1`, id)
}
