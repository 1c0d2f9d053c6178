package richtext

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The types of section that a document is made of.
const (
	Text    = "Text"
	Heading = "Heading"
	Step    = "Step"
	Gallery = "Gallery"
)

// Section is one part of a document.
type Section struct {
	Type    string
	Content string
	Level   int // of a heading, from 1
	Minutes int // of a step; 0 where it says none
}

// maxLevel is the lowest rank of heading: the page itself has the first of HTML's six.
const maxLevel = 5

var headings = []atom.Atom{atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}

// levelOf returns the level of a heading element, 0 for what is none.
func levelOf(n *html.Node) int {
	for i, h := range headings {
		if n.DataAtom == h {
			return i + 1
		}
	}
	return 0
}

// Join makes the body of a document of its sections: one text, as it is edited.
func Join(sections []Section) string {
	var out []string
	for _, s := range sections {
		if text := s.body(); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n")
}

func (s Section) body() string {
	blocks := tidy(parse(s.Content))
	var box *html.Node
	switch s.Type {
	case Heading:
		level := min(max(s.Level, 1), maxLevel)
		h := heading(element(headings[level-1], blocks...))
		if h == nil {
			return ""
		}
		return render([]*html.Node{h})
	case Step:
		box = element(atom.Div)
		value := ""
		if s.Minutes > 0 {
			value = strconv.Itoa(s.Minutes)
		}
		setAttr(box, stepAttr, value)
	case Gallery:
		box = element(atom.Div)
		setAttr(box, galleryAttr, "")
	default:
		return lines(blocks)
	}
	if box = holding(box, blocks); box == nil {
		return ""
	}
	return render([]*html.Node{box})
}

// Split takes a body apart: each heading, step and gallery is a section, and
// so is each run of what stands between them.
func Split(body string) []Section {
	var out []Section
	var run []*html.Node
	flush := func() {
		if len(run) > 0 {
			out = append(out, Section{Type: Text, Content: lines(run)})
		}
		run = nil
	}
	for _, n := range tidy(parse(body)) {
		level := levelOf(n)
		switch {
		case level > 0:
			flush()
			out = append(out, Section{Type: Heading, Level: level, Content: inner(n)})
		case n.DataAtom == atom.Div && hasAttr(n, stepAttr):
			flush()
			minutes, err := strconv.Atoi(attr(n, stepAttr))
			if err != nil {
				minutes = 0
			}
			out = append(out, Section{Type: Step, Minutes: minutes, Content: lines(kids(n))})
		case n.DataAtom == atom.Div:
			flush()
			out = append(out, Section{Type: Gallery, Content: lines(kids(n))})
		default:
			run = append(run, n)
		}
	}
	flush()
	return out
}
