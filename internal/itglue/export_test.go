package itglue

// Written is an attribute that a resource lets clients write, for tests.
type Written struct {
	Resource, Name, Form string
	Required             bool
	// Creates and Updates tell which of the resource's routes there are.
	Creates, Updates, UpdatesMany bool
}

// WrittenAttributes lists all of them.
func WrittenAttributes() []Written {
	can := map[string]verb{}
	all := resources()
	for _, rt := range routes(all) {
		if rt.res != nil {
			can[rt.res.path] |= rt.verb
		}
	}
	var out []Written
	for _, path := range sortedKeys(all) {
		for _, a := range all[path].attrs {
			if v := can[path]; a.write && v&(canCreate|canUpdate|canUpdateMany) != 0 {
				out = append(out, Written{path, a.name, string(a.form), a.required, v&canCreate != 0, v&canUpdate != 0, v&canUpdateMany != 0})
			}
		}
	}
	return out
}
