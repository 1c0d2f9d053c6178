// Package docs embeds the pages of this folder that the product itself shows:
// the short guides of help/, a folder for each language, and the references for
// those who want to know all of it. There is no other text of the help.
package docs

import (
	"embed"
	"slices"
	"strings"
)

//go:embed help/en/*.md
//go:embed api.md documents.md exports.md itglue-api.md merging.md moving-in.md people.md rights.md search.md settings.md
var files embed.FS

// guides are the pages of help/, in the order of the index.
var guides = []string{"finding", "organizations", "merging", "deleting", "duplicates", "passwords", "documents", "flexible-assets",
	"moving-in", "exports", "rights", "expirations", "api"}

// references are the pages of this folder that users read.
var references = []string{"search", "merging", "documents", "moving-in", "exports", "rights", "people", "settings", "api", "itglue-api"}

// Page is one page.
type Page struct {
	Slug      string
	Reference bool
	Title     string
	Markdown  string // without the title
}

// Guide returns the guide of that name, or nil.
func Guide(slug string) *Page {
	if !slices.Contains(guides, slug) {
		return nil
	}
	return read("help/en/"+slug+".md", slug, false)
}

// Reference returns the reference of that name, or nil.
func Reference(slug string) *Page {
	if !slices.Contains(references, slug) {
		return nil
	}
	return read(slug+".md", slug, true)
}

// All returns all pages, the guides first.
func All() []*Page {
	var out []*Page
	for _, slug := range guides {
		out = append(out, Guide(slug))
	}
	for _, slug := range references {
		out = append(out, Reference(slug))
	}
	return out
}

func read(path, slug string, reference bool) *Page {
	text, err := files.ReadFile(path)
	if err != nil {
		return nil
	}
	head, body, _ := strings.Cut(string(text), "\n")
	return &Page{Slug: slug, Reference: reference, Title: strings.TrimPrefix(head, "# "), Markdown: body}
}

// Path is where the product shows a page.
func (p *Page) Path() string {
	if p.Reference {
		return "/help/reference/" + p.Slug
	}
	return "/help/" + p.Slug
}

// LinkTo is where a link of this page leads in the product: "" where it leads
// to what the product does not show.
func (p *Page) LinkTo(target string) string {
	target, part, _ := strings.Cut(target, "#")
	if part != "" {
		part = "#" + part
	}
	slug := strings.TrimSuffix(target, ".md")
	switch {
	case target == "":
		return part
	case strings.HasPrefix(target, "/") || strings.Contains(target, "://"):
		return target + part
	case strings.HasPrefix(slug, "../../"):
		slug, p = strings.TrimPrefix(slug, "../../"), &Page{Reference: true}
	}
	if strings.Contains(slug, "/") {
		return ""
	}
	to := Guide(slug)
	if p.Reference {
		to = Reference(slug)
	}
	if to == nil {
		return ""
	}
	return to.Path() + part
}
