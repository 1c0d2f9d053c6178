package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// place are the settings that say which installation a command works on.
var place = []string{"data", "database-url", "key-file", "keys"}

// hidden stands where a secret would.
const hidden = "\u2026"

// CommandLine is how program is called on this machine, from any directory and
// without the environment of this process, so that it works on the same
// installation. What is secret is not in it: of such a setting there is its
// variable, to be filled in.
func (c *Config) CommandLine(program string) (string, error) {
	var variables, flags []string
	if c.file != "" {
		file, err := filepath.Abs(c.file)
		if err != nil {
			return "", err
		}
		flags = append(flags, "--config", quoted(file))
	}
	for i := range c.entries {
		o, e := &Options[i], c.entries[i]
		inFile := c.file != "" && strings.HasPrefix(e.from, c.file)
		switch {
		case e.value == "" || !slices.Contains(place, o.Name):
		case o.Secret && !inFile:
			variable := o.Env()
			if strings.HasSuffix(e.from, variable+"_FILE") {
				variable += "_FILE"
			}
			variables = append(variables, variable+"="+hidden)
		case !o.Secret && !(inFile && filepath.IsAbs(e.value)): // a file says it relative to where one stands
			path, err := filepath.Abs(e.value)
			if err != nil {
				return "", err
			}
			flags = append(flags, "--"+o.Name, quoted(path))
		}
	}
	return strings.Join(append(append(variables, quoted(program)), flags...), " "), nil
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=-]+$`)

// quoted is a word as a shell reads it.
func quoted(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
