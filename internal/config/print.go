package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// Line is one setting as it holds, for printing.
type Line struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // "default", "flag --listen", "environment TENON_LISTEN", a file
	Env   string `json:"environment"`
	Help  string `json:"help"`
}

// Lines returns all settings as they hold, secrets masked.
func (c *Config) Lines() []Line {
	out := make([]Line, len(c.entries))
	for i, e := range c.entries {
		o := &Options[i]
		out[i] = Line{Name: o.Name, Value: o.mask(e.value), From: e.from, Env: o.Env(), Help: o.Help}
	}
	return out
}

// mask hides what must not be read over a shoulder. Of an address, only the password is hidden.
func (o *Option) mask(value string) string {
	if !o.Secret || value == "" {
		return value
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "[secret]"
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "secret")
	}
	q := u.Query()
	for k := range q {
		if strings.Contains(strings.ToLower(k), "password") {
			q.Set(k, "secret")
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// WriteFile writes the settings in the form of a settings file that can be read again
// once the masked values are filled in.
func (c *Config) WriteFile(w io.Writer) error {
	for _, l := range c.Lines() {
		line := fmt.Sprintf("%s = %s", l.Name, l.Value)
		if l.Value == "" {
			line = "# " + l.Name + " ="
		}
		if _, err := fmt.Fprintf(w, "# %s\n# %s; from: %s\n%s\n\n", l.Help, l.Env, l.From, line); err != nil {
			return err
		}
	}
	return nil
}
