package tenon

import (
	"fmt"
	"strings"
)

// Format puts arguments into a text as fmt.Sprintf does, and makes one full stop
// of two: "It was merged into %s." with "Acme Inc." ends as a sentence does.
func Format(text string, args ...any) string {
	if own := oneStop(text, args); own != text {
		return fmt.Sprintf(own, args...)
	}
	return fmt.Sprintf(text, args...)
}

// oneStop leaves out of a text the full stops that its arguments bring along.
func oneStop(text string, args []any) string {
	var out strings.Builder
	kept, next := 0, 0 // how far text is in out; which argument is the next
	for at := 0; at+1 < len(text); at++ {
		if text[at] != '%' {
			continue
		}
		at++
		if text[at] == '%' {
			continue
		}
		if n := 0; text[at] == '[' {
			size := strings.IndexByte(text[at:], ']') + 1
			if _, err := fmt.Sscanf(text[at:], "[%d]", &n); err != nil || n < 1 || at+size >= len(text) {
				return text // fmt says what is wrong with it
			}
			next, at = n-1, at+size
		}
		if text[at] == 's' && endsSentence(text[at+1:]) && next < len(args) && bringsStop(args[next]) {
			out.WriteString(text[kept : at+1])
			kept = at + 2
		}
		next++
	}
	if kept == 0 {
		return text
	}
	return out.String() + text[kept:]
}

// endsSentence tells whether a full stop is next, and not an ellipsis or the
// dot of something else.
func endsSentence(rest string) bool {
	return rest == "." || strings.HasPrefix(rest, ". ")
}

func bringsStop(arg any) bool {
	said := ""
	switch x := arg.(type) {
	case string:
		said = x
	case Phrase:
		said = x.String()
	case List:
		said = x.String()
	}
	return strings.HasSuffix(said, ".") && !strings.HasSuffix(said, "..")
}
