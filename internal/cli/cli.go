// Package cli holds Tenon's commands. Each parses, calls what does the work
// and prints: as sentences and tables for people, with --json in the shapes
// that scripts rely on.
//
// Commands work on the data itself, beside a running server or without one,
// and act as the built-in administrator "command line"; the user of the
// operating system is recorded. They end with 0 done, 1 failed, 2 wrongly
// called, 3 changed since it was planned.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/config"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitStale  = 3
)

// globals are the flags that every command takes. Those that are settings have
// the names of the table in internal/config.
type globals struct {
	Config      string `name:"config" placeholder:"FILE" help:"Settings file."`
	Data        string `name:"data" placeholder:"DIR" help:"${help_data}"`
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"${help_database_url}"`
	KeyFile     string `name:"key-file" placeholder:"FILE" help:"${help_key_file}"`
	JSON        bool   `name:"json" help:"Print JSON for scripts."`
	As          string `name:"as" placeholder:"EMAIL" help:"Act as this person instead of the built-in administrator."`
}

type commands struct {
	globals
	Serve        serveCommand        `cmd:"" help:"Run the server."`
	Organization organizationCommand `cmd:"" help:"List, show, create and change organizations."`
	Merge        mergeCommand        `cmd:"" help:"Merge organizations into one, and take merges back."`
	Delete       deleteCommand       `cmd:"" help:"Put organizations, with all that they hold, into the trash, and take them back."`
	Import       importCommand       `cmd:"" help:"Bring records in from a file, and take imports back."`
	Export       exportCommand       `cmd:"" help:"Put all that somebody may see, or one organization, into a ZIP file."`
	Operation    operationCommand    `cmd:"" help:"List what is under way and what was done, cancel it, and take it back."`
	User         userCommand         `cmd:"" help:"List, create and disable the people who sign in."`
	Key          keyCommand          `cmd:"" help:"List, create and revoke API keys."`
	Link         linkCommand         `cmd:"" help:"Print a one-time link: to become the first administrator, or to set a password."`
	Demo         demoCommand         `cmd:"" help:"Make the records of a provider that does not exist, to look around and to try things on."`
	Check        checkCommand        `cmd:"" help:"Prove that the data is whole."`
	Backup       backupCommand       `cmd:"" help:"Copy everything into one encrypted file."`
	Restore      restoreCommand      `cmd:"" help:"Replace everything by what is in a backup, or look into one."`
	Settings     configCommand       `cmd:"" name:"config" help:"Show the settings as they hold."`
	Version      versionCommand      `cmd:"" help:"Print the version."`
}

// call is one run of a command: where it reads and writes, and with which settings.
type call struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	err    io.Writer
	env    []string
	flags  globals
	config config.Config
}

// Run runs one command and returns its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	var cmd commands
	exited := false
	parser, err := kong.New(&cmd,
		kong.Name("tenon"),
		kong.Description("Client-organization records for managed service providers: one true record of each client, merged without losing anything."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }), // after help; the code is ours to return
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		settingHelp(),
	)
	if err != nil {
		fmt.Fprintf(stderr, "tenon: the commands are declared wrongly: %v\n", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited {
		return exitDone
	}
	if err != nil {
		return usage(stderr, err)
	}
	cfg, err := config.Load(config.Sources{Flags: givenSettings(parsed), Env: env, File: cmd.Config})
	if err != nil {
		return usage(stderr, err)
	}
	c := &call{ctx: ctx, in: stdin, out: stdout, err: stderr, env: env, flags: cmd.globals, config: *cfg}
	return report(stderr, parsed.Run(c, cfg))
}

// settingHelp makes the help lines of the settings' table known to the flags.
func settingHelp() kong.Vars {
	vars := kong.Vars{}
	for i := range config.Options {
		o := &config.Options[i]
		help := o.Help
		if o.Default != "" {
			help += " Default: " + o.Default + "."
		}
		vars["help_"+strings.ReplaceAll(o.Name, "-", "_")] = help
	}
	return vars
}

// givenSettings returns the settings that stand on the command line.
func givenSettings(parsed *kong.Context) map[string]string {
	given := map[string]string{}
	for _, p := range parsed.Path {
		if p.Flag == nil || config.Named(p.Flag.Name) == nil {
			continue
		}
		given[p.Flag.Name] = fmt.Sprint(parsed.FlagValue(p.Flag))
	}
	return given
}

// usageError is a command that was called wrongly.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// usage reports that the words on the command line do not fit a command.
func usage(w io.Writer, err error) int {
	next := " Run \"tenon --help\"."
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		next = " Run \"tenon " + strings.TrimPrefix(p.Context.Selected().Path(), "tenon ") + " --help\"."
	}
	var setting *tenon.Error
	if errors.As(err, &setting) { // it says itself what to do
		fmt.Fprintf(w, "tenon: %s\n", setting.Message)
		return exitUsage
	}
	fmt.Fprintf(w, "tenon: %s.%s\n", strings.TrimRight(err.Error(), ".?"), next)
	return exitUsage
}

// report prints an error with what to do next and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	var u *usageError
	var q *quietError
	switch {
	case errors.As(err, &q):
		return exitFailed
	case errors.As(err, &u):
		fmt.Fprintf(w, "tenon: %s\n", u.message)
		return exitUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "tenon: Stopped. What was not finished was not changed.")
		return exitFailed
	}
	var e *tenon.Error
	if !errors.As(err, &e) {
		// At the command line the reader is the operator.
		fmt.Fprintf(w, "tenon: Internal error: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(w, "tenon: %s\n", e.Message)
	if e.Err != nil {
		fmt.Fprintf(w, "  cause: %v\n", e.Err)
	}
	for _, c := range e.Changes {
		fmt.Fprintf(w, "  - %s\n", c)
	}
	if e.Code == tenon.Stale {
		return exitStale
	}
	return exitFailed
}

// quietError fails a command that has said everything on its own.
type quietError struct{}

func (*quietError) Error() string { return "failed" }

// open opens the installation and resolves who acts.
func (c *call) open() (*app.App, tenon.Viewer, error) {
	a, err := app.Open(c.ctx, c.config)
	if err != nil {
		return nil, tenon.Viewer{}, err
	}
	v, err := a.Core.CommandLineViewer(c.ctx, osUser(), c.flags.As)
	if err != nil {
		return nil, v, errors.Join(err, a.Close())
	}
	return a, v, nil
}

// with opens the installation for the time of fn.
func (c *call) with(fn func(a *app.App, v tenon.Viewer) error) error {
	a, v, err := c.open()
	if err != nil {
		return err
	}
	return errors.Join(fn(a, v), a.Close())
}

// osUser is the name of the operating system's user, for the activity log.
func osUser() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
