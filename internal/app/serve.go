package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/api"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/itglue"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/web"
)

// ServeOptions are what a server needs beside the installation.
type ServeOptions struct {
	// Out gets the address and, while nobody can sign in, the one-time link.
	Out io.Writer
	// Log gets one JSON line for each request and event.
	Log *slog.Logger
	// Demo fills the installation with demo data when it holds nothing yet.
	Demo bool
	// Ready, when set, is called with the address once the server answers.
	Ready func(addr string)
	// Now is the clock; without one it is the machine's.
	Now func() time.Time
}

// server is a running server.
type server struct {
	app      *App
	log      *slog.Logger
	stopping atomic.Bool
	itglue   *itglue.API
	// closing ends what is answered as long as something runs.
	closing chan struct{}
}

// Serve opens the installation, answers requests and runs jobs until ctx
// ends. Then it says that it is
// not ready any more, finishes the requests at work, parks the jobs and returns nil.
func Serve(ctx context.Context, cfg config.Config, o ServeOptions) error {
	if err := checkOpenAddress(cfg); err != nil {
		return err
	}
	if err := makePrivate(cfg.Data); err != nil {
		return err
	}
	shared := cfg.DatabaseURL != ""
	held, err := lock(cfg.Data, shared, "Stop it first, or choose another data directory.")
	if err != nil {
		return err
	}
	a, err := OpenWith(ctx, cfg, Options{Log: o.Log, Alone: !shared, Now: o.Now})
	if err != nil {
		return errors.Join(err, held.Release())
	}
	release, err := a.Store.HoldServing(ctx)
	if err != nil {
		return errors.Join(err, a.Close(), held.Release())
	}
	s := &server{app: a, log: o.Log, closing: make(chan struct{})}
	if o.Demo {
		err = s.fillDemo(ctx, o.Out)
	}
	if err != nil {
		return errors.Join(err, release(), a.Close(), held.Release())
	}
	return errors.Join(s.run(ctx, o), release(), a.Close(), held.Release())
}

func (s *server) run(ctx context.Context, o ServeOptions) error {
	cfg := s.app.Config
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return tenon.Errorf(tenon.Unavailable, "The address %s cannot be listened on: %s. Choose another with --listen.", cfg.Listen, reason(err))
	}
	handler, err := s.handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	srv := httpkit.Server(handler, o.Log)
	srv.BaseContext = func(net.Listener) context.Context { return context.WithoutCancel(ctx) }
	if cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
		if err != nil {
			return errors.Join(tenon.Errorf(tenon.Invalid, "The certificate cannot be used: %s.", err), l.Close())
		}
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
		l = tls.NewListener(l, srv.TLSConfig)
	}
	second, err := s.listenITGlue(ctx, srv)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if err := s.announce(ctx, o.Out, l.Addr().String()); err != nil {
		return errors.Join(err, l.Close(), second.close())
	}
	if err := s.app.Jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, l.Close())
	}
	keeping, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	go s.keepHouse(keeping)
	go s.app.Mail.Run(keeping)
	ended := make(chan error, 2)
	go func() { ended <- srv.Serve(l) }()
	second.serve(ended)
	if o.Ready != nil {
		o.Ready(l.Addr().String())
	}
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serve: %w", err), s.app.Jobs.Stop(context.WithoutCancel(ctx)))
	case <-ctx.Done():
	}
	return s.stop(cfg.Drain, srv, second.server())
}

// parkLimit is how long jobs may take to the end of the chunk they are at.
const parkLimit = 10 * time.Second

// stop drains: whoever balances load sees that the server is not ready, what
// is at work is finished, and only then do connections close.
func (s *server) stop(drain time.Duration, servers ...*http.Server) error {
	s.stopping.Store(true)
	close(s.closing)
	s.log.Info("stopping", "drain", drain.String())
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	for _, srv := range servers {
		if srv == nil {
			continue
		}
		srv.SetKeepAlivesEnabled(false)
		if err := srv.Shutdown(ctx); err != nil {
			s.log.Warn("requests were cut off", "error", err.Error())
			if err := srv.Close(); err != nil {
				return err
			}
		}
	}
	parking, done := context.WithTimeout(context.Background(), parkLimit)
	defer done()
	err := s.app.Jobs.Stop(parking)
	s.log.Info("stopped")
	return err
}

// handler mounts the faces. Health is answered outside of what a face has
// around it: it must answer when nothing else can.
func (s *server) handler() (http.Handler, error) {
	a := s.app
	v1, err := api.New(api.Options{Core: a.Core, Operations: a.Operations, Merge: a.Merge, Trash: a.Trash, Import: a.Import, Export: a.Export, Now: a.Now})
	if err != nil {
		return nil, err
	}
	command, err := commandLine(a.Config)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Options{Core: a.Core, Operations: a.Operations, Merge: a.Merge, Trash: a.Trash, Import: a.Import, Copy: a.Copy, Demo: a.Demo, Reminders: a.Reminders, Exports: a.Export, Files: a.Blobs, Now: a.Now, Mail: a.Mail, URL: a.BaseURL, Command: command, Closing: s.closing})
	if err != nil {
		return nil, err
	}
	if s.itglue, err = s.newITGlue(); err != nil {
		return nil, err
	}
	faces := http.NewServeMux()
	faces.Handle("/api/v1/", v1)
	faces.Handle(itgluePrefix+"/", s.itglue.Handler(itgluePrefix))
	faces.Handle("/", pages)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", s.live)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("/", s.wrap(faces))
	return mux, nil
}

// commandLine is how this program is called for this installation.
func commandLine(cfg config.Config) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	return cfg.CommandLine(program)
}

// wrap puts around a face what every answer has.
func (s *server) wrap(h http.Handler) http.Handler {
	cfg := s.app.Config
	return httpkit.Wrap(httpkit.Options{Now: s.app.Now, Log: s.log, Proxies: cfg.TrustedProxies, Secure: cfg.TLSCert != ""}, h)
}

// checkOpenAddress refuses to serve in the clear on an address that other
// machines reach: sessions, keys and passwords would travel readable.
func checkOpenAddress(cfg config.Config) error {
	if cfg.TLSCert != "" || len(cfg.TrustedProxies) > 0 {
		return nil
	}
	for _, address := range []string{cfg.Listen, cfg.ITGlueListen} {
		if address == "" {
			continue
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(host); host == "localhost" || (ip != nil && ip.IsLoopback()) {
			continue
		}
		return tenon.Errorf(tenon.Invalid, "The address %s can be reached from other machines, and there is no TLS. Give --tls-cert and --tls-key, or --trusted-proxy with the address of the proxy that does TLS, or listen on 127.0.0.1.", address)
	}
	return nil
}

// fillDemo makes demo data on the very first start. Data of any kind means that
// it is not the first.
func (s *server) fillDemo(ctx context.Context, out io.Writer) error {
	a := s.app
	empty, err := isEmpty(ctx, a.Store)
	if err != nil || !empty {
		return err
	}
	if _, err := fmt.Fprintln(out, "Making demo data..."); err != nil {
		return err
	}
	v, err := a.Core.CommandLineViewer(ctx, "", "")
	if err != nil {
		return err
	}
	started := a.Now()
	r, err := demo.Run(ctx, a.Core, v, demo.Options{Organizations: demo.DefaultOrganizations, Items: demo.DefaultItems, Seed: demo.DefaultSeed, Now: started})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Made %d organizations with %d items in %.1f s.\n", r.Organizations, r.Items, a.Now().Sub(started).Seconds())
	return err
}

// announce says where the server is and, while there is no administrator, how
// to become one.
func (s *server) announce(ctx context.Context, out io.Writer, addr string) error {
	s.app.Config.Listen = addr // the system may have chosen the port
	if m := s.app.Config.Mail; m.Server != "" && m.TLS == mail.NoTLS && !m.Local() {
		s.log.Warn("mail travels readably", "server", m.Server, "help", "set smtp-tls to starttls or tls")
	}
	s.log.Info("listening", "address", addr, "engine", s.app.Store.Engine(), "data", s.app.Config.Data)
	if _, err := fmt.Fprintf(out, "Tenon listens on %s\n", s.app.BaseURL()); err != nil {
		return err
	}
	link, err := s.app.FirstLink(ctx)
	if err != nil || link == "" {
		return err
	}
	_, err = fmt.Fprintf(out, "\nNobody administers this Tenon yet. Open this link, once, within 24 hours, to become its administrator:\n\n  %s\n\n", link)
	return err
}

// reason is the innermost cause, without the operation and the address.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}
