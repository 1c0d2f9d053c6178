package browsertest_test

import (
	"slices"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/storetest"
)

// How large a provider is for the figures.
const (
	manyOrganizations = 5_000
	manyItems         = 200_000
)

// BenchmarkPages loads the main pages of a provider with 5,000 organizations and
// 200,000 items in the browser, and turns the pages of lists with more than
// 10,000 rows. The figures are the browser's own: milliseconds until the first
// byte, kB of HTML, requests; for the next page until it is painted, and what
// the browser took for the press.
func BenchmarkPages(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) { pages(b, engine) })
	}
}

func pages(b *testing.B, engine string) {
	site := browsertest.Serve(b, engine, browsertest.SiteOptions{Organizations: manyOrganizations, Items: manyItems})
	browser := browsertest.Launch(b)
	org := browsertest.OrganizationPath(site.Made.Truth[0].A)
	for _, path := range []string{"/", "/organizations", "/organizations?q=dental", "/organizations?sort=-updated", "/assets", org, org + "/configurations", "/configurations", "/configurations?sort=-organization", "/configurations?restricted=yes", "/contacts?sort=-updated", "/search?q=server", "/activity"} {
		b.Run("load "+path, func(b *testing.B) {
			p := browser.Page(b, site, site.Session, browsertest.Screen{})
			p.Open("/help/keys") // the scripts and styles are there already, as they are for who works all day
			var first []float64
			var last browsertest.Cost
			for b.Loop() {
				p.Open(path)
				last = p.Cost()
				first = append(first, last.FirstByte)
			}
			b.ReportMetric(middle(first), "ms-first-byte")
			b.ReportMetric(slices.Max(first), "ms-first-byte-max")
			b.ReportMetric(float64(last.HTML)/1000, "kB-HTML")
			b.ReportMetric(float64(last.Requests), "requests")
		})
	}
	for _, k := range []tenon.Kind{tenon.Configuration, tenon.Contact} {
		b.Run("next page of "+k.Info().Plural, func(b *testing.B) {
			p := browser.Page(b, site, site.Session, browsertest.Screen{})
			p.Watch()
			p.Open("/" + k.Info().Plural)
			var paint, press []float64
			for b.Loop() {
				took := p.Timed("^Next")
				paint, press = append(paint, took.ToPaint), append(press, took.Interaction)
			}
			b.ReportMetric(middle(paint), "ms-to-paint")
			b.ReportMetric(slices.Max(paint), "ms-to-paint-max")
			b.ReportMetric(slices.Max(press), "ms-interaction")
		})
	}
}

func middle(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
