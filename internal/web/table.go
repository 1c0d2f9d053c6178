package web

// RouteInfo is a line of the table of routes, as others may know it.
type RouteInfo struct {
	Method, Path string
	Open, Upload bool
}

// Routes returns the table of routes: whatever is true of every page or act is
// proved by going through it.
func Routes() []RouteInfo {
	var out []RouteInfo
	for _, rt := range routes() {
		out = append(out, RouteInfo{rt.method, rt.path, rt.open, rt.upload})
	}
	return out
}
