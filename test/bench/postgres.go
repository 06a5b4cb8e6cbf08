// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

const (
	postgresPatience = time.Minute
	// postgresUser is whom Debian's package makes, and who is the database's superuser here.
	postgresUser = "postgres"
)

// postgres is a server of Debian's package, on the loopback address, with a directory of
// its own.
type postgres struct {
	bin, dir string
	port     int
	driver   string
	account  *syscall.Credential
	server   *exec.Cmd
	exited   chan struct{}
}

var _ database = (*postgres)(nil)

func (b *bench) openPostgres(ctx context.Context) (database, error) {
	p := &postgres{exited: make(chan struct{})}
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), p.stop())
	}
	b.say("PostgreSQL is ready")
	return p, nil
}

func (p *postgres) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{p.find, p.installDriver, p.becomeAccount, p.initialize, p.launch, p.await} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) initialize(ctx context.Context) error {
	return p.run(ctx, "initdb", "--pgdata", filepath.Join(p.dir, "data"), "--username", postgresUser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C")
}

func (p *postgres) launch(context.Context) error {
	var err error
	if p.port, err = netutil.FreePort(); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	p.server = p.command(context.Background(), "postgres", "-D", filepath.Join(p.dir, "data"),
		"-p", strconv.Itoa(p.port), "-k", p.dir, "-c", "listen_addresses=127.0.0.1")
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.server.Wait() // how it ended is in the log
		close(p.exited)
	}()
	return nil
}

func (p *postgres) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresPatience)
	defer cancel()
	for {
		err := p.run(ctx, "pg_isready", p.where()...)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(pulse):
		case <-p.exited:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

func (p *postgres) where() []string {
	return []string{"--host", "127.0.0.1", "--port", strconv.Itoa(p.port), "--username", postgresUser}
}

// command is a program of the package, run by an account that may.
func (p *postgres) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(p.bin, program), args...)
	command.Dir = p.dir
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.account}
	return command
}

func (p *postgres) run(ctx context.Context, program string, args ...string) error {
	if output, err := p.command(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return nil
}

func (p *postgres) pid() int { return p.server.Process.Pid }

// stop ends connections that are left, and the server.
func (p *postgres) stop() error {
	if p.server != nil && p.server.Process != nil {
		_ = p.server.Process.Signal(syscall.SIGINT)
		<-p.exited
	}
	if p.dir == "" {
		return nil
	}
	return os.RemoveAll(p.dir)
}
