package api

import (
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/httpkit"
)

func (s *server) partList(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	parts, err := s.core.Parts(r.Context(), r.viewer, i.ID)
	if err != nil {
		return answer{}, err
	}
	of := []tenon.Part{}
	for _, part := range parts {
		if part.Name == p.Name {
			of = append(of, part)
		}
	}
	return list(of, "", func(part tenon.Part) object { return partJSON(p, part) })
}

func partValues(r *request, p *tenon.PartInfo) (tenon.Values, error) {
	m, err := httpkit.ParseObject(r.body)
	if err != nil {
		return nil, err
	}
	return m, writable(p.Fields, m)
}

func (s *server) partCreate(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	i, err := s.item(r, info)
	if err != nil {
		return answer{}, err
	}
	values, err := partValues(r, p)
	if err != nil {
		return answer{}, err
	}
	part, err := s.core.AddPart(r.Context(), r.viewer, i.ID, p.Name, values)
	if err != nil {
		return answer{}, err
	}
	return created(info.Plural+"/"+i.ID.String()+"/"+p.Plural, part.ID, partJSON(p, *part))
}

// part returns the id of the part that the path names, once it is known to be of this list.
func (s *server) part(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (tenon.ItemID, int64, error) {
	i, err := s.item(r, info)
	if err != nil {
		return 0, 0, err
	}
	parts, err := s.core.Parts(r.Context(), r.viewer, i.ID)
	if err != nil {
		return 0, 0, err
	}
	id := r.id("part")
	for _, part := range parts {
		if part.ID == id && part.Name == p.Name {
			return i.ID, id, nil
		}
	}
	return 0, 0, tenon.Errorf(tenon.NotFound, "There is no %s %d.", strings.ToLower(p.Label), id)
}

func (s *server) partUpdate(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	item, id, err := s.part(r, info, p)
	if err != nil {
		return answer{}, err
	}
	values, err := partValues(r, p)
	if err != nil {
		return answer{}, err
	}
	part, err := s.core.UpdatePart(r.Context(), r.viewer, item, id, values)
	if err != nil {
		return answer{}, err
	}
	return ok(partJSON(p, *part))
}

func (s *server) partRemove(r *request, info *tenon.KindInfo, p *tenon.PartInfo) (answer, error) {
	item, id, err := s.part(r, info, p)
	if err != nil {
		return answer{}, err
	}
	if err := s.core.RemovePart(r.Context(), r.viewer, item, id); err != nil {
		return answer{}, err
	}
	return done()
}
