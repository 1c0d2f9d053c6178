package gluetest

import (
	"testing"

	"github.com/tenonhq/tenon"
)

// TestRelatedAndAttached does, with everything that related items and
// attachments hang on, what no client library does.
func TestRelatedAndAttached(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		w := &world{site: s, ids: map[string][]string{}}
		w.furnish()
		w.item("checklist_templates", tenon.ChecklistTemplate, tenon.Values{"name": "Template"})
		w.item("ssl_certificates", tenon.SSLCertificate, tenon.Values{"name": "quay.example"})
		w.item("tickets", tenon.Ticket, tenon.Values{"subject": "Broken"})
		w.ids["folders"] = w.ids["document_folders"]
		for _, word := range []string{"checklists", "checklist_templates", "configurations", "contacts", "documents", "domains", "folders", "locations", "passwords",
			"ssl_certificates", "flexible_assets", "tickets"} {
			base := "/" + word + "/" + w.sample(word) + "/relationships/"
			w.related(base + "related_items")
			w.attached(base + "attachments")
		}
		w.image()
		s.validate()
	})
}

func (w *world) sees(r reply, status int) reply {
	w.t.Helper()
	w.kept = append(w.kept, kept{r.Want(status).What, r.Body})
	return r
}

func (w *world) related(at string) {
	w.t.Helper()
	far := w.ids["locations"][1]
	x := w.sees(w.ask("POST", at+"/", body("related_items", map[string]any{"destination-id": far, "destination-type": "Location", "notes": "n"})), 201).
		Has("data.type", "related-items").Has("data.attributes.resource-type", "Location").Has("data.attributes.resource-id", far).Has("data.attributes.notes", "n").Text("data.id")
	w.sees(w.ask("PATCH", at+"/"+x, body("related-items", map[string]any{"notes": "m", "destination_id": 1})), 200).Has("data.attributes.notes", "m").Has("data.attributes.resource-id", far)
	many := w.sees(w.ask("POST", at, wrap([]any{
		object("related_items", map[string]any{"destination_id": w.ids["contacts"][1], "destination_type": "Contact"}),
		object("related_items", map[string]any{"destination_id": w.sample("organizations"), "destination_type": "Organization"})})), 201)
	w.ask("DELETE", at, "").Want(422)
	w.ask("DELETE", at, `{"data":[]}`).Want(422)
	w.sees(w.ask("DELETE", at, wrap([]any{object("related_items", map[string]any{"id": x}), map[string]any{"type": "related_items", "id": many.Text("data.0.id")},
		object("related-items", map[string]any{"id": many.At("data.1.id")})})), 200).Has("data.0.id", x).Has("data.0.attributes.notes", "m")
	w.ask("PATCH", at+"/"+x, body("related_items", map[string]any{"notes": "late"})).Want(404)
}

func (w *world) attached(at string) {
	w.t.Helper()
	file := func(content string) map[string]any {
		return map[string]any{"attachment": map[string]any{"content": content, "file_name": "a.txt"}}
	}
	x := w.sees(w.ask("POST", at, body("attachments", file("aGVsbG8="))), 201).Has("data.type", "attachments").Text("data.id")
	w.ask("POST", at, body("attachments", file("no base64"))).Want(422)
	many := w.sees(w.ask("POST", at, wrap([]any{object("attachments", file("aGVsbG8=")), object("attachments", file("dHdv"))})), 201)
	w.sees(w.ask("PATCH", at+"/"+x, body("attachments", map[string]any{"name": "b.txt"})), 200).Has("data.attributes.name", "b.txt")
	w.read(at).Has("meta.total-count", "3").Has("meta.next-page", "")
	w.read(at+"/"+x).Has("data.attributes.name", "b.txt")
	w.ask("DELETE", at, "").Want(422)
	w.sees(w.ask("DELETE", at, wrap([]any{object("attachments", map[string]any{"id": x}), map[string]any{"type": "attachments", "id": many.Text("data.0.id")}})), 200).Has("data.0.id", x)
	w.read(at).Has("meta.total-count", "1").Has("data.0.id", many.Text("data.1.id"))
}

func (w *world) image() {
	w.t.Helper()
	for word, id := range map[string]string{"document": w.sample("documents"), "gallery": w.sample("sections")} {
		x := w.sees(w.ask("POST", "/document_images", body("document_images", map[string]any{"target": map[string]any{"type": word, "id": id},
			"image": map[string]any{"content": "aGVsbG8=", "file-name": "a.txt"}})), 201).Has("data.type", "document-images").Text("data.id")
		w.read("/document_images/"+x).Has("data.id", x)
		w.sees(w.ask("DELETE", "/document_images/"+x, ""), 200).Has("data.id", x)
		w.ask("GET", "/document_images/"+x, "").Want(404)
	}
}
