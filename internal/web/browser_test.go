package web_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/proto"
)

// openBrowser starts Chromium, which `make setup` installs.
func openBrowser(t *testing.T) *rod.Browser {
	t.Helper()
	bin := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		t.Fatal("there is no Chromium; `make setup` installs it")
	}
	l := launcher.New().Bin(bin).Leakless(false).NoSandbox(true).Set("disable-gpu").Set("disable-quic").Set("no-first-run").Set("disable-background-networking")
	address, err := l.Launch()
	if err != nil {
		t.Fatal(err)
	}
	b := rod.New().ControlURL(address)
	if err := b.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.Close() // it ends with the test anyway
		l.Cleanup()
	})
	return b
}

// keepPicture leaves the page as a picture among the test's artifacts.
func keepPicture(t *testing.T, p *rod.Page, name string) {
	t.Helper()
	png, err := p.Screenshot(true, &proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng})
	if err == nil {
		err = os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), png, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestFirstDay walks the way of a first administrator in a real browser: the
// one-time link, an organization, a change of it, finding it again.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite")
	token, err := s.core.FirstLink(context.Background())
	s.must(err)
	err = rod.Try(func() {
		p := openBrowser(t).MustPage("").Timeout(time.Minute)
		p.MustNavigate(s.server.URL + "/link/" + token.Reveal())
		p.MustElement("#f-account").MustInput("Harbourline IT")
		p.MustElement("#f-name").MustInput("Avery Quill")
		p.MustElement("#f-email").MustInput("avery@harbourline.example")
		p.MustElement("#f-password").MustInput(password)
		p.MustElementR("button", "Set up and sign in").MustClick()
		p.MustElementR("[role=status]", "You are signed in")
		keepPicture(t, p, "home")

		p.MustElementR("a", "New organization").MustClick()
		p.MustElement("#f-name").MustInput("Calder Freight")
		p.MustElement("#f-tags").MustInput("freight, depot")
		p.MustElementR("button", "Create organization").MustClick()
		p.MustElementR("h1", "Calder Freight")
		keepPicture(t, p, "organization")

		p.MustElementR("a.tn-button", "Edit").MustClick()
		p.MustElement("#f-short_name").MustInput("CALD")
		p.MustElementR("button", "Save organization").MustClick()
		p.MustElementR("[role=status]", "was saved")
		p.MustElementR(".tn-meta", "CALD")

		p.MustElement("[data-search]").MustInput("calder").MustType('\r')
		p.MustElementR("th a", "Calder Freight").MustClick()
		p.MustElementR("h1", "Calder Freight")
	})
	s.must(err)
}
