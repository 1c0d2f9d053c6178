package trash

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/web/say"
)

// told says in whole sentences what an act makes of records. The first argument
// is which: one by its name, or how many. The plan of an edit has "is" or "are" as
// its second argument.
type told struct{ one, many, now, plan string }

// What edits are told as, where that depends on what is chosen.
const (
	toldNoFolder = "no folder"
	toldNoType   = "no type"
	toldNoStatus = "no status"
	toldOpened   = "opened"
)

var tellings = map[string]told{
	ActionDelete:    {say.Key("%s was deleted"), say.Key("%s were deleted"), say.Key("%s are being deleted"), ""},
	ActionRestore:   {say.Key("%s was restored"), say.Key("%s were restored"), say.Key("%s are being restored"), ""},
	ActionArchive:   {say.Key("%s was archived"), say.Key("%s were archived"), say.Key("%s are being archived"), ""},
	ActionUnarchive: {say.Key("%s was taken out of the archive"), say.Key("%s were taken out of the archive"), say.Key("%s are being taken out of the archive"), ""},
	ActionMove:      {say.Key("%s was moved to %s"), say.Key("%s were moved to %s"), say.Key("%s are being moved to %s"), ""},
	ActionCopy:      {say.Key("%s was copied to %s"), say.Key("%s were copied to %s"), say.Key("%s are being copied to %s"), ""},
	ActionTag:       {say.Key("%s was tagged %s"), say.Key("%s were tagged %s"), say.Key("%s are being tagged %s"), say.Key("%s %s tagged %s")},
	ActionUntag:     {say.Key("%s was freed of the tags %s"), say.Key("%s were freed of the tags %s"), say.Key("%s are being freed of the tags %s"), say.Key("%s %s freed of the tags %s")},
	ActionType:      {say.Key("%s was given the type %s"), say.Key("%s were given the type %s"), say.Key("%s are being given the type %s"), say.Key("%s %s given the type %s")},
	toldNoType:      {say.Key("%s was left without a type"), say.Key("%s were left without a type"), say.Key("%s are being left without a type"), say.Key("%s %s left without a type")},
	ActionStatus:    {say.Key("%s was given the status %s"), say.Key("%s were given the status %s"), say.Key("%s are being given the status %s"), say.Key("%s %s given the status %s")},
	toldNoStatus:    {say.Key("%s was left without a status"), say.Key("%s were left without a status"), say.Key("%s are being left without a status"), say.Key("%s %s left without a status")},
	ActionFolder:    {say.Key("%s was put into the folder %s"), say.Key("%s were put into the folder %s"), say.Key("%s are being put into the folder %s"), say.Key("%s %s put into the folder %s")},
	toldNoFolder:    {say.Key("%s was put into no folder"), say.Key("%s were put into no folder"), say.Key("%s are being put into no folder"), say.Key("%s %s put into no folder")},
	ActionRestrict:  {say.Key("%s was restricted to %s"), say.Key("%s were restricted to %s"), say.Key("%s are being restricted to %s"), say.Key("%s %s restricted to %s")},
	toldOpened: {say.Key("%s was opened to everybody who reaches their organization"), say.Key("%s were opened to everybody who reaches their organization"),
		say.Key("%s are being opened to everybody who reaches their organization"), say.Key("%s %s opened to everybody who reaches their organization")},
	// Acts that were begun before they were told in sentences.
	"": {"%s was %s", "%s were %s", "%s are being %s", ""},
}

// did is what an act does, as its job keeps it.
type did struct {
	How  string     `json:"how,omitempty"`
	With tenon.Args `json:"with,omitempty"`
}

// didWith is what an action does: an edit tells itself, and the target is named.
func didWith(action string, edit *fieldEdit, target *tenon.Organization) did {
	switch {
	case edit != nil:
		return edit.did
	case target != nil:
		return did{action, tenon.Args{target.Name}}
	}
	return did{How: action}
}

func (d did) said(text string, which any) tenon.Phrase {
	return tenon.Say(text, append([]any{which}, d.With...)...)
}

func (d did) one(which any) tenon.Phrase             { return d.said(tellings[d.How].one, which) }
func (d did) many(which tenon.Quantity) tenon.Phrase { return d.said(tellings[d.How].many, which) }
func (d did) now(which tenon.Quantity) tenon.Phrase  { return d.said(tellings[d.How].now, which) }

// plan says beforehand what an edit makes of one, by its name, or of many.
func (d did) plan(name string, many tenon.Quantity) tenon.Phrase {
	var which any = many
	if many.N == 1 {
		which = name
	}
	return tenon.Say(tellings[d.How].plan, append([]any{which, tenon.Form(many.N, "is", "are")}, d.With...)...)
}
