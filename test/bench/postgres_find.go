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

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// find takes the newest that is installed.
func (p *postgres) find(context.Context) error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("it is not installed under /usr/lib/postgresql: apt-get install postgresql")
	}
	p.bin = filepath.Dir(found[len(found)-1])
	return nil
}

// installDriver leaves MLflow's driver beside its virtual environment, and not in it.
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

// becomeAccount makes the directory; PostgreSQL refuses to run as root.
func (p *postgres) becomeAccount(context.Context) error {
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
