package httpkit

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"strings"
)

// Info is what the chain knows of a request. A face adds who is asking, so
// that the access log can say it.
type Info struct {
	RequestID string
	Addr      string // the client's address, behind trusted proxies
	Secure    bool   // the client came by HTTPS
	Pattern   string // the route that answered
	UserID    int64
	KeyID     int64
	Code      string // of the error that was answered
	Err       error  // for operators: what an internal error wraps
}

type infoKey struct{}

// InfoOf returns what the chain knows of a request. Outside of the chain it
// is empty, and what is written to it goes nowhere.
func InfoOf(ctx context.Context) *Info {
	if i, ok := ctx.Value(infoKey{}).(*Info); ok {
		return i
	}
	return &Info{}
}

// maxRequestID bounds the id that a client may choose.
const maxRequestID = 64

// requestID takes the client's X-Request-Id where it is harmless in a log and
// in a header, or makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > maxRequestID {
		return rand.Text()
	}
	for _, c := range id {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.:", c) {
			return rand.Text()
		}
	}
	return id
}

// clientAddr returns the address that the request came from. What a header
// says counts only where a trusted proxy wrote it: the list is read from its
// end, and the first address that is no trusted proxy is the client.
func clientAddr(r *http.Request, trusted []netip.Prefix) (addr string, viaProxy bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "", false
	}
	client := peer.Addr().Unmap()
	if !contains(trusted, client) {
		return client.String(), false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap()
		if !contains(trusted, client) {
			break
		}
	}
	return client.String(), true
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
