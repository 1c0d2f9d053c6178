// Command pgtest gives one throw-away PostgreSQL to a whole test run:
//
//	pgtest run go test ./...   starts a server, runs the command with
//	                           TENON_TEST_DATABASE_URL set, stops the server
//	pgtest bench go test ...   the same with a server that flushes to disk
//	pgtest serve               prints the variable as a line for the shell
//	                           and serves until it is interrupted
//
// When the variable is set already, run and bench only run the command.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/tenonhq/tenon/internal/pgtest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	switch {
	case len(args) >= 2 && (args[0] == "run" || args[0] == "bench"):
		return withServer(pgtest.Options{Durable: args[0] == "bench"}, args[1:])
	case len(args) == 1 && args[0] == "serve":
		return 0, serve()
	}
	return 2, errors.New("usage: pgtest run|bench COMMAND [ARGUMENT...] | pgtest serve")
}

// withServer runs the command beside a server and returns its exit code. An
// interrupt reaches the command through the terminal that it shares, and a
// termination is passed on; this process waits for it either way, so that the
// server outlives the tests.
func withServer(o pgtest.Options, args []string) (int, error) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)

	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv(pgtest.EnvURL) == "" {
		server, err := pgtest.Start(o)
		if err != nil {
			return 1, err
		}
		defer func() {
			if err := server.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
		cmd.Env = append(os.Environ(), pgtest.EnvURL+"="+server.URL)
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	err := wait(cmd, interrupts)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode(), nil // the command has said why
	}
	return 0, err
}

// wait returns when the command has ended, and passes a termination on to it.
func wait(cmd *exec.Cmd, interrupts <-chan os.Signal) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-interrupts:
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // it may have ended just now
			}
		case err := <-ended:
			return err
		}
	}
}

func serve() error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	server, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		return err
	}
	fmt.Printf("export %s='%s'\n", pgtest.EnvURL, server.URL)
	<-interrupts
	return server.Stop()
}
