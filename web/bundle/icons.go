package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// iconSprite returns one SVG with a symbol for each icon that the list names
// and the folder has, and nil where there is no list. A page shows one with
// <svg class="icon"><use href="/assets/icons-HASH.svg#building"/></svg>.
// A line is a name, "building", or for a filled one "filled/star"; it becomes
// the symbol's id with the slash as a hyphen. # starts a comment.
func iconSprite(list, folder string) ([]byte, error) {
	text, err := os.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "#")
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		symbol, err := iconSymbol(folder, name)
		if err != nil {
			return nil, err
		}
		b.WriteString(symbol)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

// iconSymbol reads one icon and returns its drawing as a symbol.
func iconSymbol(folder, name string) (string, error) {
	file := name
	paint := `fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"`
	if strings.HasPrefix(name, "filled/") {
		paint = `fill="currentColor"`
	} else {
		file = "outline/" + name
	}
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(file)+".svg"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: there is no icon %q", iconList, name)
	}
	if err != nil {
		return "", err
	}
	_, svg, _ := strings.Cut(string(text), "<svg")
	_, drawing, opened := strings.Cut(svg, ">")
	drawing, _, closed := strings.Cut(drawing, "</svg>")
	if !opened || !closed {
		return "", fmt.Errorf("icon %q is not an SVG", name)
	}
	return fmt.Sprintf(`<symbol id="%s" viewBox="0 0 24 24" %s>%s</symbol>`,
		strings.ReplaceAll(name, "/", "-"), paint, strings.Join(strings.Fields(drawing), " ")), nil
}
