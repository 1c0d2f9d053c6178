package itglue

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
)

func passwords() *resource {
	shown := made(text, "password", func(v *view, r *record) any {
		if s, ok := v.revealed[r.id]; ok {
			return s
		}
		return nil
	})
	shown.write = true
	shown.when = func(v *view) bool { return v.revealed != nil }
	return &resource{
		path: "passwords", label: "Password", schema: tenon.Password.Info().Fields,
		about: "Passwords, general ones and those embedded in other records. Lists never carry a value.",
		verbs: canAll, parents: underOrganization(canAll), prepare: preparePasswords,
		src: itemSource{kind: tenon.Password, finish: finishPassword}, versioned: true,
		attrs: attrs(organizationAttrs(), itemAttrs(), []attribute{
			must(text, "name"), rw(text, "autofill-selectors"), rw(text, "username"), shown,
			{name: "otp-secret", form: text, write: true, get: nothing},
			made(flag, "otp-enabled", func(_ *view, r *record) any { return slices.Contains(r.item().Secrets, "otp_secret") }), rw(text, "url"), rw(text, "notes"),
			ro(moment, "password-updated-at"), none(text, "updated-by"),
			rw(id, "resource-id"),
			made(text, "resource-type", func(v *view, r *record) any {
				return v.embeddedIn(r, func(i *tenon.Item) string { return kebab(i.Kind.Info().Plural) })
			}),
			made(text, "cached-resource-type-name", func(v *view, r *record) any {
				return v.embeddedIn(r, func(i *tenon.Item) string { return resourceWord[i.Kind] })
			}),
			made(text, "cached-resource-name", func(v *view, r *record) any { return v.embeddedIn(r, func(i *tenon.Item) string { return i.Name }) }),
			rw(id, "password-category-id"), named("password-category-name", "password_category_id"),
			rw(id, "password-folder-id"), none(id, "vault-id"),
			made(text, "parent-url", func(v *view, r *record) any {
				if n := r.values.ID("resource_id"); n != 0 {
					return v.r.s.url() + "/items/" + tenon.ItemID(n).String()
				}
				return nil
			}), archivedAttr(),
		}, timeAttrs()),
		filters: filters(
			by(id, "id"), by(text, "name"), by(id, "organization_id", "password_category_id"), by(text, "url"),
			[]filter{{name: "cached_resource_name", column: "resource_name", form: text}}, by(id, "password_folder_id", "resource_id"),
			by(text, "username"), by(flag, "archived"), without(id, "id"), between(moment, "created_at", "updated_at"),
		),
		sorts: sorts("name", "username", "url", "id", "created_at", "updated_at"), first: "id",
		includes: append(itemIncludes(), include{name: "rotatable_password"}, include{name: "updater"}, include{name: "network_glue_networks"}),
	}
}

func nothing(*view, *record) any { return nil }

// embeddedIn says something of what a password is embedded in, as far as the
// viewer may know of it.
func (v *view) embeddedIn(r *record, say func(*tenon.Item) string) any {
	if i := v.tagged[r.values.ID("resource_id")]; i != nil {
		return say(i)
	}
	return nil
}

// preparePasswords loads what passwords are embedded in and, for one alone and
// where it may and should be shown, its value. Each is a reveal, and recorded.
func preparePasswords(v *view, of []record) error {
	if err := prepareItems(v, of); err != nil {
		return err
	}
	var ids []tenon.ItemID
	for i := range of {
		if n := of[i].values.ID("resource_id"); n != 0 {
			ids = append(ids, tenon.ItemID(n))
		}
	}
	v.tagged = map[int64]*tenon.Item{}
	err := v.r.read(func(tx *store.Tx) error {
		found, err := tx.GetItems(v.r.viewer, ids)
		for _, i := range found {
			v.tagged[int64(i.ID)] = i
		}
		return err
	})
	if err != nil || !v.single || !v.r.showsPassword() {
		return err
	}
	v.revealed = map[int64]string{}
	value, err := v.r.reveal(of[0].item().ID)
	code := tenon.CodeOf(err)
	if code == tenon.NotFound {
		return nil // it holds none
	}
	if v.r.Method != "GET" && (code == tenon.Forbidden || code == tenon.RateLimited) {
		return nil // it is written: an error would have clients write it once more
	}
	if err == nil {
		v.revealed[of[0].id] = value.Reveal()
	}
	return err
}

// reveal opens the password's value: of the version that was asked for.
func (r *request) reveal(id tenon.ItemID) (secret.Text, error) {
	if r.version != 0 {
		return r.s.core.RevealVersion(r.Context(), r.viewer, id, "password", r.version)
	}
	return r.s.core.Reveal(r.Context(), r.viewer, id, "password")
}

// showsPassword tells whether the answer is to have the password's value:
// where it is asked for, and on a plain read of one by a key that may.
func (r *request) showsPassword() bool {
	asked, sent := r.params["show_password"]
	switch {
	case r.Method == "DELETE":
		return false
	case sent:
		return strings.EqualFold(asked, "true") || asked == "1"
	}
	return r.Method == "GET" && !r.viewer.NoSecrets && r.viewer.Session == 0
}

// finishPassword takes the secrets out of a change. A key that may not see what
// it asks to be shown is refused here, before anything is written.
func finishPassword(_ *store.Tx, r *request, in *change, to *core.ItemChange) error {
	if r.viewer.NoSecrets && r.showsPassword() {
		return tenon.Errorf(tenon.Forbidden, "This API key has no password access: leave out show_password, or use a key that has. Nothing was changed.")
	}
	for _, name := range []string{"password", "otp_secret"} {
		x, sent := in.attrs[name]
		if !sent || (name == "otp_secret" && x == nil) { // an echo of what is never shown
			continue
		}
		if x == nil {
			to.Secrets[name] = nil
			continue
		}
		s, ok := scalar(x)
		if !ok {
			return tenon.FieldErrorf(name, "%s must be text.", strings.ReplaceAll(name, "_", " "))
		}
		t := secret.NewText(s)
		to.Secrets[name] = &t
	}
	return nil
}

func passwordFolders() *resource {
	return &resource{
		path: "password_folders", label: "Password folder", schema: tenon.PasswordFolder.Info().Fields,
		about: "Folders of passwords.",
		verbs: readOnly | canUpdateMany, parents: underOrganization(readOnly | canCreate | canUpdate | canDelete | canDeleteMany), prepare: prepareFolders,
		src: itemSource{kind: tenon.PasswordFolder, leaves: true},
		attrs: attrs(organizationAttrs(), []attribute{
			must(text, "name"), rw(id, "parent-id"), made(list, "ancestor-ids", func(v *view, r *record) any { return v.extra[r.id] }),
			made(flag, "restricted", func(_ *view, r *record) any { return r.item().Restricted }),
		}, timeAttrs()),
		filters: filters(by(id, "id", "organization_id", "parent_id"), by(text, "name")),
		sorts:   sorts("created_at", "updated_at", "id", "name"), first: "id",
		includes: []include{{name: "ancestors", path: "password_folders", load: foldersAbove}, {name: "authorized_users"}, {name: "group_resource_accesses"}, {name: "user_resource_accesses"}},
	}
}

// foldersAbove includes the folders that folders lie in, which prepareFolders
// has named, the outermost first.
func foldersAbove(v *view, of []record) (map[int64][]record, error) {
	out := map[int64][]record{}
	err := v.r.read(func(tx *store.Tx) error {
		clear(out)
		var ids []tenon.ItemID
		above := map[int64][]tenon.ItemID{}
		for i := range of {
			list, _ := v.extra[of[i].id].([]any)
			for _, n := range list {
				id, _ := n.(int64)
				above[of[i].id] = append(above[of[i].id], tenon.ItemID(id))
			}
			ids = append(ids, above[of[i].id]...)
		}
		slices.Sort(ids)
		folders, err := tx.GetItems(v.r.viewer, slices.Compact(ids))
		if err != nil {
			return err
		}
		byID := map[tenon.ItemID]*tenon.Item{}
		for _, f := range folders {
			byID[f.ID] = f
		}
		for of, list := range above {
			for _, id := range list {
				if f := byID[id]; f != nil {
					out[of] = append(out[of], itemRecord(f))
				}
			}
		}
		return nil
	})
	return out, err
}

// maxFolders is how deep folders are looked for: deeper than any lie.
const maxFolders = 50

// prepareFolders loads the folders that folders lie in, the outermost first, in
// one statement for each step up.
func prepareFolders(v *view, of []record) error {
	known := map[tenon.ItemID]*tenon.Item{}
	var level []*tenon.Item
	for i := range of {
		known[of[i].item().ID] = of[i].item()
		level = append(level, of[i].item())
	}
	err := v.r.read(func(tx *store.Tx) error {
		for at := level; len(at) > 0; {
			var ids []tenon.ItemID
			for _, f := range at {
				up := tenon.ItemID(f.Values.ID("parent_id"))
				if _, asked := known[up]; up != 0 && !asked {
					known[up] = nil
					ids = append(ids, up)
				}
			}
			if len(ids) == 0 {
				return nil
			}
			var err error
			if at, err = tx.GetItems(v.r.viewer, ids); err != nil {
				return err
			}
			for _, f := range at {
				known[f.ID] = f
			}
		}
		return nil
	})
	for _, f := range level {
		ids := []any{}
		for at := f; len(ids) < maxFolders; {
			if at = known[tenon.ItemID(at.Values.ID("parent_id"))]; at == nil {
				break
			}
			ids = append(ids, int64(at.ID))
		}
		slices.Reverse(ids)
		v.extra[int64(f.ID)] = ids
	}
	return err
}
