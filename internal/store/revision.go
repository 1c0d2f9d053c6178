package store

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tenonhq/tenon"
)

// revisionBody is what a revision keeps of a record, beside the sealed secrets.
type revisionBody struct {
	Name   string          `json:"name"`
	Values json.RawMessage `json:"values"`
	revisionMore
}

// revisionMore is what most records have nothing of.
type revisionMore struct {
	Tags       []string                     `json:"tags,omitempty"`
	Domains    []string                     `json:"domains,omitempty"`
	Archived   bool                         `json:"archived,omitempty"`
	Restricted bool                         `json:"restricted,omitempty"`
	Parts      map[string][]json.RawMessage `json:"parts,omitempty"`
}

// Snapshot is a record as a revision saves it.
type Snapshot struct {
	Record     int64
	Binder     tenon.BinderID
	Version    int64
	Name       string
	Values     tenon.Values
	Tags       []string
	Domains    []string
	Archived   bool
	Restricted bool
	Parts      []tenon.Part
	// Sealed are the secret values, still sealed.
	Sealed map[string][]byte
}

// InsertRevision saves the state of a record under its version, once.
func (tx *Tx) InsertRevision(v tenon.Viewer, s Snapshot) error {
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	body, err := s.body()
	if err != nil {
		return err
	}
	sealed := "{}"
	if len(s.Sealed) > 0 {
		b, err := json.Marshal(s.Sealed)
		if err != nil {
			return err
		}
		sealed = string(b)
	}
	return tx.run(`INSERT INTO revisions (id, record_id, version, at, user_id, user_name, binder_id, body, secrets)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (record_id, version) DO NOTHING`,
		id, s.Record, s.Version, micros(tx.now), v.User, v.Name, s.Binder, body, sealed)
}

// body is the text of a revisionBody. The text of the values is put in as it
// is: the library would read through it once more.
func (s *Snapshot) body() (string, error) {
	more := revisionMore{Tags: s.Tags, Domains: s.Domains, Archived: s.Archived, Restricted: s.Restricted}
	for _, p := range s.Parts {
		if more.Parts == nil {
			more.Parts = map[string][]json.RawMessage{}
		}
		more.Parts[p.Name] = append(more.Parts[p.Name], json.RawMessage(p.Values.JSON()))
	}
	name, err := json.Marshal(s.Name)
	if err != nil {
		return "", err
	}
	rest, err := json.Marshal(more)
	if err != nil {
		return "", err
	}
	body := `{"name":` + string(name) + `,"values":` + s.Values.JSON()
	if len(rest) > len("{}") {
		body += "," + string(rest[1:len(rest)-1])
	}
	return body + "}", nil
}

// ListRevisions returns the revisions of a record, the newest first. The
// caller has read the record itself with the viewer: whoever may see it may
// see what it was. schema is that of the record.
func (tx *Tx) ListRevisions(record int64, schema tenon.Schema, parts []tenon.PartInfo, p tenon.Page) ([]tenon.Revision, string, error) {
	keys, err := readCursor(p.Cursor, "-version", "i")
	if err != nil {
		return nil, "", err
	}
	limit := p.Size()
	l := listQuery{order: []string{"version DESC"}, keys: keys, limit: limit + 1}
	where := "record_id = " + l.args.add(record)
	if after := l.after(); after != "" {
		where += " AND " + after
	}
	out, err := list(tx, func(r Scanner, v *tenon.Revision) error { return scanRevision(r, v, schema, parts) },
		`SELECT id, record_id, version, at, user_id, user_name, body, secrets FROM revisions WHERE `+where+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(out) > limit {
		out = out[:limit]
		next = makeCursor("-version", out[limit-1].Version)
	}
	return out, next, nil
}

func scanRevision(r Scanner, v *tenon.Revision, schema tenon.Schema, parts []tenon.PartInfo) error {
	var body, secrets string
	if err := r.Scan(&v.ID, &v.Subject, &v.Version, instant{&v.At}, &v.User, &v.ByName, &body, &secrets); err != nil {
		return err
	}
	var b revisionBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return err
	}
	v.Name, v.Tags, v.Domains, v.Archived, v.Restricted = b.Name, b.Tags, b.Domains, b.Archived, b.Restricted
	var err error
	if v.Values, err = tenon.ParseValues(schema, string(b.Values)); err != nil {
		return err
	}
	v.Parts = map[string][]tenon.Part{}
	for _, info := range parts {
		for i, raw := range b.Parts[info.Name] {
			values, err := tenon.ParseValues(info.Fields, string(raw))
			if err != nil {
				return err
			}
			v.Parts[info.Name] = append(v.Parts[info.Name], tenon.Part{Name: info.Name, Position: i, Values: values})
		}
	}
	sealed := map[string][]byte{}
	if err := json.Unmarshal([]byte(secrets), &sealed); err != nil {
		return err
	}
	for name := range sealed {
		v.Secrets = append(v.Secrets, name)
	}
	slices.Sort(v.Secrets)
	return nil
}

// RevisionSecrets returns the sealed values that a revision keeps, and the
// binder that they are bound to.
func (tx *Tx) RevisionSecrets(record, version int64) (map[string][]byte, tenon.BinderID, error) {
	var text string
	var binder tenon.BinderID
	err := tx.row(`SELECT secrets, binder_id FROM revisions WHERE record_id = $1 AND version = $2`, record, version).Scan(&text, &binder)
	if err != nil {
		return nil, 0, fail("revision", version, err)
	}
	out := map[string][]byte{}
	return out, binder, json.Unmarshal([]byte(text), &out)
}

// GetRevision returns one revision of a record. The caller has read the record
// itself with the viewer.
func (tx *Tx) GetRevision(record, version int64, schema tenon.Schema, parts []tenon.PartInfo) (*tenon.Revision, error) {
	out, err := list(tx, func(r Scanner, v *tenon.Revision) error { return scanRevision(r, v, schema, parts) },
		`SELECT id, record_id, version, at, user_id, user_name, body, secrets FROM revisions WHERE record_id = $1 AND version = $2`, record, version)
	if err == nil && len(out) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("revision", version, err)
	}
	return &out[0], nil
}

// SealedVersion is a secret field as a revision keeps it; Sealed is nil where
// it was empty.
type SealedVersion struct {
	Version int64
	At      time.Time
	ByName  string
	Sealed  []byte
}

// ListSealedVersions returns one secret field of a record as its newest
// revisions keep it. The caller has read the record itself with the viewer.
func (tx *Tx) ListSealedVersions(record int64, field string, limit int) ([]SealedVersion, error) {
	return list(tx, func(r Scanner, v *SealedVersion) error {
		var secrets string
		if err := r.Scan(&v.Version, instant{&v.At}, &v.ByName, &secrets); err != nil {
			return err
		}
		sealed := map[string][]byte{}
		err := json.Unmarshal([]byte(secrets), &sealed)
		v.Sealed = sealed[field]
		return err
	}, `SELECT version, at, user_name, secrets FROM revisions WHERE record_id = $1 ORDER BY version DESC LIMIT $2`, record, limit)
}

// RecentRevisions returns the last versions of each of these items, at most
// each of one, the newest first, without what they say. The caller has read the
// items with the viewer.
func (tx *Tx) RecentRevisions(ids []tenon.ItemID, each int) ([]tenon.Revision, error) {
	a := args{tx.d.bindersArg(binderIDs(ids))}
	return list(tx, func(r Scanner, v *tenon.Revision) error {
		return r.Scan(&v.ID, &v.Subject, &v.Version, instant{&v.At}, &v.User, &v.ByName)
	}, `SELECT r.id, r.record_id, r.version, r.at, r.user_id, r.user_name FROM revisions r WHERE `+tx.d.inBinders("r.record_id", "$1")+
		` AND r.version > (SELECT MAX(x.version) FROM revisions x WHERE x.record_id = r.record_id) - `+a.add(each)+` ORDER BY r.record_id, r.version DESC`, a...)
}

// RevisionNumbered returns the version that a revision of the record saved.
// The caller has read the record itself with the viewer.
func (tx *Tx) RevisionNumbered(record, id int64) (version int64, err error) {
	err = tx.row(`SELECT version FROM revisions WHERE id = $1 AND record_id = $2`, id, record).Scan(&version)
	return version, fail("version", id, err)
}
