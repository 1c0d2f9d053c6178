package app

import (
	"context"

	"github.com/tenonhq/tenon"
)

// CommandLine returns who a command acts as: the built-in administrator, or
// the person with that address.
func (a *App) CommandLine(_ context.Context, osUser, email string) (tenon.Viewer, error) {
	if email != "" {
		return tenon.Viewer{}, tenon.Errorf(tenon.NotFound, "There is no user %s.", email)
	}
	v := tenon.SystemViewer()
	v.Name, v.Face, v.By = "command line", "command line", osUser
	return v, nil
}
