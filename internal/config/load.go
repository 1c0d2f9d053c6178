package config

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
)

// Sources are where settings come from.
type Sources struct {
	Flags map[string]string // by option name, only those that were given
	Env   []string          // "NAME=value", as os.Environ has it
	// File is the settings file. Where it is empty, TENON_CONFIG names it, and
	// where that is unset there is none.
	File string
}

// variables that are no settings and may stand in the environment.
const (
	fileVariable = Prefix + "CONFIG"
	testPrefix   = Prefix + "TEST_"
)

// entry is the value of one option and where it came from.
type entry struct{ value, from string }

// Load reads the settings from all sources and checks them.
func Load(s Sources) (*Config, error) {
	env, err := environment(s.Env)
	if err != nil {
		return nil, err
	}
	name := s.File
	if name == "" {
		name = env[fileVariable]
	}
	file := map[string]string{}
	if name != "" {
		if file, err = readFile(name); err != nil {
			return nil, err
		}
	}
	c := &Config{file: name}
	for i := range Options {
		o := &Options[i]
		e, err := o.resolve(s.Flags, env, file, name)
		if err != nil {
			return nil, err
		}
		if err := o.set(c, e.value); err != nil {
			return nil, tenon.Errorf(tenon.Invalid, "The setting %s (%s) cannot be used: %s.", o.Name, e.from, err)
		}
		c.entries = append(c.entries, e)
	}
	return c, c.check()
}

// check holds settings to each other.
func (c *Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return tenon.Errorf(tenon.Invalid, "tls-cert and tls-key belong together: give both or none.")
	}
	if c.KeyFile != "" && c.Keys != "" {
		return tenon.Errorf(tenon.Invalid, "key-file and keys exclude each other: give one of them.")
	}
	if err := c.Mail.check(); err != nil {
		return err
	}
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.Data, "keys.json")
	}
	return nil
}

// check refuses what cannot work, and what would send the password readably.
func (m *Mail) check() error {
	switch {
	case m.Server == "" && (m.User != "" || m.Password != "" || m.From.Address != ""):
		return tenon.Errorf(tenon.Invalid, "smtp-user, smtp-password and smtp-from are nothing without smtp, the address of the mail server.")
	case m.Server != "" && m.From.Address == "":
		return tenon.Errorf(tenon.Invalid, "smtp needs smtp-from: the address that our mail is from.")
	case (m.User == "") != (m.Password == ""):
		return tenon.Errorf(tenon.Invalid, "smtp-user and smtp-password belong together: give both or none.")
	case m.TLS == "none" && m.Password != "" && !m.Local():
		return tenon.Errorf(tenon.Invalid, "With smtp-tls = none the password would travel readably to %s. Use starttls or tls.", m.Server)
	}
	return nil
}

// Local tells whether the mail server is on this machine.
func (m *Mail) Local() bool {
	host, _, err := net.SplitHostPort(m.Server)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || (ip != nil && ip.IsLoopback()))
}

// resolve finds the value that holds: flag, environment, file, default.
func (o *Option) resolve(flags, env, file map[string]string, name string) (entry, error) {
	if v, ok := flags[o.Name]; ok {
		return entry{v, "flag --" + o.Name}, nil
	}
	for _, src := range []struct {
		values          map[string]string
		key, suffix, in string
	}{
		{env, o.Env(), "_FILE", "environment " + o.Env()},
		{file, o.Name, "-file", name},
	} {
		v, direct := src.values[src.key]
		path, indirect := src.values[src.key+src.suffix]
		switch {
		case !o.Secret:
			indirect = false
		case direct && indirect:
			return entry{}, tenon.Errorf(tenon.Invalid, "%s and %s%s are both set: give one of them.", src.key, src.key, src.suffix)
		}
		if indirect {
			b, err := os.ReadFile(path)
			if err != nil {
				return entry{}, tenon.Errorf(tenon.Invalid, "The file of the setting %s cannot be read: %s.", o.Name, err)
			}
			return entry{strings.TrimRight(string(b), "\r\n"), src.in + src.suffix}, nil
		}
		if direct {
			return entry{v, src.in}, nil
		}
	}
	return entry{o.Default, "default"}, nil
}

// ofCommands are variables that single commands read, for what must not stand
// on a command line. They are no settings.
var ofCommands = []string{"TENON_IMPORT_KEY", "TENON_EXPORT_PASSPHRASE"}

// environment collects Tenon's variables and refuses unknown ones.
func environment(list []string) (map[string]string, error) {
	known := map[string]bool{fileVariable: true}
	for i := range Options {
		known[Options[i].Env()] = true
		if Options[i].Secret {
			known[Options[i].Env()+"_FILE"] = true
		}
	}
	env := map[string]string{}
	for _, kv := range list {
		k, v, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(k, Prefix) || strings.HasPrefix(k, testPrefix) || slices.Contains(ofCommands, k) {
			continue
		}
		if !known[k] {
			return nil, unknown("environment variable", k, known)
		}
		env[k] = v
	}
	return env, nil
}

func readFile(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "The settings file cannot be read: %s.", err)
	}
	defer f.Close()
	return parseFile(name, f)
}

// parseFile reads lines of the form "name = value"; # begins a comment line.
func parseFile(name string, r io.Reader) (map[string]string, error) {
	known := map[string]bool{}
	for i := range Options {
		known[Options[i].Name] = true
		if Options[i].Secret {
			known[Options[i].Name+"-file"] = true
		}
	}
	out := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, v, ok := strings.Cut(line, "=")
		k, v = strings.TrimSpace(k), strings.TrimSpace(v)
		if !ok {
			return nil, tenon.Errorf(tenon.Invalid, "%s:%d is not of the form name = value.", name, n)
		}
		if !known[k] {
			return nil, unknown(fmt.Sprintf("setting in %s:%d", name, n), k, known)
		}
		if _, twice := out[k]; twice {
			return nil, tenon.Errorf(tenon.Invalid, "%s:%d sets %s a second time.", name, n, k)
		}
		if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
			v = v[1 : len(v)-1]
		}
		out[k] = v
	}
	if err := lines.Err(); err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "The settings file %s cannot be read: %s.", name, err)
	}
	return out, nil
}

// unknown makes the error for a name that is no setting, with the nearest one that is.
func unknown(what, name string, known map[string]bool) error {
	best, least := "", 4
	for k := range known {
		if d := distance(name, k); d < least || (d == least && k < best) {
			best, least = k, d
		}
	}
	hint := ` "tenon config print" lists the settings.`
	if best != "" {
		hint = " Did you mean " + best + "?"
	}
	return tenon.Errorf(tenon.Invalid, "Unknown %s: %s.%s", what, name, hint)
}

// distance is the Levenshtein distance: how many letters must be changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
