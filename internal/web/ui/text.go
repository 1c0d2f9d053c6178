package ui

// The words that repeat. Sentence case; one term for one thing; no blame.
const (
	TextProduct       = "Tenon"
	TextSkip          = "Skip to content"
	TextHome          = "Home"
	TextOrganizations = "Organizations"
	TextGlobal        = "Global"
	TextAccount       = "Account"
	TextMain          = "Main"
	TextMenu          = "Menu"
	TextSearch        = "Search everything"
	TextPalette       = "Names, serials, addresses, words; > for commands"
	TextFound         = "What was found"
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
func Keys() []KeyHelp {
	return []KeyHelp{
		{[]string{"j", "k"}, "Next row, row before"},
		{[]string{"x"}, "Pick the row"},
		{[]string{"Shift", "↓"}, "Pick on, row by row; with a click, up to there"},
		{[]string{"Enter"}, "Open the row"},
		{[]string{"Esc"}, "Clear what is picked; leave a field; close a dialog"},
		{[]string{"e"}, "Edit"},
		{[]string{"m"}, "Merge"},
		{[]string{"/"}, "Search everything"},
		{[]string{"Ctrl", "K"}, "Search everything, also from inside a field; > for commands"},
		{[]string{"f"}, "Filter this list"},
		{[]string{"g", "h"}, "Go to home"},
		{[]string{"g", "o"}, "Go to organizations"},
		{[]string{"g", "a"}, "Go to activity"},
		{[]string{"g", "e"}, "Go to expirations"},
		{[]string{"g", "p"}, "Go to operations"},
		{[]string{"g", "t"}, "Go to the trash"},
		{[]string{"?"}, "Show these keys"},
	}
}
