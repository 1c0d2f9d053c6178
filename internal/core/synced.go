package core

import (
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// psa is what people are told keeps a record in step. Connections have no names
// yet; once they have, SyncsOrganization and SyncsItem answer with those.
const psa = "the PSA"

// SyncsOrganization returns what keeps an organization in step, in words, ""
// where nothing does.
func SyncsOrganization(tx *store.Tx, o *tenon.Organization) (string, error) {
	synced, err := tx.SyncingOrganizations(o.Binders)
	if err != nil || len(synced) == 0 {
		return "", err
	}
	return psa, nil
}

// SyncsItem returns what keeps an item in step, in words, "" where nothing does.
func SyncsItem(tx *store.Tx, i *tenon.Item) (string, error) {
	if !slices.ContainsFunc(i.Kind.Info().Fields, func(f tenon.Field) bool { return f.Synced }) {
		return "", nil
	}
	synced, err := tx.SyncingItems([]tenon.ItemID{i.ID})
	if err != nil || len(synced) == 0 {
		return "", err
	}
	return psa, nil
}

// refuseSynced refuses a change of what a connection writes: the next run would
// put it back. What is sent as it stands is no change, and the product's own
// work, which is that run, is not refused. by is asked only where it matters.
func refuseSynced(v tenon.Viewer, name string, schema tenon.Schema, changed []string, by func() (string, error)) error {
	if v.System() {
		return nil
	}
	for _, field := range changed {
		f := schema.Field(field)
		if f == nil || !f.Synced {
			continue
		}
		words, err := by()
		if err != nil || words == "" {
			return err
		}
		return keptInStep(name, words, f)
	}
	return nil
}

// ErrSynced refuses to give a record that is kept in step another value of a
// field that a connection writes.
func ErrSynced(name string, f *tenon.Field) error { return keptInStep(name, psa, f) }

func keptInStep(name, by string, f *tenon.Field) error {
	return tenon.FieldErrorf(f.Name, "%s is kept in step with %s: its %q is changed there. Nothing was changed.", name, by, f.Label)
}
