// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// bench is a run of the benchmark.
type bench struct {
	*settings
	began    time.Time
	root     string
	dir      string
	results  *results
	database database
	// manners are the fastest ways to make bare calls to a server.
	manners map[tuned]manner
	// broken are promises that were not kept: they end in an exit code, once the report is
	// written.
	broken []error
}

// tuned is what the fastest manner depends on.
type tuned struct {
	database string
	workers  int
}

func newBench(s *settings) (*bench, error) {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		return nil, err
	}
	b := &bench{settings: s, began: time.Now(), root: root, results: &results{}, manners: map[tuned]manner{}}
	if b.manager, err = filepath.Abs(s.manager); err != nil {
		return nil, err
	}
	if _, err := os.Stat(b.manager); err != nil {
		return nil, fmt.Errorf("no operator to measure: run make build: %w", err)
	}
	parent := filepath.Join(root, ".bench")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	b.dir, err = os.MkdirTemp(parent, "run-")
	return b, err
}

func (b *bench) cleanUp() error { return os.RemoveAll(b.dir) }

// say prints a line with the time that has passed.
func (b *bench) say(format string, args ...any) {
	passed := time.Since(b.began).Round(time.Second)
	fmt.Printf("[%6s] %s\n", passed, fmt.Sprintf(format, args...))
}

// measure takes all measures and writes the report, also where a promise was broken.
func (b *bench) measure(ctx context.Context) error {
	var err error
	if b.results.About, err = describe(ctx, b.root, b.poll); err != nil {
		return err
	}
	b.say("about %s to go", b.estimate().Round(time.Minute))
	if err := b.measureDatabases(ctx); err != nil {
		return errors.Join(err, b.results.save(filepath.Join(b.root, ".bench", "partial.json")))
	}
	if err := b.write(ctx); err != nil {
		return err
	}
	return errors.Join(b.broken...)
}

// measureDatabases starts the databases one after the other.
func (b *bench) measureDatabases(ctx context.Context) error {
	openers := []func(context.Context) (database, error){b.openSQLite}
	if b.postgres {
		openers = append(openers, b.openPostgres)
	}
	for _, open := range openers {
		db, err := open(ctx)
		if err != nil {
			return err
		}
		b.database = db
		if err := errors.Join(b.measureDatabase(ctx), db.stop()); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) openSQLite(context.Context) (database, error) { return &sqlite{dir: b.dir}, nil }

func (b *bench) measureDatabase(ctx context.Context) error {
	for _, models := range slices.Sorted(slices.Values(b.models)) {
		if err := b.fill(ctx, models); err != nil {
			return err
		}
		for _, workers := range b.workers {
			s := setup{Database: b.database.name(), Workers: workers, Models: models}
			if err := b.measureSetup(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
	}
	return nil
}

// fill makes the registry of a size, and has MLflow read it.
func (b *bench) fill(ctx context.Context, models int) error {
	began := time.Now()
	if err := b.database.fill(ctx, models); err != nil {
		return err
	}
	took := time.Since(began)
	st, err := b.build(ctx, setup{Database: b.database.name(), Workers: 1, Models: models})
	if err != nil {
		return err
	}
	if err := errors.Join(checkFilled(ctx, st.server.URL, models), st.tearDown()); err != nil {
		return fmt.Errorf("fill a registry of %d: %w", models, err)
	}
	b.say("%s: filled a registry of %d models in %.1f s", b.database.name(), models, took.Seconds())
	return nil
}

// promise notes one that is not kept.
func (b *bench) promise(kept bool, format string, args ...any) {
	if !kept {
		b.broken = append(b.broken, fmt.Errorf(format, args...))
	}
}

// String is the setup in words.
func (s setup) String() string {
	return fmt.Sprintf("%s, %d workers, %d models", s.Database, s.Workers, s.Models)
}

func (b *bench) record(s setup, measure, contender string, round int) recorder {
	return recorder{results: b.results, round: round, series: series{setup: s, Measure: measure, Contender: contender}}
}

// patience is far more than anything takes: an operator that polls object by object needs
// half a second for one, at worst.
func (b *bench) patience(s setup) time.Duration {
	return 3*time.Minute + time.Duration(s.Models)*500*time.Millisecond
}
