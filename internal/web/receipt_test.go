package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestReceiptWords reads on each receipt what was done and what its undo brings
// back, of one record and of several.
func TestReceiptWords(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		must(t, o.core.SetSetting(context.Background(), o.root, tenon.SettingBulkDelete, "true"))
		org, other := o.organization("Fern", nil), o.organization("Moss", nil)
		depot := func() string {
			return "id=" + o.item(tenon.Location, org, tenon.Values{"name": "Depot"}).String()
		}
		act := func(q string) *office {
			o.open("/items/act?" + q)
			return o.send("/items/act", o.form("/items/act"))
		}
		a := depot()
		act("action=delete&"+a).sees("Depot was deleted", "Moved to the trash at", "Until the item is purged from the trash.", "The item with what hangs on it, exactly as it was.")
		o.send("/trash/restore", map[string][]string{"id": {strings.TrimPrefix(a, "id=")}}).sees("Depot was restored")
		act("action=delete&"+depot()+"&"+depot()).sees("2 items were deleted", "Until the items are purged from the trash.", "exactly as they were.")
		act("action=archive&"+a).sees("Archived at", "The item leaves the archive")
		act("action=unarchive&"+a).sees("Taken out of the archive at", "The item is in the archive again.")
		act("action=move&"+a+"&target="+other.String()).sees("Moved at", "The item with what hangs on it goes back to where it was")
		act("action=copy&"+a+"&target="+org.String()).sees("Copied at", "The copy goes to the trash.", "The original.")
		act("action=tag&tags=vip&"+a).sees("Done at", "What it changed, where nobody has changed it since.")

		// What no undo takes back says so, and what there is instead.
		o.open("/delete?id=" + other.String())
		o.send("/delete", o.form("/delete")).sees("Until it is purged from the trash.")
		o.send("/trash/restore", map[string][]string{"id": {other.String()}})
		o.open("/operations").sees("Moss was restored")
		o.open("/delete?id=" + other.String())
		o.send("/delete", o.form("/delete"))
		o.open("/trash/purge?organization=" + other.String())
		form := o.form("/trash/purge")
		form.Set("typed", "Moss")
		o.send("/trash/purge", form).sees("Purged at", "There is none", "What is purged is gone.")
	})
}

// TestMergeAcrossOrganizations finds two items of two organizations, moves one
// of them, and is back at the merge.
func TestMergeAcrossOrganizations(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		fern, moss := o.organization("Fern", nil), o.organization("Moss", nil)
		a := o.item(tenon.Location, fern, tenon.Values{"name": "Depot", "city": "Leeds"})
		b := o.item(tenon.Location, moss, tenon.Values{"name": "Depot", "city": "York"})
		merge := "/items/merge?source=" + a.String() + "&target=" + b.String()
		o.open(merge).sees("They belong to two organizations", "Move Depot to Moss…", "Move Depot to Fern…", "clear 1 blocker")
		move := "/items/act?action=move&id=" + a.String() + "&target=" + moss.String() + "&next=%2Fitems%2Fmerge%3Fsource%3D" + a.String() + "%26target%3D" + b.String()
		o.open(move).sees("Move Depot to Moss")
		if form := o.form("/items/act"); form.Get("next") != merge {
			t.Errorf("the plan of moving leads to %q, want %q", form.Get("next"), merge)
		}
		o.send("/items/act", o.form("/items/act")).sees("Depot was moved to Moss.", "Receipt", "Side by side", "York")
		if o.at.RequestURI() != merge {
			t.Errorf("after the move one is at %s, want %s", o.at.RequestURI(), merge)
		}
		o.send("/items/merge", o.form("/items/merge")).sees("Merged at", "The item that was merged away")

		// Addresses are compared as people write them.
		c := o.item(tenon.Contact, moss, tenon.Values{"first_name": "Ida", "emails": []tenon.Address{{Value: "ida@moss.example", Label: "Work", Primary: true}}})
		d := o.item(tenon.Contact, moss, tenon.Values{"first_name": "Ida"})
		o.open("/items/merge?source=" + c.String() + "&target=" + d.String()).sees("ida@moss.example (Work)")

		// It leads nowhere else than to a page of ours.
		form := o.open("/items/act?action=archive&id=" + b.String() + "&next=https%3A%2F%2Felsewhere.example%2F").form("/items/act")
		o.send("/items/act", form)
		if o.status != http.StatusOK || o.at.Path != "/" {
			t.Errorf("an address of others leads to %s (%d)", o.at, o.status)
		}
	})
}
