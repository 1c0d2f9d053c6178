package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// This file follows work that takes its time: how far it is, live, on every
// page, and a line at its end wherever the person is by then. With scripts a
// page listens to /running/events, or asks /running/state where that does not get
// through; without them it loads itself again.

// maxRunning is how many running operations are followed.
const maxRunning = 20

// running lists what is under way, as far as the viewer may know of it.
func (s *server) running(r *http.Request) ([]tenon.Operation, error) {
	list, _, err := s.ops.List(r.Context(), viewer(r), store.OperationQuery{State: tenon.Running, Page: tenon.Page{Limit: maxRunning}})
	return list, err
}

// idWords names operations with commas between.
func idWords(running []tenon.Operation) string {
	words := make([]string, len(running))
	for i := range running {
		words[i] = running[i].ID.String()
	}
	return strings.Join(words, ",")
}

// workState is what a page is told: what runs, and how far it is.
type workState struct {
	Running int        `json:"running"`
	Work    []workLine `json:"work"`
}

type workLine struct {
	ID    tenon.OperationID `json:"id"`
	Done  int64             `json:"done"`
	Total int64             `json:"total"`
	Words string            `json:"words"`
}

func (s *server) workState(ctx context.Context, running []tenon.Operation) workState {
	st := workState{Running: len(running), Work: []workLine{}}
	now := s.now()
	for i := range running {
		op := &running[i]
		st.Work = append(st.Work, workLine{op.ID, op.Done, op.Total, progressWords(ctx, op, now)})
	}
	return st
}

// workPoll answers once, where events do not get through.
func (s *server) workPoll(w http.ResponseWriter, r *http.Request) error {
	running, err := s.running(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(s.workState(r.Context(), running))
}

const (
	workEvery = time.Second
	// workComment is how often something is sent where nothing happens, so that
	// nothing between takes the line for dead. The session is looked at as often.
	workComment = 15
)

// workEvents tells how the running work is getting on, until nothing runs any
// more: "work" with the state where it has changed, "idle" at the end.
func (s *server) workEvents(w http.ResponseWriter, r *http.Request) error {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies that collect answers pass this one on
	e := &eventWriter{w: w, flush: rc.Flush}
	tick := time.NewTicker(s.workEvery)
	defer tick.Stop()
	last := ""
	for n := 1; ; n++ {
		running, err := s.running(r)
		if err != nil {
			return s.cutShort(r, err)
		}
		text, err := json.Marshal(s.workState(r.Context(), running))
		if err != nil {
			return err
		}
		switch {
		case len(running) == 0:
			return s.cutShort(r, e.send("idle", string(text)))
		case string(text) != last:
			last = string(text)
			err = e.send("work", last)
		case n%workComment == 0:
			err = e.comment()
		}
		if err == nil && n%workComment == 0 {
			_, err = s.session(r)
		}
		if err != nil {
			return s.cutShort(r, err)
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.closing:
			return nil
		case <-tick.C:
		}
	}
}

// cutShort notes an error after the head was sent: there is no page to show it
// on, and the browser comes again by itself.
func (s *server) cutShort(r *http.Request, err error) error {
	httpkit.InfoOf(r.Context()).Err = err
	return nil
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w     http.ResponseWriter
	flush func() error
	id    int
}

func (e *eventWriter) send(event, data string) error {
	e.id++
	if _, err := fmt.Fprintf(e.w, "id: %d\nevent: %s\ndata: %s\n\n", e.id, event, data); err != nil {
		return err
	}
	return e.sent()
}

// sent passes on what was written, where the writer below holds it back.
func (e *eventWriter) sent() error {
	if err := e.flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

func (e *eventWriter) comment() error {
	if _, err := fmt.Fprint(e.w, ": still here\n\n"); err != nil {
		return err
	}
	return e.sent()
}

// followCookie names the operations that this browser has seen running and that
// its person began: the first page after their end says how they ended.
const followCookie = "tenon_follow"

// followed reads the cookie. What is in it is only looked up, under the rights
// of whoever asks.
func followed(r *http.Request) []tenon.OperationID {
	c, err := r.Cookie(followCookie)
	if err != nil {
		return nil
	}
	var out []tenon.OperationID
	for text := range strings.SplitSeq(c.Value, ".") {
		if id := tenon.ParseID(text); id != 0 && len(out) < maxRunning {
			out = append(out, tenon.OperationID(id))
		}
	}
	return out
}

// follow keeps in the cookie what of the running work is the viewer's, and
// returns a line for each of theirs that has ended since. The page of such an
// operation says it itself.
func (s *server) follow(w http.ResponseWriter, r *http.Request, running []tenon.Operation) ([]templ.Component, error) {
	v := viewer(r)
	was := followed(r)
	var now []tenon.OperationID
	for _, op := range running {
		if op.By == v.User && v.User != 0 {
			now = append(now, op.ID)
		}
	}
	slices.Sort(now)
	var out []templ.Component
	for _, id := range was {
		if slices.ContainsFunc(running, func(op tenon.Operation) bool { return op.ID == id }) {
			continue
		}
		op, err := s.ops.Get(r.Context(), v, id)
		if tenon.CodeOf(err) == tenon.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.URL.Path != operationPath(id) {
			out = append(out, endNote(r.Context(), op).draw())
		}
	}
	if !slices.Equal(was, now) && r.Method == http.MethodGet {
		c := &http.Cookie{Name: followCookie, Path: "/", MaxAge: 86400, HttpOnly: true, Secure: httpkit.InfoOf(r.Context()).Secure, SameSite: http.SameSiteLaxMode}
		words := make([]string, len(now))
		for i, id := range now {
			words[i] = id.String()
		}
		if c.Value = strings.Join(words, "."); c.Value == "" {
			c.MaxAge = -1
		}
		http.SetCookie(w, c)
	}
	return out, nil
}

// endNote says how an operation ended, and leads to its receipt.
func endNote(ctx context.Context, op *tenon.Operation) *note {
	n := &note{Text: say.Phrase(ctx, op.Sentence()), Href: operationPath(op.ID), Link: say.Text(ctx, "Receipt")}
	if op.State == tenon.Failed {
		n.Tone, n.Text = ui.Bad, say.Textf(ctx, "%s: failed. %s", op.Title, op.Error)
	} else if op.Cancelled() {
		n.Tone = ui.Warn
	}
	return n
}

// workNotices are the lines about what has ended since the page was loaded.
func (s *server) workNotices(w http.ResponseWriter, r *http.Request) error {
	running, err := s.running(r)
	if err != nil {
		return err
	}
	notices, err := s.follow(w, r, running)
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, each(notices))
}

// progressWords say how far it is, how long it has taken and, once that can be
// told, how long it will.
func progressWords(ctx context.Context, op *tenon.Operation, now time.Time) string {
	passed := max(now.Sub(op.CreatedAt), 0)
	words := say.Textf(ctx, "%s so far", ui.Number(op.Done))
	if op.Total > 0 {
		words = say.Textf(ctx, "%s of %s · %s %%", ui.Number(op.Done), ui.Number(op.Total), strconv.FormatInt(op.Done*100/op.Total, 10))
	}
	words += " · " + duration(ctx, passed)
	if op.Done > 0 && op.Done < op.Total && passed > 2*time.Second {
		left := time.Duration(float64(passed) / float64(op.Done) * float64(op.Total-op.Done))
		words += say.Textf(ctx, ", about %s left", duration(ctx, left))
	}
	if op.Cancelled() {
		return say.Textf(ctx, "%s · being cancelled", words)
	}
	return words + " · " + lower(say.Text(ctx, ui.TextSafeToLeave))
}

// duration says how long, as people do: "12 s", "3 min", "2 h 5 min".
func duration(ctx context.Context, d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 600 && s%60 != 0:
		return say.Textf(ctx, "%d min %d s", s/60, s%60)
	case s < 3600:
		return say.Textf(ctx, "%d min", s/60)
	default:
		return say.Textf(ctx, "%d h %d min", s/3600, s%3600/60)
	}
}
