package browsertest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"
	"github.com/go-rod/rod/lib/proto"
)

// Page is a page of the site in the browser, and the person at it.
type Page struct {
	Rod  *rod.Page
	t    testing.TB
	site *Site
	// plain is a page without scripts: nothing can wait for it to be drawn.
	plain bool

	mu     sync.Mutex
	wrongs []string
}

// Page opens a page of somebody with that session, "" for a stranger.
func (b *Browser) Page(t testing.TB, s *Site, session string, screen Screen) *Page {
	t.Helper()
	tab, end, err := b.tab(screen)
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Rod: tab, t: t, site: s, plain: screen.NoScripts}
	t.Cleanup(func() {
		for _, wrong := range p.Wrongs() {
			t.Errorf("the browser says: %s", wrong)
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	p.listen()
	if session != "" {
		p.must("sign in", tab.SetCookies([]*proto.NetworkCookieParam{{Name: "tenon_session", Value: session, URL: s.URL, HTTPOnly: true}}))
	}
	return p
}

// listen takes note of what the console says.
func (p *Page) listen() {
	go p.Rod.EachEvent(func(e *proto.RuntimeExceptionThrown) {
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.wrong(text)
	}, func(e *proto.PageJavascriptDialogOpening) {
		// Nobody answers it, and everything would wait for that.
		p.wrong("a dialog opened: " + string(e.Type) + " " + e.Message)
		if err := (proto.PageHandleJavaScriptDialog{Accept: true}).Call(p.Rod); err != nil {
			p.wrong(err.Error())
		}
	}, func(e *proto.LogEntryAdded) {
		// The browser also notes every answer that is no success; those below
		// 500 are meant.
		if e.Entry.Source == proto.LogLogEntrySourceNetwork && !strings.Contains(e.Entry.Text, "status of 5") && !strings.Contains(e.Entry.Text, "ERR_") {
			return
		}
		if e.Entry.Level == proto.LogLogEntryLevelError {
			p.wrong(e.Entry.Text + " " + e.Entry.URL)
		}
	})()
	p.must("listen", proto.LogEnable{}.Call(p.Rod))
	p.must("listen", proto.RuntimeEnable{}.Call(p.Rod))
}

func (p *Page) wrong(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrongs = append(p.wrongs, text)
}

// Wrongs is what the console has complained of.
func (p *Page) Wrongs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.wrongs...)
}

// must ends the walk with a picture of where it ended.
func (p *Page) must(what string, err error) {
	p.t.Helper()
	if err == nil {
		return
	}
	p.Picture("failed")
	info, ierr := p.Rod.Info()
	at := ""
	if ierr == nil {
		at = info.URL
	}
	p.t.Fatalf("%s: at %s: %v\n%s", what, at, err, p.text())
}

// shownText is how much of a page's text a failure shows; the picture has the rest.
const shownText = 1500

func (p *Page) text() string {
	body, err := p.Rod.Timeout(time.Second).Element("body")
	if err != nil {
		return ""
	}
	text, err := body.Text()
	if err != nil {
		return ""
	}
	return text[:min(len(text), shownText)]
}

// Picture keeps the page as it is among the test's artifacts.
func (p *Page) Picture(name string) {
	p.t.Helper()
	png, err := p.Rod.Screenshot(true, &proto.PageCaptureScreenshot{Format: proto.PageCaptureScreenshotFormatPng})
	if err == nil {
		err = os.WriteFile(filepath.Join(p.t.ArtifactDir(), name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Logf("no picture %s: %v", name, err)
	}
}

// Path is where the page is, with its query.
func (p *Page) Path() string {
	p.t.Helper()
	info, err := p.Rod.Info()
	p.must("ask where the page is", err)
	at, err := url.Parse(info.URL)
	p.must("read the address", err)
	return at.RequestURI()
}

// Open goes to an address of the site.
func (p *Page) Open(path string) *Page {
	p.t.Helper()
	tab := p.Rod.Timeout(patience)
	defer tab.CancelTimeout()
	p.must("open "+path, tab.Navigate(p.site.URL+path))
	p.must("open "+path, tab.Wait(rod.Eval(`() => document.readyState === "complete"`)))
	return p
}

// press clicks an element.
func (p *Page) press(el *rod.Element) error {
	if !p.plain {
		return el.Click(proto.InputMouseButtonLeft, 1)
	}
	if err := (proto.DOMScrollIntoViewIfNeeded{ObjectID: el.Object.ObjectID}).Call(el); err != nil {
		return err
	}
	shape, err := el.Shape()
	if err != nil {
		return err
	}
	at := shape.OnePointInside()
	if at == nil {
		return errors.New("it is nowhere on the page")
	}
	return errors.Join(p.Rod.Mouse.MoveTo(*at), p.Rod.Mouse.Click(proto.InputMouseButtonLeft, 1))
}

// find waits for the element of that selector whose text fits. Hidden ones do not count.
func (p *Page) find(selector, pattern string) *rod.Element {
	p.t.Helper()
	tab := p.Rod.Timeout(patience)
	el, err := tab.ElementByJS(rod.Eval(`(selector, pattern) => {
		const fits = new RegExp(pattern);
		return [...document.querySelectorAll(selector)].find((e) => e.checkVisibility() && fits.test((e.getAttribute("aria-label") || e.textContent || e.value || "").replace(/\s+/g, " ").trim())) || null;
	}`, selector, pattern))
	p.must(fmt.Sprintf("look for %s with %q", selector, pattern), err)
	return el
}

// Controls that are clicked by their words.
const clickable = "a, button, summary, [role=option], label, input[type=submit]"

// Click clicks what bears these words, which are a regular expression.
func (p *Page) Click(words string) *Page {
	p.t.Helper()
	p.must("click "+words, p.press(p.find(clickable, words)))
	return p
}

// Follow clicks what bears these words, and waits for the page it leads to.
func (p *Page) Follow(words string) *Page {
	p.t.Helper()
	el := p.find(clickable, words)
	return p.Leave("click "+words, func() error { return p.press(el) })
}

// Leave does what leads to another page, and waits until that is loaded.
func (p *Page) Leave(what string, act func() error) *Page {
	p.t.Helper()
	_, err := p.Rod.Eval(`() => { window.tnBefore = true }`)
	p.must(what, err)
	// The page may be left before the browser has said that the key is up again.
	if err := act(); err != nil && !left(err) {
		p.must(what, err)
	}
	p.until("have left by: "+what, `() => !window.tnBefore && document.readyState === "complete"`)
	return p
}

// Field is the control with that label. Labels of controls that are no fields of
// a form, such as a search, are found by aria-label.
func (p *Page) Field(label string) *rod.Element {
	p.t.Helper()
	tab := p.Rod.Timeout(patience)
	el, err := tab.ElementByJS(rod.Eval(`(label) => {
		const fits = new RegExp(label);
		return [...document.querySelectorAll("input, textarea, select, [contenteditable=true]")].find((e) => {
			if (e.type === "hidden" || !e.checkVisibility()) return false;
			const names = [...(e.labels || [])].map((l) => l.textContent);
			names.push(e.getAttribute("aria-label") || "");
			for (const id of (e.getAttribute("aria-labelledby") || "").split(" ")) names.push(document.getElementById(id)?.textContent || "");
			return names.some((n) => n && fits.test(n.replace(/\s+/g, " ").trim()));
		}) || null;
	}`, label))
	p.must("look for the field "+label, err)
	return el
}

// Fill writes into the field with that label, in place of what is there.
func (p *Page) Fill(label, text string) *Page {
	p.t.Helper()
	el := p.Field(label)
	if p.plain {
		p.must("fill "+label, p.press(el))
		_, err := el.Eval(`() => this.select()`)
		p.must("fill "+label, errors.Join(err, p.Rod.InsertText(text)))
		return p
	}
	p.must("fill "+label, el.SelectAllText())
	p.must("fill "+label, el.Input(text))
	return p
}

// Value is what stands in the field with that label.
func (p *Page) Value(label string) string {
	p.t.Helper()
	value, err := p.Field(label).Property("value")
	p.must("read the field "+label, err)
	return value.Str()
}

// Tick clicks the box or the round button with that label.
func (p *Page) Tick(label string) *Page {
	p.t.Helper()
	p.must("tick "+label, p.press(p.Field(label)))
	return p
}

// Choose picks an option of the list with that label by its words.
func (p *Page) Choose(label, option string) *Page {
	p.t.Helper()
	if p.plain {
		_, err := p.Field(label).Eval(`(text) => { [...this.options].find((o) => o.textContent.trim() === text).selected = true }`, option)
		p.must("choose "+option, err)
		return p
	}
	p.must("choose "+option, p.Field(label).Select([]string{option}, true, rod.SelectorTypeText))
	return p
}

// Sees waits until the page shows all these texts.
func (p *Page) Sees(texts ...string) *Page {
	p.t.Helper()
	for _, text := range texts {
		p.until("see "+text, `(text) => document.body && document.body.innerText.replace(/\s+/g, " ").includes(text)`, text)
	}
	return p
}

// Misses waits until the page shows none of these texts.
func (p *Page) Misses(texts ...string) *Page {
	p.t.Helper()
	for _, text := range texts {
		p.until("no longer see "+text, `(text) => document.body && !document.body.innerText.replace(/\s+/g, " ").includes(text)`, text)
	}
	return p
}

// until waits for a condition that the browser works out.
func (p *Page) until(what, js string, args ...any) {
	p.t.Helper()
	tab := p.Rod.Timeout(patience)
	defer tab.CancelTimeout()
	for {
		// The question may be asked of a page that is just being left.
		err := tab.Wait(rod.Eval(js, args...))
		if err == nil || tab.GetContext().Err() != nil || !left(err) {
			p.must("wait to "+what, err)
			return
		}
	}
}

// left tells whether the browser gave no answer because the page was left.
func left(err error) bool { return strings.Contains(err.Error(), "navigated or closed") }

// Until waits for a condition that the browser works out.
func (p *Page) Until(what, js string, args ...any) *Page {
	p.t.Helper()
	p.until(what, js, args...)
	return p
}

// At waits until the address fits.
func (p *Page) At(pattern string) *Page {
	p.t.Helper()
	p.until("be at "+pattern, `(pattern) => new RegExp(pattern).test(location.pathname + location.search) && document.readyState === "complete"`, pattern)
	return p
}

// Press presses keys, one after the other.
func (p *Page) Press(keys ...input.Key) *Page {
	p.t.Helper()
	for _, key := range keys {
		p.must("press a key", p.Rod.Keyboard.Type(key))
	}
	return p
}

// Enter presses Enter and waits for the page that it leads to.
func (p *Page) Enter() *Page {
	p.t.Helper()
	return p.Leave("press Enter", func() error { return p.Rod.Keyboard.Type(input.Enter) })
}

// Option waits until that alone is offered for what is typed.
func (p *Page) Option(words string) *Page {
	p.t.Helper()
	p.until("be offered "+words, `(words) => {
		const offered = [...document.querySelectorAll("[role=option]")].filter((e) => e.checkVisibility());
		return offered.length === 1 && new RegExp(words).test(offered[0].textContent.replace(/\s+/g, " ").trim());
	}`, words)
	return p
}

// Chosen waits until that is what Enter would take of what is offered.
func (p *Page) Chosen(words string) *Page {
	p.t.Helper()
	p.until("choose "+words, `(words) => {
		const chosen = [...document.querySelectorAll("[role=option][aria-selected=true]")].filter((e) => e.checkVisibility());
		const named = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"));
		return chosen.length === 1 && named === chosen[0] && new RegExp(words).test(chosen[0].textContent.replace(/\s+/g, " ").trim());
	}`, words)
	return p
}

// maxStops is how often Tab is pressed to reach something.
const maxStops = 150

// Reach presses Tab until what bears these words has the focus. At every stop
// the focus must be seen: a ring of two pixels at least, on the screen, and
// covered by nothing.
func (p *Page) Reach(words string) *Page {
	p.t.Helper()
	for range maxStops {
		p.must("press Tab", p.Rod.Keyboard.Type(input.Tab))
		out := p.Ask(`(words) => {
			const e = document.activeElement;
			const names = [e.getAttribute("aria-label"), ...[...(e.labels || [])].map((l) => l.textContent), e.textContent];
			const fits = names.some((n) => n && new RegExp(words).test(n.replace(/\s+/g, " ").trim()));
			if (e === document.body) return "";
			const ring = [e, ...(e.labels || [])].find((x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 });
			if (!ring) return "no ring around " + e.outerHTML.slice(0, 160);
			const box = e.getBoundingClientRect();
			const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 12)];
			const at = document.elementFromPoint(x, y);
			const same = at && (e.contains(at) || at.contains(e) || [...(e.labels || [])].some((l) => l.contains(at)));
			if (!same) return "hidden by " + (at ? at.outerHTML.slice(0, 100) : "the edge of the screen") + ": " + e.outerHTML.slice(0, 160);
			return fits ? "there" : "";
		}`, words)
		if out == "there" {
			return p
		}
		if out != "" {
			p.must("go to "+words+" by Tab", errors.New("the focus is not seen: "+out))
		}
	}
	p.must("go to "+words+" by Tab", errors.New("it is not reached"))
	return p
}

// Text types where the focus is.
func (p *Page) Text(text string) *Page {
	p.t.Helper()
	for _, r := range text {
		p.must("type "+text, p.Rod.Keyboard.Type(input.Key(r)))
	}
	return p
}

// Ask works out something on the page.
func (p *Page) Ask(js string, args ...any) string {
	p.t.Helper()
	out, err := p.Rod.Evaluate(rod.Eval(js, args...).ByPromise())
	p.must("ask the page", err)
	return out.Value.Str()
}
