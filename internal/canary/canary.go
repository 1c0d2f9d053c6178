// Package canary looks for secrets where they do not belong.
//
// Its test plants secrets of every sort in a running installation, as people,
// scripts and mistakes do: typed into forms, sent to the API, imported from a
// file, in a request that is refused. Then it searches everything that stays
// behind for each of them: the data directory or every row of the database, the
// logs, the temporary files, the backup and what it unpacks to, the arguments of
// the processes. A secret may lie about in other clothes than it came in, so it
// is searched for in each of Forms.
package canary

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Secret is something planted.
type Secret struct {
	Name, Value string
	// Home is the one file, by its name, in which it belongs; "" for none.
	Home string
}

// Find is a secret where it does not belong.
type Find struct{ Secret, Form, Where string }

func (f Find) String() string { return fmt.Sprintf("%s, as %s, in %s", f.Secret, f.Form, f.Where) }

// form is one way in which a secret may be written down.
type form struct {
	name string
	text []byte
}

// minForm is the shortest text worth a search: what is shorter is found by chance.
const minForm = 8

// Forms are the ways in which a secret may be written down. Inside a longer text
// in base64 it looks one of three ways, by where it begins.
func Forms(value string) []form {
	raw := []byte(value)
	out := []form{{"plain text", raw}}
	add := func(name string, text string) {
		known := slices.ContainsFunc(out, func(f form) bool { return string(f.text) == text })
		if len(text) >= minForm && !known {
			out = append(out, form{name, []byte(text)})
		}
	}
	add("hex", hex.EncodeToString(raw))
	add("upper-case hex", strings.ToUpper(hex.EncodeToString(raw)))
	for before := range 3 {
		for name, coding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 of addresses": base64.RawURLEncoding} {
			text := coding.EncodeToString(append(make([]byte, before), raw...))
			// The first letters depend on what stands before, the last on what follows.
			first, last := (before*8+5)/6, (before+len(raw))*8/6
			add(name, text[first:last])
		}
	}
	add("part of an address", url.QueryEscape(value))
	add("part of a path", url.PathEscape(value))
	add("HTML", html.EscapeString(value))
	quoted, err := json.Marshal(value)
	if err == nil {
		add("JSON", strings.Trim(string(quoted), `"`))
	}
	add("quoted text", strings.Trim(fmt.Sprintf("%q", value), `"`))
	if seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(value); err == nil {
		add("the bytes of a seed", string(seed))
	}
	return out
}

// Hunt searches texts for secrets.
type Hunt struct {
	forms map[Secret][]form
	finds []Find
	// homes are the secrets that were found where they belong.
	homes map[string]bool
}

// NewHunt prepares a search for these secrets.
func NewHunt(secrets []Secret) *Hunt {
	h := &Hunt{forms: map[Secret][]form{}, homes: map[string]bool{}}
	for _, s := range secrets {
		h.forms[s] = Forms(s.Value)
	}
	return h
}

// Look searches one text. Where is said of a find; base is the name of the file,
// by which a secret is at home.
func (h *Hunt) Look(where, base string, text []byte) {
	for s, forms := range h.forms {
		for _, f := range forms {
			if !bytes.Contains(text, f.text) {
				continue
			}
			if s.Home != "" && s.Home == base {
				h.homes[s.Name] = true
				continue
			}
			h.finds = append(h.finds, Find{s.Name, f.name, where})
		}
	}
}

// LookBelow searches every file below a folder.
func (h *Hunt) LookBelow(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h.Look(path, d.Name(), text)
		return nil
	})
}

// Finds are the secrets that lie where they do not belong.
func (h *Hunt) Finds() []Find { return h.finds }

// AtHome tells whether the secret of that name was found where it belongs: proof
// that the search finds what is there.
func (h *Hunt) AtHome(name string) bool { return h.homes[name] }
