package core_test

import (
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	withPeople(t, func(p *people) {
		ctx, c := p.ctx, p.c
		a, b := p.org("A"), p.org("B")
		for _, tt := range []struct {
			name, value string
			code        tenon.Code
			words       string
		}{
			{"keys", "x", tenon.Invalid, "no setting"},
			{tenon.SettingRetention, "0", tenon.Invalid, "from 1 to 3650"},
			{tenon.SettingRetention, "1.5", tenon.Invalid, "whole number"},
			{tenon.SettingRetention, "soon", tenon.Invalid, ""},
			{tenon.SettingBulkDelete, "perhaps", tenon.Invalid, ""},
			{tenon.SettingPrimary, "99999", tenon.Invalid, "no organization"},
			{tenon.SettingRetention, "7", "", ""},
			{tenon.SettingBulkDelete, "true", "", ""},
			{tenon.SettingAccount, " Northwind IT ", "", ""},
			{tenon.SettingPrimary, a.String(), "", ""},
		} {
			p.want(c.SetSetting(ctx, admin, tt.name, tt.value), tt.code, tt.words)
		}
		p.want(c.SetSetting(ctx, p.user(tenon.Manager, everywhere), tenon.SettingBulkDelete, "true"), tenon.Forbidden, "settings")
		p.want(c.SetSetting(ctx, admin, tenon.SettingZone, "Mars/Olympus"), tenon.Invalid, "no time zone")
		p.want(c.SetSetting(ctx, admin, tenon.SettingZone, "Local"), tenon.Invalid, "no time zone")
		p.want(c.SetSetting(ctx, admin, tenon.SettingZone, "Europe/Berlin"), "", "")
		if zone, err := c.Zone(ctx); err != nil || zone.String() != "Europe/Berlin" {
			t.Errorf("zone %v, %v", zone, err)
		}
		read := func(v tenon.Viewer) string {
			t.Helper()
			list, err := c.Settings(ctx, v)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, s := range list {
				out = append(out, s.Value+s.OrgName)
			}
			return strings.Join(out, ", ")
		}
		if got, want := read(admin), "Northwind IT, Europe/Berlin, "+a.String()+"A, true, 7, false, 60, 1000"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := read(p.user(tenon.Editor)), "Northwind IT, Europe/Berlin, , true, 7, false, 60, 1000"; got != want {
			t.Errorf("an editor who reaches nothing reads %s, want %s", got, want)
		}
		// The primary organization is kept as a binder: a merge carries it along.
		p.merge(a, b)
		if got, want := read(admin), "Northwind IT, Europe/Berlin, "+b.String()+"B, true, 7, false, 60, 1000"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		p.want(c.SetSetting(ctx, admin, tenon.SettingRetention, ""), "", "")
		if got, want := read(admin), "Northwind IT, Europe/Berlin, "+b.String()+"B, true, 30, false, 60, 1000"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
