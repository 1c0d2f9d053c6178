package app

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/itglue"
)

// itgluePrefix is where the IT Glue-compatible API stands on the first listener.
const itgluePrefix = "/itglue"

func (s *server) newITGlue() (*itglue.API, error) {
	a := s.app
	limit := a.Config.ITGlueLimit
	if limit == 0 {
		limit = -1 // none
	}
	return itglue.New(itglue.Options{Core: a.Core, Trash: a.Trash, Export: a.Export, Now: a.Now, URL: a.BaseURL, Limit: limit})
}

// listener is the second listener, at whose root that API stands: what was
// written for the original knows a host, and no path in front. nil is none.
type listener struct {
	srv *http.Server
	l   net.Listener
}

// listenITGlue opens the second listener, like the first one in everything else.
func (s *server) listenITGlue(ctx context.Context, first *http.Server) (*listener, error) {
	cfg := s.app.Config
	if cfg.ITGlueListen == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", cfg.ITGlueListen)
	if err != nil {
		return nil, tenon.Errorf(tenon.Unavailable, "The address %s cannot be listened on: %s. Choose another with --itglue-listen.", cfg.ITGlueListen, reason(err))
	}
	if first.TLSConfig != nil {
		l = tls.NewListener(l, first.TLSConfig)
	}
	srv := httpkit.Server(s.wrap(s.itglue.Handler("")), s.log)
	srv.BaseContext = first.BaseContext
	srv.TLSConfig = first.TLSConfig
	s.log.InfoContext(ctx, "listening", "address", l.Addr().String(), "face", "itglue")
	return &listener{srv, l}, nil
}

func (l *listener) serve(ended chan<- error) {
	if l != nil {
		go func() { ended <- l.srv.Serve(l.l) }()
	}
}

func (l *listener) server() *http.Server {
	if l == nil {
		return nil
	}
	return l.srv
}

func (l *listener) close() error {
	if l == nil {
		return nil
	}
	return l.l.Close()
}
