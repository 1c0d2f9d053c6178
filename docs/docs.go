// Package docs embeds the pages of this folder that the product itself shows:
// the short guides of help/, a folder for each language, and the references for
// those who want to know all of it. There is no other text of the help. Another
// language is another folder, named by its tag; a guide that it lacks is read in
// English, as all references are.
package docs

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed help/*/*.md
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
	Language  string // the tag of the language that it is written in
}

// english is the language that every page is there in.
const english = "en"

// Guide returns the guide of that name, or nil: in the language of that tag,
// such as "pt-BR", in that of its first part, or in English.
func Guide(slug, language string) *Page { return guide(files, slug, language) }

func guide(from fs.FS, slug, language string) *Page {
	if !slices.Contains(guides, slug) {
		return nil
	}
	wider, _, _ := strings.Cut(language, "-")
	for _, folder := range []string{language, wider} {
		if p := read(from, path.Join("help", folder, slug+".md"), slug); p != nil && folder != "" {
			p.Language = folder
			return p
		}
	}
	return read(from, path.Join("help", english, slug+".md"), slug)
}

// Reference returns the reference of that name, or nil.
func Reference(slug string) *Page {
	if !slices.Contains(references, slug) {
		return nil
	}
	p := read(files, slug+".md", slug)
	if p != nil {
		p.Reference = true
	}
	return p
}

// All returns all pages, the guides first and in that language.
func All(language string) []*Page {
	var out []*Page
	for _, slug := range guides {
		out = append(out, Guide(slug, language))
	}
	for _, slug := range references {
		out = append(out, Reference(slug))
	}
	return out
}

func read(from fs.FS, name, slug string) *Page {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return nil
	}
	head, body, _ := strings.Cut(string(text), "\n")
	return &Page{Slug: slug, Language: english, Title: strings.TrimPrefix(head, "# "), Markdown: body}
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
	to := Guide(slug, english)
	if p.Reference {
		to = Reference(slug)
	}
	if to == nil {
		return ""
	}
	return to.Path() + part
}
