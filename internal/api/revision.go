package api

import (
	"net/http"
	"time"

	"github.com/tenonhq/tenon"
)

type revisionJSON struct {
	ID         int64                       `json:"id"`
	Version    int64                       `json:"version"`
	At         time.Time                   `json:"at"`
	UserID     *int64                      `json:"user_id"`
	UserName   string                      `json:"user_name"`
	Name       string                      `json:"name"`
	Values     map[string]any              `json:"values"`
	Tags       []string                    `json:"tags"`
	Domains    []string                    `json:"domains"`
	Parts      map[string][]map[string]any `json:"parts"`
	Archived   bool                        `json:"archived"`
	Restricted bool                        `json:"restricted"`
	Secrets    []string                    `json:"secrets"`
}

func encodeRevision(r tenon.Revision) revisionJSON {
	out := revisionJSON{
		ID: r.ID, Version: r.Version, At: r.At.UTC(), UserID: orNull(int64(r.User)), UserName: r.ByName, Name: r.Name, Values: r.Values,
		Tags: some(r.Tags), Domains: some(r.Domains), Parts: map[string][]map[string]any{}, Archived: r.Archived, Restricted: r.Restricted, Secrets: some(r.Secrets),
	}
	if out.Values == nil {
		out.Values = map[string]any{}
	}
	for name, parts := range r.Parts {
		out.Parts[name] = encodeAll(parts, func(p tenon.Part) map[string]any { return p.Values })
	}
	return out
}

func (s *server) revisionList(r *request) (answer, error) {
	p, err := r.page()
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Revisions(r.Context(), r.viewer, tenon.ItemID(r.id("item")), p)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeRevision)
}

func (s *server) organizationRevisions(r *request) (answer, error) {
	p, err := r.page()
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.core.OrganizationRevisions(r.Context(), r.viewer, tenon.OrgID(r.id("organization")), p)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeRevision)
}

func (s *server) revisionRestore(r *request) (answer, error) {
	i, err := s.core.RestoreRevision(r.Context(), r.viewer, tenon.ItemID(r.id("item")), r.id("version"))
	if err != nil {
		return answer{}, err
	}
	return s.itemAgain(r, i.ID, false)
}

func (s *server) organizationRestoreRevision(r *request) (answer, error) {
	o, err := s.core.RestoreOrganizationRevision(r.Context(), r.viewer, tenon.OrgID(r.id("organization")), r.id("version"))
	if err != nil {
		return answer{}, err
	}
	return s.organizationAgain(r, o.ID, http.StatusOK)
}
