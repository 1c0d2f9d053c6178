package api

import (
	"slices"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

type userJSON struct {
	ID           int64      `json:"id"`
	Name         string     `json:"name"`
	Email        string     `json:"email"`
	Role         string     `json:"role"`
	Everywhere   bool       `json:"everywhere"`
	Disabled     bool       `json:"disabled"`
	Groups       []int64    `json:"groups"`
	SecondFactor bool       `json:"second_factor"`
	HasPassword  bool       `json:"has_password"`
	Language     string     `json:"language"`
	State        string     `json:"state"`
	InvitedUntil *time.Time `json:"invited_until"`
	Version      int64      `json:"version"`
	SignedInAt   *time.Time `json:"signed_in_at"`
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
}

func encodeUser(u *tenon.User) userJSON {
	return userJSON{
		ID: int64(u.ID), Name: u.Name, Email: u.Email, Role: string(u.Role), Everywhere: u.Everywhere, Disabled: u.Disabled,
		Groups: encodeAll(u.Groups, func(g tenon.GroupID) int64 { return int64(g) }), SecondFactor: u.SecondFactor, HasPassword: u.HasPassword, Language: u.Language,
		State: string(u.State()), InvitedUntil: at(u.InvitedUntil), Version: u.Version, SignedInAt: at(u.SignedInAt), CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
	}
}

// userIn is a change of a user. A password is given by a link, or by the user.
type userIn struct {
	Name       *string  `json:"name,omitempty"`
	Email      *string  `json:"email,omitempty"`
	Role       *string  `json:"role,omitempty"`
	Everywhere *bool    `json:"everywhere,omitempty"`
	Disabled   *bool    `json:"disabled,omitempty"`
	Groups     *[]int64 `json:"groups,omitempty"`
	Language   *string  `json:"language,omitempty"`
	// Invite, for a new user, mails a link to choose a password.
	Invite  bool  `json:"invite,omitempty"`
	Version int64 `json:"version,omitempty"`
}

func (in userIn) domain(r *request) core.UserChange {
	out := core.UserChange{Name: in.Name, Email: in.Email, Everywhere: in.Everywhere, Disabled: in.Disabled, Language: in.Language, Groups: typedIDs[tenon.GroupID](in.Groups), Version: orVersion(in.Version, r)}
	if in.Role != nil {
		role := tenon.Role(*in.Role)
		out.Role = &role
	}
	return out
}

func orVersion(v int64, r *request) int64 {
	if v == 0 {
		return r.version
	}
	return v
}

func typedIDs[T ~int64](in *[]int64) *[]T {
	if in == nil {
		return nil
	}
	out := make([]T, len(*in))
	for i, id := range *in {
		out[i] = T(id)
	}
	return &out
}

func (s *server) userList(r *request) (answer, error) {
	q := store.UserQuery{Search: r.query["search"], Role: tenon.Role(r.query["role"])}
	var err error
	if q.Page, err = r.page(); err != nil {
		return answer{}, err
	}
	if q.IDs, err = ids[tenon.UserID](r, "id"); err != nil {
		return answer{}, err
	}
	if q.Group, err = oneID[tenon.GroupID](r, "group"); err != nil {
		return answer{}, err
	}
	if q.Disabled, err = r.flag("disabled"); err != nil {
		return answer{}, err
	}
	page, next, err := s.core.Users(r.Context(), r.viewer, q)
	if err != nil {
		return answer{}, err
	}
	return list(page, next, encodeUser)
}

func (s *server) userGet(r *request) (answer, error) {
	u, err := s.core.User(r.Context(), r.viewer, tenon.UserID(r.id("user")))
	if err != nil {
		return answer{}, err
	}
	return ok(encodeUser(u))
}

func (s *server) userCreate(r *request) (answer, error) {
	var in userIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	create := s.core.CreateUser
	if in.Invite {
		create = s.core.InviteUser
	}
	u, err := create(r.Context(), r.viewer, in.domain(r))
	if err != nil {
		return answer{}, err
	}
	return s.userAgain(r, u.ID, true)
}

func (s *server) userUpdate(r *request) (answer, error) {
	var in userIn
	if err := r.decode(&in); err != nil {
		return answer{}, err
	}
	if in.Invite {
		return answer{}, tenon.FieldErrorf("invite", "Only a new user is invited. For one that is there, post to its invitation.")
	}
	u, err := s.core.UpdateUser(r.Context(), r.viewer, tenon.UserID(r.id("user")), in.domain(r))
	if err != nil {
		return answer{}, err
	}
	return s.userAgain(r, u.ID, false)
}

func (s *server) userAgain(r *request, id tenon.UserID, isNew bool) (answer, error) {
	u, err := s.core.User(r.Context(), r.viewer, id)
	if err != nil {
		return answer{}, err
	}
	if isNew {
		return created("users", int64(id), encodeUser(u))
	}
	return ok(encodeUser(u))
}

// meJSON is who asks, with what the role may do.
type meJSON struct {
	ID             *int64   `json:"id"`
	Name           string   `json:"name"`
	Email          string   `json:"email"`
	Role           string   `json:"role"`
	Everywhere     bool     `json:"everywhere"`
	Groups         []int64  `json:"groups"`
	DeniedKinds    []string `json:"denied_kinds"`
	KeyID          *int64   `json:"key_id"`
	PasswordAccess bool     `json:"password_access"`
	May            []string `json:"may"`
}

func (s *server) me(r *request) (answer, error) {
	v := r.viewer
	out := meJSON{
		ID: orNull(int64(v.User)), Name: v.Name, Email: v.Email, Role: string(v.Role), Everywhere: v.Everywhere, KeyID: orNull(v.Key), PasswordAccess: !v.NoSecrets,
		Groups: encodeAll(v.Groups, func(g tenon.GroupID) int64 { return int64(g) }), DeniedKinds: encodeAll(v.Denied, tenon.Kind.String), May: []string{},
	}
	for a := range tenon.Allowed {
		if v.May(a) {
			out.May = append(out.May, string(a))
		}
	}
	slices.Sort(out.May)
	return ok(out)
}
