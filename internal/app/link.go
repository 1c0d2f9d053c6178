package app

import (
	"context"
	"net"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
)

// linkPath is where the pages take a one-time link.
const linkPath = "/link/"

// FirstLink returns the address by which the first administrator is made, ""
// once there is one.
func (a *App) FirstLink(ctx context.Context) (string, error) {
	token, err := a.Core.FirstLink(ctx)
	if err != nil || token.IsZero() {
		return "", err
	}
	return a.linkURL(token), nil
}

// PasswordLink returns the address by which a user sets a password.
func (a *App) PasswordLink(ctx context.Context, v tenon.Viewer, user tenon.UserID) (string, error) {
	token, err := a.Core.PasswordLink(ctx, v, user)
	if err != nil {
		return "", err
	}
	return a.linkURL(token), nil
}

func (a *App) linkURL(token secret.Text) string { return a.BaseURL() + linkPath + token.Reveal() }

// BaseURL is the address under which people reach the server.
func (a *App) BaseURL() string {
	if a.Config.URL != "" {
		return a.Config.URL
	}
	scheme := "http"
	if a.Config.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.Config.Listen)
	if err != nil {
		return scheme + "://" + a.Config.Listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
