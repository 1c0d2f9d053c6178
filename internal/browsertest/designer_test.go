package browsertest_test

import (
	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// fieldNames are the fields of the type in their order.
const fieldNames = `() => [...document.querySelectorAll(".tn-designer .tn-task-name")].map((e) => e.textContent.trim()).join(", ")`

// walkDesigner makes a type of flexible assets with fields of several kinds, puts
// them into another order with keys, and fills a record of it.
func walkDesigner(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Kirkby Cranes"})
	p := s.page()
	p.Open("/").Click("^Account$").Follow("^Flexible asset types$").Follow("^New type$").Fill("^Name of the type", "Crane hoist")
	for _, f := range []struct{ kind, name string }{{"Select", "Maker"}, {"Date", "Inspected"}, {"Checkbox", "Indoors"}, {"Header", "Load"}, {"Number", "Tonnes"}} {
		n := p.Ask(`() => String(document.querySelectorAll(".tn-designer > li").length)`)
		p.Choose("^New field of kind$", f.kind).Click("^Add field$")
		p.Until("the field is there", `(n) => document.querySelectorAll(".tn-designer > li").length === Number(n) + 1`, n)
		p.Fill("^Name$", f.name)
		if f.kind == "Select" {
			p.Fill("^Options", "Ours\nTheirs")
		}
	}
	p.Until("the preview shows the fields", `() => /Tonnes/.test(document.querySelector("#preview").textContent) && /Inspected/.test(document.querySelector("#preview").textContent)`)
	p.Picture("designer")
	// The heading goes below the number, and back, by keys alone.
	p.Click("^Close ").Until("nothing is open", `() => !document.querySelector(".tn-designer-settings")`)
	if got := p.Ask(fieldNames); got != "Name, Maker, Inspected, Indoors, Load, Tonnes" {
		s.Errorf("the fields are %s", got)
	}
	for _, step := range []struct{ button, want string }{{"^Move Load down$", "Name, Maker, Inspected, Indoors, Tonnes, Load"}, {"^Move Load up$", "Name, Maker, Inspected, Indoors, Load, Tonnes"}} {
		p.Reach(step.button).Press(input.Enter)
		p.Until("the order is "+step.want, `(want) => [...document.querySelectorAll(".tn-designer .tn-task-name")].map((e) => e.textContent.trim()).join(", ") === want`, step.want)
		p.Until("the focus stays on the button", `(words) => new RegExp(words).test(document.activeElement?.getAttribute("aria-label") || "")`, step.button)
	}
	p.Follow("^Save type$").Sees("was saved", "Crane hoist")

	p.Open(browsertest.OrganizationPath(org.ID)).Click("^New item$").Follow("^Flexible asset$").Choose("^Type", "Crane hoist").Follow("^Next$").Sees("Load")
	p.Fill("^Name", "KC-9").Choose("^Maker", "Theirs").Fill("^Tonnes", "12").Tick("^Indoors")
	p.Follow("^Create flexible asset$").Sees("KC-9 was created", "Theirs", "12", "Load")
	p.Open("/assets").Follow("^Crane hoist$").Sees("KC-9", "Kirkby Cranes")
}
