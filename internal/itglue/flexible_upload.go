package itglue

import (
	"bytes"
	"maps"
	"net/http"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

// flexibleAssetSource stands behind flexible assets. Files that are sent inside
// of Upload traits are hung on the record once it is there, and named by it.
type flexibleAssetSource struct{ itemSource }

func (s flexibleAssetSource) create(r *request, in []change) ([]int64, error) {
	files, err := takeFiles(r, in)
	if err != nil {
		return nil, err
	}
	ids, err := s.itemSource.create(r, in)
	if err != nil {
		return nil, err
	}
	return ids, fileTraits(r, ids, files)
}

func (s flexibleAssetSource) update(r *request, in []change) error {
	files, err := takeFiles(r, in)
	if err != nil {
		return err
	}
	if err := s.itemSource.update(r, in); err != nil {
		return err
	}
	ids := make([]int64, len(in))
	for i := range in {
		ids[i] = in[i].id
	}
	return fileTraits(r, ids, files)
}

// takeFiles takes the files out of the traits that were sent: for each record,
// by the key of the field. All are looked at before anything is written.
func takeFiles(r *request, in []change) ([]map[string][]upload, error) {
	out := make([]map[string][]upload, len(in))
	for i := range in {
		files, err := filesInTraits(&in[i])
		if err == nil && len(files) > 0 {
			err = mayFile(r, &in[i], files)
		}
		if err != nil {
			return nil, inBatch(err, i, len(in))
		}
		out[i] = files
	}
	return out, nil
}

// filesInTraits takes the files out of the traits of one record.
func filesInTraits(in *change) (map[string][]upload, error) {
	sent, _ := in.attrs["traits"].(map[string]any)
	files, rest := map[string][]upload{}, maps.Clone(sent)
	for key, x := range sent {
		list, isList := x.([]any)
		if !isList {
			list = []any{x}
		}
		var others []any
		for _, y := range list {
			m, _ := y.(map[string]any)
			if _, isFile := m["content"]; !isFile {
				others = append(others, y)
				continue
			}
			name, content, err := readFile(m, "traits/"+kebab(key))
			if err != nil {
				return nil, err
			}
			files[kebab(key)] = append(files[kebab(key)], upload{name, content})
		}
		if len(others) < len(list) {
			rest[key] = others
		}
	}
	if len(files) > 0 {
		in.attrs = maps.Clone(in.attrs) // one body may be for many records
		in.attrs["traits"] = rest
	}
	return files, nil
}

// mayFile refuses files in fields that hold none, and from whoever may not attach.
func mayFile(r *request, in *change, files map[string][]upload) error {
	if err := r.viewer.Need(tenon.EditItems); err != nil {
		return err
	}
	return r.read(func(tx *store.Tx) error {
		t, err := typeOfAsset(tx, r, in)
		if t == nil || err != nil {
			return err
		}
		for _, key := range sortedKeys(files) {
			if f := t.Field(key); f == nil || f.Kind != tenon.FlexUpload {
				return fail(http.StatusUnprocessableEntity, "/data/attributes/traits/"+key, "There is no field for files of this name.")
			}
		}
		return nil
	})
}

// fileTraits hangs files on records and names them in their traits.
func fileTraits(r *request, ids []int64, files []map[string][]upload) error {
	for i, id := range ids {
		if len(files[i]) == 0 {
			continue
		}
		made := map[string][]any{}
		for _, key := range sortedKeys(files[i]) {
			for _, f := range files[i][key] {
				a, err := r.s.core.Attach(r.Context(), r.viewer, tenon.ItemID(id), f.name, "", bytes.NewReader(f.content))
				if err != nil {
					return err
				}
				made[key] = append(made[key], float64(a.ID))
			}
		}
		err := r.s.core.Batch(r.Context(), 1, func(tx *store.Tx, _ int) error {
			asset, err := tx.GetItem(r.viewer, tenon.ItemID(id))
			if err != nil {
				return err
			}
			traits := maps.Clone(asset.Values.Object("traits"))
			if traits == nil {
				traits = map[string]any{}
			}
			for key, names := range made {
				before, _ := traits[key].([]any)
				traits[key] = append(append([]any{}, before...), names...)
			}
			_, _, err = r.s.core.UpdateItemIn(tx, r.viewer, asset.ID, core.ItemChange{Values: tenon.Values{"traits": traits}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
