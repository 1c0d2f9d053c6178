package core_test

import (
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/richtext"
	"github.com/tenonhq/tenon/internal/store"
)

// body is what a viewer reads of a document.
func (h *house) body(v tenon.Viewer, id tenon.ItemID) string {
	h.t.Helper()
	parts, err := h.Parts(ctx, v, id)
	h.must(err)
	return richtext.PlainText(richtext.Join(core.Sections(parts)))
}

func (h *house) write1(id tenon.ItemID, body string) *tenon.Item {
	h.t.Helper()
	i, err := h.UpdateItem(ctx, admin, id, core.ItemChange{Parts: map[string][]tenon.Values{"sections": core.SectionValues(richtext.Split(body))}})
	h.must(err)
	return i
}

func TestPublish(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		reader, editor := h.user("reader", tenon.ReadOnly, acme), h.user("editor", tenon.Editor, acme)
		doc := h.named(tenon.Document, acme, "Backup")
		h.write1(doc.ID, "<h2>One</h2><p>first <script>x</script>words</p>")
		want := func(what string, v tenon.Viewer, text string) {
			h.t.Helper()
			if got := h.body(v, doc.ID); got != text {
				h.t.Errorf("%s: %s reads %q, want %q", what, v.Name, got, text)
			}
		}
		want("a draft", editor, "One first words")
		want("a draft", reader, "")
		published, err := h.PublishDocument(ctx, editor, doc.ID, 2)
		h.must(err)
		again, err := h.PublishDocument(ctx, editor, doc.ID, 0)
		h.must(err)
		if again.Version != published.Version {
			h.t.Errorf("publishing what is published made version %d of %d", again.Version, published.Version)
		}
		want("published", reader, "One first words")
		h.write1(doc.ID, "<h2>One</h2><p>second words</p>")
		want("a newer draft", editor, "One second words")
		want("a newer draft", reader, "One first words")
		_, err = h.PublishDocument(ctx, editor, doc.ID, 2)
		h.refused("publishing what was looked at before", err, tenon.Stale)
		_, err = h.PublishDocument(ctx, reader, doc.ID, 0)
		h.refused("publishing as a reader", err, tenon.Forbidden)
		_, _, err = h.Revisions(ctx, reader, doc.ID, tenon.Page{})
		h.refused("drafts in the history", err, tenon.Forbidden)
		_, err = h.RestoreRevision(ctx, editor, doc.ID, 1)
		h.must(err)
		want("restored", editor, "")
		want("restored", reader, "One first words")
		_, err = h.UnpublishDocument(ctx, editor, doc.ID)
		h.must(err)
		want("withdrawn", reader, "")
		var actions []string
		for _, e := range h.events(admin, doc.ID) {
			actions = append(actions, e.Action)
			for _, c := range e.Changes {
				if c.Field == "sections" && (c.Before != nil || c.After != nil) {
					h.t.Errorf("the log tells the draft: %+v", c)
				}
			}
		}
		if got := strings.Join(actions, ", "); got != "unpublish, restore version, update, publish, update, create" && got != "create, update, publish, update, restore version, unpublish" {
			h.t.Errorf("the log has %s", got)
		}
		made, err := h.CreateItem(ctx, admin, tenon.Document, acme, core.ItemChange{Values: tenon.Values{"name": "B", "published_at": "2026-01-02T03:04:05Z"},
			Parts: map[string][]tenon.Values{"sections": core.SectionValues(richtext.Split("there at once"))}})
		h.must(err)
		if got := h.body(reader, made.ID); got != "there at once" {
			h.t.Errorf("published with its making: %q", got)
		}
	})
}

func TestLinkedRecords(t *testing.T) {
	each(t, func(h *house) {
		acme, beta := h.org("Acme"), h.org("Beta")
		reader := h.user("reader", tenon.ReadOnly, acme)
		srv, far := h.named(tenon.Configuration, acme, "srv"), h.named(tenon.Configuration, beta, "far")
		find := func(v tenon.Viewer, ids ...int64) (got map[int64]store.RecordName) {
			h.t.Helper()
			h.must(h.st.Read(ctx, func(tx *store.Tx) (err error) {
				got, err = tx.LinkedRecords(v, ids)
				return err
			}))
			return got
		}
		got := find(reader, int64(srv.ID), int64(far.ID), int64(acme), int64(beta), 999999)
		if len(got) != 2 || got[int64(srv.ID)].Name != "srv" || got[int64(acme)].Name != "Acme" {
			h.t.Errorf("a reader of Acme sees %v", got)
		}
		h.merge(beta, acme)
		if got = find(admin, int64(beta), int64(far.ID)); got[int64(beta)].ID != int64(acme) || got[int64(beta)].Name != "Acme" || got[int64(far.ID)].Name != "far" {
			h.t.Errorf("after the merge: %v", got)
		}
		next := h.named(tenon.Configuration, acme, "srv2")
		h.write(func(tx *store.Tx) error {
			op, err := tx.NewID()
			if err != nil {
				return err
			}
			if err := tx.InsertOperation(&tenon.Operation{ID: tenon.OperationID(op), Kind: "test", State: tenon.Finished}, nil); err != nil {
				return err
			}
			return tx.SystemMergeItem(srv.ID, next.ID, tenon.OperationID(op))
		})
		if got = find(admin, int64(srv.ID)); got[int64(srv.ID)].Name != "srv2" || got[int64(srv.ID)].ID != int64(next.ID) {
			h.t.Errorf("a merged item: %v", got)
		}
	})
}

func TestCountInFolders(t *testing.T) {
	each(t, func(h *house) {
		acme := h.org("Acme")
		reader := h.user("reader", tenon.ReadOnly, acme)
		folder := h.named(tenon.DocumentFolder, acme, "Guides")
		for _, name := range []string{"a", "b"} {
			h.file(tenon.Document, acme, tenon.Values{"name": name, "document_folder_id": int64(folder.ID)})
		}
		loose := h.named(tenon.Document, acme, "c")
		_, err := h.Restrict(ctx, admin, loose.ID, []tenon.Subject{person(admin)})
		if err != nil {
			_, err = h.Restrict(ctx, admin, loose.ID, []tenon.Subject{person(h.user("other", tenon.Editor, acme))})
		}
		h.must(err)
		for _, tt := range []struct {
			v     tenon.Viewer
			loose int64
		}{{admin, 1}, {reader, 0}} {
			h.must(h.st.Read(ctx, func(tx *store.Tx) error {
				got, err := tx.CountInFolders(tt.v, tenon.Document, "document_folder_id", []tenon.BinderID{acme.Home()})
				if got[folder.ID] != 2 || got[0] != tt.loose {
					h.t.Errorf("%s counts %v", tt.v.Name, got)
				}
				return err
			}))
			list, _, err := h.Items(ctx, tt.v, store.ItemQuery{Kind: tenon.Document, Org: acme, Unset: []string{"document_folder_id"}})
			h.must(err)
			if len(list) != int(tt.loose) {
				h.t.Errorf("%s lists %d in no folder", tt.v.Name, len(list))
			}
		}
	})
}
