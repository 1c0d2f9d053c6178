package ui

import (
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1284: "−1,284"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	if got := Count(t.Context(), 1, "item", "items"); got != "1 item" {
		t.Errorf("got %q", got)
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Northgate Dental Group": "ND", "Alder & Finch": "AF", "ökotec": "Ö", "": "?", "3M": "3",
	} {
		if got := Initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 44, 0, 0, time.UTC)
	tests := []struct {
		before time.Duration
		want   string
	}{
		{30 * time.Second, "Just now"},
		{4 * time.Minute, "4 min ago"},
		{2 * time.Hour, "2 h ago"},
		{5 * time.Hour, "Today 04:44"},
		{10 * time.Hour, "Yesterday 23:44"},
		{50 * time.Hour, "20 Nov"},
		{400 * 24 * time.Hour, "18 Oct 2025"},
		{-time.Hour, "22 Nov 2026 10:44"},
	}
	for _, tt := range tests {
		if got := Ago(t.Context(), now.Add(-tt.before), now); got != tt.want {
			t.Errorf("%s before: got %q, want %q", tt.before, got, tt.want)
		}
	}
}
