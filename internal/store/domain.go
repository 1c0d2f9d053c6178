package store

import (
	"github.com/tenonhq/tenon"
)

// SetDomains replaces the e-mail domains of an organization: what is new goes
// to its home binder, what is missing leaves every binder it owns.
func (tx *Tx) SetDomains(org tenon.OrgID, domains []string) error {
	have, err := tx.SystemDomains(org)
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, d := range domains {
		want[d] = true
		if _, ok := have[d]; ok {
			continue
		}
		err := tx.run(`INSERT INTO email_domains (binder_id, domain) VALUES ($1, $2)
			ON CONFLICT (binder_id, domain) DO UPDATE SET dropped_by = NULL`, org.Home(), d)
		if err != nil {
			return err
		}
	}
	for d := range have {
		if want[d] {
			continue
		}
		err := tx.run(`DELETE FROM email_domains WHERE domain = $1 AND binder_id IN (SELECT id FROM binders WHERE organization_id = $2)`, d, org)
		if err != nil {
			return err
		}
	}
	return nil
}

// SystemDomains returns the e-mail domains of an organization, each with one of its binders.
func (tx *Tx) SystemDomains(org tenon.OrgID) (map[string]tenon.BinderID, error) {
	out := map[string]tenon.BinderID{}
	err := tx.each(func(r Scanner) error {
		var d string
		var b tenon.BinderID
		if err := r.Scan(&d, &b); err != nil {
			return err
		}
		out[d] = b
		return nil
	}, `SELECT d.domain, d.binder_id FROM email_domains d JOIN binders b ON b.id = d.binder_id
		WHERE b.organization_id = $1 AND d.dropped_by IS NULL ORDER BY d.domain, d.binder_id`, org)
	return out, err
}

// DropDomains hides domains of these binders under an operation; RestoreDomains
// brings back what it hid.
func (tx *Tx) DropDomains(op tenon.OperationID, binders []tenon.BinderID, domains []string) error {
	for _, d := range domains {
		var a args
		err := tx.run(`UPDATE email_domains SET dropped_by = `+a.add(op)+` WHERE domain = `+a.add(d)+` AND dropped_by IS NULL AND `+
			tx.d.inBinders("binder_id", a.add(tx.d.bindersArg(binders))), a...)
		if err != nil {
			return err
		}
	}
	return nil
}

// RestoreDomains brings back the domains that the operation hid.
func (tx *Tx) RestoreDomains(op tenon.OperationID) error {
	return tx.run(`UPDATE email_domains SET dropped_by = NULL WHERE dropped_by = $1`, op)
}
