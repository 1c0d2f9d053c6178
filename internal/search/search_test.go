package search_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/search"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// world is a small installation.
type world struct {
	t    *testing.T
	st   *store.Store
	c    *core.Core
	root tenon.Viewer
	acme tenon.OrgID
	quay tenon.OrgID
}

func newWorld(t *testing.T, st *store.Store) *world {
	t.Helper()
	ring, err := secret.CreateKeyFile(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, st: st, c: core.New(core.Options{Store: st, Keys: ring}), root: tenon.Viewer{User: 1, Name: "Root", Role: tenon.Administrator, Everywhere: true, Face: "test"}}
	w.acme = w.org("Harbourline Dental", tenon.Values{"short_name": "HARB", "tags": []string{"vip"}, "quick_notes": "<p>Ask for the <b>lighthouse</b> key</p>"})
	w.quay = w.org("Quayside Freight", nil)
	w.item(w.acme, tenon.Configuration, tenon.Values{"name": "HARB-SRV-01", "serial_number": "5CG-1234-XY", "mac_address": "00:1A:2B:3C:4D:5E", "primary_ip": "10.20.3.44", "notes": "Runs the imaging archive"})
	w.item(w.acme, tenon.Contact, tenon.Values{"first_name": "Imogen", "last_name": "Castellan", "emails": []tenon.Address{{Value: "imogen.castellan@harbourline.example"}}, "phones": []tenon.Address{{Value: "+1 (555) 010-1234"}}})
	w.item(w.quay, tenon.Configuration, tenon.Values{"name": "QUAY-SRV-01", "notes": "Backs up to Harbourline"})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) org(name string, v tenon.Values) tenon.OrgID {
	w.t.Helper()
	all := tenon.Values{"name": name}
	for k, x := range v {
		all[k] = x
	}
	o, err := w.c.CreateOrganization(context.Background(), w.root, core.OrganizationChange{Values: all})
	w.must(err)
	return o.ID
}

func (w *world) item(org tenon.OrgID, k tenon.Kind, v tenon.Values, more ...func(*core.ItemChange)) tenon.ItemID {
	w.t.Helper()
	in := core.ItemChange{Values: v}
	for _, m := range more {
		m(&in)
	}
	i, err := w.c.CreateItem(context.Background(), w.root, k, org, in)
	w.must(err)
	return i.ID
}

func (w *world) run(v tenon.Viewer, text string) *search.Result {
	w.t.Helper()
	var res *search.Result
	w.must(w.st.Read(context.Background(), func(tx *store.Tx) (err error) {
		res, err = search.Run(tx, v, search.Parse(text), search.Options{Limit: 50})
		return err
	}))
	return res
}

// found is what a search finds, in words: "Contacts: Imogen Castellan (Harbourline Dental)".
func (w *world) found(v tenon.Viewer, text string) string {
	w.t.Helper()
	var groups []string
	for _, g := range w.run(v, text).Groups {
		var hits []string
		for _, h := range g.Hits {
			line := h.Name
			if h.Kind != 0 {
				line += " (" + h.OrgName + ")"
			}
			if h.Archived {
				line += " archived"
			}
			if h.Field != "" {
				line += " [" + h.Field + ": " + parts(h.Text) + "]"
			}
			hits = append(hits, line)
		}
		groups = append(groups, g.Label+": "+strings.Join(hits, ", "))
	}
	return strings.Join(groups, "; ")
}

// parts writes marked text with angles around what is marked.
func parts(list []search.Part) string {
	var b strings.Builder
	for _, p := range list {
		if p.Marked {
			fmt.Fprintf(&b, "<%s>", p.Text)
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		w := newWorld(t, st)
		const dental, freight = "Organizations: Harbourline Dental", "Organizations: Quayside Freight"
		const server = "Configurations: HARB-SRV-01 (Harbourline Dental)"
		const both = "Configurations: QUAY-SRV-01 (Quayside Freight), HARB-SRV-01 (Harbourline Dental)"
		const imogen, backs = "Contacts: Imogen Castellan (Harbourline Dental)", "QUAY-SRV-01 (Quayside Freight) [Notes: Backs up to <Harbourline>]"
		mails := func(text string) string { return " [E-mail addresses: " + text + "]" }
		for text, want := range map[string]string{
			"":                 "",
			"   ":              "",
			"!?":               "",
			"harb":             dental + "; " + server + ", " + backs + "; " + imogen + mails("imogen.castellan@<harbourline>.example"),
			"quay fre":         freight,
			"freight quayside": freight,
			// However it is spelled.
			"5cg1234xy":                            server + " [Serial number: <5CG-1234-XY>]",
			"5CG-12":                               server + " [Serial number: <5CG-1234-XY>]",
			"001a.2b3c.4d5e":                       server + " [MAC address: <00:1A:2B:3C:4D:5E>]",
			"00-1a-2b":                             server + " [MAC address: <00:1A:2B:3C:4D:5E>]",
			"10.20.3.":                             server + " [Primary IP: <10.20.3.44>]",
			"harb srv01":                           server + ", " + backs,
			"imogen.castellan@harbourline.example": imogen + mails("<imogen.castellan@harbourline.example>"),
			"castellan@harb":                       imogen + mails("imogen.<castellan>@<harbourline>.example"),
			"555 010-1234":                         imogen + " [Phone numbers: +1 (<555>) <010-1234>]",
			"15550101234":                          imogen,
			"lighthouse":                           dental + " [Quick notes: Ask for the <lighthouse> key]",
			// Slips.
			"harbuorline": dental + "; Configurations: " + backs + "; " + imogen + mails("imogen.castellan@<harbourline>.example"),
			"casstelan":   imogen,
			"imagnig":     server + " [Notes: Runs the <imaging> archive]",
			// Filter words.
			"kind:contact":                      imogen,
			"kind:config srv":                   both,
			"kind:config org:harb srv":          server,
			"org:quayside":                      "Configurations: QUAY-SRV-01 (Quayside Freight); " + freight,
			"org:nowhere srv":                   "",
			"tag:vip":                           dental,
			"tag:VIP harbourline":               dental,
			"kind:spaceship harbourline dental": dental,
			`org:"harbourline dental" archive`:  server + " [Notes: Runs the imaging <archive>]",
		} {
			if got := w.found(w.root, text); got != want {
				t.Errorf("%q finds\n\t%q, want\n\t%q", text, got, want)
			}
		}
	})
}

// TestRights finds what each may see, and no more.
func TestRights(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		w := newWorld(t, st)
		ctx := context.Background()
		name, email, role := "Tech", "tech@msp.example", tenon.Editor
		u, err := w.c.CreateUser(ctx, w.root, core.UserChange{Name: &name, Email: &email, Role: &role})
		w.must(err)
		closed := w.item(w.acme, tenon.Document, tenon.Values{"name": "Lanternworks plan"})
		other, address := "Other", "other@msp.example"
		o, err := w.c.CreateUser(ctx, w.root, core.UserChange{Name: &other, Email: &address, Role: &role})
		w.must(err)
		_, err = w.c.Restrict(ctx, w.root, closed, []tenon.Subject{{Kind: tenon.SubjectUser, ID: int64(o.ID)}})
		w.must(err)
		w.item(w.acme, tenon.Domain, tenon.Values{"name": "lanternworks.example"})
		far := w.item(w.quay, tenon.Location, tenon.Values{"name": "Lanternworks yard"})
		gone := w.item(w.acme, tenon.Location, tenon.Values{"name": "Lanternworks annex"})
		write(t, st, func(tx *store.Tx) error {
			_, err := tx.TrashItems([]tenon.ItemID{gone}, w.operation(tx))
			return err
		})
		archived := true
		_, err = w.c.UpdateItem(ctx, w.root, w.item(w.acme, tenon.Domain, tenon.Values{"name": "lanternworks-old.example"}), core.ItemChange{Archived: &archived})
		w.must(err)
		w.must(w.c.Grant(ctx, w.root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}, w.acme))
		tech := tenon.Viewer{User: u.ID, Name: name, Role: role}

		const mine = "Domains: lanternworks.example (Harbourline Dental), lanternworks-old.example (Harbourline Dental) archived"
		all := w.found(w.root, "lanternworks")
		for _, want := range []string{mine, "Lanternworks plan", "Lanternworks yard"} {
			if !strings.Contains(all, want) {
				t.Errorf("the administrator finds %q, without %q", all, want)
			}
		}
		if strings.Contains(all, "annex") {
			t.Errorf("what is in the trash is found: %q", all)
		}
		for _, text := range []string{"lanternworks", "lanternwroks", "lant", "kind:domain", "org:harb lanternworks"} {
			if got := w.found(tech, text); got != mine {
				t.Errorf("%q finds for a technician %q, want %q", text, got, mine)
			}
		}
		for _, text := range []string{"org:quayside", "kind:location", "quayside freight", "yard", fmt.Sprint(far)} {
			if got := w.found(tech, text); got != "" {
				t.Errorf("%q finds for a technician %q", text, got)
			}
		}
		if got := w.run(tech, "quaysied").Instead; len(got) > 0 {
			t.Errorf("a slip tells a technician of %q", got)
		}
		denied := tech
		denied.Denied = []tenon.Kind{tenon.Domain}
		if got := w.found(denied, "lanternworks"); got != "" {
			t.Errorf("of a denied kind is found %q", got)
		}
	})
}

// operation makes an operation that things can be deleted by.
func (w *world) operation(tx *store.Tx) tenon.OperationID {
	w.t.Helper()
	n, err := tx.NewID()
	w.must(err)
	op := &tenon.Operation{ID: tenon.OperationID(n), Kind: "delete", State: tenon.Finished}
	w.must(tx.InsertOperation(op, nil))
	return op.ID
}

func write(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// TestSecretsAreNotIndexed looks for secrets by search and among its words.
func TestSecretsAreNotIndexed(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		w := newWorld(t, st)
		ctx := context.Background()
		kind, err := w.c.CreateFlexType(ctx, w.root, tenon.FlexType{Name: "Wi-Fi", Enabled: true, Fields: []tenon.FlexField{
			{Name: "SSID", Kind: tenon.FlexText, UseForTitle: true}, {Name: "Key", Kind: tenon.FlexPassword}}})
		w.must(err)
		secrets := func(field, value string) func(*core.ItemChange) {
			return func(in *core.ItemChange) {
				x := secret.NewText(value)
				in.Secrets = map[string]*secret.Text{field: &x}
			}
		}
		w.item(w.acme, tenon.Password, tenon.Values{"name": "Router"}, secrets("password", "marigoldumbrella"))
		w.item(w.acme, tenon.FlexibleAsset, tenon.Values{"flexible_asset_type_id": int64(kind.ID), "traits": map[string]any{"ssid": "Depot"}}, secrets("traits.key", "periwinkleanvil"))
		if got := w.found(w.root, "depot"); got == "" {
			t.Fatal("the record with a secret is not found by its name")
		}
		for _, text := range []string{"marigoldumbrella", "marigold", "marigoldumbrela", "periwinkleanvil", "periwinkle"} {
			if got := w.found(w.root, text); got != "" {
				t.Errorf("%q finds %q", text, got)
			}
			w.must(st.Read(ctx, func(tx *store.Tx) error {
				terms, err := tx.SystemTerms([]string{text[:4]}, 10)
				if len(terms) > 0 {
					t.Errorf("words of the index begin as a secret: %q", terms)
				}
				return err
			}))
		}
	})
}
