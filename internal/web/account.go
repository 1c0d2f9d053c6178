package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/web/say"
	"github.com/tenonhq/tenon/internal/web/ui"
)

// settings shows what holds for the whole account.
func (s *server) settings(w http.ResponseWriter, r *http.Request) error {
	return s.showSettings(w, r, http.StatusOK, nil)
}

func (s *server) showSettings(w http.ResponseWriter, r *http.Request, status int, typed *form) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	list, err := s.core.Settings(r.Context(), v)
	if err != nil {
		return err
	}
	if typed == nil {
		typed = &form{Values: url.Values{}}
		for i := range list {
			typed.Set(list[i].Name, list[i].Value)
			if list[i].Type == tenon.OrgRef {
				typed.Set(refID(list[i].Name), list[i].Value)
				typed.Set(list[i].Name, list[i].OrgName)
			}
		}
	}
	b := &beginning{can: s.demo != nil}
	if err := s.read(r, func(tx *store.Tx) (err error) {
		b.demo, err = tx.HasDemo()
		return err
	}); err != nil {
		return err
	}
	return s.showStatus(w, r, status, ui.Page{Title: say.Text(r.Context(), "General, Settings"), Section: "account"}, settingsContent(settingGroups(r.Context(), list), typed, b))
}

// settingGroup is a panel of settings that belong together.
type settingGroup struct {
	title, icon string
	names       []string
	list        []tenon.Setting
}

// settingGroups puts the settings into panels, in the order of the table; what
// no panel names stands in the first.
func settingGroups(ctx context.Context, list []tenon.Setting) []settingGroup {
	groups := []settingGroup{
		{title: say.Text(ctx, "Account"), icon: "building"},
		{title: say.Text(ctx, "Deleting"), icon: "trash", names: []string{tenon.SettingBulkDelete, tenon.SettingRetention}},
		{title: say.Text(ctx, "Passwords and other secrets"), icon: "key", names: []string{tenon.SettingReveal, tenon.SettingReveals, tenon.SettingKeyReveals}},
	}
	for _, set := range list {
		at := max(0, slices.IndexFunc(groups, func(g settingGroup) bool { return slices.Contains(g.names, set.Name) }))
		groups[at].list = append(groups[at].list, set)
	}
	return groups
}

func (s *server) settingsSave(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	f, err := readForm(r)
	if err != nil {
		return err
	}
	now, err := s.core.Settings(r.Context(), v)
	if err != nil {
		return err
	}
	for i := range now {
		set := &now[i]
		value := f.text(set.Name)
		switch set.Type {
		case tenon.Bool:
			value = map[bool]string{true: "true", false: "false"}[f.yes(set.Name)]
		case tenon.OrgRef:
			if value, err = s.namedOrganization(r, f, set.Name, set.Label); err != nil && !f.keep(r.Context(), err) {
				return err
			}
		}
		if err != nil || value == set.Value {
			continue
		}
		if err := s.core.SetSetting(r.Context(), v, set.Name, value); err != nil {
			if fieldOf(err) == "" {
				err = &tenon.Error{Code: tenon.CodeOf(err), Field: set.Name, Message: say.Error(r.Context(), err), Err: err}
			}
			if !f.keep(r.Context(), err) {
				return err
			}
		}
	}
	s.zone.forget()
	if len(f.Errors) > 0 {
		return s.showSettings(w, r, http.StatusUnprocessableEntity, f)
	}
	leaveNote(w, r, note{Text: say.Text(r.Context(), "The settings were saved.")})
	return redirect(w, r, "/settings")
}

// limits are what holds for everybody and is no setting, in words.
func limits(ctx context.Context) []ui.Pair {
	hours := func(h float64) string { return ui.Count(ctx, int64(h), "hour", "hours") }
	return []ui.Pair{
		{Name: say.Text(ctx, "A session ends"), Value: ui.Text(say.Textf(ctx, "after %s without use, and after %s in any case", hours(core.SessionIdle.Hours()), ui.Count(ctx, int64(core.SessionLife.Hours()/24), "day", "days")))},
		{Name: say.Text(ctx, "A proof is fresh"), Value: ui.Text(say.Textf(ctx, "for %s", ui.Count(ctx, int64(tenon.FactorFresh.Minutes()), "minute", "minutes")))},
		{Name: say.Text(ctx, "Guessing"), Value: ui.Text(say.Text(ctx, "10 attempts a minute may fail for one account, 50 from one address"))},
		{Name: say.Text(ctx, "A Lite user"), Value: ui.Text(say.Textf(ctx, "reaches %s at most", ui.Count(ctx, tenon.MaxLiteOrganizations, "organization", "organizations")))},
		{Name: say.Text(ctx, "A file"), Value: ui.Text(say.Text(ctx, "has 100 MB at most"))},
	}
}

// mailPage says where mail goes, and what became of it.
func (s *server) mailPage(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	a := addressOf(r)
	page, next, err := s.core.Mail(r.Context(), v, store.MailQuery{State: tenon.MailState(a.query.Get("state")), Page: tenon.Page{Limit: pageRows, Cursor: a.query.Get("cursor")}})
	if err != nil {
		return err
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), "Mail, Settings"), Section: "account"}, mailContent(a, s.mail, page, next, v, s.now()))
}

// mailTest sends a mail to who asks, now.
func (s *server) mailTest(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	err := s.mail.Test(r.Context(), v)
	switch tenon.CodeOf(err) {
	case "":
		if err != nil {
			return err
		}
		leaveNote(w, r, note{Text: say.Textf(r.Context(), "A test mail was sent to %s.", v.Email)})
	case tenon.Unavailable, tenon.Conflict, tenon.Invalid:
		leaveNote(w, r, note{Tone: ui.Bad, Text: say.Error(r.Context(), err)})
	default:
		return err
	}
	return redirect(w, r, "/settings/mail")
}

// integrations says what comes in from other systems.
func (s *server) integrations(w http.ResponseWriter, r *http.Request) error {
	v := viewer(r)
	if err := v.Need(tenon.ManageSync); err != nil {
		return err
	}
	command := "tenon"
	if v.May(tenon.ManageSettings) {
		command = s.command
	}
	return s.show(w, r, ui.Page{Title: say.Text(r.Context(), ui.TextIntegrations), Section: "account"}, integrationsContent(command, v.May(tenon.ManageSettings)))
}
