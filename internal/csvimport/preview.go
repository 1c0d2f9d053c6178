package csvimport

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvfile"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Preview is the beginning of a file, for somebody who says which column is what.
type Preview struct {
	Columns []PreviewColumn
	Fields  []PreviewField
	// Encoding and Comma are what was found out.
	Encoding string
	Comma    byte
}

// PreviewColumn is a column of the file.
type PreviewColumn struct {
	Name    string
	Samples []string // the first values that are not empty
	// Field is what the column is taken for, "" where nothing fits, and Why says
	// on what ground.
	Field string
	Why   tenon.Phrase
}

// PreviewField is what a column can be mapped to.
type PreviewField struct {
	Name  string
	Label tenon.Phrase
	// Required says that nothing comes in without it.
	Required bool
}

const (
	previewRows    = 50
	previewSamples = 3
)

// Keep takes a file for an import that is yet to be described, and returns the
// hash under which it is kept for at least a day.
func (e *Engine) Keep(ctx context.Context, v tenon.Viewer, in io.Reader) (hash string, err error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return "", err
	}
	ref, err := e.files.Put(ctx, in, MaxFile)
	return ref.Hash, err
}

// Preview reads the beginning of a kept file, and guesses what its columns are.
func (e *Engine) Preview(ctx context.Context, v tenon.Viewer, kind, kept string) (*Preview, error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	info, err := kindOf(kind)
	if err != nil {
		return nil, err
	}
	in, err := e.files.Open(ctx, kept)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r, err := csvfile.NewReader(in, csvfile.Options{})
	if err != nil {
		return nil, err
	}
	p := &Preview{Encoding: r.Encoding(), Comma: r.Comma()}
	for _, name := range r.Header() {
		p.Columns = append(p.Columns, PreviewColumn{Name: name})
	}
	if err := p.sample(r); err != nil {
		return nil, err
	}
	if p.Fields, err = e.previewFields(ctx, info, p.Columns); err != nil {
		return nil, err
	}
	p.guess()
	return p, nil
}

// sample keeps a few values of each column. A row that cannot be read is the
// plan's to tell of.
func (p *Preview) sample(r *csvfile.Reader) error {
	for range previewRows {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range p.Columns {
			if !row.Problem.IsZero() || i >= len(row.Cells) {
				continue
			}
			text := strings.TrimSpace(row.Cells[i])
			if text == "" || len(p.Columns[i].Samples) == previewSamples || slices.Contains(p.Columns[i].Samples, text) {
				continue
			}
			if runes := []rune(text); len(runes) > 60 {
				text = string(runes[:60]) + "…"
			}
			p.Columns[i].Samples = append(p.Columns[i].Samples, text)
		}
	}
	return nil
}

// previewFields are the fields of the kind, with the entries of its objects: the
// fields of all flexible asset types, and custom fields named like the columns.
func (e *Engine) previewFields(ctx context.Context, info *tenon.KindInfo, columns []PreviewColumn) ([]PreviewField, error) {
	var out []PreviewField
	title := (&layout{kind: info}).title()
	for _, f := range schemaOf(info) {
		switch {
		case f.ReadOnly || f.Type == tenon.File:
		case f.Name == "traits":
			more, err := e.traitFields(ctx)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		case f.Type == tenon.Object:
			for _, c := range columns {
				if key := slug(c.Name); key != "" {
					out = append(out, PreviewField{Name: f.Name + "." + key, Label: tenon.Say("Custom field %s", c.Name)})
				}
			}
		default:
			out = append(out, PreviewField{Name: f.Name, Label: tenon.Say(f.Label), Required: f.Required || slices.Contains(title, f.Name)})
		}
	}
	if info == nil {
		out = append(out, PreviewField{Name: "domains", Label: tenon.Say("E-mail domains")})
	} else {
		first := []PreviewField{{Name: "organization", Label: tenon.Say("Organization"), Required: true}}
		out = append(append(first, out...), PreviewField{Name: "tags", Label: tenon.Say("Tags")})
	}
	return append(out, PreviewField{Name: "id", Label: tenon.Say("Id in Tenon")}), nil
}

func (e *Engine) traitFields(ctx context.Context) ([]PreviewField, error) {
	var out []PreviewField
	err := e.st.Read(ctx, func(tx *store.Tx) error {
		types, _, err := tx.ListFlexTypes(store.FlexTypeQuery{Page: tenon.Page{Limit: tenon.MaxPage}})
		out = nil
		for _, t := range types {
			for _, f := range t.Fields {
				name := "traits." + f.Key
				known := slices.ContainsFunc(out, func(p PreviewField) bool { return p.Name == name })
				if f.Kind == tenon.FlexHeader || f.Kind == tenon.FlexUpload || known {
					continue
				}
				out = append(out, PreviewField{Name: name, Label: tenon.Say("%s (%s)", f.Name, t.Name)})
			}
		}
		return err
	})
	return out, err
}

// slug is the key of a custom field that is made of a column's name.
func slug(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, textkey.Fold(name)), "_")
}

// aliases are what other programs call a field: by the folded name, without
// signs, what fits first.
var aliases = map[string][]string{
	"company": {"organization", "name"}, "companyname": {"organization", "name"}, "client": {"organization", "name"}, "clientname": {"organization", "name"},
	"customer": {"organization", "name"}, "account": {"organization", "name"}, "accountname": {"organization", "name"}, "organizationname": {"organization", "name"}, "organisation": {"organization", "name"},
	"email": {"emails"}, "emailaddress": {"emails"}, "mail": {"emails"}, "phone": {"phones", "phone"}, "phonenumber": {"phones", "phone"}, "telephone": {"phones", "phone"}, "mobile": {"phones"},
	"firstname": {"first_name"}, "givenname": {"first_name"}, "lastname": {"last_name"}, "surname": {"last_name"}, "familyname": {"last_name"},
	"serial": {"serial_number"}, "serialnumber": {"serial_number"}, "sn": {"serial_number"}, "mac": {"mac_address"}, "ip": {"primary_ip"}, "ipaddress": {"primary_ip"},
	"make": {"manufacturer_id"}, "vendor": {"manufacturer_id"}, "os": {"operating_system_id"}, "warranty": {"warranty_expires_at"}, "warrantyexpiration": {"warranty_expires_at"}, "warrantyend": {"warranty_expires_at"},
	"expires": {"expires_on", "warranty_expires_at"}, "expiration": {"expires_on", "warranty_expires_at"}, "expirationdate": {"expires_on", "warranty_expires_at"}, "expiry": {"expires_on", "warranty_expires_at"},
	"domain": {"domains", "name"}, "domains": {"domains"}, "website": {"url"}, "login": {"username"}, "user": {"username"}, "address": {"address_1"}, "street": {"address_1"}, "zip": {"postal_code"}, "zipcode": {"postal_code"}, "postcode": {"postal_code"},
	"state": {"region_id"}, "province": {"region_id"}, "country": {"country_id"}, "shortname": {"short_name"}, "comment": {"notes"}, "comments": {"notes"}, "title": {"name", "title", "subject"},
	"hostname": {"hostname", "name"}, "devicename": {"name"}, "computername": {"name"}, "host": {"name"}, "tag": {"tags"}, "labels": {"tags"}, "jobtitle": {"title"},
}

// plainName is a name without signs and case: "E-mail address" is "emailaddress".
func plainName(s string) string {
	return strings.ReplaceAll(slug(s), "_", "")
}

// guess says of each column what it probably is: by our own name or label, else
// by what others call it. A field is given once.
func (p *Preview) guess() {
	taken := map[string]bool{"id": true} // other systems have ids too
	give := func(c *PreviewColumn, f *PreviewField, why tenon.Phrase) {
		c.Field, c.Why = f.Name, why
		taken[f.Name] = true
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		for k := range p.Fields {
			f := &p.Fields[k]
			custom := strings.Contains(f.Name, ".") && !strings.HasPrefix(f.Name, "traits.")
			called := f.Label.String()
			name, label := strings.TrimSuffix(f.Name, "_id"), strings.TrimSuffix(called, " on")
			label, _, _ = strings.Cut(label, " (")
			if c.Field != "" || taken[f.Name] || custom {
				continue
			}
			if n := plainName(c.Name); n == plainName(f.Name) || n == plainName(name) || n == plainName(called) || n == plainName(label) {
				give(c, f, tenon.Say("It is called so."))
			}
		}
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		for _, name := range aliases[plainName(c.Name)] {
			k := slices.IndexFunc(p.Fields, func(f PreviewField) bool { return f.Name == name })
			if c.Field == "" && k >= 0 && !taken[name] {
				give(c, &p.Fields[k], tenon.Say("Others call the field %s so.", p.Fields[k].Label))
			}
		}
	}
}

// Template is the header of a file that can be imported as it is: every field
// of the kind under its own name.
func Template(kind string) ([]string, error) {
	info, err := kindOf(kind)
	if err != nil {
		return nil, err
	}
	var out []string
	if info != nil {
		out = append(out, "organization")
	}
	for _, f := range schemaOf(info) {
		if !f.ReadOnly && f.Type != tenon.File && f.Type != tenon.Object {
			out = append(out, f.Name)
		}
	}
	if info == nil {
		return append(out, "domains"), nil
	}
	return append(out, "tags"), nil
}
