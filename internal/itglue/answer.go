package itglue

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tenonhq/tenon/internal/httpkit"
)

// members is a JSON object whose members keep their order.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (m members) MarshalJSON() ([]byte, error) { return appendValue(nil, m), nil }

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string. Lists of a thousand records spend most of
// their time here, so that it does not go through reflection.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\':
			i++
			continue
		case c < utf8.RuneSelf:
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(append(b, s[from:i]...), `\ufffd`...)
			from = i + n
		}
		i += n
	}
	return append(append(b, s[from:]...), '"')
}

// appendValue writes a value as JSON.
func appendValue(b []byte, x any) []byte {
	switch x := x.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendText(b, x)
	case bool:
		return strconv.AppendBool(b, x)
	case int:
		return strconv.AppendInt(b, int64(x), 10)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case time.Time:
		return appendText(b, x.UTC().Format(momentForm))
	case members:
		b = append(b, '{')
		for i, m := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.name), ':')
			b = appendValue(b, m.value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, y := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, y)
		}
		return append(b, ']')
	case []members:
		b = append(b, '[')
		for i, y := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, y)
		}
		return append(b, ']')
	}
	j, err := json.Marshal(x)
	if err != nil {
		panic("itglue: a value that cannot be written: " + err.Error())
	}
	return append(b, j...)
}

// momentForm is how an instant is written.
const momentForm = "2006-01-02T15:04:05.000Z"

// contentType is what every answer of this API is.
const contentType = "application/vnd.api+json"

func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	// Clients that are not told read every answer as Latin-1.
	w.Header().Set("Content-Type", contentType+"; charset=utf-8")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil {
		httpkit.InfoOf(r.Context()).Err = err // the client went away
	}
}

// file is an answer that is a file.
type file struct {
	name, contentType string
	size              int64
	content           io.ReadCloser
}

func (f *file) write(w http.ResponseWriter, r *http.Request) {
	info := httpkit.InfoOf(r.Context())
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(f.size, 10))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	_, err := io.Copy(w, f.content)
	info.Err = errors.Join(err, f.content.Close())
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
