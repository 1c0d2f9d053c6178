package store

import (
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/textkey"
)

const userColumns = `u.id, u.name, u.email, u.role, u.everywhere, u.disabled, u.totp_sealed IS NOT NULL, u.password_hash <> '',
	(SELECT max(l.ends_at) FROM one_time_links l WHERE l.user_id = u.id AND l.purpose = 'password' AND l.used_at IS NULL),
	u.version, u.signed_in_at, u.created_at, u.updated_at, u.language, u.name_key`

// userRow is a user with what paging needs.
type userRow struct {
	tenon.User
	key string
}

func scanUser(r Scanner, u *userRow) error {
	return r.Scan(&u.ID, &u.Name, &u.Email, &u.Role, &u.Everywhere, &u.Disabled, &u.SecondFactor, &u.HasPassword,
		instant{&u.InvitedUntil}, &u.Version, instant{&u.SignedInAt}, instant{&u.CreatedAt}, instant{&u.UpdatedAt}, &u.Language, &u.key)
}

// LoadViewer resolves a user to what decides what they reach, from what the
// database says now. Unauthenticated where there is no such user or they are
// disabled. It is one statement: every request begins with it.
func (tx *Tx) LoadViewer(user tenon.UserID) (tenon.Viewer, error) {
	x, err := tx.loadViewer(user)
	if err != nil {
		return tenon.Viewer{}, err
	}
	return x.signedIn()
}

// SystemViewerOf is LoadViewer also for the disabled, to explain what a person
// would see. Its viewer must never be used to act.
func (tx *Tx) SystemViewerOf(user tenon.UserID) (tenon.Viewer, error) {
	x, err := tx.loadViewer(user)
	if err == nil && x.User == 0 {
		err = fail("user", int64(user), errNoRow)
	}
	slices.Sort(x.Denied)
	return x.Viewer, err
}

// viewerColumns are what decides what a user, u, reaches; viewerJoins has a row
// for each of their groups and for each kind that one denies.
const (
	viewerColumns = `u.id, u.name, u.email, u.role, u.everywhere, u.language, u.disabled, u.totp_sealed IS NOT NULL, COALESCE(m.group_id, 0), COALESCE(d.kind, 0)`
	viewerJoins   = ` LEFT JOIN group_members m ON m.user_id = u.id LEFT JOIN group_denials d ON d.group_id = m.group_id`
)

// viewerRows gathers the rows of one viewer.
type viewerRows struct {
	tenon.Viewer
	disabled bool
	group    tenon.GroupID
	kind     tenon.Kind
}

func (x *viewerRows) columns() []any {
	return []any{&x.User, &x.Name, &x.Email, &x.Role, &x.Everywhere, &x.Language, &x.disabled, &x.SecondFactor, &x.group, &x.kind}
}

func (x *viewerRows) gather() {
	if x.group != 0 && !slices.Contains(x.Groups, x.group) {
		x.Groups = append(x.Groups, x.group)
	}
	// One group that denies a kind outweighs any number that do not.
	if x.kind != 0 && !slices.Contains(x.Denied, x.kind) {
		x.Denied = append(x.Denied, x.kind)
	}
}

// signedIn is the viewer whose rows were gathered: Unauthenticated where there is
// no such user, or they are disabled.
func (x *viewerRows) signedIn() (tenon.Viewer, error) {
	if x.User == 0 || x.disabled {
		return tenon.Viewer{}, tenon.Errorf(tenon.Unauthenticated, "Sign in first.")
	}
	v := x.Viewer // several may have it
	v.Groups, v.Denied = slices.Clone(v.Groups), slices.Clone(v.Denied)
	slices.Sort(v.Denied)
	return v, nil
}

func (tx *Tx) loadViewer(user tenon.UserID) (x viewerRows, err error) {
	err = tx.each(func(r Scanner) error {
		err := r.Scan(x.columns()...)
		x.gather()
		return err
	}, `SELECT `+viewerColumns+` FROM users u`+viewerJoins+` WHERE u.id = $1 ORDER BY m.group_id, d.kind`, user)
	return x, err
}

// GetUser returns a user, disabled or not. NotFound where there is none or the
// viewer may not know of them.
func (tx *Tx) GetUser(v tenon.Viewer, id tenon.UserID) (*tenon.User, error) {
	users, _, err := tx.ListUsers(v, UserQuery{IDs: []tenon.UserID{id}, Page: tenon.Page{Limit: 1}})
	if err == nil && len(users) == 0 {
		err = errNoRow
	}
	if err != nil {
		return nil, fail("user", int64(id), err)
	}
	return users[0], nil
}

// UserQuery filters a list of users.
type UserQuery struct {
	IDs      []tenon.UserID
	Search   string // part of a name or e-mail address, folded
	Role     tenon.Role
	Group    tenon.GroupID
	Disabled *bool
	State    tenon.UserState
	tenon.Page
}

// ListUsers returns one page of users in name order and the cursor of the next.
func (tx *Tx) ListUsers(v tenon.Viewer, q UserQuery) ([]*tenon.User, string, error) {
	keys, err := readCursor(q.Cursor, "name", "ti")
	if err != nil {
		return nil, "", err
	}
	limit := q.Size()
	l := listQuery{order: []string{"u.name_key", "u.id"}, keys: keys, limit: limit + 1}
	a := &l.args
	c := []string{a.seesUser(v, "u.id")}
	if q.IDs != nil {
		c = append(c, tx.d.inBinders("u.id", a.add(tx.d.bindersArg(binderIDs(q.IDs)))))
	}
	if q.Search != "" {
		p := a.add(likePart(textkey.Fold(q.Search)))
		c = append(c, `(u.name_key LIKE `+p+` ESCAPE '\' OR u.email_key LIKE `+p+` ESCAPE '\')`)
	}
	if q.Role != "" {
		c = append(c, "u.role = "+a.add(string(q.Role)))
	}
	if q.Group != 0 {
		c = append(c, "EXISTS (SELECT 1 FROM group_members gm WHERE gm.user_id = u.id AND gm.group_id = "+a.add(q.Group)+")")
	}
	switch q.State {
	case tenon.UserActive:
		c = append(c, "u.disabled = FALSE AND u.password_hash <> ''")
	case tenon.UserInvited:
		c = append(c, "u.disabled = FALSE AND u.password_hash = ''")
	case tenon.UserDisabled:
		c = append(c, "u.disabled = TRUE")
	}
	if q.Disabled != nil {
		c = append(c, "u.disabled = "+a.add(*q.Disabled))
	}
	if after := l.after(); after != "" {
		c = append(c, after)
	}
	rows, err := list(tx, scanUser, `SELECT `+userColumns+` FROM users u WHERE `+strings.Join(c, " AND ")+l.tail(), l.args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = makeCursor("name", rows[limit-1].key, int64(rows[limit-1].ID))
	}
	out := make([]*tenon.User, len(rows))
	for i := range rows {
		out[i] = &rows[i].User
	}
	return out, next, tx.addGroups(out)
}

// addGroups adds the groups of a whole page of users in one statement.
func (tx *Tx) addGroups(users []*tenon.User) error {
	byID := make(map[tenon.UserID]*tenon.User, len(users))
	ids := make([]tenon.UserID, len(users))
	for i, u := range users {
		byID[u.ID], ids[i] = u, u.ID
	}
	if len(ids) == 0 {
		return nil
	}
	return tx.each(func(r Scanner) error {
		var u tenon.UserID
		var g tenon.GroupID
		if err := r.Scan(&u, &g); err != nil {
			return err
		}
		byID[u].Groups = append(byID[u].Groups, g)
		return nil
	}, `SELECT user_id, group_id FROM group_members WHERE `+tx.d.inBinders("user_id", "$1")+` ORDER BY user_id, group_id`, tx.d.bindersArg(binderIDs(ids)))
}

// likePart is a LIKE pattern for texts that contain s.
func likePart(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) + "%"
}

// CountAdministrators counts the administrators, the disabled too: without any,
// the first one is made by a one-time link. It shows nobody.
func (tx *Tx) CountAdministrators() (int64, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM users WHERE role = 'administrator'`).Scan(&n)
	return n, err
}

// SystemFirstAdministrator returns the oldest administrator who is not
// disabled, 0 where there is none.
func (tx *Tx) SystemFirstAdministrator() (tenon.UserID, error) {
	found, err := column[tenon.UserID](tx, `SELECT id FROM users WHERE role = 'administrator' AND disabled = FALSE ORDER BY id LIMIT 1`)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0], nil
}

// SystemAdministrators counts the administrators who can sign in or be helped
// to, but for one user.
func (tx *Tx) SystemAdministrators(but tenon.UserID) (int64, error) {
	var n int64
	err := tx.row(`SELECT count(*) FROM users WHERE role = 'administrator' AND disabled = FALSE AND id <> $1`, but).Scan(&n)
	return n, err
}

// SystemUserByEmail finds a user for signing in. NotFound where there is none.
func (tx *Tx) SystemUserByEmail(key string) (tenon.UserID, error) {
	var id tenon.UserID
	err := tx.row(`SELECT id FROM users WHERE email_key = $1`, key).Scan(&id)
	return id, fail("user", 0, err)
}

// errEmailTaken says that two users cannot share an address: it is what they sign in with.
var errEmailTaken = tenon.FieldErrorf("email", "Somebody with this e-mail address is a user already.")

// InsertUser adds a user. key is the address as textkey.EmailKey has it.
// Invalid where the address is taken.
func (tx *Tx) InsertUser(u *tenon.User, key, passwordHash string) error {
	u.Version, u.CreatedAt, u.UpdatedAt = 1, tx.now, tx.now
	n, err := tx.exec(`INSERT INTO users (id, name, name_key, email, email_key, role, everywhere, disabled, password_hash, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT (email_key) DO NOTHING`,
		u.ID, u.Name, textkey.Fold(u.Name), u.Email, key, string(u.Role), u.Everywhere, u.Disabled, passwordHash, micros(tx.now))
	if err == nil && n == 0 {
		return errEmailTaken
	}
	return err
}

// UpdateUser saves what may be changed of a user whose version is still u.Version.
func (tx *Tx) UpdateUser(u *tenon.User, key string) error {
	taken, err := column[int64](tx, `SELECT id FROM users WHERE email_key = $1 AND id <> $2`, key, u.ID)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return errEmailTaken
	}
	n, err := tx.exec(`UPDATE users SET name = $1, name_key = $2, email = $3, email_key = $4, role = $5, everywhere = $6, disabled = $7, language = $8, version = version + 1, updated_at = $9
		WHERE id = $10 AND version = $11`,
		u.Name, textkey.Fold(u.Name), u.Email, key, string(u.Role), u.Everywhere, u.Disabled, u.Language, micros(tx.now), u.ID, u.Version)
	if err == nil && n == 0 {
		return tenon.Errorf(tenon.Stale, "Somebody has changed %s since you opened it. Nothing was changed.", u.Name)
	}
	u.Version++
	u.UpdatedAt = tx.now
	return err
}

// SystemCredentials are what a user proves who they are with. They never leave the core.
type SystemCredentials struct {
	User         tenon.UserID
	PasswordHash string // "": none was set
	Sealed       []byte // the seed of the second factor; nil: none
	Counter      int64  // of the last code used
	Disabled     bool
}

// SystemCredentialsOf returns a user's credentials. lock keeps others from
// changing them until the transaction ends: a code must work once.
func (tx *Tx) SystemCredentialsOf(id tenon.UserID, lock bool) (SystemCredentials, error) {
	var c SystemCredentials
	text := `SELECT id, password_hash, totp_sealed, totp_counter, disabled FROM users WHERE id = $1`
	if lock {
		text += tx.d.lockRows()
	}
	err := tx.row(text, id).Scan(&c.User, &c.PasswordHash, &c.Sealed, &c.Counter, &c.Disabled)
	return c, fail("user", int64(id), err)
}

// SetPassword stores the hash of a user's password.
func (tx *Tx) SetPassword(id tenon.UserID, hash string) error {
	return tx.run(`UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3`, hash, micros(tx.now), id)
}

// SetSecondFactor stores the sealed seed of a user's second factor, or none,
// and the counter of the last code used.
func (tx *Tx) SetSecondFactor(id tenon.UserID, sealed []byte, counter int64) error {
	return tx.run(`UPDATE users SET totp_sealed = $1, totp_counter = $2 WHERE id = $3`, sealed, counter, id)
}

// SetFactorCounter notes the counter of the code just used.
func (tx *Tx) SetFactorCounter(id tenon.UserID, counter int64) error {
	return tx.run(`UPDATE users SET totp_counter = $1 WHERE id = $2`, counter, id)
}

// SetSignedIn notes that the user has just signed in.
func (tx *Tx) SetSignedIn(id tenon.UserID) error {
	return tx.run(`UPDATE users SET signed_in_at = $1 WHERE id = $2`, micros(tx.now), id)
}
