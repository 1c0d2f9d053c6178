package store

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const viewText = `SELECT w.id, w.list, w.name, w.user_id, COALESCE(u.name, ''), w.shared, w.query, w.name_key FROM list_views w LEFT JOIN users u ON u.id = w.user_id WHERE (w.shared = TRUE OR w.user_id = $1)`

func scanView(r Scanner, w *tenon.ListView) error {
	var key string
	return r.Scan(&w.ID, &w.List, &w.Name, &w.User, &w.UserName, &w.Shared, &w.Query, &key)
}

// ListViews returns the saved views of a list that are the viewer's own or
// shared, by name.
func (tx *Tx) ListViews(v tenon.Viewer, of string) ([]tenon.ListView, error) {
	return list(tx, scanView, viewText+` AND w.list = $2 ORDER BY w.name_key, w.id LIMIT $3`, v.User, of, 2*tenon.MaxViews)
}

// GetView returns a saved view that is the viewer's own or shared. NotFound
// for everybody else.
func (tx *Tx) GetView(v tenon.Viewer, id tenon.ViewID) (*tenon.ListView, error) {
	found, err := list(tx, scanView, viewText+` AND w.id = $2`, v.User, id)
	if err == nil && len(found) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("view", int64(id), err)
	}
	return &found[0], nil
}

// InsertView files a new saved view; its id must be fresh.
func (tx *Tx) InsertView(w *tenon.ListView) error {
	return tx.run(`INSERT INTO list_views (id, list, user_id, name, name_key, shared, query, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		w.ID, w.List, w.User, w.Name, textkey.Fold(w.Name), w.Shared, w.Query, micros(tx.now))
}

// UpdateView writes name, sharing and query of a view.
func (tx *Tx) UpdateView(w *tenon.ListView) error {
	return tx.run(`UPDATE list_views SET name = $1, name_key = $2, shared = $3, query = $4, updated_at = $5 WHERE id = $6`,
		w.Name, textkey.Fold(w.Name), w.Shared, w.Query, micros(tx.now), w.ID)
}

// DeleteView removes a view; lists that opened with it open with everything.
func (tx *Tx) DeleteView(id tenon.ViewID) error {
	if err := tx.run(`UPDATE list_settings SET view_id = NULL WHERE view_id = $1`, id); err != nil {
		return err
	}
	return tx.run(`DELETE FROM list_views WHERE id = $1`, id)
}

// ListSettings returns how the viewer has a list.
func (tx *Tx) ListSettings(v tenon.Viewer, of string) (s tenon.ListSettings, err error) {
	err = tx.each(func(r Scanner) error {
		var columns string
		err := r.Scan(&columns, &s.View)
		s.Columns = listColumns(columns)
		return err
	}, `SELECT columns, COALESCE(view_id, 0) FROM list_settings WHERE user_id = $1 AND list = $2`, v.User, of)
	return s, err
}

func listColumns(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// ListFrame is ListViews and ListSettings in one statement: every list begins
// with both.
func (tx *Tx) ListFrame(v tenon.Viewer, of string) (views []tenon.ListView, s tenon.ListSettings, err error) {
	err = tx.each(func(r Scanner) error {
		var w tenon.ListView
		var key string
		if err := r.Scan(&w.ID, &w.List, &w.Name, &w.User, &w.UserName, &w.Shared, &w.Query, &key); err != nil {
			return err
		}
		if w.List == "" {
			s = tenon.ListSettings{View: w.ID, Columns: listColumns(w.Query)}
		} else {
			views = append(views, w)
		}
		return nil
	}, viewText+` AND w.list = $2 UNION ALL SELECT COALESCE(view_id, 0), '', '', 0, '', FALSE, columns, '' FROM list_settings WHERE user_id = $1 AND list = $2
		ORDER BY 8, 1 LIMIT $3`, v.User, of, 2*tenon.MaxViews+1)
	return views, s, err
}

// SetListSettings writes how the viewer has a list.
func (tx *Tx) SetListSettings(v tenon.Viewer, of string, s tenon.ListSettings) error {
	return tx.run(`INSERT INTO list_settings (user_id, list, columns, view_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, list) DO UPDATE SET columns = excluded.columns, view_id = excluded.view_id`, v.User, of, strings.Join(s.Columns, ","), null(s.View))
}
