package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// FieldKind is the native control behind a field.
type FieldKind string

// What a field can be.
const (
	TextField     FieldKind = "text"
	TextArea      FieldKind = "textarea"
	SelectField   FieldKind = "select"
	CheckField    FieldKind = "checkbox" // one box with its label
	ChecksField   FieldKind = "checks"   // several
	RadioField    FieldKind = "radio"
	SegmentField  FieldKind = "segments" // a few short choices in one line
	DateField     FieldKind = "date"
	TagsField     FieldKind = "tags" // separated by commas
	FileField     FieldKind = "file"
	PasswordField FieldKind = "password" // with a button that shows it
	EmailField    FieldKind = "email"
	URLField      FieldKind = "url"
	PhoneField    FieldKind = "tel"
	NumberField   FieldKind = "number"
	// SuggestField names an organization: offered while typing, resolved by
	// the server when scripts are off. Into is the name of the hidden id.
	SuggestField FieldKind = "suggest"
)

// Choice is a value to choose.
type Choice struct {
	Value, Text, Help string
	Chosen            bool
	Danger            bool
}

// Field is a control with its label above and its help below.
type Field struct {
	Kind        FieldKind
	ID          string // of the control; made from the name unless said
	Name, Label string
	Value       string
	Help        string
	Error       string
	Required    bool
	Placeholder string
	Choices     []Choice
	Checked     bool
	// Autocomplete and InputMode are the browser's words.
	Autocomplete, InputMode string
	Rows                    string // of a text area
	Mono                    bool
	Autofocus               bool
	Suggest, Into, IntoID   string // address, name of the hidden id, its value
	Accept                  string // of a file
	Form                    string // id of the form, when the field is outside
	// ReadOnly shows the value, and sends nothing: Help says why.
	ReadOnly bool
	// Bare leaves the label to those who listen: it stands elsewhere.
	Bare bool
}

// FieldID is the id of the control of a field by its name; errors link to it.
func FieldID(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "[", "-", "]", "", " ", "-").Replace(name)
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return FieldID(f.Name)
}

// shown is the value of a field that is only read, as people know it.
func (f Field) shown() string {
	for _, c := range f.Choices {
		if c.Chosen {
			return c.Text
		}
	}
	return f.Value
}

func (f Field) group() bool {
	return f.Kind == RadioField || f.Kind == ChecksField || f.Kind == SegmentField
}

func (f Field) choiceType() string {
	if f.Kind == ChecksField {
		return "checkbox"
	}
	return "radio"
}

func (f Field) inputType() string {
	switch f.Kind {
	case TagsField, SuggestField, "":
		return "text"
	}
	return string(f.Kind)
}

// describe ties help and error to the control.
func (f Field) describe() templ.Attributes {
	all := templ.Attributes{}
	var by []string
	if f.Help != "" {
		by = append(by, f.id()+"-help")
	}
	if f.Error != "" {
		by = append(by, f.id()+"-error")
		all["aria-invalid"] = "true"
	}
	if len(by) > 0 {
		all["aria-describedby"] = strings.Join(by, " ")
	}
	return all
}

func (f Field) attributes() templ.Attributes {
	all := f.describe()
	for name, value := range map[string]string{
		"placeholder": f.Placeholder, "autocomplete": f.Autocomplete, "inputmode": f.InputMode,
		"accept": f.Accept, "rows": f.Rows,
	} {
		if value != "" {
			all[name] = value
		}
	}
	if f.Form != "" {
		all["form"] = f.Form
	}
	if f.Required {
		all["required"] = true
	}
	if f.Autofocus {
		all["autofocus"] = true
	}
	if f.Kind == SuggestField {
		all["data-suggest"] = f.Suggest
		all["data-into"] = f.id() + "-id"
		all["data-list-label"] = f.Label
	}
	return all
}

// FieldError is an error of a form, with the field it is about.
type FieldError struct{ Name, Message string }

// formOf ties a control to a form elsewhere in the page.
func (f Field) formOf() templ.Attributes {
	if f.Form == "" {
		return nil
	}
	return templ.Attributes{"form": f.Form}
}
