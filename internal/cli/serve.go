package cli

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/tenonhq/tenon/internal/app"
)

type serveCommand struct {
	Listen       string `name:"listen" placeholder:"HOST:PORT" help:"${help_listen}"`
	ITGlueListen string `name:"itglue-listen" placeholder:"HOST:PORT" help:"${help_itglue_listen}"`
	ITGlueLimit  string `name:"itglue-limit" placeholder:"NUMBER" help:"${help_itglue_limit}"`
	URL          string `name:"url" placeholder:"URL" help:"${help_url}"`
	TLSCert      string `name:"tls-cert" placeholder:"FILE" help:"${help_tls_cert}"`
	TLSKey       string `name:"tls-key" placeholder:"FILE" help:"${help_tls_key}"`
	TrustedProxy string `name:"trusted-proxy" placeholder:"CIDR,..." help:"${help_trusted_proxy}"`
	SMTP         string `name:"smtp" placeholder:"HOST:PORT" help:"${help_smtp}"`
	SMTPTLS      string `name:"smtp-tls" placeholder:"HOW" help:"${help_smtp_tls}"`
	SMTPUser     string `name:"smtp-user" placeholder:"NAME" help:"${help_smtp_user}"`
	SMTPFrom     string `name:"smtp-from" placeholder:"ADDRESS" help:"${help_smtp_from}"`
	LogLevel     string `name:"log-level" placeholder:"LEVEL" help:"${help_log_level}"`
	Drain        string `name:"drain" placeholder:"DURATION" help:"${help_drain}"`
	Demo         bool   `help:"On the very first start, make demo data."`
}

// garbage is by how many percent the heap grows before what is no longer used
// is collected. A server holds some 20 MB; to collect at the usual 100 costs it
// one twelfth of the processor under load, at this a third of that.
const garbage = 300

// Run serves until it is told to stop.
func (s *serveCommand) Run(c *call) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	log := slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: c.config.LogLevel}))
	return app.Serve(c.ctx, c.config, app.ServeOptions{Out: c.out, Log: log, Demo: s.Demo})
}
