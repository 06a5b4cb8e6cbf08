// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

const (
	// idleChanges is the number of promotions that change there and back while nothing else
	// happens.
	idleChanges = 20
	// loadedChanges is the number of promotions that change while other objects converge.
	loadedChanges = 40
	// minChangeInterval is the minimum time between two changes under load: more than ten changes
	// per second would be a load of their own.
	minChangeInterval = 100 * time.Millisecond
)

// splitChanges returns the number of promotions that change while idle and under load. They are
// disjoint, so a small registry has fewer.
func splitChanges(models int) (alone, loaded int) {
	return min(idleChanges, models/5), min(loadedChanges, 2*models/5)
}

// measureChange edits the version of single promotions among many.
func (b *bench) measureChange(ctx context.Context, env *environment, c subject, name string) error {
	o := c.(*operatorSubject)
	r := b.newRecorder(env.setup, change, name, 0)
	alone, loaded := splitChanges(env.setup.Models)
	if err := o.changeWhileIdle(ctx, r, alone); err != nil {
		return err
	}
	if err := o.changeUnderLoad(ctx, r, alone, loaded); err != nil {
		return err
	}
	times := series{setup: env.setup, Measure: change, Subject: name, Quantity: "idle", Unit: "ms"}
	b.logf("%s: one change takes %.0f ms (median)", env.setup, median(b.results.listSeriesValues(times)))
	return nil
}

// changeWhileIdle changes promotions there and back, one at a time. After each change it makes
// the same requests itself, as the minimum.
func (o *operatorSubject) changeWhileIdle(ctx context.Context, r recorder, models int) error {
	a := newQuickAckClient(o.env.server.URL)
	defer a.close()
	var edits, calls []float64
	for _, version := range []v1alpha1.Version{otherVersion, candidate} {
		for i := range models {
			duration, err := o.changeVersion(ctx, i+1, version)
			if err != nil {
				return err
			}
			edits = append(edits, toMilliseconds(duration))
			if duration, err = a.timeMinimalChange(ctx, o.env.setup.Models-i, string(version)); err != nil {
				return err
			}
			calls = append(calls, toMilliseconds(duration))
		}
	}
	r.add("idle", "ms", edits...)
	r.add("sequential minimum", "ms", calls...)
	return nil
}

// changeVersion edits a version and waits until the status reports it as current.
func (o *operatorSubject) changeVersion(ctx context.Context, i int, version v1alpha1.Version) (time.Duration, error) {
	name := promotionName(production, i)
	seen := o.cluster.tracker.watchPromotion(name, func(p *v1alpha1.ModelPromotion) bool {
		return p.Spec.Version == version && p.Status.CurrentVersion == version
	})
	started := time.Now()
	if err := o.cluster.patch(ctx, &v1alpha1.ModelPromotion{}, name, fmt.Sprintf(`{"spec":{"version":%q}}`, version)); err != nil {
		return 0, err
	}
	at, err := o.waitFor(ctx, seen, name+" to promote version "+string(version))
	return at.Sub(started), err
}

// timeMinimalChange makes the requests of one change, one after the other. It uses an alias and a
// tag of its own.
func (a *mlflowClient) timeMinimalChange(ctx context.Context, i int, version string) (time.Duration, error) {
	name := modelName(i)
	started := time.Now()
	v, err := a.getVersion(ctx, name, version)
	if err != nil {
		return 0, err
	}
	run, err := a.getRun(ctx, v.RunID)
	if err != nil {
		return 0, err
	}
	value, err := run.gateValue()
	if err != nil {
		return 0, err
	}
	_, first := a.getModel(ctx, name)
	second := a.setVersionTag(ctx, name, version, "bench", evidenceTagValue(name, value))
	third := a.setAlias(ctx, name, "bench", version)
	_, last := a.getModel(ctx, name)
	return time.Since(started), errors.Join(first, second, third, last)
}

// changeUnderLoad changes promotions while another stage of every model converges. The changes
// start at a fixed rate, so a slow change does not delay the next one.
func (o *operatorSubject) changeUnderLoad(ctx context.Context, r recorder, skip, models int) error {
	var batch []client.Object
	for i := range o.env.setup.Models {
		batch = append(batch, newPromotion(staging, i+1, stagedVersion))
	}
	done := o.cluster.tracker.watchReady(3*o.env.setup.Models + 1)
	started := time.Now()
	applied := make(chan error, 1)
	go func() { applied <- o.cluster.apply(ctx, batch) }()
	times, err := o.changeAtRate(ctx, done, skip, models)
	if err := errors.Join(err, <-applied); err != nil {
		return err
	}
	at, err := o.waitFor(ctx, done, "the promotions to staging to be Ready")
	r.add("under load", "ms", times...)
	r.add("load", "s", at.Sub(started).Seconds())
	return err
}

func (o *operatorSubject) changeAtRate(ctx context.Context, done *watch, skip, models int) ([]float64, error) {
	ticker := time.NewTicker(max(minChangeInterval, time.Duration(o.env.setup.Models)*time.Millisecond/2))
	defer ticker.Stop()
	var changes sync.WaitGroup
	times, errs := make([]float64, models), make([]error, models)
	started := 0
	for ; started < models && len(done.seen) == 0; started++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		n := started
		changes.Go(func() {
			duration, err := o.changeVersion(ctx, skip+n+1, otherVersion)
			times[n], errs[n] = toMilliseconds(duration), err
		})
	}
	changes.Wait()
	return times[:started], errors.Join(errs...)
}

func toMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
