package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

func TestLoadOrder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tenon.conf")
	if err := os.WriteFile(file, []byte("# settings\nlisten = 127.0.0.1:1\ndata = \"from file\"\nlog-level = warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Sources{
		File:  file,
		Env:   []string{"PATH=/bin", "TENON_LISTEN=127.0.0.1:2", "TENON_DATA=from env", "TENON_TEST_LONG=1", "TENON_IMPORT_KEY=k", "TENON_EXPORT_PASSPHRASE=p"},
		Flags: map[string]string{"listen": "127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Data != "from env" || c.LogLevel.String() != "WARN" || c.Drain.String() != "25s" {
		t.Errorf("got %+v", c)
	}
	if want := filepath.Join("from env", "keys.json"); c.KeyFile != want {
		t.Errorf("key file %q, want %q", c.KeyFile, want)
	}
}

func TestSecretsFromFilesAreMasked(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(name, []byte("postgres://u:hush@db/tenon?sslpassword=hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Sources{Env: []string{"TENON_DATABASE_URL_FILE=" + name, "TENON_KEYS=hush"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.DatabaseURL != "postgres://u:hush@db/tenon?sslpassword=hush" || c.Keys != "hush" {
		t.Errorf("got %+v", c)
	}
	var b strings.Builder
	if err := c.WriteFile(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hush") || !strings.Contains(b.String(), "postgres://u:secret@db/tenon") {
		t.Errorf("printed:\n%s", b.String())
	}
	// What is printed can be read again.
	if _, err := parseFile("printed", strings.NewReader(b.String())); err != nil {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  []string
		file string
		want string
	}{
		{"unknown variable", []string{"TENON_LISTN=x"}, "", "Did you mean TENON_LISTEN?"},
		{"unknown setting", nil, "colour = red", "Unknown setting"},
		{"set twice", nil, "data = a\ndata = b", "a second time"},
		{"no value", nil, "data", "name = value"},
		{"address", []string{"TENON_LISTEN=8080"}, "", "127.0.0.1:8080"},
		{"port", []string{"TENON_LISTEN=:99999"}, "", "not a port"},
		{"database", []string{"TENON_DATABASE_URL=mysql://hush@x"}, "", "postgres://"},
		{"proxy", []string{"TENON_TRUSTED_PROXY=10.0.0.0/8,x"}, "", "neither an address"},
		{"level", []string{"TENON_LOG_LEVEL=loud"}, "", "none of"},
		{"half of TLS", []string{"TENON_TLS_CERT=c.pem"}, "", "belong together"},
		{"both forms", []string{"TENON_KEYS=x", "TENON_KEYS_FILE=y"}, "", "both set"},
		{"mail server", []string{"TENON_SMTP=mail.example.com"}, "", "mail.example.com:587"},
		{"mail from nobody", []string{"TENON_SMTP=mail.example.com:587"}, "", "smtp-from"},
		{"mail without a server", []string{"TENON_SMTP_FROM=a@b.example"}, "", "nothing without smtp"},
		{"half of a mail account", []string{"TENON_SMTP=m.example:25", "TENON_SMTP_FROM=a@b.example", "TENON_SMTP_USER=u"}, "", "belong together"},
		{"a readable mail password", []string{"TENON_SMTP=m.example:25", "TENON_SMTP_FROM=a@b.example", "TENON_SMTP_USER=u", "TENON_SMTP_PASSWORD=hush", "TENON_SMTP_TLS=none"}, "", "readably"},
		{"mail encryption", []string{"TENON_SMTP_TLS=ssl"}, "", "none of starttls"},
		{"mail address", []string{"TENON_SMTP_FROM=tenon"}, "", "tenon@example.com"},
		{"missing file", []string{"TENON_KEYS_FILE=nowhere"}, "", "cannot be read"},
		{"a file for what is no secret", []string{"TENON_LISTEN_FILE=y"}, "", "Unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := Sources{Env: tt.env}
			if tt.file != "" {
				s.File = filepath.Join(t.TempDir(), "c")
				if err := os.WriteFile(s.File, []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Load(s)
			if tenon.CodeOf(err) != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), tt.want) || strings.Contains(tenon.MessageOf(err), "hush") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
