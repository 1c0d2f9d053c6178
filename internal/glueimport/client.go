package glueimport

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
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
	// retries is how often a request is sent again, with growing pauses. An
	// attempt of the job must outlast them.
	retries = 4
	// oneRequest is how long one request may take, and oneFile how long a file.
	oneRequest = time.Minute
	oneFile    = 40 * time.Second
	oneProbe   = 15 * time.Second
	// readAgain is how often an answer that is cut short is asked for.
	readAgain = 3
	// turnedAway is how many answers in a row that refuse the key make it worth
	// asking whether it is taken at all.
	turnedAway = 3
	// planRetries is that of a plan.
	planRetries = 3
	maxPause    = 5 * time.Minute
	// unsaidWait is how long a source that refuses for now, and does not say for
	// how long, is left alone.
	unsaidWait = time.Minute
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
	// elsewhere loads files that are kept on other hosts.
	elsewhere *http.Client
	// near says that these may be this machine, for tests.
	near bool
	// mild is how much is left out of requests for a list, so that the source
	// takes them; away is how many answers in a row refused the key.
	mild map[string]int
	away int
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
	h.HTTPClient.Timeout = oneRequest
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
	c := &client{base: base, key: key, http: h, pause: rate.NewLimiter(every, min(atOnce, requests)), patience: patience, mild: map[string]int{}}
	c.elsewhere = c.newElsewhere()
	h.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		var slow net.Error
		switch {
		case c.heldBack(resp) > patience:
			return false, nil
		case errors.As(err, &slow) && slow.Timeout(), resp != nil && resp.StatusCode == http.StatusGatewayTimeout:
			return false, nil // it would take as long again
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
func (c *client) close() {
	c.http.HTTPClient.CloseIdleConnections()
	c.elsewhere.CloseIdleConnections()
}

// refusal is an answer that asking again does not change.
type refusal struct {
	status int
	words  string
	// to is where the source says that it is, on another host.
	to string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.words) }

// refused tells whether the account does not have, or does not give, what was asked for.
func refused(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// refusedWith tells whether the account refused with one of these statuses.
func refusedWith(err error, statuses ...int) bool {
	var r *refusal
	return errors.As(err, &r) && slices.Contains(statuses, r.status)
}

// broken tells whether the account, which answers otherwise, has trouble with
// what was asked for.
func broken(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status >= http.StatusInternalServerError
}

// trouble is what a source answers that has some: it is worth asking again.
type trouble struct {
	status int
	words  string
}

func (t *trouble) Error() string { return t.words }

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
		return nil, keptAt(u, http.StatusNotFound)
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
	err = c.refuse(resp)
	if cerr := resp.Body.Close(); cerr != nil && !refused(err) {
		err = errors.Join(err, cerr)
	}
	return nil, err
}

// ask is open. Trouble that the account has with this request alone is a
// refusal of it, and a key that is not taken any more is said.
func (c *client) ask(ctx context.Context, address string, query url.Values) (io.ReadCloser, error) {
	body, err := c.open(ctx, address, query)
	if err == nil {
		c.away = 0
		return body, nil
	}
	if !c.planning && refusedWith(err, http.StatusUnauthorized, http.StatusForbidden) {
		if c.away++; c.away%turnedAway == 0 && refusedWith(c.probe(ctx), http.StatusUnauthorized, http.StatusForbidden) {
			return nil, tenon.Errorf(tenon.Conflict, "%s does not take the key any more. What was copied stands. Start the copy again with another key: it goes on from there.", c.base.Host)
		}
	}
	return nil, c.own(ctx, err)
}

// own turns trouble into a refusal where the account answers otherwise.
func (c *client) own(ctx context.Context, err error) error {
	var t *trouble
	var slow net.Error
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &t) && t.status >= http.StatusInternalServerError:
	case errors.As(err, &slow) && slow.Timeout():
		t = &trouble{http.StatusGatewayTimeout, "it takes too long"}
	default:
		return err
	}
	if c.probe(ctx) != nil {
		return err
	}
	return &refusal{status: t.status, words: t.words}
}

// probe asks the account for the least that it has.
func (c *client) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, oneProbe)
	defer cancel()
	body, err := c.open(ctx, "organizations", url.Values{"page[size]": {"1"}})
	if err != nil {
		return err
	}
	_, err = decode(io.LimitReader(body, maxAnswer))
	return errors.Join(err, body.Close())
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
	switch wait := c.heldBack(resp); {
	case wait > c.patience:
		return &job.Later{Wait: wait}
	case resp.StatusCode == http.StatusTooManyRequests && !c.planning:
		return &job.Later{Wait: unsaidWait}
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError:
		return c.unreachable(context.Background(), &trouble{resp.StatusCode, words})
	}
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		return keptAt(to, resp.StatusCode)
	}
	return &refusal{status: resp.StatusCode, words: words}
}

// keptAt refuses what is kept on another host, and says where.
func keptAt(u *url.URL, status int) *refusal {
	return &refusal{status: status, words: "it is kept on another host, " + u.Host + ", to which the key is not sent", to: u.String()}
}

// read decodes an answer to a request.
func (c *client) read(ctx context.Context, path string, query url.Values) (*answer, error) {
	var err error
	for range readAgain {
		var body io.ReadCloser
		if body, err = c.ask(ctx, path, query); err != nil {
			return nil, err
		}
		var a *answer
		a, err = decode(io.LimitReader(body, maxAnswer))
		if cerr := body.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			return a, nil
		}
		var slow net.Error
		if ctx.Err() != nil || errors.As(err, &slow) && slow.Timeout() {
			break
		}
	}
	e := tenon.Errorf(tenon.Unavailable, "%s did not answer as this API does, at /%s.", c.base.Host, path)
	e.Err = &trouble{http.StatusBadGateway, "the answer is cut short, or is not of this API"}
	return nil, c.own(ctx, e)
}

// sortOf is the order in which a list is asked for: that of ids, or of making
// where a resource cannot be had by id. What is added meanwhile stands at its end.
func sortOf(resource string) string {
	switch resource {
	case "flexible_assets", "domains", "password_folders", "document_folders", "password_categories", "configuration_interfaces", "flexible_asset_fields", "checklists":
		return "created_at"
	}
	return "id"
}

// list returns one page of a list, of size records. Where the source refuses how
// it was asked, it is asked for less: without an order, or without what should
// come along.
func (c *client) list(ctx context.Context, path string, query url.Values, page, size int) (*answer, error) {
	if page > maxPages {
		return nil, &refusal{status: http.StatusUnprocessableEntity, words: "its list has no end"}
	}
	resource := path[strings.LastIndexByte(path, '/')+1:]
	q := url.Values{"page[size]": {strconv.Itoa(size)}, "page[number]": {strconv.Itoa(page)}, "sort": {sortOf(resource)}}
	for name, values := range query {
		q[name] = values
	}
	forms := milder(q)
	key := resource + " " + q.Get("include")
	a, err := c.read(ctx, path, forms[c.mild[key]])
	first := err
	for i := c.mild[key] + 1; i < len(forms) && refusedWith(err, http.StatusBadRequest, http.StatusUnprocessableEntity); i++ {
		if a, err = c.read(ctx, path, forms[i]); err == nil {
			c.mild[key] = i
		}
	}
	if err != nil && refused(err) {
		return nil, first // what was asked for first was refused for a reason of its own
	}
	if err != nil {
		return nil, err
	}
	if a.Unsaid {
		a.Next = len(a.Data) >= size
	}
	return a, nil
}

// each hands on the records of a list, of all its pages.
func (c *client) each(ctx context.Context, path string, query url.Values, take func(*record)) error {
	for page := 1; ; page++ {
		a, err := c.list(ctx, path, query, page, pageSize)
		if err != nil {
			return err
		}
		for i := range a.Data {
			take(&a.Data[i])
		}
		if !a.Next || len(a.Data) == 0 {
			return nil
		}
	}
}

// milder returns the forms of a request, from the one that asks for all to that
// which asks for no order and nothing beside the records.
func milder(q url.Values) (forms []url.Values) {
	along := strings.Split(q.Get("include"), ",")
	for n := len(along); n >= 0; n-- {
		if n == 0 && along[0] == "" {
			break
		}
		for _, sorted := range []bool{true, false} {
			form := maps.Clone(q)
			form.Set("include", strings.Join(along[:n], ","))
			if form.Get("include") == "" {
				form.Del("include")
			}
			if !sorted {
				form.Del("sort")
			}
			forms = append(forms, form)
		}
	}
	return forms
}
