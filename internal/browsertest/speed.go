package browsertest

import "github.com/go-rod/rod"

// watchNext remembers when the reader pressed, and which time the browser gave
// the interaction, so that the page after can tell how long all of it took.
const watchNext = `
	addEventListener("pointerdown", (e) => sessionStorage.setItem("tnPressed", performance.timeOrigin + e.timeStamp), true);
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) if (e.interactionId) {
			sessionStorage.setItem("tnInteraction", Math.max(e.duration, Number(sessionStorage.getItem("tnInteraction") || 0)));
		}
	}).observe({ type: "event", durationThreshold: 16, buffered: true });
`

// Press is how long the reader waits who presses something: until the page that
// it leads to is painted, and until the browser had dealt with the press itself.
type Press struct{ ToPaint, Interaction float64 }

// Watch makes the page measure presses from now on.
func (p *Page) Watch() {
	p.t.Helper()
	_, err := p.Rod.EvalOnNewDocument(watchNext)
	p.must("watch presses", err)
}

// Timed follows a link as Follow does, and says how long it took. The times are
// those of the browser's own trace: the event, the first paint of the page.
func (p *Page) Timed(words string) Press {
	p.t.Helper()
	p.Follow(words)
	out, err := p.Rod.Evaluate(rod.Eval(`async () => {
		const paint = () => performance.getEntriesByName("first-contentful-paint")[0];
		while (!paint()) await new Promise(requestAnimationFrame);
		return [performance.timeOrigin + paint().startTime - Number(sessionStorage.getItem("tnPressed")), Number(sessionStorage.getItem("tnInteraction") || 0)];
	}`).ByPromise())
	p.must("read the times", err)
	list := out.Value.Arr()
	return Press{ToPaint: list[0].Num(), Interaction: list[1].Num()}
}

// Cost is what the page that is open cost to load.
func (p *Page) Cost() Cost {
	p.t.Helper()
	return (&Inspector{page: p}).Cost()
}
