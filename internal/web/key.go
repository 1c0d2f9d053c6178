package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// selfKeys is the page of the keys by which programs act as oneself.
func (s *server) selfKeys(w http.ResponseWriter, r *http.Request) error {
	return s.showSelfKeys(w, r, http.StatusOK, emptyForm(), nil)
}

// madeKey is a key that was just made: it is shown once.
type madeKey struct {
	*tenon.APIKey
	key string
}

func (s *server) showSelfKeys(w http.ResponseWriter, r *http.Request, status int, f *form, made *madeKey) error {
	v := viewer(r)
	keys, err := s.core.Keys(r.Context(), v, v.User)
	if err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), "Your API keys"), Section: "self"}, selfKeysContent(v, keys, f, made, s.now()))
}

// keyLives are the lives that a key can be given, in days.
var keyLives = []string{"30", "90", "365", "0"}

func (s *server) keyCreate(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	days, err := f.number("days")
	if err != nil {
		return err
	}
	var ends time.Time
	if days > 0 {
		ends = s.now().UTC().Add(time.Duration(days) * 24 * time.Hour)
	}
	key, k, err := s.core.CreateKeyUntil(r.Context(), v, v.User, f.text("name"), f.yes("passwords"), ends)
	if err != nil {
		if f.keep(r.Context(), err) {
			return s.showSelfKeys(w, r, http.StatusUnprocessableEntity, f, nil)
		}
		return err
	}
	return s.showSelfKeys(w, r, http.StatusOK, emptyForm(), &madeKey{k, key.Reveal()})
}

// keyRevoke ends a key: one's own, or that of somebody else by an administrator.
func (s *server) keyRevoke(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID[tenon.UserID](r, "key")
	if err != nil {
		return err
	}
	if err := s.core.RevokeKey(r.Context(), viewer(r), int64(id)); err != nil {
		return err
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The key was revoked. What used it is refused from now on.")})
	return redirect(w, r, keysBack(refererPath(r)))
}

// keysBack is the page with keys that the form was sent from.
func keysBack(from string) string {
	if path := localPath(from); path != "/" {
		return path
	}
	return "/self/keys"
}

// keys lists all API keys of the account, for administrators.
func (s *server) keys(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageKeys); err != nil {
		return err
	}
	keys, err := s.core.Keys(r.Context(), v, 0)
	if err != nil {
		return err
	}
	owners := map[tenon.UserID]string{}
	var wanted []int64
	for _, k := range keys {
		wanted = append(wanted, int64(k.User))
	}
	err = s.read(r, func(tx *store.Tx) error {
		names, err := tx.SystemNames("user", wanted)
		for id, name := range names {
			owners[tenon.UserID(id)] = name
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextAPIKeys), Section: "account"}, keysPageContent(keys, owners, v, s.now()))
}

// shownKeys is how many keys a page lists.
const shownKeys = 100

// keysShown puts the keys that work first, and leaves out what is too many.
func keysShown(ctx context.Context, keys []tenon.APIKey, now time.Time) []tenon.APIKey {
	out := slices.Clone(keys)
	slices.SortStableFunc(out, func(a, b tenon.APIKey) int { return strings.Compare(keyState(ctx, &a, now), keyState(ctx, &b, now)) })
	return out[:min(len(out), shownKeys)]
}

// working counts the keys that are neither revoked nor expired.
func working(ctx context.Context, keys []tenon.APIKey, now time.Time) (n int) {
	for i := range keys {
		if keyState(ctx, &keys[i], now) == "" {
			n++
		}
	}
	return n
}

// keyState says why a key does not work, "" where it does.
func keyState(ctx context.Context, k *tenon.APIKey, now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return say.Text(ctx, "Revoked")
	case !k.EndsAt.IsZero() && !k.EndsAt.After(now):
		return say.Text(ctx, "Expired")
	}
	return ""
}
