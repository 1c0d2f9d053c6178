package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
)

// firm is one organization before it is written.
type firm struct {
	name   string
	trade  trade
	stem   string
	domain string
	phone  string
	street string
	city   city
	items  int
	parent *firm
	// like is the firm that this one looks like; same tells that it is one in
	// truth, and why says how it came about.
	like *firm
	same bool
	why  string

	place int // among the firms, from 0
	id    tenon.OrgID
	// What a duplicate has in common with its original.
	people  []person
	serials []string
}

type person struct{ first, last, email string }

// Shares of the organizations, in percent.
const (
	duplicateShare = 5
	lookAlikeShare = 2
	branchShare    = 8
)

// imagine makes up all firms: the provider first, then originals, branches,
// duplicates and look-alikes. It needs no database.
func imagine(o Options) []*firm {
	r := rand.New(rand.NewPCG(o.Seed, partNames<<32))
	n := o.Organizations
	second := min(n-1, n*duplicateShare/100)
	alike := min(n-1-second, n*lookAlikeShare/100)
	first := n - second - alike
	firms := make([]*firm, 0, n)
	taken := map[string]bool{}
	for i := range first {
		f := newFirm(r, i, taken)
		if i > 3 && r.IntN(100) < branchShare {
			p := firms[1+r.IntN(i-1)]
			if p.parent == nil {
				f.parent, f.trade, f.stem, f.domain = p, p.trade, p.stem, p.domain
				f.name = p.name + " " + f.city.name
			}
		}
		firms = append(firms, f)
	}
	for i := range second {
		firms = append(firms, duplicate(r, firms[min(first-1, 1+i*max(1, (first-1)/max(1, second)))]))
	}
	for range alike {
		firms = append(firms, lookAlike(r, firms[r.IntN(first)], taken))
	}
	share(r, firms, o.Items)
	for i, f := range firms {
		f.place = i
	}
	return firms
}

func pick[T any](r *rand.Rand, l []T) T { return l[r.IntN(len(l))] }

func newFirm(r *rand.Rand, i int, taken map[string]bool) *firm {
	f := &firm{trade: pick(r, trades)}
	for try := 0; ; try++ {
		f.stem = pick(r, stemHeads) + pick(r, stemTails)
		if try > 3 {
			f.stem += " " + pick(r, stemHeads) + pick(r, stemTails)
		}
		if !taken[f.stem] {
			break
		}
	}
	taken[f.stem] = true
	f.name = strings.TrimSpace(f.stem + " " + pick(r, f.trade.nouns) + " " + pick(r, legalForms))
	if i == 0 {
		f.stem, f.name = "Tenonbridge", "Tenonbridge IT Services"
	}
	f.domain = strings.ToLower(strings.ReplaceAll(f.stem, " ", "")) + "-" + f.trade.short + ".example"
	f.settle(r)
	return f
}

// settle gives a firm an address and a phone number. 555-01xx is never given out.
func (f *firm) settle(r *rand.Rand) {
	f.city = pick(r, cities)
	f.street = fmt.Sprintf("%d %s %s", 10+r.IntN(980), pick(r, streets), pick(r, streetKinds))
	f.phone = fmt.Sprintf("+1 %s 555 01%02d", f.city.area, r.IntN(100))
}

// duplicate is the same client, filed a second time by somebody in a hurry.
func duplicate(r *rand.Rand, of *firm) *firm {
	f := &firm{trade: of.trade, stem: of.stem, domain: of.domain, phone: of.phone, street: of.street, city: of.city, like: of, same: true}
	switch r.IntN(7) {
	case 0:
		f.name, f.why = of.name, "the same name"
	case 1:
		f.name, f.why = withoutForm(of.name), "without the legal form"
	case 2:
		f.name, f.why = abbreviate(of.name), "abbreviated"
	case 3:
		f.name, f.why = typo(r, of.name), "a typing mistake"
	case 4:
		f.name, f.why = strings.ToUpper(of.name), "in capitals"
	case 5:
		f.name, f.why = "The "+of.name, "with an article"
	default:
		f.name, f.why = typo(r, abbreviate(withoutForm(of.name))), "abbreviated, with a typing mistake"
	}
	if f.name == of.name {
		f.why = "the same name"
	}
	switch r.IntN(3) { // not everything is known the second time
	case 0:
		f.phone = ""
	case 1:
		f.street = strings.NewReplacer("Street", "St", "Avenue", "Ave", "Road", "Rd", "Boulevard", "Blvd").Replace(of.street)
	}
	return f
}

// lookAlike is another client whose name is close.
func lookAlike(r *rand.Rand, of *firm, taken map[string]bool) *firm {
	f := newFirm(r, 1, taken)
	f.like, f.why = of, "another firm of the same family name"
	for f.trade.name == of.trade.name {
		f.trade = pick(r, trades)
	}
	f.stem = of.stem
	f.name = strings.TrimSpace(f.stem + " " + pick(r, f.trade.nouns) + " " + pick(r, legalForms))
	f.domain = strings.ToLower(strings.ReplaceAll(f.stem, " ", "")) + "-" + f.trade.short + ".example"
	return f
}

func withoutForm(name string) string {
	for _, form := range legalForms {
		if form != "" {
			name = strings.TrimSuffix(name, " "+form)
		}
	}
	return name
}

func abbreviate(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		for _, x := range rewrites {
			if w == x[0] {
				words[i] = x[1]
			}
		}
	}
	return strings.Join(words, " ")
}

// typo swaps two letters inside the first word.
func typo(r *rand.Rand, name string) string {
	b := []rune(name)
	end := strings.IndexByte(name, ' ')
	if end < 5 {
		return name
	}
	i := 1 + r.IntN(end-3)
	b[i], b[i+1] = b[i+1], b[i]
	return string(b)
}

// share gives each firm its number of items: few have many, most have some. The
// numbers add up exactly.
func share(r *rand.Rand, firms []*firm, items int) {
	weights, sum := make([]float64, len(firms)), 0.0
	for i, f := range firms {
		weights[i] = math.Pow(1-r.Float64(), -0.6) // a heavy tail
		if f.same {
			weights[i] /= 3
		}
		sum += weights[i]
	}
	left, largest := items, 0
	for i, f := range firms {
		f.items = int(float64(items) * weights[i] / sum)
		left -= f.items
		if f.items > firms[largest].items {
			largest = i
		}
	}
	firms[largest].items += left
}

// organization is what a firm says about itself.
func (m *maker) organization(n int, f *firm) core.OrganizationChange {
	r := m.random(partFirm, n)
	values := tenon.Values{"name": f.name}
	kind, status := "Customer", "Active"
	switch x := r.IntN(100); {
	case n == 0:
		kind = "Internal"
	case x < 6:
		kind, status = "Prospect", "Onboarding"
	case x < 10:
		kind = "Vendor"
	case x < 14:
		status = "Inactive"
	}
	values["organization_type_id"] = int64(m.lists["organization_types"][kind])
	values["organization_status_id"] = int64(m.lists["organization_statuses"][status])
	if f.parent != nil {
		values["parent_id"] = int64(f.parent.id)
	}
	if !f.same {
		values["short_name"] = strings.ToUpper(f.stem[:min(4, len(f.stem))])
		values["description"] = fmt.Sprintf("A %s client in %s.", f.trade.name, f.city.name)
		values["external_id"] = externalID(m.o.Seed, n)
	}
	if r.IntN(12) == 0 {
		values["alert"] = pick(r, []string{"Call before visiting.", "Bill travel separately.", "VIP: answer within the hour.", "Ask for the reference number."})
	}
	if r.IntN(4) == 0 {
		values["quick_notes"] = "<p>Site visits on <b>" + pick(r, []string{"Monday", "Tuesday", "Thursday"}) + "</b>. Parking behind the building.</p>"
	}
	if r.IntN(5) == 0 {
		values["notes"] = "Contract renews in " + pick(r, []string{"March", "June", "October"}) + "."
	}
	tags := []string{f.trade.name}
	if r.IntN(6) == 0 {
		tags = append(tags, pick(r, []string{"managed", "co-managed", "project only"}))
	}
	values["tags"] = tags
	domains := []string{f.domain}
	if r.IntN(10) == 0 && !f.same && f.parent == nil {
		domains = append(domains, "mail."+f.domain)
	}
	if f.parent != nil {
		domains = nil // the parent has it
	}
	return core.OrganizationChange{Values: values, Domains: &domains}
}
