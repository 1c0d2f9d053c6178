package api

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/csvimport"
)

// importIn confirms the plan of an import. facts are those of the plan: they
// say which file it was, and how it was read.
type importIn struct {
	Fingerprint string            `json:"fingerprint"`
	Facts       map[string]string `json:"facts"`
}

var importParams = []param{
	{"kind", "organization, or the name of a kind of item"}, {"name", "what the file is called"},
	{"map", "our_field=column, with commas between; without it, columns named like our fields"},
	{"partial", "true: import the good rows where others are refused"}, {"refuse_new", "true: refuse names that are in no look-up list"},
}

func (s *server) imports() (*csvimport.Engine, error) {
	if s.importer == nil {
		return nil, tenon.Errorf(tenon.Unavailable, "This server takes no imports.")
	}
	return s.importer, nil
}

func importOptions(r *request) (csvimport.Options, error) {
	o := csvimport.Options{Kind: r.query["kind"], Name: r.query["name"], File: r.Body}
	if text := r.query["map"]; text != "" {
		o.Map = map[string]string{}
		for _, pair := range strings.Split(text, ",") {
			field, column, ok := strings.Cut(pair, "=")
			if !ok || field == "" || o.Map[field] != "" {
				return o, tenon.FieldErrorf("map", "map must be pairs such as name=Company, each field once.")
			}
			o.Map[field] = column
		}
	}
	for name, to := range map[string]*bool{"partial": &o.Partial, "refuse_new": &o.RefuseNew} {
		b, err := r.flag(name)
		if err != nil {
			return o, err
		}
		*to = b != nil && *b
	}
	return o, nil
}

func (s *server) importPlan(r *request) (answer, error) {
	e, err := s.imports()
	if err != nil {
		return answer{}, err
	}
	o, err := importOptions(r)
	if err != nil {
		return answer{}, err
	}
	return planned(e.Plan(r.Context(), r.viewer, o))
}

func (s *server) importRun(r *request) (answer, error) {
	e, err := s.imports()
	if err != nil {
		return answer{}, err
	}
	var in importIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	op, err := e.Run(r.Context(), r.viewer, &tenon.Plan{Operation: csvimport.Kind, Fingerprint: in.Fingerprint, Facts: in.Facts})
	if err != nil {
		return answer{}, err
	}
	return s.begun(r, op.ID)
}
