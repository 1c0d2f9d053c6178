package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/tenonhq/tenon"
)

// KeyFile is the name of the backup key in the data directory. It is made with
// the first backup. Who has it can read the backups, but no password in them.
const KeyFile = "backup.key"

// Key returns the backup key in the file, making both where there is none.
// made tells that it was: the caller shows it, once, to whoever must keep a copy.
func Key(name string) (key *age.X25519Identity, made bool, err error) {
	key, err = readKey(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	if key, err = age.GenerateX25519Identity(); err != nil {
		return nil, false, err
	}
	text := fmt.Sprintf("# Key of the backups of this Tenon. Keep a copy away from the backups.\n# public key: %s\n%s\n", key.Recipient(), key)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, false, tenon.Errorf(tenon.Unavailable, "The backup key %s cannot be made: %s.", name, err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, false, tenon.Errorf(tenon.Unavailable, "The backup key %s cannot be written: %s.", name, err)
	}
	return key, true, nil
}

func readKey(name string) (*age.X25519Identity, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			key, err := age.ParseX25519Identity(line)
			if err != nil {
				return nil, tenon.Errorf(tenon.Invalid, "The backup key %s is damaged.", name)
			}
			return key, nil
		}
	}
	return nil, tenon.Errorf(tenon.Invalid, "The file %s holds no backup key (a line that begins with AGE-SECRET-KEY-).", name)
}

// Identities reads the keys in an age identity file, for restoring.
func Identities(name string) ([]age.Identity, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, tenon.Errorf(tenon.NotFound, "The backup key cannot be read: %s. Give the file of the key with --identity, or the passphrase with --passphrase-file.", err)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "The file %s holds no backup key (a line that begins with AGE-SECRET-KEY-).", name)
	}
	return ids, nil
}

// Passphrase reads a passphrase from a file and returns both halves of it.
func Passphrase(name string) (*age.ScryptRecipient, *age.ScryptIdentity, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, tenon.Errorf(tenon.Invalid, "The passphrase cannot be read: %s.", err)
	}
	text := strings.TrimRight(string(b), "\r\n")
	if len([]rune(text)) < 12 {
		return nil, nil, tenon.Errorf(tenon.Invalid, "The passphrase in %s is too short: 12 characters at least.", name)
	}
	to, err := age.NewScryptRecipient(text)
	if err != nil {
		return nil, nil, err
	}
	with, err := age.NewScryptIdentity(text)
	return to, with, err
}

// Recipient reads a public age key.
func Recipient(text string) (age.Recipient, error) {
	to, err := age.ParseX25519Recipient(text)
	if err != nil {
		return nil, tenon.Errorf(tenon.Invalid, "%q is not a public age key: it should look like age1...", text)
	}
	return to, nil
}
