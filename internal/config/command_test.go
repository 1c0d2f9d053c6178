package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A command is called so that it works on what the server works on, wherever
// one stands and whatever the environment is, and gives no secret away.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tenon.conf")
	if err := os.WriteFile(file, []byte("data = /srv/tenon\nkey-file = keys.json\ndatabase-url = postgres://u:hush@db/tenon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(secret, []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		from Sources
		want string
	}{
		{"nothing is set", Sources{}, "/opt/tenon --data " + here + "/data"},
		{"a flag", Sources{Flags: map[string]string{"data": "/srv/it's here"}}, `/opt/tenon --data '/srv/it'\''s here'`},
		{"variables", Sources{Env: []string{"TENON_DATA=/srv/tenon", "TENON_DATABASE_URL=postgres://u:hush@db/tenon", "TENON_KEYS_FILE=" + secret}},
			"TENON_DATABASE_URL=\u2026 TENON_KEYS_FILE=\u2026 /opt/tenon --data /srv/tenon"},
		{"a file, which has the secrets", Sources{File: file}, "/opt/tenon --config " + file + " --key-file " + here + "/keys.json"},
		{"a variable wins over the file", Sources{File: file, Env: []string{"TENON_DATA=/srv/other"}}, "/opt/tenon --config " + file + " --data /srv/other --key-file " + here + "/keys.json"},
	}
	for _, tt := range tests {
		c, err := Load(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.CommandLine("/opt/tenon")
		if err != nil {
			t.Fatal(err)
		}
		if got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
		if strings.Contains(got, "hush") {
			t.Errorf("%s: a secret is in it: %s", tt.name, got)
		}
	}
}
