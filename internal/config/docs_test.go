package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/settings.md anew")

// TestSettingsPage keeps the reference page in step with the table of options.
// Write it anew with: go test ./internal/config -run TestSettingsPage -update
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	const name = "../../docs/settings.md"
	page := settingsPage()
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Errorf("%s is not what the table of options says; write it anew: go test ./internal/config -run TestSettingsPage -update", name)
	}
}

func settingsPage() string {
	var b strings.Builder
	b.WriteString(`# Settings

Of the installation; what people set for the account is on the pages and in the API. Tenon runs without any setting.
A flag wins over the environment, the environment over the file, the file over the default. A setting that nobody
knows is an error. ` + "`tenon config print`" + ` says what holds and where it comes from.

The file is named with ` + "`--config FILE`" + ` or ` + "`TENON_CONFIG`" + `; it has lines of the form ` + "`name = value`" + `, and ` + "`#`" + ` begins a remark.
Secrets can be given as the name of a file that holds them: ` + "`NAME_FILE`" + ` in the environment, ` + "`name-file`" + ` in the
settings file.

| name | environment | value | default | what it is |
| --- | --- | --- | --- | --- |
`)
	for i := range Options {
		o := &Options[i]
		flag, value := "`--"+o.Name+"`", "`"+o.Default+"`"
		if o.NoFlag {
			flag = "`" + o.Name + "` (no flag)"
		}
		if o.Default == "" {
			value = ""
		}
		help := o.Help
		if o.Secret {
			help += " Secret."
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", flag, o.Env(), o.Placeholder, value, help)
	}
	return b.String()
}
