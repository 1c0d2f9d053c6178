package tenon

import "strconv"

// Figure writes a number for people: 1284 is "1,284".
func Figure[N ~int | ~int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	sign := ""
	if text[0] == '-' {
		sign, text = "−", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// Plural chooses the word for a number: "item" for 1, "items" for any other.
func Plural[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Counted writes a number with its thing: "1 item", "1,284 items".
func Counted[N ~int | ~int64](n N, one, many string) string {
	return Figure(n) + " " + Plural(n, one, many)
}

// CountsByName names kinds by their plural, and adds "items" for those that
// are not mere folders.
func CountsByName(counts map[Kind]int64) map[string]int64 {
	out := map[string]int64{"items": 0}
	for k, n := range counts {
		info := k.Info()
		if info == nil {
			continue
		}
		out[info.Plural] += n
		if !info.Folder {
			out["items"] += n
		}
	}
	return out
}
