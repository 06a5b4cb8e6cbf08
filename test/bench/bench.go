// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

func main() {
	ctrl.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := parseSettings(args, os.Getenv)
	if err != nil {
		return err
	}
	if s.compare != nil {
		return compareFiles(os.Stdout, s.compare[0], s.compare[1])
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	err = errors.Join(b.run(ctx), b.removeDir())
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// bench is a run of the benchmark.
type bench struct {
	*settings
	started  time.Time
	root     string
	dir      string
	results  *results
	database database
	// fastestClients holds the client configuration for the limit, for each kind of server.
	fastestClients map[serverKind]clientConfig
	// violations are broken guarantees, such as a write by an idle operator. They fail the run
	// after the report is written.
	violations []error
}

// serverKind is all that the fastest client configuration depends on.
type serverKind struct {
	database string
	workers  int
}

func newBench(s *settings) (*bench, error) {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		return nil, err
	}
	b := &bench{settings: s, started: time.Now(), root: root, results: &results{}, fastestClients: map[serverKind]clientConfig{}}
	b.out = cmp.Or(s.out, filepath.Join(root, "docs", "benchmarks"))
	if b.manager, err = filepath.Abs(cmp.Or(s.manager, filepath.Join(root, "bin", "manager"))); err != nil {
		return nil, err
	}
	if _, err := os.Stat(b.manager); err != nil {
		return nil, fmt.Errorf("no operator binary: run make build: %w", err)
	}
	parent := filepath.Join(root, ".bench")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	b.dir, err = os.MkdirTemp(parent, "run-")
	return b, err
}

func (b *bench) removeDir() error { return os.RemoveAll(b.dir) }

// logf prints a line with the time since the start.
func (b *bench) logf(format string, args ...any) {
	elapsed := time.Since(b.started).Round(time.Second)
	fmt.Printf("[%6s] %s\n", elapsed, fmt.Sprintf(format, args...))
}

// run takes all measures and writes the report, even if a guarantee was broken.
func (b *bench) run(ctx context.Context) error {
	var err error
	if b.results.Host, err = describeHost(ctx, b.root, b.poll); err != nil {
		return err
	}
	b.logf("this run takes about %s", b.estimateDuration().Round(time.Minute))
	if err := b.measureDatabases(ctx); err != nil {
		return errors.Join(err, b.results.save(filepath.Join(b.root, ".bench", "partial.json")))
	}
	if err := b.writeReport(ctx); err != nil {
		return err
	}
	return errors.Join(b.violations...)
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
		if err := b.fillRegistry(ctx, models); err != nil {
			return err
		}
		for _, workers := range b.workers {
			s := setup{Database: b.database.databaseName(), Workers: workers, Models: models}
			if err := b.measureSetup(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
	}
	return nil
}

// fillRegistry creates the original registry of a size, and checks it through MLflow.
func (b *bench) fillRegistry(ctx context.Context, models int) error {
	started := time.Now()
	if err := b.database.fillOriginal(ctx, models); err != nil {
		return err
	}
	duration := time.Since(started)
	env, err := b.newEnvironment(ctx, setup{Database: b.database.databaseName(), Workers: 1, Models: models})
	if err != nil {
		return err
	}
	if err := errors.Join(checkRegistryFilled(ctx, env.server.URL, models), env.tearDown()); err != nil {
		return fmt.Errorf("fill a registry of %d: %w", models, err)
	}
	b.logf("%s: filled a registry of %d models in %.1f s", b.database.databaseName(), models, duration.Seconds())
	return nil
}

// checkGuarantee records a violation unless the guarantee holds.
func (b *bench) checkGuarantee(holds bool, format string, args ...any) {
	if !holds {
		b.violations = append(b.violations, fmt.Errorf(format, args...))
	}
}

// String formats the setup for logs and errors.
func (s setup) String() string {
	return fmt.Sprintf("%s, %d workers, %d models", s.Database, s.Workers, s.Models)
}

func (b *bench) newRecorder(s setup, measure, subject string, round int) recorder {
	return recorder{results: b.results, round: round, series: series{setup: s, Measure: measure, Subject: subject}}
}

// convergeTimeout is generous: the slowest subject needs half a second per model.
func (b *bench) convergeTimeout(s setup) time.Duration {
	return 3*time.Minute + time.Duration(s.Models)*500*time.Millisecond
}
