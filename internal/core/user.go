package core

import (
	"context"
	"regexp"
	"slices"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
	"github.com/tenonhq/tenon/internal/store"
	"github.com/tenonhq/tenon/internal/textkey"
)

// UserChange is what somebody wants a user to be. What is nil stays.
type UserChange struct {
	Name       *string
	Email      *string
	Role       *tenon.Role
	Everywhere *bool
	Disabled   *bool
	// Language is the tag of the language that the user reads, such as "de"; ""
	// is the one that the browser asks for.
	Language *string
	Groups   *[]tenon.GroupID // replaces the groups
	// Password is the first password, only for CreateUser. Later the user
	// changes it with ChangePassword, or by a link of PasswordLink.
	Password *secret.Text
	// Version is the version the change was made from; 0 takes the present one.
	Version int64
}

// User returns one user. NotFound where the viewer may not know of them.
func (c *Core) User(ctx context.Context, v tenon.Viewer, id tenon.UserID) (*tenon.User, error) {
	var u *tenon.User
	err := c.st.Read(ctx, func(tx *store.Tx) (err error) {
		u, err = tx.GetUser(v, id)
		return err
	})
	return u, err
}

// Users returns one page of users and the cursor of the next. Read-only and
// Lite users see only themselves.
func (c *Core) Users(ctx context.Context, v tenon.Viewer, q store.UserQuery) (page []*tenon.User, next string, err error) {
	err = c.st.Read(ctx, func(tx *store.Tx) (err error) {
		page, next, err = tx.ListUsers(v, q)
		return err
	})
	return page, next, err
}

// CreateUser adds a user. One without a password signs in first by a link of
// PasswordLink. An administrator reaches every organization; everybody else
// only what Everywhere, grants and groups give them.
func (c *Core) CreateUser(ctx context.Context, v tenon.Viewer, in UserChange) (*tenon.User, error) {
	if err := v.Need(tenon.ManageUsers); err != nil {
		return nil, err
	}
	hash := ""
	if in.Password != nil {
		if err := mayGiveCredentials(v); err != nil {
			return nil, err
		}
		if err := checkPassword(*in.Password, in.Name, in.Email); err != nil {
			return nil, err
		}
		// It takes a fifth of a second, so not inside the transaction.
		var err error
		if hash, err = c.hash.Hash(ctx, *in.Password); err != nil {
			return nil, err
		}
	}
	var u *tenon.User
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		u, err = createUser(tx, v, in, hash)
		return err
	})
	return u, err
}

// CreateInvitedIn is CreateUser inside the caller's transaction, for users
// without a password.
func (c *Core) CreateInvitedIn(tx *store.Tx, v tenon.Viewer, in UserChange) (*tenon.User, error) {
	if err := v.Need(tenon.ManageUsers); err != nil {
		return nil, err
	}
	return createUser(tx, v, in, "")
}

func createUser(tx *store.Tx, v tenon.Viewer, in UserChange, hash string) (*tenon.User, error) {
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	u := &tenon.User{}
	if in.Role == nil {
		return nil, tenon.FieldErrorf("role", "A user needs a role.")
	}
	if in.Name == nil || in.Email == nil {
		return nil, tenon.FieldErrorf(missing(in), "A user needs a name and an e-mail address.")
	}
	key, err := applyUser(v, u, in)
	if err != nil {
		return nil, err
	}
	id, err := tx.NewID()
	if err != nil {
		return nil, err
	}
	u.ID = tenon.UserID(id)
	if err := tx.InsertUser(u, key, hash); err != nil {
		return nil, err
	}
	log := userChanges(&tenon.User{}, u)
	groupLog, err := setGroupsOf(tx, v, u, in.Groups)
	if err != nil {
		return nil, err
	}
	u.HasPassword = hash != ""
	return u, tx.Record(v, tenon.Event{Action: "create", Subject: "user", SubjectID: id, Name: u.Name, Changes: append(log, groupLog...)})
}

func missing(in UserChange) string {
	if in.Name == nil {
		return "name"
	}
	return "email"
}

// UpdateUser changes a user. People may change their own name and address, the
// address after a fresh proof of who they are; all else takes the right to manage users and a role not below the other's. Where role or
// state change, the user's sessions and keys end with the same commit.
func (c *Core) UpdateUser(ctx context.Context, v tenon.Viewer, id tenon.UserID, in UserChange) (*tenon.User, error) {
	var u *tenon.User
	err := c.st.Write(ctx, func(tx *store.Tx) (err error) {
		u, err = c.UpdateUserIn(tx, v, id, in)
		return err
	})
	return u, err
}

// DisableUser keeps a user from signing in and ends their sessions and keys.
func (c *Core) DisableUser(ctx context.Context, v tenon.Viewer, id tenon.UserID) (*tenon.User, error) {
	yes := true
	return c.UpdateUser(ctx, v, id, UserChange{Disabled: &yes})
}

// UpdateUserIn is UpdateUser inside the caller's transaction.
func (c *Core) UpdateUserIn(tx *store.Tx, v tenon.Viewer, id tenon.UserID, in UserChange) (*tenon.User, error) {
	// Also keeps two administrators from demoting each other at the same time.
	if err := tx.LockStructure(); err != nil {
		return nil, err
	}
	u, err := tx.GetUser(v, id)
	if err != nil {
		return nil, err
	}
	if err := mayEditUser(v, u, in); err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != u.Version {
		return nil, tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed. Look at the newer version and try again.", u.Name)
	}
	before := *u
	key, err := applyUser(v, u, in)
	if err != nil {
		return nil, err
	}
	if err := keepAdministrator(tx, &before, u); err != nil {
		return nil, err
	}
	if before.Email != u.Email {
		if err := changeAddress(tx, v, &before, u); err != nil {
			return nil, err
		}
	}
	log := userChanges(&before, u)
	if len(log) > 0 {
		if err := tx.UpdateUser(u, key); err != nil {
			return nil, err
		}
	}
	if before.Role != u.Role || before.Disabled != u.Disabled {
		if err := endAccess(tx, id); err != nil {
			return nil, err
		}
	}
	groupLog, err := setGroupsOf(tx, v, u, in.Groups)
	if err != nil {
		return nil, err
	}
	if before.Everywhere != u.Everywhere {
		if err := tx.RebuildReach([]tenon.UserID{id}); err != nil {
			return nil, err
		}
	}
	if before.Role != u.Role {
		if err := checkLite(tx, []tenon.UserID{id}); err != nil {
			return nil, err
		}
	}
	if log = append(log, groupLog...); len(log) == 0 {
		return u, nil
	}
	return u, tx.Record(v, tenon.Event{Action: userAction(&before, u), Subject: "user", SubjectID: int64(id), Name: u.Name, Changes: log})
}

func userAction(before, after *tenon.User) string {
	switch {
	case !before.Disabled && after.Disabled:
		return "disable"
	case before.Disabled && !after.Disabled:
		return "enable"
	}
	return "update"
}

// mayEditUser refuses who may not change this user in this way.
func mayEditUser(v tenon.Viewer, u *tenon.User, in UserChange) error {
	if in.Password != nil {
		return tenon.FieldErrorf("password", "A password is changed by the user, or by a link that you make for them.")
	}
	own := in.Role == nil && in.Everywhere == nil && in.Disabled == nil && in.Groups == nil
	if own && u.ID == v.User {
		return nil
	}
	if err := v.Need(tenon.ManageUsers); err != nil {
		return err
	}
	return notAbove(v, u)
}

// changeAddress holds the address by which somebody signs in to those who may
// sign in as them: whoever gets their mail can choose their password. Both
// addresses are told.
func changeAddress(tx *store.Tx, v tenon.Viewer, before, after *tenon.User) error {
	if v.User == after.ID && v.Key != 0 {
		return tenon.Errorf(tenon.Forbidden, "The address by which you sign in is not changed by an API key. Sign in.")
	}
	if v.User != after.ID {
		if err := mayHelp(v, before); err != nil {
			return err
		}
	}
	if err := v.NeedFreshProof(tx.Now()); err != nil {
		return err
	}
	if err := tx.DeleteLinks(after.ID); err != nil {
		return err
	}
	if err := dropLinkLetters(tx, after.ID); err != nil {
		return err
	}
	if !before.HasPassword {
		return nil
	}
	what := tenon.Say("Your e-mail address was changed to %s", after.Email)
	if err := tellAt(tx, v, before, before.Email, what); err != nil {
		return err
	}
	return tellAt(tx, v, after, after.Email, what)
}

// dropLinkLetters takes back the letters whose links have just ended.
func dropLinkLetters(tx *store.Tx, user tenon.UserID) error {
	if err := tx.DropLetters(user, LetterInvitation); err != nil {
		return err
	}
	return tx.DropLetters(user, LetterReset)
}

// notAbove refuses to act on a person above the viewer's rank.
func notAbove(v tenon.Viewer, u *tenon.User) error {
	if u.Role.Rank() > v.Role.Rank() {
		return tenon.Errorf(tenon.Forbidden, "%s is %s, which is above your role (%s). Ask an administrator.", u.Name, u.Role, v.Role)
	}
	return nil
}

// applyUser puts the change on the user and returns the key of the address.
func applyUser(v tenon.Viewer, u *tenon.User, in UserChange) (string, error) {
	change := tenon.Values{}
	if in.Name != nil {
		change["name"] = *in.Name
	}
	if in.Email != nil {
		change["email"] = *in.Email
	}
	values, _, err := tenon.UserFields.Apply(tenon.Values{"name": u.Name, "email": u.Email}, change)
	if err != nil {
		return "", err
	}
	u.Name, u.Email = values.Text("name"), values.Text("email")
	key, ok := textkey.EmailKey(u.Email)
	if !ok {
		return "", tenon.FieldErrorf("email", "%q is not an e-mail address.", u.Email)
	}
	if in.Disabled != nil {
		u.Disabled = *in.Disabled
	}
	if in.Language != nil {
		if !languageTag.MatchString(*in.Language) {
			return "", tenon.FieldErrorf("language", "%q is not the tag of a language, such as \"de\".", *in.Language)
		}
		u.Language = *in.Language
	}
	return key, applyRole(v, u, in)
}

// languageTag is how the tag of a language looks, or none.
var languageTag = regexp.MustCompile(`^([a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3})?$`)

// applyRole holds role and breadth together: administrators reach everything
// always, Lite users never, and nobody gives more than they have.
func applyRole(v tenon.Viewer, u *tenon.User, in UserChange) error {
	before := *u
	if in.Role != nil {
		u.Role = *in.Role
	}
	if u.Role.Rank() == 0 {
		return tenon.FieldErrorf("role", "There is no role %q.", string(u.Role))
	}
	if u.Role.Rank() > v.Role.Rank() && u.Role != before.Role {
		return tenon.Errorf(tenon.Forbidden, "You may not give the role %s, which is above yours (%s).", u.Role, v.Role)
	}
	if in.Everywhere != nil {
		u.Everywhere = *in.Everywhere
	}
	switch {
	case u.Role == tenon.Administrator && in.Everywhere != nil && !*in.Everywhere:
		return tenon.FieldErrorf("everywhere", "Administrators reach every organization.")
	case u.Role == tenon.Lite && in.Everywhere != nil && *in.Everywhere:
		return tenon.FieldErrorf("everywhere", "A Lite user is given at most %d organizations, one by one.", tenon.MaxLiteOrganizations)
	case u.Role == tenon.Administrator:
		u.Everywhere = true
	case u.Role == tenon.Lite:
		u.Everywhere = false
	}
	if u.Everywhere && !before.Everywhere && !v.Everywhere {
		return tenon.Errorf(tenon.Forbidden, "You do not reach every organization yourself, so you may not give that.")
	}
	return nil
}

// keepAdministrator refuses to take the last administrator away. The caller
// holds the structure lock.
func keepAdministrator(tx *store.Tx, before, after *tenon.User) error {
	was := before.Role == tenon.Administrator && !before.Disabled
	is := after.Role == tenon.Administrator && !after.Disabled
	if !was || is {
		return nil
	}
	n, err := tx.SystemAdministrators(before.ID)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Conflict, "%s is the only administrator who is not disabled. Make somebody else an administrator first.", before.Name)
	}
	return err
}

// endAccess ends everything by which a user is signed in or acts, now.
func endAccess(tx *store.Tx, id tenon.UserID) error {
	if _, err := tx.DeleteSessions(id, 0, 0); err != nil {
		return err
	}
	if _, err := tx.RevokeAPIKeys(id); err != nil {
		return err
	}
	if err := dropLinkLetters(tx, id); err != nil {
		return err
	}
	return tx.DeleteLinks(id)
}

// userChanges lists what differs between two states of a user, for the log.
func userChanges(before, after *tenon.User) []tenon.Change {
	var out []tenon.Change
	add := func(field string, a, b any) {
		if a != b {
			out = append(out, tenon.Change{Field: field, Before: a, After: b})
		}
	}
	add("name", before.Name, after.Name)
	add("email", before.Email, after.Email)
	add("role", string(before.Role), string(after.Role))
	add("everywhere", before.Everywhere, after.Everywhere)
	add("disabled", before.Disabled, after.Disabled)
	add("language", before.Language, after.Language)
	return out
}

// setGroupsOf makes the user a member of exactly these groups, nil leaves them.
func setGroupsOf(tx *store.Tx, v tenon.Viewer, u *tenon.User, want *[]tenon.GroupID) ([]tenon.Change, error) {
	if want == nil {
		return nil, nil
	}
	target := slices.Clone(*want)
	slices.Sort(target)
	target = slices.Compact(target)
	added, gone := difference(u.Groups, target)
	if len(added)+len(gone) == 0 {
		return nil, nil
	}
	for _, id := range slices.Concat(added, gone) {
		g, err := tx.GetGroup(v, id)
		if tenon.CodeOf(err) == tenon.NotFound {
			return nil, tenon.FieldErrorf("groups", "There is no group %d.", id)
		}
		if err != nil {
			return nil, err
		}
		if err := mayChangeMembers(v, g); err != nil {
			return nil, err
		}
	}
	for _, id := range added {
		if err := tx.AddToGroup(id, []tenon.UserID{u.ID}); err != nil {
			return nil, err
		}
	}
	for _, id := range gone {
		if err := tx.RemoveFromGroup(id, []tenon.UserID{u.ID}); err != nil {
			return nil, err
		}
	}
	log, err := nameChange(tx, "groups", "group", u.Groups, target)
	if err != nil {
		return nil, err
	}
	u.Groups = target
	if err := tx.RebuildReach([]tenon.UserID{u.ID}); err != nil {
		return nil, err
	}
	if len(added) > 0 {
		err = checkLite(tx, []tenon.UserID{u.ID})
	}
	return log, err
}

// difference returns what is only in after, and what is only in before.
func difference[T comparable](before, after []T) (added, gone []T) {
	for _, x := range after {
		if !slices.Contains(before, x) {
			added = append(added, x)
		}
	}
	for _, x := range before {
		if !slices.Contains(after, x) {
			gone = append(gone, x)
		}
	}
	return added, gone
}

// nameChange is a line of the log that names users or groups, not their ids.
func nameChange[T ~int64](tx *store.Tx, field, kind string, before, after []T) ([]tenon.Change, error) {
	ids := make([]int64, 0, len(before)+len(after))
	for _, x := range slices.Concat(before, after) {
		ids = append(ids, int64(x))
	}
	names, err := tx.SystemNames(kind, ids)
	if err != nil {
		return nil, err
	}
	say := func(l []T) []string {
		out := make([]string, len(l))
		for i, x := range l {
			out[i] = names[int64(x)]
		}
		slices.Sort(out)
		return out
	}
	return []tenon.Change{{Field: field, Before: say(before), After: say(after)}}, nil
}

// checkLite refuses to give a Lite user more organizations than one may have.
// Only what gives asks: what an undo or restore brings back stays.
func checkLite(tx *store.Tx, users []tenon.UserID) error {
	over, err := tx.SystemOverLimit(users, tenon.MaxLiteOrganizations)
	if err == nil && len(over) > 0 {
		return tenon.Errorf(tenon.Conflict, "%s is a Lite user and would reach more than %d organizations. Nothing was changed.", over[0], tenon.MaxLiteOrganizations)
	}
	return err
}
