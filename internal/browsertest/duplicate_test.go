package browsertest_test

import (
	"github.com/go-rod/rod/lib/input"

	"github.com/tenonhq/tenon"
)

// rowNames are the names of the records that the list shows, from the top.
const rowNames = `() => [...document.querySelectorAll("tbody [data-row] th a")].map((e) => e.textContent.trim()).join(", ")`

// walkDuplicates finds records that are there twice, compares two, makes one of
// them right, and deletes the other; of the next pair one is merged into the
// other.
func walkDuplicates(s *stage) {
	works := s.site.Organization(s, tenon.Values{"name": "Ingram Works"})
	bakery := s.site.Organization(s, tenon.Values{"name": "Haddow Bakery"})
	make := func(org *tenon.Organization, name, serial, notes string) {
		s.site.Item(s, tenon.Configuration, org.ID, tenon.Values{"name": name, "serial_number": serial, "notes": notes})
	}
	make(works, "xq-till-01", "XQ100", "Behind the counter")
	make(bakery, "xq-till-02", "XQ100", "")
	make(works, "xq-till-03", "XQ300", "")
	make(works, "xq-printer", "XQ700", "Lent from the bakery")
	make(works, "xq-printer", "XQ700", "")

	p := s.page()
	p.Open("/").Click("^Global$").Follow("^Assets$").Sees("What is recorded of all organizations")
	p.Follow("^Configurations$").Sees("Sorted by name")
	p.Fill("How the name begins", "xq-").Leave("filter", func() error { return p.Field("How the name begins").Type(input.Enter) })
	sorted := func(by, want string) {
		s.Helper()
		p.Follow(by)
		if got := p.Ask(rowNames); got != want {
			s.Errorf("sorted by %s the list is %s, want %s", by, got, want)
		}
	}
	sorted("^Organization$", "xq-till-02, xq-printer, xq-printer, xq-till-01, xq-till-03")
	sorted("^Updated$", "xq-till-01, xq-till-02, xq-till-03, xq-printer, xq-printer")
	sorted("^Name$", "xq-printer, xq-printer, xq-till-01, xq-till-02, xq-till-03")

	// Two of them side by side; what only one knows is written into the other.
	p.Tick("^xq-till-01$").Tick("^xq-till-02$").Sees("2 selected").Follow("^Compare$").Sees("Compare two configurations", "Different", "Behind the counter")
	p.Follow("^Edit here: xq-till-02, ").Fill("^Notes", "Moved to the window").Follow("^Save configuration$").Sees("was saved", "Moved to the window")
	p.Picture("compare")
	p.Follow("^Delete…: xq-till-01, ").Sees("A plan. Nothing changes until you confirm it.").Follow("^Move xq-till-01 to the trash$").Sees("xq-till-01 was deleted", "Undo")
	p.Open("/configurations?q=xq-till").Sees("xq-till-02").Misses("xq-till-01")
	// The single record has the same.
	p.Follow("^xq-till-03$").Click("^More$").Follow("^Delete…$").Follow("^Move xq-till-03 to the trash$").Sees("xq-till-03 was deleted").Follow("^Undo").Sees("Undone.")

	p.Open("/configurations?q=xq-printer&sort=organization").Ask(`() => { document.querySelectorAll("tbody .tn-pick input").forEach((e) => e.click()); return "" }`)
	p.Sees("2 selected").Follow("^Compare$").Sees("Lent from the bakery")
	p.Follow("^Merge into the other…: xq-printer, Ingram Works$").Sees("Merge two of the name xq-printer").Follow("^Merge two of the name xq-printer$").Sees("Undo")
	p.Open("/configurations?q=xq-printer").Sees("1–1 of 1")
	p.Follow("^xq-printer$").Sees("XQ700")
}
