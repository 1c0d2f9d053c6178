package cli

import (
	"log/slog"

	"github.com/tenonhq/tenon/internal/app"
)

type serveCommand struct {
	Listen       string `name:"listen" placeholder:"HOST:PORT" help:"${help_listen}"`
	URL          string `name:"url" placeholder:"URL" help:"${help_url}"`
	TLSCert      string `name:"tls-cert" placeholder:"FILE" help:"${help_tls_cert}"`
	TLSKey       string `name:"tls-key" placeholder:"FILE" help:"${help_tls_key}"`
	TrustedProxy string `name:"trusted-proxy" placeholder:"CIDR,..." help:"${help_trusted_proxy}"`
	LogLevel     string `name:"log-level" placeholder:"LEVEL" help:"${help_log_level}"`
	Drain        string `name:"drain" placeholder:"DURATION" help:"${help_drain}"`
	Demo         bool   `help:"On the very first start, make demo data."`
}

// Run serves until it is told to stop.
func (s *serveCommand) Run(c *call) error {
	log := slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: c.config.LogLevel}))
	return app.Serve(c.ctx, c.config, app.ServeOptions{Out: c.out, Log: log, Demo: s.Demo})
}
