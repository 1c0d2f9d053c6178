// Package config is the table of Tenon's settings and what they come to.
//
// Each setting is declared once, in Options: flags, environment variables, the
// settings file, `tenon config print` and the sample file are all made from
// that table. A flag wins over the environment, the environment over the file,
// the file over the default. A setting that nobody knows is an error: a typing
// mistake must not silently leave the default in force.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Prefix begins the name of every environment variable that Tenon reads.
const Prefix = "TENON_"

// Option declares one setting.
type Option struct {
	Name        string // of the flag and in the file: "database-url"
	Placeholder string // what help shows in place of a value
	Default     string
	Help        string
	// Secret values are never printed, and may be given as the name of a file
	// that holds them: NAME_FILE in the environment, name-file in the file.
	Secret bool
	// NoFlag keeps a secret off the command line, where every user of the
	// machine could read it.
	NoFlag bool
	// set checks the value and puts it where it belongs.
	set func(c *Config, value string) error
}

// Env is the name of the setting's environment variable.
func (o *Option) Env() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
}

// Options lists the settings, in the order in which people read them.
var Options = []Option{
	{Name: "data", Placeholder: "DIR", Default: "./data",
		Help: "Directory of the embedded database, the key file and the attachments.",
		set:  func(c *Config, s string) error { c.Data = s; return required(s) }},
	{Name: "database-url", Placeholder: "URL", Secret: true,
		Help: "Address of a PostgreSQL (postgres://...), instead of the embedded database.",
		set:  func(c *Config, s string) error { c.DatabaseURL = s; return checkDatabase(s) }},
	{Name: "listen", Placeholder: "HOST:PORT", Default: "127.0.0.1:8080",
		Help: "Address of the server. One that is not of this machine alone needs TLS or a trusted proxy.",
		set:  func(c *Config, s string) error { c.Listen = s; return checkListen(s) }},
	{Name: "itglue-listen", Placeholder: "HOST:PORT",
		Help: "A second address, at whose root the IT Glue-compatible API stands. It stands under /itglue/ of the first as well.",
		set:  func(c *Config, s string) error { c.ITGlueListen = s; return checkSecondListen(s) }},
	{Name: "itglue-limit", Placeholder: "NUMBER", Default: "3000",
		Help: "Requests to the IT Glue-compatible API that the account may make in five minutes; 0 for no limit.",
		set:  setITGlueLimit},
	{Name: "url", Placeholder: "URL",
		Help: "Address under which people reach the server, where it differs from the one it listens on.",
		set:  func(c *Config, s string) error { c.URL = strings.TrimRight(s, "/"); return checkURL(s) }},
	{Name: "tls-cert", Placeholder: "FILE", Help: "Certificate chain, for serving TLS.",
		set: func(c *Config, s string) error { c.TLSCert = s; return nil }},
	{Name: "tls-key", Placeholder: "FILE", Help: "Private key of the certificate.",
		set: func(c *Config, s string) error { c.TLSKey = s; return nil }},
	{Name: "trusted-proxy", Placeholder: "CIDR,...",
		Help: "Addresses of the proxies whose X-Forwarded headers are believed.",
		set:  setProxies},
	{Name: "key-file", Placeholder: "FILE", Help: "File of the vault's keys. Default: keys.json in the data directory.",
		set: func(c *Config, s string) error { c.KeyFile = s; return nil }},
	{Name: "keys", Placeholder: "BASE64", Secret: true, NoFlag: true,
		Help: "The vault's keys themselves, the current one first, instead of a key file.",
		set:  func(c *Config, s string) error { c.Keys = s; return nil }},
	{Name: "smtp", Placeholder: "HOST:PORT",
		Help: "Mail server that takes our mail. Without one, mail is written into the log: only its link.",
		set:  func(c *Config, s string) error { c.Mail.Server = s; return checkSMTP(s) }},
	{Name: "smtp-tls", Placeholder: "HOW", Default: "starttls",
		Help: "How the way to the mail server is encrypted: starttls, tls (from the first byte, port 465) or none.",
		set:  setSMTPTLS},
	{Name: "smtp-user", Placeholder: "NAME", Help: "Name for the mail server, where it asks for one.",
		set: func(c *Config, s string) error { c.Mail.User = s; return nil }},
	{Name: "smtp-password", Placeholder: "PASSWORD", Secret: true, NoFlag: true, Help: "Password for the mail server.",
		set: func(c *Config, s string) error { c.Mail.Password = s; return nil }},
	{Name: "smtp-from", Placeholder: "ADDRESS", Help: "Who our mail is from: tenon@example.com, or Tenon <tenon@example.com>.",
		set: setSMTPFrom},
	{Name: "log-level", Placeholder: "LEVEL", Default: "info", Help: "What the server logs: debug, info, warn or error.",
		set: setLevel},
	{Name: "drain", Placeholder: "DURATION", Default: "25s",
		Help: "How long a server that is told to stop waits for requests at work.",
		set:  setDrain},
}

// Named returns the option of that name, or nil.
func Named(name string) *Option {
	for i := range Options {
		if Options[i].Name == name {
			return &Options[i]
		}
	}
	return nil
}

func required(s string) error {
	if s == "" {
		return fmt.Errorf("it is empty")
	}
	return nil
}

var databaseSchemes = []string{"postgres", "postgresql"}

// checkDatabase never quotes the value: it may hold a password.
func checkDatabase(s string) error {
	begins := func(scheme string) bool { return strings.HasPrefix(s, scheme+"://") }
	if s == "" || slices.ContainsFunc(databaseSchemes, begins) {
		return nil
	}
	return fmt.Errorf("it should look like postgres://user:password@host:5432/name")
}

func checkListen(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q should look like 127.0.0.1:8080", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port from 0 to 65535", port)
	} else if n == 0 {
		return nil // the system chooses one; the server prints it
	}
	return nil
}

// checkSecondListen is checkListen for an address that need not be.
func checkSecondListen(s string) error {
	if s == "" {
		return nil
	}
	return checkListen(s)
}

func setITGlueLimit(c *Config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100_000_000 {
		return fmt.Errorf("%q is not a number of requests", s)
	}
	c.ITGlueLimit = n
	return nil
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q should look like https://tenon.example.com", s)
	}
	return nil
}

func setProxies(c *Config, s string) error {
	c.TrustedProxies = nil
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, aerr := netip.ParseAddr(part)
			if aerr != nil {
				return fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		c.TrustedProxies = append(c.TrustedProxies, p)
	}
	return nil
}

func setLevel(c *Config, s string) error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, strings.ToLower(s)) {
		return fmt.Errorf("%q is none of debug, info, warn, error", s)
	}
	return c.LogLevel.UnmarshalText([]byte(s))
}

func setDrain(c *Config, s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > 10*time.Minute {
		return fmt.Errorf("%q should look like 25s, up to 10m", s)
	}
	c.Drain = d
	return nil
}

func checkSMTP(s string) error {
	if s == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 || host == "" {
		return fmt.Errorf("%q should look like mail.example.com:587", s)
	}
	return nil
}

func setSMTPTLS(c *Config, s string) error {
	c.Mail.TLS = strings.ToLower(s)
	if !slices.Contains([]string{"starttls", "tls", "none"}, c.Mail.TLS) {
		return fmt.Errorf("%q is none of starttls, tls, none", s)
	}
	return nil
}

func setSMTPFrom(c *Config, s string) error {
	if s == "" {
		return nil
	}
	from, err := mail.ParseAddress(s)
	if err != nil {
		return fmt.Errorf("%q should look like tenon@example.com", s)
	}
	c.Mail.From = *from
	return nil
}

// Mail is how mail is sent.
type Mail struct {
	Server   string // HOST:PORT; "" for none
	TLS      string // "starttls", "tls" or "none"
	User     string
	Password string
	From     mail.Address
}

// Config is what the settings come to. Packages get what they need of it,
// never the whole.
type Config struct {
	Data           string
	DatabaseURL    string
	Listen         string
	ITGlueListen   string
	ITGlueLimit    int
	URL            string
	TLSCert        string
	TLSKey         string
	TrustedProxies []netip.Prefix
	KeyFile        string
	Keys           string
	Mail           Mail
	LogLevel       slog.Level
	Drain          time.Duration

	entries []entry
	file    string // the settings file, "" for none
}
