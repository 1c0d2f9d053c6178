package browsertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/config"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/pgtest"
	"github.com/tenonhq/tenon/internal/secret"
)

// Password is the password of everybody on a site.
const Password = "plover lantern quayside"

// Site is a running server with its data.
type Site struct {
	URL string
	// App is the same installation, opened beside the server: what a test
	// needs on its pages is made with it.
	App *app.App
	// Root acts for the installation itself.
	Root tenon.Viewer
	// Made says what the demo data is, where there is some.
	Made *demo.Report
	// Session is the token of its first administrator, who is signed in.
	Session string

	log  *lines
	stop context.CancelFunc
	done chan error
}

// SiteOptions say what a site holds and where. Without Organizations it is empty.
type SiteOptions struct {
	Data          string // required: the data directory
	DatabaseURL   string // else the embedded database
	Organizations int
	Items         int
	Now           func() time.Time // the clock; without one it is the machine's
	// Fresh leaves the one-time link of the first administrator to the test:
	// nobody is signed in yet.
	Fresh bool
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// Log is what the server has written so far, one JSON object a line.
func (s *Site) Log() string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.text.String()
}

// Faults returns the lines of the log that tell of a request that we failed. That
// jobs wait longer on a busy machine is none.
func (s *Site) Faults() []string {
	var out []string
	for line := range strings.SplitSeq(s.Log(), "\n") {
		if strings.Contains(line, `"status":5`) || strings.Contains(line, "panic") {
			out = append(out, line)
		}
	}
	return out
}

// OpenSite makes an installation and starts its server, as the program does.
func OpenSite(ctx context.Context, o SiteOptions) (*Site, error) {
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"data": o.Data, "database-url": o.DatabaseURL, "listen": "127.0.0.1:0", "drain": "1s"}})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Site{log: &lines{}, stop: stop, done: make(chan error, 1)}
	// The data is there first: what makes it would keep the jobs of a server waiting.
	if err := s.fill(ctx, *cfg, o); err != nil {
		stop()
		if s.App != nil {
			err = errors.Join(err, s.App.Close())
		}
		return nil, err
	}
	ready := make(chan string, 1)
	go func() {
		s.done <- app.Serve(ctx, *cfg, app.ServeOptions{Out: io.Discard, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Ready: func(addr string) { ready <- addr }, Now: o.Now})
	}()
	select {
	case addr := <-ready:
		s.URL = "http://" + addr
	case err := <-s.done:
		stop()
		return nil, errors.Join(err, errors.New("the server ended before it answered"), s.App.Close())
	}
	return s, nil
}

func (s *Site) fill(ctx context.Context, cfg config.Config, o SiteOptions) (err error) {
	if s.App, err = app.OpenWith(ctx, cfg, app.Options{Now: o.Now}); err != nil {
		return err
	}
	if s.Root, err = s.App.Core.CommandLineViewer(ctx, "tester", ""); err != nil {
		return err
	}
	if o.Organizations > 0 {
		made := demo.Options{Organizations: o.Organizations, Items: o.Items, Seed: demo.DefaultSeed, Now: s.App.Now()}
		if s.Made, err = demo.Run(ctx, s.App.Core, s.Root, made); err != nil {
			return err
		}
	}
	if o.Fresh {
		return nil
	}
	link, err := s.App.Core.FirstLink(ctx)
	if err != nil {
		return err
	}
	session, _, err := s.App.Core.RedeemLink(ctx, link, "Avery Quill", "avery@harbourline.example", secret.NewText(Password), "127.0.0.1", "test")
	s.Session = session.Reveal()
	return err
}

// Close stops the server and lets go of its data.
func (s *Site) Close() error {
	var err error
	if s.App != nil {
		err = s.App.Close()
	}
	s.stop()
	return errors.Join(err, <-s.done)
}

// Serve opens a site on an engine for the time of a test.
func Serve(t testing.TB, engine string, o SiteOptions) *Site {
	t.Helper()
	o.Data = filepath.Join(t.TempDir(), "data")
	if engine == "postgresql" {
		o.DatabaseURL = pgtest.Database(t)
	}
	s, err := OpenSite(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, line := range s.Faults() {
			t.Errorf("the log of the server tells of a fault: %s", line)
		}
	})
	return s
}

// Organization makes an organization.
func (s *Site) Organization(t testing.TB, values tenon.Values) *tenon.Organization {
	t.Helper()
	o, err := s.App.Core.CreateOrganization(context.Background(), s.Root, core.OrganizationChange{Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Item makes an item of an organization.
func (s *Site) Item(t testing.TB, kind tenon.Kind, org tenon.OrgID, values tenon.Values) *tenon.Item {
	t.Helper()
	i, err := s.App.Core.CreateItem(context.Background(), s.Root, kind, org, core.ItemChange{Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// SignIn makes a user of that role, with access to the organizations named, and
// returns their session.
func (s *Site) SignIn(t testing.TB, name string, role tenon.Role, everywhere bool, orgs ...tenon.OrgID) string {
	t.Helper()
	ctx := context.Background()
	email := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@harbourline.example"
	u, err := s.App.Core.CreateUser(ctx, s.Root, core.UserChange{Name: &name, Email: &email, Role: &role, Everywhere: &everywhere})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range orgs {
		if err := s.App.Core.Grant(ctx, s.Root, tenon.Subject{Kind: tenon.SubjectUser, ID: int64(u.ID)}, id); err != nil {
			t.Fatal(err)
		}
	}
	link, err := s.App.Core.PasswordLink(ctx, s.Root, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	session, _, err := s.App.Core.RedeemLink(ctx, link, "", "", secret.NewText(Password), "127.0.0.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	return session.Reveal()
}

// OrganizationPath is the address of an organization's page.
func OrganizationPath(id tenon.OrgID) string {
	return "/organizations/" + strconv.FormatInt(int64(id), 10)
}
