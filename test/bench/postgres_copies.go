// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path/filepath"
)

func (p *postgres) name() string { return "postgresql" }

func (p *postgres) original(models int) string { return fmt.Sprintf("filled_%d", models) }

// uri names the driver: SQLAlchemy has more than one, and prefers another.
func (p *postgres) uri(name string) string {
	return fmt.Sprintf("postgresql+psycopg2://%s@127.0.0.1:%d/%s", postgresUser, p.port, name)
}

func (p *postgres) fill(ctx context.Context, models int) error {
	name := p.original(models)
	if err := p.run(ctx, "createdb", append(p.where(), name)...); err != nil {
		return err
	}
	if err := fillDatabase(ctx, p.uri(name), models, p.environment()); err != nil {
		return err
	}
	// What the server would do by itself some time after a bulk insert.
	return p.run(ctx, "vacuumdb", append(p.where(), "--analyze", "--quiet", name)...)
}

// copy needs that nobody is connected to the original.
func (p *postgres) copy(ctx context.Context, models int, dir string) (string, error) {
	name := copyName(dir)
	return p.uri(name), p.run(ctx, "createdb", append(p.where(), "--template", p.original(models), name)...)
}

func (p *postgres) drop(ctx context.Context, dir string) error {
	return p.run(ctx, "dropdb", append(p.where(), "--force", "--if-exists", copyName(dir))...)
}

// copyName is that of a turn's directory, which is unique.
func copyName(dir string) string { return "copy_" + filepath.Base(filepath.Dir(dir)) }

func (p *postgres) environment() []string { return []string{"PYTHONPATH=" + p.driver} }
