package ui

import (
	"context"

	"github.com/tenonhq/tenon/internal/web/say"
)

// The words that repeat. Sentence case; one term for one thing; no blame.
const (
	TextProduct       = "Tenon"
	TextSkip          = "Skip to content"
	TextHome          = "Home"
	TextOrganizations = "Organizations"
	TextGlobal        = "Global"
	TextAssets        = "Assets"
	TextAccount       = "Account"
	TextMain          = "Main"
	TextMenu          = "Menu"
	TextSearch        = "Search everything"
	TextPalette       = "Names, serials, addresses, words; > for commands"
	TextFound         = "What was found"
	TextHelp          = "Help"
	TextKeysHelp      = "Keys"
	TextKeysOff       = "Single-letter keys"
	TextTheme         = "Theme"
	TextThemeSystem   = "As the system"
	TextThemeLight    = "Light"
	TextThemeDark     = "Dark"
	TextSignOut       = "Sign out"
	TextSignedInAs    = "Signed in as"
	TextActivity      = "Activity"
	TextTrash         = "Trash"
	TextExports       = "Exports"
	TextOperations    = "Operations"
	TextSettings      = "Settings"
	TextUsers         = "Users"
	TextGroups        = "Groups"
	TextAPIKeys       = "API keys"
	TextIntegrations  = "Integrations"
	TextGeneral       = "General"
	TextMail          = "Mail"
	TextRunning       = "Running work"
	TextPath          = "Path"
	TextViews         = "Views"
	TextContents      = "Contents"
	TextParts         = "Parts of the plan"
	TextOptional      = "optional"
	TextClose         = "Close"
	TextBack          = "Back"
	TextCopy          = "Copy"
	TextCopied        = "Copied."
	TextShow          = "Show"
	TextAddFilter     = "Filter"
	TextApply         = "Apply"
	TextClear         = "Clear"
	TextPrevious      = "Previous"
	TextNext          = "Next"
	TextPick          = "Pick"
	TextPickAll       = "Pick all on this page"
	TextUndo          = "Undo"
	TextSource        = "Source"
	TextTarget        = "Target"
	TextSourceRole    = "Source, is merged away"
	TextTargetRole    = "Target, receives and stays"
	TextMergedAway    = "Merged away"
	TextReceived      = "Received"
	TextSwap          = "Swap source and target"
	TextErrors        = "Not saved yet"
	TextNone          = "None"
	TextReload        = "Load again"
	TextSafeToLeave   = "Safe to leave"
	TextExpirations   = "Expirations"
	TextImport        = "Import"
	TextReminders     = "Reminders by mail"
	TextFlexTypes     = "Flexible asset types"
)

// KeyHelp is one line of the table of keys.
type KeyHelp struct {
	Keys []string
	Does string
}

// Keys lists what the keys do, as the dialog behind ? shows it.
func Keys(ctx context.Context) []KeyHelp {
	return []KeyHelp{
		{[]string{"j", "k"}, say.Text(ctx, "Next row, row before")},
		{[]string{"x"}, say.Text(ctx, "Pick the row")},
		{[]string{"Shift", "↓"}, say.Text(ctx, "Pick on, row by row; with a click, up to there")},
		{[]string{"Enter"}, say.Text(ctx, "Open the row")},
		{[]string{"Esc"}, say.Text(ctx, "Clear what is picked; leave a field; close a dialog")},
		{[]string{"e"}, say.Text(ctx, "Edit")},
		{[]string{"m"}, say.Text(ctx, "Merge")},
		{[]string{"/"}, say.Text(ctx, "Search everything")},
		{[]string{"Ctrl", "K"}, say.Text(ctx, "Search everything, also from inside a field; > for commands")},
		{[]string{"f"}, say.Text(ctx, "Filter this list")},
		{[]string{"g", "h"}, say.Text(ctx, "Go to home")},
		{[]string{"g", "o"}, say.Text(ctx, "Go to organizations")},
		{[]string{"g", "r"}, say.Text(ctx, "Go to assets")},
		{[]string{"g", "a"}, say.Text(ctx, "Go to activity")},
		{[]string{"g", "e"}, say.Text(ctx, "Go to expirations")},
		{[]string{"g", "p"}, say.Text(ctx, "Go to operations")},
		{[]string{"g", "t"}, say.Text(ctx, "Go to the trash")},
		{[]string{"?"}, say.Text(ctx, "Show these keys")},
	}
}
