package web

import (
	"cmp"
	"net/http"
	"time"

	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/demo"
	"github.com/tenonhq/tenon/internal/export"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/mail"
	"github.com/tenonhq/tenon/internal/merge"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/picture"
	"github.com/tenonhq/tenon/internal/reminder"
	"github.com/tenonhq/tenon/internal/trash"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/web"
)

// Options are what the pages work with.
type Options struct {
	Core       *core.Core            // required
	Operations *operation.Operations // required
	Merge      *merge.Engine         // required
	Trash      *trash.Engine         // required
	// Import brings CSV files in; without it, imports are refused.
	Import *csvimport.Engine
	// Copy copies accounts of IT Glue; without it, copies are refused.
	Copy      *glueimport.Engine
	Reminders *reminder.Engine // required
	Exports   *export.Engine   // required
	// Demo makes demo data; without it, it is not offered.
	Demo *demo.Engine
	// Files keeps logos. Without it they are neither taken nor shown.
	Files core.Blobs
	Now   func() time.Time // required
	// Mail sends what waits in the outbox. Without it, pages say that no mail
	// server is set.
	Mail *mail.Office
	// URL returns the address under which people reach the server, for the
	// links that are handed on.
	URL func() string
	// Command is how a command is called on the machine of the server, so that it
	// works on the same installation; "" is "tenon".
	Command string
	// Closing ends the answers that go on as long as something runs: the server
	// stops. nil is never.
	Closing <-chan struct{}
	// Languages are what is offered beside English; nil is all that are built in.
	Languages []*say.Language
	// WorkEvery is how often those look how far it is; 0 is a second.
	WorkEvery time.Duration
}

type server struct {
	core  *core.Core
	ops   *operation.Operations
	merge *merge.Engine
	trash *trash.Engine
	files core.Blobs
	now   func() time.Time
	url   func() string
	// command is shown to those who may change the settings.
	command string
	assets  *web.Bundle
	// submits keeps a form that is sent twice at once from acting twice.
	submits submits
	mux     *http.ServeMux
	// forms remembers which forms were sent.
	forms *httpkit.Idempotency
	daily
	// pictures makes logos of uploads, one at a time.
	pictures *picture.Maker
	mail     *mail.Office
	zone     *zone
	demo     *demo.Engine
	exports  *export.Engine

	languages languages
}

// assetPrefix is where the bundled files are.
const assetPrefix = "/assets/"

// New returns the handler of the pages. It answers every address that no other
// face has, and expects httpkit.Wrap around it.
func New(o Options) (http.Handler, error) {
	bundle, err := web.Load(assetPrefix)
	if err != nil {
		return nil, err
	}
	s := &server{core: o.Core, ops: o.Operations, merge: o.Merge, trash: o.Trash, files: o.Files, now: o.Now, url: o.URL, command: cmp.Or(o.Command, "tenon"), assets: bundle, pictures: picture.NewMaker()}
	if o.Languages == nil {
		if o.Languages, err = say.Languages(); err != nil {
			return nil, err
		}
	}
	s.languages = newLanguages(o.Languages)
	s.submits.last = map[string]*submit{}
	s.demo, s.exports = o.Demo, o.Exports
	s.mail, s.zone = o.Mail, &zone{core: o.Core, now: o.Now}
	s.now = s.zone.Now
	s.daily = daily{o.Import, o.Copy, o.Reminders, o.Closing, cmp.Or(o.WorkEvery, workEvery)}
	if s.mail == nil {
		s.mail = mail.New(mail.Options{Store: o.Core.Store()})
	}
	if s.url == nil {
		s.url = func() string { return "" }
	}
	mux := http.NewServeMux()
	s.mux, s.forms = mux, &httpkit.Idempotency{Answers: sentForms{o.Core.Store(), o.Now}, Now: o.Now}
	mux.Handle("GET "+assetPrefix, bundle)
	all := routes()
	for i := range all {
		rt := &all[i]
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(rt, w, r) })
	}
	mux.HandleFunc("/", s.unknown)
	return mux, nil
}
