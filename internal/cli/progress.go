package cli

import (
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a long command is, where somebody watches: on a
// terminal, and not in a log.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress begins a progress line of unknown length.
func newProgress(c *call, what string) *progress { return newProgressOf(c, what, -1) }

// newProgressOf begins a progress bar; a total of -1 is not known.
func newProgressOf(c *call, what string, total int64) *progress {
	f, ok := c.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))}
}

func (p *progress) set(done int64) {
	if p.bar != nil {
		_ = p.bar.Set64(done)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
