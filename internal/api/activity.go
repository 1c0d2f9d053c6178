package api

import (
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

type eventJSON struct {
	ID               int64        `json:"id"`
	At               time.Time    `json:"at"`
	Action           string       `json:"action"`
	Subject          string       `json:"subject"`
	SubjectID        *int64       `json:"subject_id"`
	Name             string       `json:"name"`
	OrganizationID   *int64       `json:"organization_id"`
	OrganizationName *string      `json:"organization_name"`
	OperationID      *int64       `json:"operation_id"`
	UserID           *int64       `json:"user_id"`
	UserName         string       `json:"user_name"`
	Face             string       `json:"face"`
	Address          string       `json:"address"`
	By               string       `json:"by"`
	Changes          []changeJSON `json:"changes"`
}

type changeJSON struct {
	Field  string `json:"field"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

func encodeEvent(e tenon.Event) eventJSON {
	out := eventJSON{
		ID: e.ID, At: e.At, Action: e.Action, Subject: e.Subject, SubjectID: orNull(e.SubjectID), Name: e.Name,
		OperationID: orNull(int64(e.Operation)), UserID: orNull(int64(e.User)), UserName: e.UserName,
		Face: e.Face, Address: e.Addr, By: e.By, Changes: []changeJSON{},
	}
	if e.OrgID != tenon.SystemOrg {
		out.OrganizationID, out.OrganizationName = orNull(int64(e.OrgID)), orNull(e.OrgName)
	}
	for _, c := range e.Changes {
		out.Changes = append(out.Changes, changeJSON{c.Field, c.Before, c.After})
	}
	return out
}

func (s *server) activityList(r *request) (answer, error) {
	q, err := eventQuery(r)
	if err != nil {
		return answer{}, err
	}
	if q.Org, err = oneID[tenon.OrgID](r, "organization"); err != nil {
		return answer{}, err
	}
	if q.Subject, err = oneID[int64](r, "subject"); err != nil {
		return answer{}, err
	}
	return s.events(r, q)
}

func (s *server) organizationActivity(r *request) (answer, error) {
	q, err := eventQuery(r)
	if err != nil {
		return answer{}, err
	}
	q.Org = tenon.OrgID(r.id("organization"))
	return s.events(r, q)
}

// events lists the log; an organization may be named by an id that was merged away.
func (s *server) events(r *request, q store.EventQuery) (answer, error) {
	var page []tenon.Event
	var next string
	named := q.Org != 0 || r.PathValue("organization") != ""
	err := s.read(r, func(tx *store.Tx) (err error) {
		if named {
			if q.Org, err = tx.ResolveOrganization(r.viewer, q.Org); err != nil {
				return err
			}
		}
		page, next, err = tx.ListEvents(r.viewer, q)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeEvent)
}

func eventQuery(r *request) (q store.EventQuery, err error) {
	q = store.EventQuery{Action: r.query["action"], Kind: r.query["kind"]}
	if q.Page, err = r.page(); err != nil {
		return q, err
	}
	if q.User, err = oneID[tenon.UserID](r, "user"); err != nil {
		return q, err
	}
	if q.Operation, err = oneID[tenon.OperationID](r, "operation"); err != nil {
		return q, err
	}
	if q.From, err = r.moment("from"); err != nil {
		return q, err
	}
	q.To, err = r.moment("to")
	return q, err
}

// moment reads a parameter that is a time, zero where it is not sent.
func (r *request) moment(name string) (time.Time, error) {
	text, sent := r.query[name]
	if !sent {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, tenon.FieldErrorf(name, "%s must be a time such as 2026-11-30T09:30:00Z.", name)
	}
	return t, nil
}
