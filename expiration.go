package tenon

import (
	"strconv"
	"time"
)

// ExpirationID names one date of one item on which something ends. It stays
// when the date is changed, and goes when the date is taken away.
type ExpirationID int64

func (id ExpirationID) String() string { return strconv.FormatInt(int64(id), 10) }

// Expiration is a date on which something ends that people want to be warned
// of: a warranty, a domain, a certificate, a date of a flexible asset.
type Expiration struct {
	ID       ExpirationID
	Item     ItemID
	Kind     Kind
	Type     FlexTypeID // of a flexible asset
	TypeName string     // "SSL certificate", or the name of the flexible asset type
	Name     string     // of the item
	OrgID    OrgID
	OrgName  string
	Binder   BinderID
	Field    string // "warranty_expires_at", "traits.support-ends"
	Label    string // "Warranty expires on": what ends
	On       string // "2026-11-30"
	Archived bool
}

// DateOnly is the form of a date in a field.
const DateOnly = time.DateOnly

// DaysFrom is how many days after the given date it ends: 0 on the day, less
// than 0 when it is past.
func (e *Expiration) DaysFrom(today string) int {
	end, err := time.Parse(DateOnly, e.On)
	from, err2 := time.Parse(DateOnly, today)
	if err != nil || err2 != nil {
		return 0
	}
	return int(end.Sub(from) / (24 * time.Hour))
}

// Expiring returns the kinds of items with dates on which something ends, in
// the order of Kinds. Which dates of a flexible asset are meant, its type says.
func Expiring() []Kind {
	var out []Kind
	for i := range Kinds {
		k := &Kinds[i]
		if k.Kind == FlexibleAsset || len(k.ExpiryFields()) > 0 {
			out = append(out, k.Kind)
		}
	}
	return out
}

// ExpiryFields returns the fields of the kind that are dates on which something ends.
func (k *KindInfo) ExpiryFields() []*Field {
	var out []*Field
	for i := range k.Fields {
		if k.Fields[i].Expires {
			out = append(out, &k.Fields[i])
		}
	}
	return out
}
