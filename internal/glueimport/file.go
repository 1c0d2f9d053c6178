package glueimport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// file opens the content of a file. Where the account keeps it elsewhere, as
// with signed addresses of a store of files, it is loaded from there: without the
// key, over https alone, and never from an address that is not a public one,
// for what the source says must not lead into the network that this machine is in.
func (c *client) file(ctx context.Context, address string) (io.ReadCloser, error) {
	body, err := c.ask(ctx, address, nil)
	var r *refusal
	if errors.As(err, &r) && r.to != "" {
		return c.fromElsewhere(ctx, r.to)
	}
	return body, err
}

// hops is how many other addresses a file may lead to.
const hops = 3

func (c *client) newElsewhere() *http.Client {
	dial := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err == nil && !public(at.Addr()) && !(c.near && at.Addr().Unmap().IsLoopback()) {
			err = errNotPublic
		}
		return err
	}}
	return &http.Client{
		Timeout: oneFile,
		Transport: &http.Transport{DialContext: dial.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 20 * time.Second,
			IdleConnTimeout: 30 * time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > hops || !c.safe(r.URL) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

var errNotPublic = errors.New("its address is not a public one")

// safe tells whether a file may be loaded from there.
func (c *client) safe(u *url.URL) bool {
	return u.User == nil && u.Host != "" && (u.Scheme == "https" || c.near && loopback(u.Hostname()))
}

// fromElsewhere loads a file from another host. What goes wrong there is a
// refusal: the account itself is well.
func (c *client) fromElsewhere(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &refusal{status: http.StatusNotFound, words: "its address is malformed"}
	}
	if u.Scheme == "http" && !c.safe(u) {
		u.Scheme = "https"
	}
	no := func(words string) error {
		return &refusal{status: http.StatusNotFound, words: "it is kept on another host, " + u.Host + ", and without the key " + words}
	}
	if !c.safe(u) {
		return nil, no("only an https address is asked")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, no("its address is malformed")
	}
	resp, err := c.elsewhere.Do(r)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if errors.Is(err, errNotPublic) {
		return nil, no("only a public address is asked")
	}
	if err != nil {
		return nil, no("it does not answer")
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode != http.StatusOK:
		err = no("it answers " + resp.Status)
	case err == nil && kind == "text/html" && resp.Header.Get("Content-Disposition") == "":
		err = no("it answers with a page, as if to sign in") // and not with the file
	default:
		return resp.Body, nil
	}
	return nil, errors.Join(err, resp.Body.Close())
}

// inner are networks that no public host is in, beside those that net/netip knows.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	// Addresses of IPv6 that stand for others, of IPv4.
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("fec0::/10"),
}

// public tells whether an address is one of the open Internet.
func public(at netip.Addr) bool {
	at = at.Unmap()
	if !at.IsGlobalUnicast() || at.IsPrivate() {
		return false
	}
	for _, n := range inner {
		if n.Contains(at) {
			return false
		}
	}
	return true
}
