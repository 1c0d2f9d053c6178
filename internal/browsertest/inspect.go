package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/proto"
)

// Violation is a rule of accessibility that a page breaks, and where.
type Violation struct {
	Rule, Help string
	// Where are the elements, each with what is wrong with it.
	Where []string
}

// Cost is what a page cost to load.
type Cost struct {
	Requests  int
	Foreign   []string // addresses of others
	HTML      int      // bytes, unpacked
	FirstByte float64  // milliseconds from the request to it
}

// Inspector is a tab that looks at one page after the other, on one screen after
// the other, with the rules of axe-core.
type Inspector struct {
	page *Page
	axe  string
	// Whole looks at all lines of long lists, not only at the first ones.
	Whole bool
}

// alike are lines of long lists after the first ones, which the same lines of
// code draw: most of the time of the rules goes to them.
var alike = []string{"tbody tr:nth-child(n+7)", "ul > li:nth-child(n+7)", "option:nth-child(n+4)"}

// Inspect opens an inspector for somebody with that session.
func (b *Browser) Inspect(t testing.TB, s *Site, session string) *Inspector {
	t.Helper()
	// npm brings it for the tests alone; no page loads it.
	source, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v; `make assets` brings it", err)
	}
	p := b.Page(t, s, session, Screen{Still: true})
	// The rules are put into the page, whose policy forbids just that.
	p.must("let axe in", proto.PageSetBypassCSP{Enabled: true}.Call(p.Rod))
	return &Inspector{page: p, axe: string(source)}
}

// Open goes to a page.
func (i *Inspector) Open(path string) {
	i.page.t.Helper()
	i.page.Open(path)
	out, err := proto.RuntimeEvaluate{Expression: i.axe + "; 1"}.Call(i.page.Rod)
	i.page.must("load axe", err)
	if out.ExceptionDetails != nil {
		i.page.t.Fatalf("axe does not load: %s", out.ExceptionDetails.Text)
	}
}

// On changes the screen and waits until the page is drawn on it.
func (i *Inspector) On(screen Screen) {
	i.page.t.Helper()
	screen.Still = true
	i.page.must("change the screen", show(i.page.Rod, screen))
	_, err := i.page.Rod.Evaluate(rod.Eval(`() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`).ByPromise())
	i.page.must("wait for the screen", err)
}

// Opens does on the page what opens something over it, and waits until that is
// seen: it fits this selector.
func (i *Inspector) Opens(open func(p *Page), shown string) {
	i.page.t.Helper()
	open(i.page)
	i.page.until("see "+shown, `(shown) => [...document.querySelectorAll(shown)].some((e) => e.checkVisibility())`, shown)
}

// all are the rules that are asked after: those of WCAG 2.2 A and AA, and what
// is held to be good practice.
var all = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}

// coloured are those of the rules that ask for colours. Nothing else of a page
// is another in dark: its style sheets say dark by the colours of their tokens.
var coloured = []string{"color-contrast", "link-in-text-block"}

// Violations are what of all rules the page breaks.
func (i *Inspector) Violations() []Violation {
	i.page.t.Helper()
	return i.broken("tag", all)
}

// Colours are what the page breaks of the rules about colours: of a page that
// Violations has looked at in other colours, they are what can still be wrong.
func (i *Inspector) Colours() []Violation {
	i.page.t.Helper()
	return i.broken("rule", coloured)
}

// broken asks the rules of those tags, or of those names.
func (i *Inspector) broken(by string, values []string) []Violation {
	i.page.t.Helper()
	var without []string
	if !i.Whole {
		without = alike
	}
	tab := i.page.Rod.Timeout(patience)
	defer tab.CancelTimeout()
	out, err := tab.Evaluate(rod.Eval(`async (type, values, without) => {
		const result = await axe.run({ exclude: without.map((one) => [one]) }, { runOnly: { type, values }, resultTypes: ["violations"], preload: false });
		const tell = (n) => n.target.join(" ") + "\n\t\t" + n.html.slice(0, 240) + "\n\t\t" + n.failureSummary.replaceAll("\n", "\n\t\t");
		return JSON.stringify(result.violations.map((v) => ({ Rule: v.id, Help: v.help, Where: v.nodes.slice(0, 4).map(tell) })));
	}`, by, values, without).ByPromise())
	i.page.must("run axe", err)
	var found []Violation
	i.page.must("read what axe says", json.Unmarshal([]byte(out.Value.Str()), &found))
	return found
}

// Overflow is by how many pixels the page is wider than the screen, and what
// sticks out.
// A table that needs the width may be wider: its columns are what it says.
func (i *Inspector) Overflow() (pixels int, what string) {
	i.page.t.Helper()
	out, err := i.page.Rod.Eval(`() => {
		const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
		const wide = over > 0 && [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest("table")).slice(-3);
		return JSON.stringify({ over: wide && wide.length === 0 ? 0 : over, what: wide ? wide.map((e) => e.outerHTML.slice(0, 160)).join("\n\t") : "" });
	}`)
	i.page.must("measure the page", err)
	var found struct {
		Over int
		What string
	}
	i.page.must("measure the page", json.Unmarshal([]byte(out.Value.Str()), &found))
	return found.Over, found.What
}

// TextSize sets the size of text that the reader asks for, in percent.
func (i *Inspector) TextSize(percent int) {
	i.page.t.Helper()
	_, err := i.page.Rod.Eval(`(size) => { document.documentElement.style.fontSize = size }`, fmt.Sprintf("%d%%", percent))
	i.page.must("change the size of text", err)
}

// Cost is what the page cost to load.
func (i *Inspector) Cost() Cost {
	i.page.t.Helper()
	out, err := i.page.Rod.Eval(`() => {
		const page = performance.getEntriesByType("navigation")[0];
		const rest = performance.getEntriesByType("resource");
		return JSON.stringify({ Requests: 1 + rest.length, Foreign: rest.map((e) => e.name).filter((n) => !n.startsWith(location.origin + "/")),
			HTML: page.decodedBodySize, FirstByte: page.responseStart - page.requestStart });
	}`)
	i.page.must("ask what the page cost", err)
	var c Cost
	i.page.must("read what the page cost", json.Unmarshal([]byte(out.Value.Str()), &c))
	return c
}

// Title is the title of the page's window.
func (i *Inspector) Title() string { return i.page.Ask(`() => document.title`) }

// Ask works out something on the page.
func (i *Inspector) Ask(js string, args ...any) string {
	i.page.t.Helper()
	return i.page.Ask(js, args...)
}
