package csvimport_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/storetest"
)

func TestPreviewGuessesColumns(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, storetest.OpenWith(t, storetest.Options(t, engine, storetest.NewClock())))
			ctx := context.Background()
			for _, tt := range []struct{ kind, file, want string }{
				{"organization", "Company,Short name,Domain,Favourite colour\nAcme,AC,acme.example,red\n", "name short_name domains -"},
				{"contact", "Client;First Name;Surname;E-mail;Mobile;Id\nAcme;Ann;Oak;ann@acme.example;1;77\n", "organization first_name last_name emails phones -"},
				{"configuration", "organization\tname\tType\tSerial\tWarranty expires on\nAcme\tsrv\tServer\tS1\t2026-12-01\n", "organization name configuration_type_id serial_number warranty_expires_at"},
				{"domain", "Customer,Domain,Expiry\nAcme,acme.example,2027-01-01\n", "organization name expires_on"},
			} {
				kept, err := p.e.Keep(ctx, admin, strings.NewReader(tt.file))
				if err != nil {
					t.Fatal(err)
				}
				got, err := p.e.Preview(ctx, admin, tt.kind, kept)
				if err != nil {
					t.Fatal(err)
				}
				var words []string
				for _, c := range got.Columns {
					if c.Field == "" {
						c.Field = "-"
					} else if c.Why.IsZero() {
						t.Errorf("%s: %s is taken for %s, and nothing says why", tt.kind, c.Name, c.Field)
					}
					if len(c.Samples) != 1 {
						t.Errorf("%s: %s has the samples %q", tt.kind, c.Name, c.Samples)
					}
					words = append(words, c.Field)
				}
				if s := strings.Join(words, " "); s != tt.want {
					t.Errorf("%s: %s, want %s", tt.kind, s, tt.want)
				}
			}
			if _, err := p.e.Keep(ctx, tenon.Viewer{User: 9, Role: tenon.Editor}, strings.NewReader("x")); tenon.CodeOf(err) != tenon.Forbidden {
				t.Errorf("an editor keeps a file: %v", err)
			}
			header, err := csvimport.Template("domain")
			if err != nil || strings.Join(header, ",") != "organization,name,registrar_name,expires_on,notes,tags" {
				t.Errorf("%v, %v", header, err)
			}
		})
	}
}
