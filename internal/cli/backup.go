package cli

import (
	"fmt"
	"os"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/app"
	"github.com/tenonhq/tenon/internal/backup"
)

type backupCommand struct {
	File           string   `arg:"" name:"file" help:"The file to write."`
	Recipient      []string `placeholder:"AGE1..." help:"Public age keys that open it, instead of the backup key of this installation."`
	PassphraseFile string   `placeholder:"FILE" help:"File with a passphrase that opens it, instead of a key."`
}

// backupLine is what a backup holds, as scripts read it.
type backupLine struct {
	File          string `json:"file"`
	Version       string `json:"version"`
	Engine        string `json:"engine"`
	CreatedAt     string `json:"created_at"`
	Organizations int64  `json:"organizations"`
	Items         int64  `json:"items"`
	Users         int64  `json:"users"`
	Files         int64  `json:"files"`
	FileBytes     int64  `json:"file_bytes"`
	Census        string `json:"census"`
	Schema        string `json:"schema"`
	Keys          string `json:"keys"`
}

func backupLineOf(name string, m *backup.Manifest) backupLine {
	l := backupLine{File: name, Version: m.Version, Engine: m.Engine, CreatedAt: m.CreatedAt.Format("2006-01-02T15:04:05Z"),
		Organizations: max(0, m.Rows("organizations")-1), // the system's own is not counted
		Items:         m.Rows("items"), Users: m.Rows("users"), Files: m.Files, FileBytes: m.FileBytes, Census: m.Census, Keys: m.Keys}
	if n := len(m.Steps); n > 0 {
		l.Schema = m.Steps[n-1]
	}
	return l
}

func (l *backupLine) sentence() string {
	return fmt.Sprintf("%s, %s, %s, %s", tenon.Counted(l.Organizations, "organization", "organizations"), tenon.Counted(l.Items, "item", "items"),
		tenon.Counted(l.Users, "user", "users"), tenon.Counted(l.Files, "file", "files"))
}

// Run writes a backup.
func (s *backupCommand) Run(c *call) error {
	return c.with(func(a *app.App, v tenon.Viewer) error {
		if err := v.Need(tenon.BackUp); err != nil {
			return err
		}
		to, err := s.recipients(c)
		if err != nil {
			return err
		}
		bar := newProgress(c, "copied")
		m, err := app.WriteBackup(c.ctx, s.File, a.Installation(version(), bar.set), to...)
		bar.end()
		if err != nil {
			return err
		}
		line := backupLineOf(s.File, m)
		if c.flags.JSON {
			return printJSON(c.out, line)
		}
		fmt.Fprintf(c.out, "Wrote %s: %s.\n", s.File, line.sentence())
		if line.Keys != "" {
			fmt.Fprintf(c.out, "The vault's keys are not in it. To read the passwords after a restore, keep a copy of %s apart from it.\n", c.config.KeyFile)
		}
		return nil
	})
}

// recipients says who can open the backup.
func (s *backupCommand) recipients(c *call) ([]age.Recipient, error) {
	if s.PassphraseFile != "" && len(s.Recipient) > 0 {
		return nil, usagef("Give --recipient or --passphrase-file, not both.")
	}
	if s.PassphraseFile != "" {
		to, _, err := backup.Passphrase(s.PassphraseFile)
		return []age.Recipient{to}, err
	}
	var to []age.Recipient
	for _, text := range s.Recipient {
		r, err := backup.Recipient(text)
		if err != nil {
			return nil, err
		}
		to = append(to, r)
	}
	if len(to) > 0 {
		return to, nil
	}
	name := app.BackupKeyFile(c.config)
	key, made, err := backup.Key(name)
	if err != nil {
		return nil, err
	}
	if made {
		fmt.Fprintf(c.err, "This is the first backup. Its key was written to %s and is shown once:\n\n  %s\n\nKeep a copy of it away from the backups: without it nobody can open them.\n\n", name, key)
	}
	return []age.Recipient{key.Recipient()}, nil
}

type restoreCommand struct {
	File           string `arg:"" name:"file" help:"The backup."`
	Inspect        bool   `help:"Check the backup and say what is in it. Changes nothing."`
	Identity       string `placeholder:"FILE" help:"File of the key that opens it. Default: backup.key in the data directory."`
	PassphraseFile string `placeholder:"FILE" help:"File with the passphrase that opens it."`
	Keep           bool   `name:"keep-violations" help:"Leave what was restored in place although it is not whole."`
}

// Run restores a backup, or looks into it.
func (s *restoreCommand) Run(c *call) error {
	with, err := s.identities(c)
	if err != nil {
		return err
	}
	if s.Inspect {
		return s.inspect(c, with)
	}
	if c.flags.As != "" {
		return usagef("A restore replaces all people, too: it cannot be done as one of them. Leave --as out.")
	}
	bar := newProgress(c, "restored")
	done, err := app.Restore(c.ctx, c.config, app.RestoreOptions{File: s.File, With: with, Version: version(), Keep: s.Keep, Progress: bar.set})
	bar.end()
	if err != nil {
		return err
	}
	line := backupLineOf(s.File, done.Manifest)
	if c.flags.JSON {
		violations := []violationLine{}
		for _, v := range done.Violations {
			violations = append(violations, violationLine(v))
		}
		err = printJSON(c.out, struct {
			backupLine
			Before     string          `json:"before"`
			PutBack    bool            `json:"put_back"`
			Violations []violationLine `json:"violations"`
		}{line, done.Before, done.PutBack, violations})
	} else {
		err = s.say(c, done, line)
	}
	if err == nil && done.PutBack {
		err = &quietError{}
	}
	return err
}

func (s *restoreCommand) say(c *call, done *app.Restored, line backupLine) error {
	if done.PutBack {
		fmt.Fprintln(c.err, "tenon: What is in the backup is not whole, so the state before was put back. To restore it all the same: --keep-violations")
		for _, v := range done.Violations {
			fmt.Fprintf(c.err, "  - %s\n", v)
		}
		return nil
	}
	fmt.Fprintf(c.out, "Restored %s, made on %s: %s. Everybody signs in again.\n", s.File, line.CreatedAt, line.sentence())
	if done.Before != "" {
		fmt.Fprintf(c.out, "The state before is in %s. Remove it when you are sure.\n", done.Before)
	}
	return printViolations(c, done.Violations, nil)
}

func (s *restoreCommand) inspect(c *call, with []age.Identity) error {
	m, err := app.Inspect(c.ctx, s.File, with...)
	if err != nil {
		return err
	}
	line := backupLineOf(s.File, m)
	if c.flags.JSON {
		return printJSON(c.out, line)
	}
	t := newTable(c.out, "what", "value")
	t.row("Made", line.CreatedAt+" by Tenon "+line.Version+" from "+line.Engine)
	t.row("Holds", line.sentence())
	t.row("Schema", line.Schema)
	t.row("Vault keys", orText(line.Keys, "none are needed"))
	t.row("Census", line.Census)
	if err := t.end(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, "The file is whole.")
	return err
}

func orText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// identities says what opens the backup.
func (s *restoreCommand) identities(c *call) ([]age.Identity, error) {
	switch {
	case s.Identity != "" && s.PassphraseFile != "":
		return nil, usagef("Give --identity or --passphrase-file, not both.")
	case s.PassphraseFile != "":
		_, with, err := backup.Passphrase(s.PassphraseFile)
		return []age.Identity{with}, err
	case s.Identity != "":
		return backup.Identities(s.Identity)
	}
	name := app.BackupKeyFile(c.config)
	if _, err := os.Stat(name); err != nil {
		return nil, tenon.Errorf(tenon.NotFound, "The key of the backup is not here (%s). Give the file of the key with --identity, or the passphrase with --passphrase-file.", name)
	}
	return backup.Identities(name)
}
