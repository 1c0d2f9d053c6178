package tenon

import (
	"strings"
	"testing"
)

func TestFigure(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1284: "−1,284"} {
		if got := Figure(n); got != want {
			t.Errorf("Figure(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCountPhrases(t *testing.T) {
	t.Parallel()
	tests := []struct {
		counts map[string]int64
		want   string
	}{
		{nil, ""},
		{map[string]int64{"items": 0, "binders": 3}, ""},
		{map[string]int64{"binders": 1, "organizations": 1, "items": 1284, "contacts": 1}, "1 organization, 1,284 items, 1 contact"},
		{map[string]int64{"sub_organizations": 1, "ssl_certificates": 1, "password_folders": 2, "organizations": 2},
			"2 organizations, 1 sub-organization, 2 password folders, 1 SSL certificate"},
		{map[string]int64{"ssl_certificates": 3, "flexible_assets": 2, "known_contacts": 1}, "2 flexible assets, 1 known contacts, 3 SSL certificates"},
		{map[string]int64{"people_gaining_access": 1, "people_losing_access": 2}, "1 person gains access, 2 people lose access"},
		{map[string]int64{"created": 1200, "failed": 1}, "1,200 created, 1 failed"},
	}
	for _, tt := range tests {
		if got := strings.Join(CountPhrases(tt.counts), ", "); got != tt.want {
			t.Errorf("CountPhrases(%v) = %q, want %q", tt.counts, got, tt.want)
		}
	}
}
