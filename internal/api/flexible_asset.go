package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

type flexTypeJSON struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Icon        string          `json:"icon"`
	Enabled     bool            `json:"enabled"`
	ShowInMenu  bool            `json:"show_in_menu"`
	Fields      []flexFieldJSON `json:"fields"`
	Version     int64           `json:"version"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

type flexFieldJSON struct {
	ID           int64    `json:"id"`
	Key          string   `json:"key"`
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`
	Hint         string   `json:"hint"`
	Options      []string `json:"options"`
	TagType      *string  `json:"tag_type"`
	DefaultValue string   `json:"default_value"`
	Decimals     int      `json:"decimals"`
	Required     bool     `json:"required"`
	UseForTitle  bool     `json:"use_for_title"`
	Expiration   bool     `json:"expiration"`
	ShowInList   bool     `json:"show_in_list"`
}

func encodeFlexType(t tenon.FlexType) flexTypeJSON {
	return flexTypeJSON{ID: int64(t.ID), Name: t.Name, Description: t.Description, Icon: t.Icon, Enabled: t.Enabled, ShowInMenu: t.ShowInMenu,
		Fields: encodeAll(t.Fields, encodeFlexField), Version: t.Version, CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC()}
}

func encodeFlexField(f tenon.FlexField) flexFieldJSON {
	out := flexFieldJSON{ID: f.ID, Key: f.Key, Name: f.Name, Kind: string(f.Kind), Hint: f.Hint, Options: some(f.Options), DefaultValue: f.DefaultValue,
		Decimals: f.Decimals, Required: f.Required, UseForTitle: f.UseForTitle, Expiration: f.Expiration, ShowInList: f.ShowInList}
	if tag := f.Tag(); tag != "" {
		out.TagType = &tag
	}
	return out
}

// flexTypeIn is a whole type. A field with the id of one that is there changes
// that one; one without is new; what is left out goes.
type flexTypeIn struct {
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Icon        string        `json:"icon,omitempty"`
	Enabled     *bool         `json:"enabled,omitempty"`
	ShowInMenu  bool          `json:"show_in_menu,omitempty"`
	Fields      []flexFieldIn `json:"fields,omitempty"`
	Version     int64         `json:"version,omitempty"`
}

type flexFieldIn struct {
	ID           int64    `json:"id,omitempty"`
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`
	Hint         string   `json:"hint,omitempty"`
	Options      []string `json:"options,omitempty"`
	TagType      string   `json:"tag_type,omitempty"`
	DefaultValue string   `json:"default_value,omitempty"`
	Decimals     int      `json:"decimals,omitempty"`
	Required     bool     `json:"required,omitempty"`
	UseForTitle  bool     `json:"use_for_title,omitempty"`
	Expiration   bool     `json:"expiration,omitempty"`
	ShowInList   bool     `json:"show_in_list,omitempty"`
}

func flexTypeChange(r *request) (tenon.FlexType, error) {
	var in flexTypeIn
	if err := r.decode(&in); err != nil {
		return tenon.FlexType{}, err
	}
	t := tenon.FlexType{Name: in.Name, Description: in.Description, Icon: in.Icon, Enabled: in.Enabled == nil || *in.Enabled,
		ShowInMenu: in.ShowInMenu, Version: orVersion(in.Version, r)}
	for _, f := range in.Fields {
		field := tenon.FlexField{ID: f.ID, Name: f.Name, Kind: tenon.FlexKind(f.Kind), Hint: f.Hint, Options: f.Options, DefaultValue: f.DefaultValue,
			Decimals: f.Decimals, Required: f.Required, UseForTitle: f.UseForTitle, Expiration: f.Expiration, ShowInList: f.ShowInList}
		if !field.SetTag(f.TagType) {
			return t, tenon.FieldErrorf("fields.tag_type", "There is no kind of record named %q.", f.TagType)
		}
		t.Fields = append(t.Fields, field)
	}
	return t, nil
}

func (s *server) flexTypeList(r *request) (answer, error) {
	q := store.FlexTypeQuery{Name: r.query["name"]}
	var err error
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	page, next, err := s.core.FlexTypes(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeFlexType)
}

func (s *server) flexTypeGet(r *request) (answer, error) {
	t, err := s.core.FlexType(r.Context(), r.viewer, tenon.FlexTypeID(r.id("type")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeFlexType(*t))
}

func (s *server) flexTypeCreate(r *request) (answer, error) {
	in, err := flexTypeChange(r)
	if err != nil {
		return answer{}, err
	}
	t, err := s.core.CreateFlexType(r.Context(), r.viewer, in)
	if err != nil {
		return answer{}, err
	}
	return created("flexible_asset_types", int64(t.ID), encodeFlexType(*t))
}

func (s *server) flexTypeReplace(r *request) (answer, error) {
	in, err := flexTypeChange(r)
	if err != nil {
		return answer{}, err
	}
	in.ID = tenon.FlexTypeID(r.id("type"))
	t, err := s.core.UpdateFlexType(r.Context(), r.viewer, in)
	if err != nil {
		return answer{}, err
	}
	return ok(encodeFlexType(*t))
}
