package browsertest_test

import (
	"strings"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
)

// editorText is the HTML of what stands in the editor.
const editorText = `() => document.querySelector("[data-text]").innerHTML`

// clickNamed clicks a button that is an icon, by its name.
const clickNamed = `(name) => { document.querySelector("[aria-label=" + JSON.stringify(name) + "]").click(); return "" }`

// pastePicture pastes a picture of one red pixel, as a browser does.
const pastePicture = `async () => {
	const canvas = new OffscreenCanvas(8, 8);
	canvas.getContext("2d").fillRect(0, 0, 8, 8);
	const data = new DataTransfer();
	data.items.add(new File([await canvas.convertToBlob()], "rack.png", { type: "image/png" }));
	document.querySelector("[data-text]").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
	return "";
}`

// walkDocument writes a document with everything that the editor knows, saves
// it, opens it again, and finds the same.
func walkDocument(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Fenwick Marine"})
	s.site.Item(s, tenon.Configuration, org.ID, tenon.Values{"name": "fenwick-core-switch"})
	p := s.page()
	p.Open("/organizations/"+org.ID.String()+"/documents").Follow("^New document$").Fill("^Name", "Server room")
	p.Follow("^Create document$").Sees("Edit Server room")

	p.Ask(`() => { document.querySelector("[data-text]").focus(); return "" }`)
	p.Text("# Way in").Press(input.Enter).Text("Ask at [[")
	p.Sees("Link to a record").Text("fenwick-core").Option("^fenwick-core-switch").Press(input.ArrowDown, input.Enter)
	p.Misses("Link to a record").Text("first").Press(input.Enter)
	p.Text("[] Keys").Press(input.Enter).Text("Badge").Press(input.Enter, input.Enter)
	p.Ask(clickNamed, "Table")
	p.Text("Host").Press(input.Tab).Text("Port")
	p.Ask(`() => { const root = document.querySelector("[data-text]"); const range = document.createRange(); range.selectNodeContents(root.lastElementChild); range.collapse(false); getSelection().removeAllRanges(); getSelection().addRange(range); return "" }`)
	p.Ask(pastePicture)
	p.Until("the picture is there", `() => !!document.querySelector("[data-text] img[src^='/attachments/']")`)
	p.Picture("document editor")
	p.Follow("^Save document$").Sees("Way in", "fenwick-core-switch", "Keys", "Host", "Draft")
	page := p.Ask(`() => document.querySelector(".tn-document").innerHTML`)
	for _, want := range []string{"<h2 id=", `class="tn-record"`, `class="tn-check"`, "<table ", "<th>Host</th><th>Port</th>", `src="/attachments/`} {
		if !strings.Contains(page, want) {
			s.Errorf("the document lacks %q:\n%s", want, page)
		}
	}
	p.Until("the picture is drawn", `() => document.querySelector(".tn-document img").naturalWidth === 8`)
	p.Picture("document")
	p.Follow("^Edit").Sees("Edit Server room")
	before := p.Ask(editorText)
	p.Follow("^Save document$").Follow("^Edit")
	if after := p.Ask(editorText); after != before {
		s.Errorf("saved again the text is another:\n%s\nwas\n%s", after, before)
	}
	p.Follow("^Save and publish$").Sees("Published").Misses("Only people who may edit")
}

// walkChecklist ticks the tasks of a checklist in place.
func walkChecklist(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Gannet Foods"})
	list := s.site.Item(s, tenon.Checklist, org.ID, tenon.Values{"name": "New starter"})
	p := s.page()
	p.Open("/items/" + list.ID.String())
	for _, task := range []string{"Account", "Laptop"} {
		p.Fill("^New task$", task).Press(input.Enter).Sees(task)
		p.Until("the field is empty again", `() => document.querySelector("#f-task").value === ""`)
	}
	p.Sees("0 of 2 tasks done").Ask(clickNamed, "Account")
	p.Sees("1 of 2 tasks done")
	p.Ask(clickNamed, "Move up Laptop")
	p.Until("the order is another", `() => document.querySelector(".tn-task-name").textContent === "Laptop"`)
	p.Ask(clickNamed, "Laptop")
	p.Sees("2 of 2 tasks done", "Completed")
	p.Picture("checklist")
}
