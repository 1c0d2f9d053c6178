//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// credential returns the user to run the server as: none, meaning the present
// one, unless this process is root, as which PostgreSQL refuses to run.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range unprivileged() {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user to run it as; looked for: " +
		strings.Join(unprivileged(), ", "))
}

// giveAway makes the paths belong to the user that the server runs as.
func giveAway(paths ...string) error {
	c, err := credential()
	if err != nil || c == nil {
		return err
	}
	for _, path := range paths {
		if err := os.Chown(path, int(c.Uid), int(c.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// dropRights has the command run as the unprivileged user. giveAway comes
// before it and reports when there is no such user.
func dropRights(cmd *exec.Cmd) {
	if c, err := credential(); err == nil && c != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c}
	}
}

// detach takes the command out of the terminal's process group, so that
// Ctrl-C reaches the tests and not the server under them.
func detach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}
