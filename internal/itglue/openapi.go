package itglue

import "github.com/getkin/kin-openapi/openapi3"

// Document returns the OpenAPI document.
func Document() (*openapi3.T, error) {
	return &openapi3.T{OpenAPI: "3.1.0"}, nil
}
