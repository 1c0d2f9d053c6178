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
	w.kept = append(w.kept, kept{r.want(status).what, r.body})
	return r
}

func (w *world) related(at string) {
	w.t.Helper()
	far := w.ids["locations"][1]
	x := w.sees(w.ask("POST", at+"/", body("related_items", map[string]any{"destination-id": far, "destination-type": "Location", "notes": "n"})), 201).
		has("data.type", "related-items").has("data.attributes.resource-type", "Location").has("data.attributes.resource-id", far).has("data.attributes.notes", "n").text("data.id")
	w.sees(w.ask("PATCH", at+"/"+x, body("related-items", map[string]any{"notes": "m", "destination_id": 1})), 200).has("data.attributes.notes", "m").has("data.attributes.resource-id", far)
	many := w.sees(w.ask("POST", at, wrap([]any{
		object("related_items", map[string]any{"destination_id": w.ids["contacts"][1], "destination_type": "Contact"}),
		object("related_items", map[string]any{"destination_id": w.sample("organizations"), "destination_type": "Organization"})})), 201)
	w.ask("DELETE", at, "").want(422)
	w.ask("DELETE", at, `{"data":[]}`).want(422)
	w.sees(w.ask("DELETE", at, wrap([]any{object("related_items", map[string]any{"id": x}), map[string]any{"type": "related_items", "id": many.text("data.0.id")},
		object("related-items", map[string]any{"id": many.at("data.1.id")})})), 200).has("data.0.id", x).has("data.0.attributes.notes", "m")
	w.ask("PATCH", at+"/"+x, body("related_items", map[string]any{"notes": "late"})).want(404)
}

func (w *world) attached(at string) {
	w.t.Helper()
	file := func(content string) map[string]any {
		return map[string]any{"attachment": map[string]any{"content": content, "file_name": "a.txt"}}
	}
	x := w.sees(w.ask("POST", at, body("attachments", file("aGVsbG8="))), 201).has("data.type", "attachments").text("data.id")
	w.ask("POST", at, body("attachments", file("no base64"))).want(422)
	many := w.sees(w.ask("POST", at, wrap([]any{object("attachments", file("aGVsbG8=")), object("attachments", file("dHdv"))})), 201)
	w.sees(w.ask("PATCH", at+"/"+x, body("attachments", map[string]any{"name": "b.txt"})), 200).has("data.attributes.name", "b.txt")
	w.read(at).has("meta.total-count", "3").has("meta.next-page", "")
	w.read(at+"/"+x).has("data.attributes.name", "b.txt")
	w.ask("DELETE", at, "").want(422)
	w.sees(w.ask("DELETE", at, wrap([]any{object("attachments", map[string]any{"id": x}), map[string]any{"type": "attachments", "id": many.text("data.0.id")}})), 200).has("data.0.id", x)
	w.read(at).has("meta.total-count", "1").has("data.0.id", many.text("data.1.id"))
}

func (w *world) image() {
	w.t.Helper()
	for word, id := range map[string]string{"document": w.sample("documents"), "gallery": w.sample("sections")} {
		x := w.sees(w.ask("POST", "/document_images", body("document_images", map[string]any{"target": map[string]any{"type": word, "id": id},
			"image": map[string]any{"content": "aGVsbG8=", "file-name": "a.txt"}})), 201).has("data.type", "document-images").text("data.id")
		w.read("/document_images/"+x).has("data.id", x)
		w.sees(w.ask("DELETE", "/document_images/"+x, ""), 200).has("data.id", x)
		w.ask("GET", "/document_images/"+x, "").want(404)
	}
}
