package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// TestFolderPage finds in a folder the folders and documents that lie in it, the
// way back, and the way to new ones; documents go from folder to folder.
func TestFolderPage(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		org := o.organization("Fern", nil)
		ops := o.item(tenon.DocumentFolder, org, tenon.Values{"name": "Operations"})
		net := o.item(tenon.DocumentFolder, org, tenon.Values{"name": "Network", "parent_id": int64(ops)})
		deep := o.item(tenon.DocumentFolder, org, tenon.Values{"name": "Firewalls", "parent_id": int64(net)})
		o.item(tenon.Document, org, tenon.Values{"name": "Rules", "document_folder_id": int64(deep)})
		plan := o.item(tenon.Document, org, tenon.Values{"name": "Addresses", "document_folder_id": int64(net)})
		list := "/organizations/" + org.String() + "/documents"

		o.open("/items/"+net.String()).sees("Network", "Operations", "Firewalls", "1 document", "Addresses", "New document", "New folder", "Folder…",
			list+"/new?folder="+net.String(), `href="`+list+"?folder="+ops.String(), `href="/items/`+deep.String())
		o.open(list+"?folder="+net.String()).sees("Operations", "Firewalls", "Addresses", "Folder…", `href="/items/`+net.String())
		o.open("/items/"+plan.String()).sees(`href="`+list+"?folder="+net.String(), `href="`+list+"?folder="+ops.String())
		o.open(list + "/new?folder=" + net.String())
		if !strings.Contains(o.page, `value="`+net.String()+`" selected`) {
			t.Errorf("a new document of the folder does not lie in it:\n%s", o.page)
		}

		act := "/items/act?action=folder&list=documents&of=" + org.String() + "&id=" + plan.String()
		o.open(act).sees("Put 1 document into a folder", "No folder", "Operations", "Firewalls")
		o.open(act + "&value=" + deep.String()).sees("Addresses is put into the folder Firewalls. The receipt has an Undo.")
		o.send("/items/act", o.form("/items/act")).sees("Addresses was put into the folder Firewalls", "Undo")
		o.open("/items/"+deep.String()).sees("Rules", "Addresses")
		if o.open("/items/act?action=folder&id=" + o.item(tenon.Contact, org, tenon.Values{"first_name": "Ada"}).String()); o.status != http.StatusNotFound {
			t.Errorf("a contact may be put into a folder: %d", o.status)
		}
	})
}
