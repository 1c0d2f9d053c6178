package browsertest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
	"github.com/go-rod/rod/lib/utils"
)

// Browser is a Chromium without a window.
type Browser struct {
	rod  *rod.Browser
	proc *launcher.Launcher
	dir  string
}

// OpenBrowser starts Chromium, which `make setup` installs. What it writes is
// below dir.
func OpenBrowser(dir string) (*Browser, error) {
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		return nil, errors.New("there is no Chromium; `make setup` installs it")
	}
	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).UserDataDir(filepath.Join(dir, "chromium")).
		Set("disable-gpu").Set("disable-quic").Set("no-first-run").Set("disable-background-networking").
		Set("font-render-hinting", "none").Set("hide-scrollbars").Set("force-color-profile", "srgb")
	address, err := l.Launch()
	if err != nil {
		return nil, err
	}
	b := &Browser{rod: rod.New().ControlURL(address), proc: l, dir: dir}
	if err := b.rod.Connect(); err != nil {
		l.Kill()
		return nil, err
	}
	return b, nil
}

// Close ends Chromium.
func (b *Browser) Close() error {
	err := b.rod.Close()
	b.proc.Cleanup()
	return err
}

// Launch starts a browser for the time of a test.
func Launch(t testing.TB) *Browser {
	t.Helper()
	dir, err := os.MkdirTemp("", "tenon-browser-")
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBrowser(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(b.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return b
}

// Screen is what a page is shown on. The zero value is a desktop in light.
type Screen struct {
	Width, Height int
	Dark          bool
	// Forced is a browser with forced colours, Still one whose reader asked for
	// reduced motion.
	Forced, Still bool
	// NoScripts switches scripts off.
	NoScripts bool
}

// look is how often a page is looked at for what is waited for.
func look() utils.Sleeper {
	return utils.BackoffSleeper(15*time.Millisecond, 150*time.Millisecond, nil)
}

// patience is how long a walk waits for one thing: long, because the machine
// may be busy with other tests.
const patience = 40 * time.Second

// tab opens an empty page in a context of its own.
func (b *Browser) tab(screen Screen) (*rod.Page, func() error, error) {
	context, err := b.rod.Incognito()
	if err != nil {
		return nil, nil, err
	}
	p, err := context.Page(proto.TargetCreateTarget{URL: "about:blank"})
	if err != nil {
		return nil, nil, errors.Join(err, context.Close())
	}
	p = p.Sleeper(look)
	if err := show(p, screen); err != nil {
		return nil, nil, errors.Join(err, context.Close())
	}
	return p, context.Close, nil
}

// show sets the screen of a page.
func show(p *rod.Page, s Screen) error {
	if s.Width == 0 {
		s.Width = 1280
	}
	if s.Height == 0 {
		s.Height = 900
	}
	features := []*proto.EmulationMediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	if s.Dark {
		features[0].Value = "dark"
	}
	if s.Forced {
		features = append(features, &proto.EmulationMediaFeature{Name: "forced-colors", Value: "active"})
	}
	if s.Still {
		features = append(features, &proto.EmulationMediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	return errors.Join(
		p.SetViewport(&proto.EmulationSetDeviceMetricsOverride{Width: s.Width, Height: s.Height, DeviceScaleFactor: 1}),
		proto.EmulationSetEmulatedMedia{Features: features}.Call(p),
		proto.EmulationSetScriptExecutionDisabled{Value: s.NoScripts}.Call(p),
	)
}

// Shoot makes a picture of a page as its reader sees it first, at most as high
// as the screen.
func (b *Browser) Shoot(s *Site, path string, screen Screen) (_ []byte, err error) {
	screen.Still = true
	tab, end, err := b.tab(screen)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	tab = tab.Timeout(patience)
	if err := tab.SetCookies([]*proto.NetworkCookieParam{{Name: "tenon_session", Value: s.Session, URL: s.URL, HTTPOnly: true}}); err != nil {
		return nil, err
	}
	if err := errors.Join(tab.Navigate(s.URL+path), tab.WaitLoad()); err != nil {
		return nil, err
	}
	// The focus of a form is no part of its picture.
	if _, err := tab.Eval(`() => document.activeElement?.blur()`); err != nil {
		return nil, err
	}
	return tab.Screenshot(false, &proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng})
}
