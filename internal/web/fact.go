package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// factGroup is a panel of fields that belong together, or of one long text.
type factGroup struct {
	title, icon string
	pairs       []ui.Pair
	text        templ.Component
}

// fieldGroups put the fields of kinds with many of them in the order in which
// people look for them. What no group names stands in the first panel.
var fieldGroups = map[tenon.Kind][]struct {
	title, icon string
	fields      []string
}{
	tenon.Configuration: {
		{say.Key("Network"), "router", []string{"hostname", "primary_ip", "mac_address", "default_gateway"}},
		{say.Key("Hardware"), "server", []string{"manufacturer_id", "model_id", "serial_number", "asset_tag", "position"}},
		{say.Key("Operating system"), "device-desktop", []string{"operating_system_id", "operating_system_notes"}},
		{say.Key("Purchase and warranty"), "clock", []string{"warranty_expires_at", "purchased_at", "purchased_by", "installed_at", "installed_by"}},
	},
	tenon.Location: {
		{say.Key("Address"), "map-pin", []string{"address_1", "address_2", "postal_code", "city", "region_id", "country_id"}},
	},
}

// groupOf returns the title of the group that a field stands in, "" for the first.
func groupOf(k tenon.Kind, field string) string {
	for _, g := range fieldGroups[k] {
		if slices.Contains(g.fields, field) {
			return g.title
		}
	}
	return ""
}

// factGroups are the fields of the item that say something.
func factGroups(ctx context.Context, i *itemView) []factGroup {
	main := factGroup{title: say.Text(ctx, i.info.Label), icon: kindIcon(i.Kind)}
	if i.flex != nil {
		main.title = i.flex.Name
	}
	groups := make([]factGroup, len(fieldGroups[i.Kind]))
	for k, g := range fieldGroups[i.Kind] {
		groups[k] = factGroup{title: say.Text(ctx, g.title), icon: g.icon}
	}
	var texts []factGroup
	for k := range i.info.Fields {
		f := &i.info.Fields[k]
		if i.elsewhere(f) {
			continue
		}
		value := fieldValue(ctx, f, i.Values, i.names)
		if value == nil {
			continue
		}
		if f.Expires {
			value = expiryValue(i.Values.Text(f.Name), i.now)
		}
		if f.Type == tenon.LongText && groupOf(i.Kind, f.Name) == "" || f.Type == tenon.RichText {
			texts = append(texts, factGroup{title: say.Text(ctx, f.Label), icon: "file-text", text: value})
			continue
		}
		into := &main
		for n := range groups {
			if groups[n].title == groupOf(i.Kind, f.Name) {
				into = &groups[n]
			}
		}
		into.pairs = append(into.pairs, ui.Pair{Name: say.Text(ctx, f.Label), Value: value})
	}
	traits := i.traitGroups(ctx)
	main.pairs = append(main.pairs, traits[0].pairs...)
	groups = append(groups, traits[1:]...)
	var out []factGroup
	for _, g := range append([]factGroup{main}, groups...) {
		if len(g.pairs) > 0 {
			out = append(out, g)
		}
	}
	return append(out, texts...)
}

// elsewhere tells whether the page shows the field in another place: in its
// head, among the secrets, or beside them.
func (i *itemView) elsewhere(f *tenon.Field) bool {
	if f.Name == i.info.Type || f.Name == "name" || f.Name == "traits" || f.Type == tenon.Secret {
		return true
	}
	return i.Kind == tenon.Password && slices.Contains([]string{"username", "url", "password_folder_id", "resource_id", "password_updated_at"}, f.Name)
}

// traitGroups are the traits of a flexible asset below the headings of its
// type. The first group is of those before any heading.
func (i *itemView) traitGroups(ctx context.Context) []factGroup {
	groups := []factGroup{{}}
	if i.flex == nil {
		return groups
	}
	traits := i.Values.Object("traits")
	for k := range i.flex.Fields {
		f := &i.flex.Fields[k]
		if f.Kind == tenon.FlexHeader {
			groups = append(groups, factGroup{title: f.Name, icon: kindIcon(i.Kind)})
			continue
		}
		x, ok := traits[f.Key]
		if !ok {
			continue
		}
		value := traitValue(ctx, i, f, x)
		if f.Expiration {
			value = expiryValue(plainValue(ctx, x), i.now)
		}
		last := &groups[len(groups)-1]
		last.pairs = append(last.pairs, ui.Pair{Name: f.Name, Value: value})
	}
	return groups
}

// expiry is how a date of expiry stands to today.
func expiry(ctx context.Context, day string, now time.Time) (tone ui.Tone, words string) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ui.Neutral, ""
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	days := int(at.Sub(today).Hours()) / 24
	switch {
	case days < -1:
		return ui.Bad, say.Textf(ctx, "Expired %s days ago", strconv.Itoa(-days))
	case days == -1:
		return ui.Bad, say.Text(ctx, "Expired yesterday")
	case days == 0:
		return ui.Bad, say.Text(ctx, "Expires today")
	case days == 1:
		return ui.Warn, say.Text(ctx, "Expires tomorrow")
	case days <= near:
		return ui.Warn, say.Textf(ctx, "Expires in %s days", strconv.Itoa(days))
	}
	return ui.Neutral, say.Textf(ctx, "in %s days", strconv.Itoa(days))
}

// expiryLabel stands in the head of a record that expires soon or has.
func expiryLabel(ctx context.Context, i *itemView) templ.Component {
	for k := range i.info.Fields {
		f := &i.info.Fields[k]
		if !f.Expires {
			continue
		}
		tone, words := expiry(ctx, i.Values.Text(f.Name), i.now)
		if tone == ui.Neutral || words == "" {
			continue
		}
		if f.Name == "warranty_expires_at" {
			words = say.Textf(ctx, "Warranty: %s", lower(words))
		}
		return ui.Label(tone, words)
	}
	return nil
}

// parseMoment reads a value of the type Moment.
func parseMoment(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}
