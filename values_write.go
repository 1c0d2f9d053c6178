package tenon

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON returns the canonical text: the same values give the same bytes.
func (v Values) JSON() string {
	if len(v) == 0 {
		return "{}"
	}
	names := slices.AppendSeq(make([]string, 0, 16), maps.Keys(v))
	slices.Sort(names)
	b := make([]byte, 0, 512)
	for i, name := range names {
		if i == 0 {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = appendValue(b, v[name])
	}
	return string(append(b, '}'))
}

// appendValue writes what most records hold as the library writes it, without
// its looking at types; everything else the library writes.
func appendValue(b []byte, x any) []byte {
	switch x := x.(type) {
	case string:
		return appendText(b, x)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case bool:
		return strconv.AppendBool(b, x)
	}
	text, err := json.Marshal(x)
	if err != nil {
		panic("tenon: values that are not of the fixed types: " + err.Error())
	}
	return append(b, text...)
}

// appendText writes a JSON string.
func appendText(b []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic("tenon: a text that cannot be written: " + err.Error())
	}
	return append(b, text...)
}

// isPlain tells whether the library would write a text as it stands.
func isPlain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}
