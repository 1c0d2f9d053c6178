package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/storetest"
)

// lexicon makes the texts of records: words as frequent as words are, names of
// people, numbers as devices have them. The seed makes them all.
type lexicon struct {
	r        *rand.Rand
	prose    []string
	zipf     *rand.Zipf
	first    []string
	last     []string
	firms    []string
	prefixes []string
}

var commonWords = strings.Fields(`the and of to in for is on with server backup printer user office network access account password
	please check switch firewall windows update license mail router main floor desk phone cable port service remote install new old site
	contact vendor support contract renew monthly daily report domain storage cloud tenant admin group policy share folder drive scan camera door alarm`)

func newLexicon() *lexicon {
	l := &lexicon{r: rand.New(rand.NewPCG(7, 11))}
	l.prose = append(l.prose, commonWords...)
	for len(l.prose) < 40_000 {
		l.prose = append(l.prose, l.syllables(2, 4))
	}
	l.zipf = rand.NewZipf(l.r, 1.08, 4, uint64(len(l.prose)-1))
	for range 800 {
		l.first = append(l.first, upper(l.syllables(2, 2)))
	}
	for range 20_000 {
		l.last = append(l.last, upper(l.syllables(2, 3)))
	}
	for range 2_000 {
		l.firms = append(l.firms, upper(l.syllables(2, 3)))
	}
	l.prefixes = []string{"SRV", "WS", "LAPTOP", "PRN", "SW", "FW", "AP", "NAS", "DC", "PMS", "VM", "CAM"}
	return l
}

func (l *lexicon) syllables(least, most int) string {
	heads, tails := strings.Fields("b br c ch d dr f fl g gr h k l m n p pl qu r s sh st t tr v w z"), strings.Fields("a an ar e el en er i in is o on or ou u um")
	var b strings.Builder
	for range least + l.r.IntN(most-least+1) {
		b.WriteString(heads[l.r.IntN(len(heads))] + tails[l.r.IntN(len(tails))])
	}
	return b.String()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func pick[T any](l *lexicon, of []T) T { return of[l.r.IntN(len(of))] }

func (l *lexicon) text(words int) string {
	out := make([]string, words)
	for i := range out {
		out[i] = l.prose[l.zipf.Uint64()]
	}
	return strings.Join(out, " ")
}

func (l *lexicon) code(n int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[l.r.IntN(len(letters))]
	}
	return string(b)
}

func (l *lexicon) firm(i int) string {
	kinds := strings.Fields("Dental Freight Legal Clinic Hotel School Bakery Foods Logistics Group Partners Works Motors Energy Studio Church Library Foundry")
	return fmt.Sprintf("%s %s %s", l.firms[i%len(l.firms)], kinds[i%len(kinds)], pick(l, l.firms))
}

func (l *lexicon) mac() string {
	b := make([]string, 6)
	for i := range b {
		b[i] = fmt.Sprintf("%02X", l.r.IntN(256))
	}
	return strings.Join(b, ":")
}

// item makes the content of a record of some kind.
func (l *lexicon) item(firm string) (tenon.Kind, tenon.Values) {
	short := strings.ToUpper(firm[:4])
	switch n := l.r.IntN(100); {
	case n < 45:
		name := fmt.Sprintf("%s-%s-%02d", short, pick(l, l.prefixes), l.r.IntN(60))
		return tenon.Configuration, tenon.Values{"name": name, "hostname": strings.ToLower(name), "serial_number": l.code(10), "mac_address": l.mac(),
			"primary_ip": fmt.Sprintf("10.%d.%d.%d", l.r.IntN(200), l.r.IntN(30), l.r.IntN(254)), "notes": l.text(6 + l.r.IntN(18))}
	case n < 70:
		first, last := pick(l, l.first), pick(l, l.last)
		return tenon.Contact, tenon.Values{"first_name": first, "last_name": last, "title": l.text(2),
			"emails": []tenon.Address{{Value: strings.ToLower(first + "." + last + "@" + strings.Fields(firm)[0] + ".example")}},
			"phones": []tenon.Address{{Value: fmt.Sprintf("+1 555-%03d-%04d", l.r.IntN(1000), l.r.IntN(10000))}}, "notes": l.text(l.r.IntN(10))}
	case n < 82:
		return tenon.Password, tenon.Values{"name": upper(l.text(2)) + " login", "username": "svc_" + l.syllables(2, 3), "url": "https://" + l.syllables(2, 3) + ".example/admin", "notes": l.text(l.r.IntN(12))}
	case n < 88:
		return tenon.Document, tenon.Values{"name": upper(l.text(4))}
	case n < 94:
		return tenon.Domain, tenon.Values{"name": l.syllables(2, 4) + ".example", "registrar_name": l.text(1), "notes": l.text(8)}
	}
	return tenon.Location, tenon.Values{"name": upper(l.text(2)) + " office", "address_1": fmt.Sprintf("%d %s Street", 1+l.r.IntN(400), pick(l, l.last)), "city": pick(l, l.last), "postal_code": l.code(5), "notes": l.text(8)}
}

// fillWorded files n items in the organizations, past the store, and leaves
// their search entries to the next opening of the database.
func fillWorded(b *testing.B, st *store.Store, l *lexicon, orgs []tenon.OrgID, firms []string, n int) {
	b.Helper()
	from := `json_each($1) AS e`
	if st.Engine() != "sqlite" {
		from = `json_array_elements($1::json) AS e(value)`
	}
	const chunk = 5000
	for done := 0; done < n; done += chunk {
		rows, parts := make([][]any, min(chunk, n-done)), [][]any{}
		for i := range rows {
			// Three ids to a record, as its revision and its event take theirs.
			id := int64(1_000_000 + 3*(done+i))
			at := l.r.IntN(len(orgs))
			kind, v := l.item(firms[at])
			var name []string
			for _, f := range kind.Info().Title {
				name = append(name, v.Text(f))
			}
			rows[i] = []any{id, orgs[at], int(kind), strings.Join(name, " "), v.JSON(), done + i, b2i(l.r.IntN(100) == 0)}
			if kind == tenon.Document {
				for s := range 3 {
					parts = append(parts, []any{id*10 + int64(s), id, tenon.Values{"content": "<p>" + l.text(60) + "</p>", "resource_type": "Text"}.JSON()})
				}
			}
		}
		storetest.Exec(b, st, `INSERT INTO items (id, binder_id, kind, name, name_key, fields, restricted, in_binder_since, created_at, updated_at)
			SELECT CAST(e.value->>0 AS BIGINT), CAST(e.value->>1 AS BIGINT), CAST(e.value->>2 AS SMALLINT), e.value->>3, lower(e.value->>3), e.value->>4,
			CAST(CAST(e.value->>6 AS INTEGER) AS BOOLEAN), 1, 1, CAST(e.value->>5 AS BIGINT) FROM `+from, lines(b, rows))
		if len(parts) > 0 {
			storetest.Exec(b, st, `INSERT INTO parts (id, item_id, part, position, fields, created_at, updated_at)
				SELECT CAST(e.value->>0 AS BIGINT), CAST(e.value->>1 AS BIGINT), 'section', 1, e.value->>2, 1, 1 FROM `+from, lines(b, parts))
		}
	}
	storetest.Exec(b, st, `INSERT INTO counters (name, next) VALUES ('reindex', 1)`)
}

func b2i(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func lines(b *testing.B, rows [][]any) string {
	b.Helper()
	text, err := json.Marshal(rows)
	check(b, err)
	return string(text)
}
