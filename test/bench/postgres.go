// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

const (
	postgresTimeout = time.Minute
	// postgresUser is the account of the Debian package, and the superuser of the database.
	postgresUser = "postgres"
)

// postgres is a server from the Debian package, on the loopback address, with a data directory of
// its own.
type postgres struct {
	programs, dir string
	port          int
	driver        string
	account       *syscall.Credential
	server        *exec.Cmd
	exited        chan struct{}
}

var _ database = (*postgres)(nil)

func (b *bench) openPostgres(ctx context.Context) (database, error) {
	p := &postgres{exited: make(chan struct{})}
	if err := p.startAll(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), p.stop())
	}
	b.logf("PostgreSQL is ready")
	return p, nil
}

func (p *postgres) startAll(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		p.findPrograms, p.installDriver, p.prepareAccount, p.initCluster, p.startServer, p.waitUntilReady,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) initCluster(ctx context.Context) error {
	return p.runProgram(ctx, "initdb", "--pgdata", filepath.Join(p.dir, "data"), "--username", postgresUser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C")
}

func (p *postgres) startServer(context.Context) error {
	var err error
	if p.port, err = netutil.FreePort(); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own file descriptor
	p.server = p.newCommand(context.Background(), "postgres", "-D", filepath.Join(p.dir, "data"),
		"-p", strconv.Itoa(p.port), "-k", p.dir, "-c", "listen_addresses=127.0.0.1")
	p.server.Stdout, p.server.Stderr = log, log
	if err := p.server.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.server.Wait() // the log has the reason
		close(p.exited)
	}()
	return nil
}

func (p *postgres) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresTimeout)
	defer cancel()
	for {
		err := p.runProgram(ctx, "pg_isready", p.connectionArgs()...)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(checkInterval):
		case <-p.exited:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

func (p *postgres) connectionArgs() []string {
	return []string{"--host", "127.0.0.1", "--port", strconv.Itoa(p.port), "--username", postgresUser}
}

// newCommand returns a command for a program of the package, as an account that may run it.
func (p *postgres) newCommand(ctx context.Context, program string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(p.programs, program), args...)
	command.Dir = p.dir
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.account}
	return command
}

func (p *postgres) runProgram(ctx context.Context, program string, args ...string) error {
	if output, err := p.newCommand(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return nil
}

func (p *postgres) serverPID() int { return p.server.Process.Pid }

// stop closes open connections and stops the server.
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

// findPrograms selects the newest installed version.
func (p *postgres) findPrograms(context.Context) error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("not installed under /usr/lib/postgresql: run apt-get install postgresql")
	}
	p.programs = filepath.Dir(found[len(found)-1])
	return nil
}

// installDriver installs the driver for Python next to MLflow's virtual environment and does not
// change that environment.
func (p *postgres) installDriver(ctx context.Context) error {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, filepath.Join(root, "hack", "postgres-driver.sh"))
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("hack/postgres-driver.sh: %w", err)
	}
	p.driver = string(output)
	return nil
}

// prepareAccount creates the directory. As root it also switches to an account, because
// PostgreSQL does not run as root.
func (p *postgres) prepareAccount(context.Context) error {
	var err error
	if p.dir, err = os.MkdirTemp("", "bench-postgres-"); err != nil || os.Geteuid() != 0 {
		return err
	}
	account, err := user.Lookup(postgresUser)
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return err
	}
	p.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, int(uid), int(gid))
}

func (p *postgres) databaseName() string { return "postgresql" }

func (p *postgres) originalName(models int) string { return fmt.Sprintf("filled_%d", models) }

// databaseURI names the driver, because the default of SQLAlchemy is another one.
func (p *postgres) databaseURI(name string) string {
	return fmt.Sprintf("postgresql+psycopg2://%s@127.0.0.1:%d/%s", postgresUser, p.port, name)
}

func (p *postgres) fillOriginal(ctx context.Context, models int) error {
	name := p.originalName(models)
	if err := p.runProgram(ctx, "createdb", append(p.connectionArgs(), name)...); err != nil {
		return err
	}
	if err := runFillScript(ctx, p.databaseURI(name), models, p.pythonEnv()); err != nil {
		return err
	}
	// Autovacuum would analyze the tables some time after the bulk insert.
	return p.runProgram(ctx, "vacuumdb", append(p.connectionArgs(), "--analyze", "--quiet", name)...)
}

// createCopy uses the original as a template, which requires that it has no connections.
func (p *postgres) createCopy(ctx context.Context, models int, dir string) (string, error) {
	name := copyName(dir)
	return p.databaseURI(name), p.runProgram(ctx, "createdb", append(p.connectionArgs(), "--template", p.originalName(models), name)...)
}

func (p *postgres) dropCopy(ctx context.Context, dir string) error {
	return p.runProgram(ctx, "dropdb", append(p.connectionArgs(), "--force", "--if-exists", copyName(dir))...)
}

// copyName derives the name of the copy from the unique directory of the environment.
func copyName(dir string) string { return "copy_" + filepath.Base(filepath.Dir(dir)) }

func (p *postgres) pythonEnv() []string { return []string{"PYTHONPATH=" + p.driver} }
