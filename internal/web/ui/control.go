package ui

import (
	"context"
	"github.com/a-h/templ"
	"github.com/tenonhq/tenon/internal/web/say"
)

// Look is how a button stands out.
type Look string

// One Primary a view; Purge only at the last step of what cannot be undone.
const (
	Standard Look = ""
	Primary  Look = "primary"
	Subtle   Look = "quiet"
	Danger   Look = "danger"
	Purge    Look = "purge"
)

// Button is a link when it has an Href, else a button of its form.
type Button struct {
	Text, Icon string
	Look       Look
	Small      bool
	Href       string
	Key        string // pressed by this key
	Form       string // id of the form, when the button is outside
	Action     string // address the form is sent to, when not its own
	Name       string
	Value      string
	Type       string // "submit" unless said
	Dialog     string // id of the dialog it opens
	Autofocus  bool
	// Reason says why the act is not possible; the button keeps its words.
	Reason templ.Component
	ID     string
	Attrs  templ.Attributes
}

func (b Button) class() string {
	class := "tn-button"
	if b.Look != Standard {
		class += " tn-button-" + string(b.Look)
	}
	if b.Small {
		class += " tn-button-small"
	}
	return class
}

func (b Button) attributes() templ.Attributes {
	all := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			all[name] = value
		}
	}
	set("id", b.ID)
	set("data-key", b.Key)
	set("data-dialog", b.Dialog)
	set("aria-keyshortcuts", b.Key)
	if b.Href == "" {
		set("form", b.Form)
		set("formaction", b.Action)
		set("name", b.Name)
		set("value", b.Value)
	}
	if b.Autofocus {
		all["autofocus"] = true
	}
	for name, value := range b.Attrs {
		all[name] = value
	}
	return all
}

func (b Button) kind() string {
	if b.Type == "" {
		return "submit"
	}
	return b.Type
}

// Tone is what a label or a notice says by colour, beside its words.
type Tone string

// Neutral is grey; Outline is for types and statuses.
const (
	Neutral Tone = ""
	Outline Tone = "outline"
	Accent  Tone = "accent"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Good    Tone = "good"
)

// Sync is how a record stands to its connection.
type Sync string

// The six states, each with an icon and a word.
const (
	Syncing      Sync = "syncing"
	NotLinked    Sync = "not_linked"
	Paused       Sync = "paused"
	Orphaned     Sync = "orphaned"
	SyncDisabled Sync = "disabled"
	SyncError    Sync = "error"
)

type stateLook struct {
	word, icon string
	tone       Tone
}

func (s Sync) look(ctx context.Context) stateLook {
	switch s {
	case Syncing:
		return stateLook{say.Text(ctx, "Syncing"), "plug-connected", Neutral}
	case Paused:
		return stateLook{say.Text(ctx, "Paused"), "player-pause", Neutral}
	case Orphaned:
		return stateLook{say.Text(ctx, "Orphaned"), "plug-x", Warn}
	case SyncDisabled:
		return stateLook{say.Text(ctx, "Sync disabled"), "plug-connected-x", Bad}
	case SyncError:
		return stateLook{say.Text(ctx, "Sync error"), "alert-triangle", Bad}
	}
	return stateLook{say.Text(ctx, "Not linked"), "circle-dashed", Neutral}
}

// Notice is a line, an icon, a sentence and at most one action.
type Notice struct {
	Tone   Tone
	Icon   string // a fitting one unless said
	Title  string
	Text   string
	More   templ.Component
	Action templ.Component
	// Status is announced when it arrives: the line after an act.
	Status bool
}

func (n Notice) icon() string {
	if n.Icon != "" {
		return n.Icon
	}
	switch n.Tone {
	case Warn:
		return "alert-triangle"
	case Bad:
		return "alert-circle"
	case Good:
		return "circle-check"
	}
	return "info-circle"
}

func (n Notice) role() templ.Attributes {
	switch {
	case n.Status && n.Tone == Bad:
		return templ.Attributes{"role": "alert"}
	case n.Status:
		return templ.Attributes{"role": "status"}
	}
	return nil
}

func tonedClass(base string, tone Tone) string {
	if tone == Neutral {
		return base
	}
	return base + " " + base + "-" + string(tone)
}
