package glueimport

import (
	"testing"

	"github.com/tenonhq/tenon"
)

// TestPublished keeps what the source says of drafts, in the ways in which
// sources say it.
func TestPublished(t *testing.T) {
	t.Parallel()
	const day, later = "2025-03-01T09:00:00Z", "2025-04-01T09:00:00Z"
	for _, tt := range []struct {
		name string
		from map[string]any
		want any // nil is a draft
	}{
		{"published on a day", map[string]any{"published": true, "published-at": day, "updated-at": later}, day},
		{"a day alone", map[string]any{"published-at": day}, day},
		{"published, no day", map[string]any{"published": true, "published-at": nil, "updated-at": later}, later},
		{"a draft", map[string]any{"published": false, "published-at": nil, "updated-at": later}, nil},
		{"taken back", map[string]any{"published": false, "published-at": day}, nil},
		{"a draft, by the day alone", map[string]any{"published-at": nil, "updated-at": later}, nil},
		{"no drafts there", map[string]any{"created-at": day}, day},
	} {
		r := &record{ID: "1", Type: "documents", Attributes: tt.from}
		x := &taken{from: r, values: tenon.Values{}}
		x.fill(tenon.Document.Info().Fields, r, nil)
		x.published(tenon.Document)
		if got := x.values["published_at"]; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	x := &taken{from: &record{Attributes: map[string]any{"created-at": day}}, values: tenon.Values{}}
	if x.published(tenon.Contact); len(x.values) != 0 {
		t.Errorf("a contact was published: %v", x.values)
	}
}
