package browsertest_test

import (
	"fmt"

	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
)

// walkLists picks rows with the keyboard alone, tags them, and takes it back:
// the plan, the receipt and its Undo. Then it filters, and keeps a view.
func walkLists(s *stage) {
	org := s.site.Organization(s, tenon.Values{"name": "Garnet Quarry"})
	for n := range 12 {
		s.site.Item(s, tenon.Contact, org.ID, tenon.Values{"first_name": fmt.Sprintf("Zenobia %02d", n)})
	}
	p := s.page()
	p.Open("/contacts?q=zenobia").Sees("of 12")
	picked := func(want int) {
		s.Helper()
		if n := p.Ask(`() => String(document.querySelectorAll("tbody .tn-pick :checked").length)`); n != fmt.Sprint(want) {
			s.Errorf("%s rows are picked, want %d", n, want)
		}
		if want > 0 {
			p.Sees(fmt.Sprintf("%d selected", want), "select all 12")
		}
	}
	p.Press('j', 'x')
	picked(1)
	p.Press('j', 'j')
	s.must(p.Rod.KeyActions().Press(input.ShiftLeft).Type(input.ArrowDown, input.ArrowDown).Do())
	picked(4)
	s.must(p.Rod.KeyActions().Press(input.ShiftLeft).Type(input.ArrowUp).Do())
	picked(3)
	p.Picture("picked")
	p.Tick("^select all 12$").Sees("All of 12 selected")
	p.Press(input.Escape)
	picked(0)
	p.Press('x')
	picked(1)
	p.Follow("^Tag…$").Fill("^Which tags go on", "night shift").Follow("^Next$").Sees("A plan. Nothing changes until you confirm it.")
	p.Follow("^Tag Zenobia").Sees(`was tagged "night shift"`)
	receipt := p.Path()
	p.Open("/contacts?tag=night+shift").Sees("Tag: night shift", "1–1 of 1")
	p.Open(receipt).Follow("^Undo").Sees("Undone.")
	p.Open("/contacts?tag=night+shift").Sees("Nothing fits")

	// The filter and the views open over the list.
	p.Open(browsertest.OrganizationPath(org.ID) + "/contacts").Click("^Filter$").Sees("Filter contacts")
	p.Choose("^Attachments", "Has none").Follow("^Apply$").Sees("Attachments: Has none").At("files=no")
	p.Click("^Save this view$").Sees("Save what is shown now").Fill("^Name", "Without files")
	p.Follow("^Save view$").Sees("The view Without files was saved").At("view=")
}
