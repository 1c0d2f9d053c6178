package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// running writes an operation of somebody that is under way, and returns the
// functions that move it on and end it.
func (s *site) running(by tenon.UserID, title string) (id tenon.OperationID, progress func(done int64), end func()) {
	s.t.Helper()
	var attempt int64
	op := &tenon.Operation{Kind: "import", State: tenon.Running, Title: tenon.Say("%s", title), By: by, ByName: "Avery Quill", Total: 400}
	write := func(fn func(tx *store.Tx) error) {
		s.t.Helper()
		s.must(s.core.Store().Write(context.Background(), fn))
	}
	write(func(tx *store.Tx) error {
		n, err := tx.NewID()
		if err != nil {
			return err
		}
		op.ID = tenon.OperationID(n)
		if err := tx.InsertOperation(op, nil); err != nil {
			return err
		}
		attempt, _, err = tx.BeginAttempt(op.ID)
		return err
	})
	progress = func(done int64) {
		write(func(tx *store.Tx) error { return tx.SaveChunk(op.ID, attempt, store.Chunk{Done: done, Total: 400}) })
	}
	end = func() {
		write(func(tx *store.Tx) error {
			op.State, op.Title, op.DoneAt = tenon.Finished, tenon.Say("%s", title+", done"), tx.Now()
			return tx.FinishOperation(op, nil)
		})
	}
	return op.ID, progress, end
}

// listener reads the events of running work.
type listener struct {
	s    *site
	text *bufio.Scanner
}

func (s *site) listen() *listener {
	s.t.Helper()
	resp, err := s.client.Get(s.server.URL + "/running/events")
	s.must(err)
	s.t.Cleanup(func() { s.must(resp.Body.Close()) })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("the events are answered with %d %s", resp.StatusCode, resp.Header)
	}
	return &listener{s, bufio.NewScanner(resp.Body)}
}

// next returns the next event, "work" or "idle", and its data; "" at the end.
func (l *listener) next() (event, data string) {
	for l.text.Scan() {
		line := l.text.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			event = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimPrefix(line, "data: ")
		case line == "" && event != "":
			return event, data
		}
	}
	return "", ""
}

// until reads events until one says the word.
func (l *listener) until(event, word string) {
	l.s.t.Helper()
	for {
		e, data := l.next()
		if e == "" {
			l.s.t.Fatalf("the events ended before %s %s", event, word)
		}
		if e == event && strings.Contains(data, word) {
			return
		}
	}
}

// me is the person who is signed in at the site.
func (s *site) me() tenon.UserID {
	s.t.Helper()
	page, _, err := s.core.Users(context.Background(), s.root, store.UserQuery{Search: "avery"})
	s.must(err)
	return page[0].ID
}

func TestRunningWorkIsFollowed(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		if e, data := s.listen().next(); e != "idle" || !strings.Contains(data, `"running":0`) {
			t.Errorf("where nothing runs the events say %s %s", e, data)
		}
		id, progress, end := s.running(s.me(), "Importing clients.csv")
		l := s.listen()
		l.until("work", `"id":`+id.String())
		progress(100)
		l.until("work", "100 of 400 · 25 %")
		s.want(s.get("/running/state"), 200, `"done":100`, "safe to leave")
		s.want(s.get("/organizations"), 200, `data-work="`+id.String()+`"`)
		s.want(s.get("/operations"), 200, `data-progress="`+id.String()+`"`, `<noscript><meta http-equiv="refresh"`)
		s.want(s.get(operationAddress(id)), 200, `data-progress="`+id.String()+`"`, `<noscript><meta http-equiv="refresh"`)
		end()
		l.until("idle", `"work":[]`)
		if e, _ := l.next(); e != "" {
			t.Errorf("after the end there is a %s", e)
		}
		// Wherever they are by then, and once.
		s.want(s.get("/trash"), 200, "Importing clients.csv, done.", operationAddress(id))
		if a := s.get("/trash"); strings.Contains(a.body, "clients.csv") {
			t.Error("the end is told twice")
		}
	})
}

func TestTheEndOfWorkIsForWhoeverBeganIt(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, s *site) {
		s.setUp()
		_, _, end := s.running(s.me()+1000, "Importing others.csv")
		s.want(s.get("/organizations"), 200, "data-work")
		end()
		if a := s.get("/organizations"); strings.Contains(a.body, "others.csv") {
			t.Error("somebody is told of the end of what another began")
		}
		id, _, end := s.running(s.me(), "Importing mine.csv")
		s.want(s.get("/organizations"), 200, "data-work")
		end()
		a := s.get("/running/notices")
		s.want(a, 200, "mine.csv, done.", operationAddress(id))
		if strings.Contains(a.body, "<html") {
			t.Error("the lines come with a page around them")
		}
		if a := s.get("/organizations"); strings.Contains(a.body, "mine.csv") {
			t.Error("the end is told twice")
		}
	})
}

func operationAddress(id tenon.OperationID) string { return "/operations/" + id.String() }
