package glueimport

import (
	"context"
	"errors"
	"net/url"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/job"
	"github.com/tenonhq/tenon/internal/operation"
	"github.com/tenonhq/tenon/internal/store"
)

// planned are the resources that a plan counts, and how each is asked for.
var planned = []struct {
	resource string
	query    url.Values
}{
	{"organizations", nil}, {"locations", nil}, {"contacts", nil}, {"configurations", nil}, {"domains", nil},
	{"documents", url.Values{"filter[document_folder_id][ne]": {""}}}, {"checklists", nil}, {"passwords", nil},
}

// probed is how many passwords a plan tries at most.
const probed = 3

// Plan asks the source what it has, and says what a copy would bring. Flexible
// assets are counted by type. Nothing is changed, here or there.
func (e *Engine) Plan(ctx context.Context, v tenon.Viewer, o Options) (*tenon.Plan, error) {
	base, err := e.allow(v, o)
	if err != nil {
		return nil, err
	}
	wait := maxPause
	if o.Remote {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, remotePatience)
		defer cancel()
		wait = remotePause
	}
	c := e.client(base, o.Key, o.Requests, wait)
	defer c.close()
	p, err := e.plan(ctx, c, base)
	var later *job.Later
	if errors.As(err, &later) || o.Remote && errors.Is(err, context.DeadlineExceeded) {
		err = tenon.Errorf(tenon.Unavailable, "%s is too slow, or wants to be left alone for a while. Nothing was copied. Try again later.", base.Host)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// allow refuses what may not be copied from, and returns its address.
func (e *Engine) allow(v tenon.Viewer, o Options) (*url.URL, error) {
	if err := v.Need(tenon.ImportData); err != nil {
		return nil, err
	}
	if o.Remote {
		if err := v.Need(tenon.ManageSettings); err != nil {
			return nil, err
		}
	}
	base, err := parseBase(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Remote && !e.near && loopback(base.Hostname()) {
		return nil, tenon.FieldErrorf("url", "%s is the machine that Tenon runs on. From there a copy is started with the command tenon import itglue.", base.Host)
	}
	if o.Key.IsZero() {
		return nil, tenon.FieldErrorf("key", "Give a key to %s.", base.Host)
	}
	return base, nil
}

func (e *Engine) plan(ctx context.Context, c *client, base *url.URL) (*tenon.Plan, error) {
	// Somebody waits for the plan: an address that does not answer is said
	// within seconds.
	c.http.RetryMax, c.planning = planRetries, true
	p := &tenon.Plan{Operation: Kind, Action: base.String(), Counts: map[string]int64{}, Facts: map[string]string{"source": base.String()}}
	if err := e.count(ctx, c, p); err != nil {
		return nil, err
	}
	if len(p.Blockers) == 0 {
		if err := e.probePasswords(ctx, c, p); err != nil {
			return nil, err
		}
	}
	if err := e.compare(ctx, p); err != nil {
		return nil, err
	}
	p.Fingerprint = operation.Fingerprint(p.Facts)
	return p, nil
}

// count asks for the number of records of each kind.
func (e *Engine) count(ctx context.Context, c *client, p *tenon.Plan) error {
	first := "" // an organization there
	for _, x := range planned {
		a, err := c.list(ctx, x.resource, x.query, 1, 1)
		switch {
		case x.resource != "organizations":
		case refused(err):
			p.Blockers = append(p.Blockers, noEntry(c, err))
			return nil
		case err == nil && len(a.Data) > 0:
			first = a.Data[0].ID
		}
		if refused(err) && x.resource == "documents" && first != "" {
			_, one := c.list(ctx, "organizations/"+first+"/relationships/"+x.resource, x.query, 1, 1)
			if one != nil && !refused(one) {
				return one
			}
			if one == nil {
				p.Facts[x.resource] = "by organization" // and nobody knows how many
				continue
			}
		}
		if err := add(p, x.resource, totalOf(a), err); err != nil {
			return err
		}
	}
	return e.countAssets(ctx, c, p)
}

// countAssets asks for the number of flexible assets of each type.
func (e *Engine) countAssets(ctx context.Context, c *client, p *tenon.Plan) error {
	types, err := c.list(ctx, "flexible_asset_types", nil, 1, pageSize)
	if refused(err) {
		return add(p, "flexible_assets", 0, err)
	}
	if err != nil {
		return err
	}
	sum, given := int64(0), len(types.Data) == 0
	var denied error
	for i := range types.Data {
		a, err := c.list(ctx, "flexible_assets", url.Values{"filter[flexible-asset-type-id]": {types.Data[i].ID}}, 1, 1)
		if err != nil && !refused(err) {
			return err
		}
		if err != nil {
			denied = err
			continue
		}
		sum, given = sum+totalOf(a), true
	}
	if given {
		denied = nil
	}
	return add(p, "flexible_assets", sum, denied)
}

// totalOf is how long a list is, as its first page says.
func totalOf(a *answer) int64 {
	if a == nil {
		return 0
	}
	return max(a.Total, int64(len(a.Data)))
}

// add puts a number into the plan, or says that there is none to be had.
func add(p *tenon.Plan, resource string, n int64, err error) error {
	if refused(err) {
		p.Facts[resource] = "not given"
		p.Warnings = append(p.Warnings, tenon.Find("not_given", "", 0, "The source does not give %s (%s). They will not come.", words(resource), err))
		return nil
	}
	if err != nil {
		return err
	}
	p.Facts[resource] = "given"
	p.Counts[resource] = n
	p.Counts["records"] += n
	return nil
}

func words(resource string) tenon.Phrase {
	for i := range tenon.Kinds {
		if tenon.Kinds[i].Plural == resource {
			return tenon.Say("the %s", tenon.Say(tenon.Kinds[i].Labels))
		}
	}
	return tenon.Say("the %s", resource)
}

func noEntry(c *client, err error) tenon.Finding {
	var r *refusal
	errors.As(err, &r)
	return tenon.Find("no_entry", "", 0, "%s refuses the key, or is not an API of this kind (%d: %s).", c.base.Host, r.status, r.words)
}

// probePasswords asks for one password as the copy will, to say beforehand
// whether values come along.
func (e *Engine) probePasswords(ctx context.Context, c *client, p *tenon.Plan) error {
	if p.Counts["passwords"] == 0 {
		return nil
	}
	p.Facts["password values"] = "with the key"
	a, err := c.list(ctx, "passwords", nil, 1, probed)
	if err != nil || len(a.Data) == 0 {
		return err
	}
	for i := range a.Data { // one may have no value, or none that this key opens
		one, err := c.read(ctx, "passwords/"+a.Data[i].ID, showPassword)
		if err != nil && !refused(err) {
			return err
		}
		if _, given := given(one); given {
			return nil
		}
	}
	p.Facts["password values"] = "not with this key"
	p.Warnings = append(p.Warnings, tenon.Find("no_password_values", "", 0, "The key has no password access: passwords come without their values."))
	return nil
}

// compare says how much of it is here from an earlier copy.
func (e *Engine) compare(ctx context.Context, p *tenon.Plan) error {
	return e.st.Read(ctx, func(tx *store.Tx) error {
		p.PlannedAt = tx.Now()
		s, err := tx.SystemCopySource(p.Action)
		if tenon.CodeOf(err) == tenon.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		known, err := tx.SystemCountCopyTies(s.ID)
		for resource := range p.Counts {
			if known[resource] > 0 {
				p.Counts["known_"+resource] = known[resource]
			}
		}
		return err
	})
}
