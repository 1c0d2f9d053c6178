package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write docs/command-line.md anew")

// TestCommandLinePage keeps the reference page in step with the commands.
// Write it anew with: go test ./internal/cli -run TestCommandLinePage -update
func TestCommandLinePage(t *testing.T) {
	t.Parallel()
	const name = "../../docs/command-line.md"
	parser, err := kong.New(&commands{}, kong.Name("tenon"), settingHelp())
	if err != nil {
		t.Fatal(err)
	}
	page := commandLinePage(parser.Model)
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
		t.Errorf("%s is not what the commands are; write it anew: go test ./internal/cli -run TestCommandLinePage -update", name)
	}
}

func commandLinePage(app *kong.Application) string {
	var b strings.Builder
	b.WriteString(`# The command line

Commands work on the data itself, beside a running server or without one. They act as the built-in administrator
"command line", and the user of the operating system is recorded; ` + "`--as EMAIL`" + ` acts as that person, with that
person's rights. What a command did is on stdout, everything else on stderr, and an error says what to do next.
With ` + "`--json`" + ` the output is for scripts.

Organizations are named by id or by exact name; the id or name of one that was merged away leads to the one that
answers for it. Weighty acts are planned first: ` + "`plan`" + ` changes nothing and ` + "`-o FILE`" + ` keeps the plan, ` + "`apply FILE`" + `
carries it out only if the world is still as it was planned, ` + "`undo`" + ` takes it back.

| exit code | means |
| --: | --- |
| 0 | done; also a plan that has blockers |
| 1 | failed |
| 2 | wrongly called |
| 3 | changed since it was planned; nothing was done |

## Flags of every command

`)
	writeFlags(&b, app.Flags)
	b.WriteString("\nAll settings: [settings](" + "settings" + ".md).\n\n## Commands\n")
	for _, leaf := range app.Leaves(true) {
		fmt.Fprintf(&b, "\n### tenon %s\n\n%s\n", leaf.Path(), leaf.Help)
		if len(leaf.Positional) == 0 && len(leaf.Flags) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n    tenon %s\n", strings.TrimSuffix(leaf.Summary(), " [flags]"))
		rows := 0
		for _, p := range leaf.Positional {
			if p.Help != "" {
				rows++
			}
		}
		if rows+len(leaf.Flags) == 0 {
			continue
		}
		b.WriteString("\n")
		for _, p := range leaf.Positional {
			if p.Help != "" {
				fmt.Fprintf(&b, "- `%s`: %s\n", p.Summary(), p.Help)
			}
		}
		writeFlags(&b, leaf.Flags)
	}
	return b.String()
}

func writeFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if !f.Hidden {
			fmt.Fprintf(b, "- `%s`: %s\n", f.Summary(), f.Help)
		}
	}
}
