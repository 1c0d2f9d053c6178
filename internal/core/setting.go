package core

import (
	"context"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/store"
)

// Settings returns the account's settings, each with its value or default.
func (c *Core) Settings(ctx context.Context, v tenon.Viewer) (list []tenon.Setting, err error) {
	if v.Role == "" {
		return nil, errNotSignedIn
	}
	err = c.st.Read(ctx, func(tx *store.Tx) error {
		list = list[:0]
		for _, info := range tenon.AccountSettings {
			s, err := readSetting(tx, v, info)
			if err != nil {
				return err
			}
			list = append(list, s)
		}
		return nil
	})
	return list, err
}

// readSetting reads one setting. An organization that the viewer does not
// reach is left out.
func readSetting(tx *store.Tx, v tenon.Viewer, info tenon.SettingInfo) (tenon.Setting, error) {
	s := tenon.Setting{SettingInfo: info}
	var err error
	if info.Type != tenon.OrgRef {
		s.Value, err = tx.Setting(info.Name, info.Default)
		return s, err
	}
	stored, err := tx.Setting(info.Name, "")
	if err != nil || stored == "" {
		return s, err
	}
	owner, err := tx.Owner(tenon.BinderID(tenon.ParseID(stored)))
	if err != nil {
		return s, err
	}
	o, err := tx.GetOrganization(v, owner)
	if tenon.CodeOf(err) == tenon.NotFound {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Value, s.OrgName = o.ID.String(), o.Name
	return s, nil
}

// SetSetting changes a setting of the account; an empty value is back to the
// default. Only the settings of tenon.AccountSettings can be set.
func (c *Core) SetSetting(ctx context.Context, v tenon.Viewer, name, value string) error {
	if err := v.Need(tenon.ManageSettings); err != nil {
		return err
	}
	info := tenon.SettingNamed(name)
	if info == nil {
		return tenon.FieldErrorf("name", "There is no setting %q.", name)
	}
	return c.st.Write(ctx, func(tx *store.Tx) error {
		// Settings are read by merges and deletes, which hold this lock.
		if err := tx.LockStructure(); err != nil {
			return err
		}
		before, err := readSetting(tx, v, *info)
		if err != nil {
			return err
		}
		stored, err := checkSetting(tx, v, info, value)
		if err != nil {
			return err
		}
		if err := tx.SetSetting(name, stored); err != nil {
			return err
		}
		after, err := readSetting(tx, v, *info)
		if err != nil || before.Value == after.Value {
			return err
		}
		return tx.Record(v, tenon.Event{Action: "update", Subject: "setting", Name: info.Label,
			Changes: []tenon.Change{{Field: name, Before: before.Value, After: after.Value}}})
	})
}

// checkSetting returns the value as it is stored.
func checkSetting(tx *store.Tx, v tenon.Viewer, info *tenon.SettingInfo, value string) (string, error) {
	field := tenon.Schema{{Name: info.Name, Label: info.Label, Type: info.Type, Max: 200}}
	values, _, err := field.Apply(tenon.Values{}, tenon.Values{info.Name: value})
	if err != nil {
		return "", err
	}
	switch x := values[info.Name].(type) {
	case string:
		if info.Name == tenon.SettingZone {
			return checkZone(x)
		}
		return x, nil
	case bool:
		return strconv.FormatBool(x), nil
	case float64:
		n := int64(x)
		if float64(n) != x || n < info.Min || n > info.Max {
			return "", tenon.FieldErrorf(info.Name, "%s: give a whole number from %d to %d.", info.Label, info.Min, info.Max)
		}
		return strconv.FormatInt(n, 10), nil
	case int64:
		return checkPrimary(tx, v, info, tenon.OrgID(x))
	}
	return info.Default, nil
}

// checkZone holds the time zone to those that are known. "Local" would be
// another on every machine.
func checkZone(name string) (string, error) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return "", tenon.FieldErrorf(tenon.SettingZone, "There is no time zone %q. Names look like Europe/Berlin.", name)
	}
	return name, nil
}

// Zone returns the time zone in which people of the account read times.
func (c *Core) Zone(ctx context.Context) (*time.Location, error) {
	name := ""
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		name, err = tx.Setting(tenon.SettingZone, "UTC")
		return err
	})
	return zoneNamed(name), err
}

// checkPrimary holds the primary organization to a live one, and returns its
// home binder: that is what is stored.
func checkPrimary(tx *store.Tx, v tenon.Viewer, info *tenon.SettingInfo, ref tenon.OrgID) (string, error) {
	owner, err := tx.ResolveOrganization(v, ref)
	if tenon.CodeOf(err) == tenon.NotFound {
		return "", tenon.FieldErrorf(info.Name, "There is no organization %d.", ref)
	}
	if err != nil {
		return "", err
	}
	if err := tx.LockAny([]tenon.OrgID{owner}); err != nil {
		return "", err
	}
	o, err := tx.GetOrganization(v, owner)
	if err != nil {
		return "", err
	}
	if err := RequireLive(tx, v, o); err != nil {
		return "", err
	}
	return o.ID.Home().String(), nil
}
