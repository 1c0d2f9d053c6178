package api

import (
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
