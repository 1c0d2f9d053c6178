package web

import (
	"bytes"
	"crypto/sha256"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"
)

// A form that is sent twice at once, by a double click or by a key held down,
// has one effect: the second is answered as the first was. Scripts prevent it
// too; this is for when they are off, or late.
const (
	// twiceWithin is how soon after the first the second counts as the same.
	// Whoever means it sends no form twice within a second.
	twiceWithin = time.Second
	// maxTwice is how large a form may be that is looked at: larger ones are
	// files, which nobody sends by a double click.
	maxTwice = 1 << 20
	// maxSubmits is how many sessions are remembered before the old are dropped.
	maxSubmits = 1024
)

// submits remembers the last form of each session.
type submits struct {
	mu   sync.Mutex
	last map[string]*submit
}

type submit struct {
	form [sha256.Size]byte
	at   time.Time
	done chan struct{} // closed once answered
	// header says where the answer leads, with the note that it leaves. Only
	// answers that lead on are repeated: all others have changed nothing.
	header http.Header
}

// leads records an answer on its way.
type leads struct {
	http.ResponseWriter
	status int
}

func (l *leads) WriteHeader(status int) {
	if l.status == 0 {
		l.status = status
	}
	l.ResponseWriter.WriteHeader(status)
}

func (l *leads) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// once lets handle answer, unless the same form of this session was or is being
// answered.
func (g *submits) once(w http.ResponseWriter, r *http.Request, session string, now time.Time, handle func(http.ResponseWriter)) {
	form, ok := formOf(r)
	if !ok {
		handle(w)
		return
	}
	for {
		mine, other := g.enter(session, form, now)
		if other == nil {
			l := &leads{ResponseWriter: w}
			defer func() { // also after a panic
				if l.status == http.StatusSeeOther {
					mine.header = w.Header().Clone()
				} else {
					g.forget(session, mine)
				}
				close(mine.done)
			}()
			handle(l)
			return
		}
		select {
		case <-other.done:
		case <-r.Context().Done():
			return
		}
		if other.header != nil {
			for _, name := range []string{"Location", "Set-Cookie"} {
				w.Header()[name] = other.header[name]
			}
			w.WriteHeader(http.StatusSeeOther)
			return
		}
	}
}

// enter returns the submit of this form that is there, or makes one.
func (g *submits) enter(session string, form [sha256.Size]byte, now time.Time) (mine, other *submit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.last[session]; s != nil && s.form == form && now.Sub(s.at) < twiceWithin {
		return nil, s
	}
	if len(g.last) >= maxSubmits {
		for name, s := range g.last {
			if now.Sub(s.at) >= twiceWithin {
				delete(g.last, name)
			}
		}
	}
	mine = &submit{form: form, at: now, done: make(chan struct{})}
	g.last[session] = mine
	return mine, nil
}

func (g *submits) forget(session string, s *submit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last[session] == s {
		delete(g.last, session)
	}
}

// formOf is the hash of a form and its address. The body is there to be read
// again. A form of several parts has a line between them that is another each
// time, and does not count.
func formOf(r *http.Request) (sum [sha256.Size]byte, ok bool) {
	if r.ContentLength < 0 || r.ContentLength > maxTwice {
		return sum, false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = &again{Reader: io.MultiReader(bytes.NewReader(body), &failed{err}), Closer: r.Body}
	if err != nil {
		return sum, false
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && params["boundary"] != "" {
		body = bytes.ReplaceAll(body, []byte(params["boundary"]), nil)
	}
	h := sha256.New()
	for _, part := range [][]byte{[]byte(r.URL.RequestURI()), []byte(kind), body} {
		h.Write(part)
		h.Write([]byte{0})
	}
	h.Sum(sum[:0])
	return sum, true
}

// again is a body that was read, to be read as if it had not been.
type again struct {
	io.Reader
	io.Closer
}

// failed ends a body as it ended when it was read first.
type failed struct{ err error }

func (f *failed) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
