package glueimport

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/secret"
)

const (
	// pageSize is the largest page that the API gives.
	pageSize = 1000
	// maxAnswer is how large an answer may be; attachments are limited by the core.
	maxAnswer = 256 << 20
	// maxPages ends a list whose pages never end.
	maxPages = 100_000
	// window and windowRequests are the rate that an account may ask at.
	window         = 5 * time.Minute
	windowRequests = 3000
	// atOnce is how many requests may follow without a pause.
	atOnce = 50
	// retries is how often a request is sent again, with growing pauses.
	retries = 6
	// planRetries is that of a plan.
	planRetries = 3
	maxPause    = 5 * time.Minute
	// remotePatience and remotePause are how long somebody at a page waits for a
	// plan, and how long a source may ask it to wait.
	remotePatience = time.Minute
	remotePause    = 10 * time.Second
	// patience is how long an attempt of the job waits for the account; it must
	// end before the attempt's own time does.
	patience = 20 * time.Second
)

// client asks an account through its API: never faster than it allows, and
// again where that may help.
type client struct {
	base  *url.URL
	key   secret.Text
	http  *retryablehttp.Client
	pause *rate.Limiter
	// patience is how long a request may be held back by the account and sent
	// again: after a longer time, somebody else asks anew.
	patience time.Duration
	// planning says that somebody waits for the answers, and nothing is copied yet.
	planning bool
}

// parseBase reads the address of an account. The key goes along with each
// request, so it must not go out in the clear.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, tenon.FieldErrorf("url", "%q is not an address such as https://api.itglue.com.", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, tenon.FieldErrorf("url", "Give the plain address, without a user name or a query.")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, tenon.FieldErrorf("url", "The key would go to %s unprotected. Use https.", u.Host)
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// newClient makes a client. requests is how many it may send in five minutes; 0
// is what an account usually allows.
func newClient(base *url.URL, key secret.Text, requests int, patience time.Duration) *client {
	if requests <= 0 {
		requests = windowRequests
	}
	h := retryablehttp.NewClient()
	h.Logger = nil
	h.RetryMax, h.RetryWaitMin, h.RetryWaitMax = retries, time.Second, maxPause
	h.ErrorHandler = retryablehttp.PassthroughErrorHandler
	h.HTTPClient.Timeout = 2 * time.Minute
	h.HTTPClient.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 || r.URL.Host != base.Host || r.URL.Scheme != base.Scheme {
			return http.ErrUseLastResponse
		}
		return nil
	}
	if t, ok := h.HTTPClient.Transport.(*http.Transport); ok {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	every := rate.Limit(float64(requests) / window.Seconds())
	c := &client{base: base, key: key, http: h, pause: rate.NewLimiter(every, min(atOnce, requests)), patience: patience}
	h.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if c.heldBack(resp) > patience {
			return false, nil
		}
		return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
	}
	return c
}

// heldBack is how long the account wants to be left alone, as its answer says.
func (c *client) heldBack(resp *http.Response) time.Duration {
	if resp == nil || (resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable) || resp.Header.Get("Retry-After") == "" {
		return 0
	}
	return min(retryablehttp.DefaultBackoff(c.http.RetryWaitMin, c.http.RetryWaitMax, 0, resp), time.Hour)
}

// close lets go of the connections.
func (c *client) close() { c.http.HTTPClient.CloseIdleConnections() }

// refusal is an answer that asking again does not change.
type refusal struct {
	status int
	words  string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.words) }

// refused tells whether the account does not have, or does not give, what was asked for.
func refused(err error) bool {
	var r *refusal
	return errors.As(err, &r) && (r.status == http.StatusForbidden || r.status == http.StatusUnauthorized ||
		r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.status == http.StatusUnprocessableEntity)
}

// open sends a GET and returns the body of an answer with status 200.
func (c *client) open(ctx context.Context, address string, query url.Values) (io.ReadCloser, error) {
	u, err := c.base.Parse(c.base.Path + "/" + strings.TrimPrefix(address, "/"))
	if strings.Contains(address, "://") {
		u, err = url.Parse(address)
	}
	if err != nil {
		return nil, err
	}
	if u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return nil, &refusal{http.StatusNotFound, "it is kept on another host, " + u.Host + ", to which the key is not sent"}
	}
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	if err := c.pause.Wait(ctx); err != nil {
		return nil, err
	}
	r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Api-Key", c.key.Reveal())
	r.Header.Set("Accept", "application/vnd.api+json")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	return nil, errors.Join(c.refuse(resp), resp.Body.Close())
}

func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := tenon.Errorf(tenon.Unavailable, "%s does not answer. What was copied stands; the copy goes on from there.", c.base.Host)
	if c.planning {
		e = tenon.Errorf(tenon.Unavailable, "%s does not answer. Nothing was copied. Look whether the address is right, and try again.", c.base.Host)
	}
	e.Err = err
	return e
}

// refuse reads what an error answer says.
func (c *client) refuse(resp *http.Response) error {
	var body struct {
		Message string `json:"message"`
		Errors  []struct {
			Title  string `json:"title"`
			Detail string `json:"detail"`
		} `json:"errors"`
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return c.unreachable(context.Background(), err)
	}
	words := http.StatusText(resp.StatusCode)
	if json.Unmarshal(text, &body) == nil {
		switch {
		case len(body.Errors) > 0 && body.Errors[0].Detail != "":
			words = body.Errors[0].Detail
		case len(body.Errors) > 0 && body.Errors[0].Title != "":
			words = body.Errors[0].Title
		case body.Message != "":
			words = body.Message
		}
	}
	if wait := c.heldBack(resp); wait > c.patience {
		return &job.Later{Wait: wait}
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return c.unreachable(context.Background(), errors.New(words))
	}
	return &refusal{resp.StatusCode, words}
}

// record is one as the API gives it.
type record struct {
	ID            string              `json:"id"`
	Type          string              `json:"type"`
	Attributes    map[string]any      `json:"attributes"`
	Relationships map[string]relation `json:"relationships"`
}

type relation struct {
	Data json.RawMessage `json:"data"`
}

// named returns the ids of a relation to many.
func (r *record) named(name string) []string {
	var list []struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(r.Relationships[name].Data, &list) != nil {
		return nil
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

// answer is a page of records, or one.
type answer struct {
	Data     []record
	Included []record
	Next     bool
	Total    int64
}

// last is the id of the last record.
func (a *answer) last() string { return a.Data[len(a.Data)-1].ID }

// included returns the records of that type that came along, by id.
func (a *answer) included(kind string) map[string]*record {
	out := map[string]*record{}
	for i := range a.Included {
		if a.Included[i].Type == kind {
			out[a.Included[i].ID] = &a.Included[i]
		}
	}
	return out
}

// read decodes an answer to a request.
func (c *client) read(ctx context.Context, path string, query url.Values) (*answer, error) {
	body, err := c.open(ctx, path, query)
	if err != nil {
		return nil, err
	}
	a, err := decode(io.LimitReader(body, maxAnswer))
	if cerr := body.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		e := tenon.Errorf(tenon.Unavailable, "%s did not answer as this API does, at /%s.", c.base.Host, path)
		e.Err = err
		return nil, e
	}
	return a, nil
}

// decode reads an answer: a list, or one record.
func decode(r io.Reader) (*answer, error) {
	var raw struct {
		Data     json.RawMessage `json:"data"`
		Included []record        `json:"included"`
		Meta     struct {
			Next  *int64 `json:"next-page"`
			Total int64  `json:"total-count"`
		} `json:"meta"`
	}
	if err := json.NewDecoder(r).Decode(&raw); err != nil {
		return nil, err
	}
	a := &answer{Included: raw.Included, Next: raw.Meta.Next != nil && *raw.Meta.Next > 0, Total: raw.Meta.Total}
	if len(raw.Data) > 0 && raw.Data[0] == '[' {
		return a, json.Unmarshal(raw.Data, &a.Data)
	}
	var one record
	if err := json.Unmarshal(raw.Data, &one); err != nil {
		return nil, err
	}
	a.Data = []record{one}
	return a, nil
}

// list returns one page of a list, in the order of ids: what is added
// meanwhile stands at its end.
func (c *client) list(ctx context.Context, path string, query url.Values, page int) (*answer, error) {
	if page > maxPages {
		return nil, &refusal{http.StatusUnprocessableEntity, "its list has no end"}
	}
	q := url.Values{"page[size]": {strconv.Itoa(pageSize)}, "page[number]": {strconv.Itoa(page)}, "sort": {"id"}}
	for name, values := range query {
		q[name] = values
	}
	return c.read(ctx, path, q)
}
