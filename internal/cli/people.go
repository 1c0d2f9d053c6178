package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/core"
	"github.com/tenonhq/tenon/internal/store"
)

type userCommand struct {
	List    userList    `cmd:"" help:"List the people who sign in."`
	Create  userCreate  `cmd:"" help:"Add a person."`
	Invite  userInvite  `cmd:"" help:"Mail a person a link to choose a password."`
	Disable userDisable `cmd:"" help:"Disable a person: sessions and keys end at once."`
}

// userLine is a user as scripts read it.
type userLine struct {
	ID           tenon.UserID `json:"id"`
	Name         string       `json:"name"`
	Email        string       `json:"email"`
	Role         tenon.Role   `json:"role"`
	Everywhere   bool         `json:"everywhere"`
	Disabled     bool         `json:"disabled"`
	HasPassword  bool         `json:"has_password"`
	SecondFactor bool         `json:"second_factor"`
}

func userLineOf(u *tenon.User) userLine {
	return userLine{u.ID, u.Name, u.Email, u.Role, u.Everywhere, u.Disabled, u.HasPassword, u.SecondFactor}
}

type userList struct{}

// Run lists the users.
func (*userList) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		lines := []userLine{}
		q := store.UserQuery{Page: tenon.Page{Limit: tenon.MaxPage}}
		for {
			page, next, err := a.Core.Users(c.ctx, v, q)
			if err != nil {
				return err
			}
			for _, u := range page {
				lines = append(lines, userLineOf(u))
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
		if c.flags.JSON {
			return printJSON(c.out, lines)
		}
		t := newTable(c.out, "id", "name", "e-mail", "role", "sees", "state")
		for _, u := range lines {
			sees, state := "what is granted", "active"
			if u.Everywhere {
				sees = "everything"
			}
			if !u.HasPassword {
				state = "invited"
			}
			if u.Disabled {
				state = "disabled"
			}
			t.row(u.ID.String(), u.Name, u.Email, string(u.Role), sees, state)
		}
		return t.end()
	})
}

type userCreate struct {
	Email      string `required:"" placeholder:"EMAIL" help:"The address by which the person signs in."`
	Name       string `required:"" placeholder:"NAME" help:"The person's name."`
	Role       string `required:"" enum:"administrator,manager,editor,creator,lite,read-only" placeholder:"ROLE" help:"administrator, manager, editor, creator, lite or read-only."`
	Everywhere bool   `help:"The person sees every organization. Administrators always do."`
	Invite     bool   `help:"Mail the person a link to choose a password. The server sends it."`
}

// Run adds a user, who sets a password by a one-time link.
func (s *userCreate) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		role := tenon.Role(s.Role)
		in := core.UserChange{Name: &s.Name, Email: &s.Email, Role: &role}
		if s.Everywhere {
			in.Everywhere = &s.Everywhere
		}
		create, next := a.Core.CreateUser, "Print a link to set a password with: tenon link --user "+s.Email
		if s.Invite {
			create, next = a.Core.InviteUser, "The server mails the invitation."
		}
		u, err := create(c.ctx, v, in)
		if err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, userLineOf(u))
		}
		_, err = fmt.Fprintf(c.out, "Created user %s, %s <%s>. %s\n", u.ID, u.Name, u.Email, next)
		return err
	})
}

type userInvite struct {
	User string `arg:"" name:"user" help:"E-mail address or id."`
}

// Run queues the mail, which the server sends.
func (s *userInvite) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		u, err := findUser(c, a, v, s.User)
		if err != nil {
			return err
		}
		if u, err = a.Core.MailLink(c.ctx, v, u.ID); err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, userLineOf(u))
		}
		_, err = fmt.Fprintf(c.out, "The server mails a link to %s. The link before ends.\n", u.Email)
		return err
	})
}

type userDisable struct {
	User string `arg:"" name:"user" help:"E-mail address or id."`
}

// Run disables a user.
func (s *userDisable) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		u, err := findUser(c, a, v, s.User)
		if err != nil {
			return err
		}
		if u, err = a.Core.DisableUser(c.ctx, v, u.ID); err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, userLineOf(u))
		}
		_, err = fmt.Fprintf(c.out, "Disabled %s <%s>.\n", u.Name, u.Email)
		return err
	})
}

func findUser(c *call, a *app.App, v tenon.Viewer, ref string) (*tenon.User, error) {
	if id := tenon.ParseID(ref); id != 0 {
		return a.Core.User(c.ctx, v, tenon.UserID(id))
	}
	return a.Core.UserByEmail(c.ctx, v, ref)
}

type keyCommand struct {
	List   keyList   `cmd:"" help:"List API keys."`
	Create keyCreate `cmd:"" help:"Create an API key and print it. It cannot be shown again."`
	Revoke keyRevoke `cmd:"" help:"Revoke an API key."`
}

type keyCreate struct {
	User           string        `required:"" placeholder:"USER" help:"E-mail address or id of the person it acts as."`
	Name           string        `default:"command line" placeholder:"NAME" help:"What it is for."`
	PasswordAccess bool          `help:"It may reveal passwords."`
	Expires        time.Duration `placeholder:"DURATION" help:"It expires after this time, for example 720h. Default: never."`
}

// Run prints the new key, and nothing else, on the standard output.
func (s *keyCreate) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		u, err := findUser(c, a, v, s.User)
		if err != nil {
			return err
		}
		var ends time.Time
		if s.Expires > 0 {
			ends = a.Now().Add(s.Expires)
		}
		secret, k, err := a.Core.CreateKeyUntil(c.ctx, v, u.ID, s.Name, s.PasswordAccess, ends)
		if err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, struct {
				keyLine
				Key string `json:"key"`
			}{keyLineOf(k), secret.Reveal()})
		}
		_, err = fmt.Fprintln(c.out, secret.Reveal())
		return err
	})
}

// keyLine is an API key as scripts read it; never its secret part.
type keyLine struct {
	ID             int64        `json:"id"`
	UserID         tenon.UserID `json:"user_id"`
	Name           string       `json:"name"`
	Shown          string       `json:"shown"`
	PasswordAccess bool         `json:"password_access"`
	Revoked        bool         `json:"revoked"`
}

func keyLineOf(k *tenon.APIKey) keyLine {
	return keyLine{k.ID, k.User, k.Name, k.Shown, k.PasswordAccess, !k.RevokedAt.IsZero()}
}

type keyList struct {
	User string `placeholder:"USER" help:"Only those of this person (e-mail address or id)."`
}

// Run lists keys.
func (s *keyList) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		var user tenon.UserID
		if s.User != "" {
			u, err := findUser(c, a, v, s.User)
			if err != nil {
				return err
			}
			user = u.ID
		}
		keys, err := a.Core.Keys(c.ctx, v, user)
		if err != nil {
			return err
		}
		if c.flags.JSON {
			lines := []keyLine{}
			for i := range keys {
				lines = append(lines, keyLineOf(&keys[i]))
			}
			return printJSON(c.out, lines)
		}
		t := newTable(c.out, "id", "user", "name", "key", "passwords", "last used", "state")
		for _, k := range keys {
			used, state := "never", "active"
			if !k.UsedAt.IsZero() {
				used = k.UsedAt.Format("2006-01-02 15:04")
			}
			if !k.EndsAt.IsZero() {
				state = "until " + k.EndsAt.Format("2006-01-02 15:04")
			}
			if !k.RevokedAt.IsZero() {
				state = "revoked"
			}
			t.row(strconv.FormatInt(k.ID, 10), k.User.String(), k.Name, k.Shown+"…", strconv.FormatBool(k.PasswordAccess), used, state)
		}
		return t.end()
	})
}

type keyRevoke struct {
	ID string `arg:"" name:"id" help:"Id of the key, as \"key list\" shows it."`
}

// Run revokes a key.
func (s *keyRevoke) Run(c *call) error {
	id := tenon.ParseID(s.ID)
	if id == 0 {
		return usagef("%q is not the id of a key. \"tenon key list\" shows them.", s.ID)
	}
	return c.with(func(a *app.App, v tenon.Viewer) error {
		if err := a.Core.RevokeKey(c.ctx, v, id); err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, map[string]any{"id": id, "revoked": true})
		}
		_, err := fmt.Fprintf(c.out, "Revoked key %d.\n", id)
		return err
	})
}

type linkCommand struct {
	User   string `placeholder:"USER" help:"E-mail address or id of a person, who sets a password by the link."`
	Listen string `name:"listen" placeholder:"HOST:PORT" help:"${help_listen}"`
	URL    string `name:"url" placeholder:"URL" help:"${help_url}"`
}

// Run prints a one-time link, and nothing else, on the standard output.
func (s *linkCommand) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		link, err := s.link(c, a, v)
		if err != nil {
			return err
		}
		if c.flags.JSON {
			return printJSON(c.out, map[string]string{"link": link})
		}
		_, err = fmt.Fprintln(c.out, link)
		return err
	})
}

func (s *linkCommand) link(c *call, a *app.App, v tenon.Viewer) (string, error) {
	if s.User != "" {
		u, err := findUser(c, a, v, s.User)
		if err != nil {
			return "", err
		}
		return a.PasswordLink(c.ctx, v, u.ID)
	}
	link, err := a.FirstLink(c.ctx)
	if err == nil && link == "" {
		return "", tenon.Errorf(tenon.Conflict, "There is an administrator already. For a link by which somebody sets a password: tenon link --user %s", "EMAIL")
	}
	return link, err
}
