package store

import (
	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

// Spaces of aliases: what an old value was.
const (
	AliasName = "name"
	AliasFace = "external id"
)

// AddAlias remembers that the organization was once known under value.
func (tx *Tx) AddAlias(space, value string, b tenon.BinderID) error {
	return tx.run(`INSERT INTO aliases (space, value, binder_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, space, textkey.Fold(value), b)
}

// Aliases returns the old names of all binders of an organization, folded.
func (tx *Tx) Aliases(org tenon.OrgID) ([]string, error) {
	return column[string](tx, `SELECT DISTINCT a.value FROM binders b JOIN aliases a ON a.binder_id = b.id
		WHERE b.organization_id = $1 AND a.space = $2 ORDER BY a.value`, org, AliasName)
}

// FindByName resolves a name, as a reference, to the live organizations that
// answer to it: those of that name; else the owners of what was merged away
// under it; else those that once bore it.
func (tx *Tx) FindByName(v tenon.Viewer, name string) ([]tenon.OrgID, error) {
	key := textkey.Fold(name)
	for _, text := range []string{
		`SELECT o.id FROM organizations o WHERE o.name_key = $1 AND o.state = 'live' AND o.id <> 1`,
		`SELECT b.organization_id FROM organizations o JOIN binders b ON b.id = o.id WHERE o.name_key = $1 AND o.state = 'merged' AND o.state <> 'live'`,
		`SELECT b.organization_id FROM aliases a JOIN binders b ON b.id = a.binder_id WHERE a.value = $1 AND a.space = 'name'`,
	} {
		a := args{key}
		ids, err := column[tenon.OrgID](tx, `SELECT DISTINCT o.id FROM organizations o WHERE o.id IN (`+text+`) AND o.state = 'live' AND `+a.seesOrganization(v, "o")+` ORDER BY o.id`, a...)
		if err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return nil, nil
}
