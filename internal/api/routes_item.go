package api

import (
	"strings"

	"github.com/tenonhq/tenon"
)

// of binds a handler to a kind.
func of(info *tenon.KindInfo, h func(*server, *request, *tenon.KindInfo) (answer, error)) func(*server, *request) (answer, error) {
	return func(s *server, r *request) (answer, error) { return h(s, r, info) }
}

// ofPart binds a handler to a list that hangs on items of a kind.
func ofPart(info *tenon.KindInfo, p *tenon.PartInfo, h func(*server, *request, *tenon.KindInfo, *tenon.PartInfo) (answer, error)) func(*server, *request) (answer, error) {
	return func(s *server, r *request) (answer, error) { return h(s, r, info, p) }
}

// typeName is the name of a kind's schema: "password_folder" is PasswordFolder.
func typeName(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// kindRoutes are the routes that every kind of item has.
func kindRoutes() []route {
	var out []route
	for i := range tenon.Kinds {
		info := &tenon.Kinds[i]
		all, one, name := prefix+info.Plural, prefix+info.Plural+"/{item}", typeName(info.Name)
		label, labels := strings.ToLower(info.Label), strings.ToLower(info.Labels)
		out = append(out,
			route{method: get, path: all, need: tenon.ViewRecords, handle: of(info, (*server).itemList), out: "[]" + name, summary: "List " + labels, query: itemParams(info)},
			route{method: post, path: all, need: tenon.CreateItems, handle: of(info, (*server).itemCreate), in: name + "Change", out: name, summary: "Create a " + label},
			route{method: get, path: one, need: tenon.ViewRecords, handle: of(info, (*server).itemGet), out: name, summary: "Read a " + label},
			route{method: patch, path: one, need: tenon.EditItems, handle: of(info, (*server).itemUpdate), in: name + "Change", out: name, summary: "Change a " + label},
		)
		for k := range info.Parts {
			out = append(out, partRoutes(info, &info.Parts[k], one)...)
		}
	}
	return out
}

func partRoutes(info *tenon.KindInfo, p *tenon.PartInfo, one string) []route {
	all, part, name := one+"/"+p.Plural, one+"/"+p.Plural+"/{part}", typeName(info.Name)+typeName(p.Name)
	label := strings.ToLower(p.Label)
	out := []route{
		{method: get, path: all, need: tenon.ViewRecords, handle: ofPart(info, p, (*server).partList), out: "[]" + name, summary: "List " + p.Plural},
		{method: post, path: all, need: tenon.EditItems, handle: ofPart(info, p, (*server).partCreate), in: name + "Change", out: name, summary: "Add a " + label},
	}
	if p.Append {
		return out
	}
	return append(out,
		route{method: patch, path: part, need: tenon.EditItems, handle: ofPart(info, p, (*server).partUpdate), in: name + "Change", out: name, summary: "Change a " + label},
		route{method: remove, path: part, need: tenon.EditItems, handle: ofPart(info, p, (*server).partRemove), summary: "Remove a " + label},
	)
}
