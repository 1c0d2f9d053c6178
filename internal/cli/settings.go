package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type configCommand struct {
	Print configPrint `cmd:"" help:"Print every setting, its value and where it comes from. Secrets are masked."`
}

type configPrint struct{}

// Run prints the settings in the form of a settings file.
func (*configPrint) Run(c *call) error {
	if c.flags.JSON {
		return printJSON(c.out, c.config.Lines())
	}
	return c.config.WriteFile(c.out)
}

type versionCommand struct{}

// Run prints the version of the program.
func (*versionCommand) Run(c *call) error {
	if c.flags.JSON {
		return printJSON(c.out, map[string]string{"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(c.out, "tenon %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the module's version, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "development " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}
