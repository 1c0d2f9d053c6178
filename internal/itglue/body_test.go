package itglue

import "testing"

// FuzzDocument feeds the decoder what it may be sent: it returns, with a
// document or an error that has a status of the request's.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{
		`{"data":{"type":"organizations","attributes":{"name":"a","organization-type-id":"5"}}}`, `{"data":[{"id":"1"},{"attributes":{"id":2}}]}`,
		`{"data":{"relationships":{"configuration-interfaces":{"data":[{"attributes":{"name":"x"}}]}}}}`, `{"data":null}`, `[`, ``,
	} {
		f.Add([]byte(s))
	}
	res := resources()["configurations"]
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := readDocument(body)
		if err != nil {
			if got := failureOf(res, err).status; got < 400 || got >= 500 {
				t.Errorf("%q is answered with %d", body, got)
			}
			return
		}
		for _, c := range d.data {
			res.values(c)
			if err := res.checkRequired(c, nil); err != nil && failureOf(res, err).status != 422 {
				t.Errorf("%q: %v", body, err)
			}
		}
		if err := (params{}).addBody(body); err != nil && failureOf(nil, err).status != 400 {
			t.Errorf("%q as parameters: %v", body, err)
		}
	})
}
