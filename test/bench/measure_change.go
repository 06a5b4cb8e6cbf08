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
	// aloneModels are changed there and back while nothing else happens.
	aloneModels = 20
	// loadedModels are changed while others converge.
	loadedModels = 40
	// shortestPause is that between two changes under load: more than one a tenth of a second
	// would be a load by itself.
	shortestPause = 100 * time.Millisecond
)

// shares are how many models each part changes, none of them twice in one direction; a
// small registry has fewer.
func shares(models int) (alone, loaded int) {
	return min(aloneModels, models/5), min(loadedModels, 2*models/5)
}

// measureChange edits the version of one promotion among many.
func (b *bench) measureChange(ctx context.Context, st *stand, c contender, name string) error {
	o := c.(*operatorContender)
	r := b.record(st.setup, change, name, 0)
	alone, loaded := shares(st.setup.Models)
	if err := o.changeAlone(ctx, r, alone); err != nil {
		return err
	}
	if err := o.changeLoaded(ctx, r, alone, loaded); err != nil {
		return err
	}
	times := series{setup: st.setup, Measure: change, Contender: name, Quantity: "idle", Unit: "ms"}
	b.say("%s: one change takes %.0f ms, at the 50th percentile", st.setup, median(b.results.values(times)))
	return nil
}

// changeAlone changes some promotions there and back, one at a time, and between them makes
// the same calls by hand.
func (c *operatorContender) changeAlone(ctx context.Context, r recorder, models int) error {
	a := promptAPI(c.stand.server.URL)
	defer a.close()
	var edits, calls []float64
	for _, version := range []v1alpha1.Version{otherVersion, candidate} {
		for i := range models {
			took, err := c.change(ctx, i+1, version)
			if err != nil {
				return err
			}
			edits = append(edits, milliseconds(took))
			if took, err = a.sequence(ctx, c.stand.setup.Models-i, string(version)); err != nil {
				return err
			}
			calls = append(calls, milliseconds(took))
		}
	}
	r.add("idle", "ms", edits...)
	r.add("sequential minimum", "ms", calls...)
	return nil
}

// change edits a version and waits until the status says that it holds the stage.
func (c *operatorContender) change(ctx context.Context, i int, version v1alpha1.Version) (time.Duration, error) {
	name := promotionName(production, i)
	seen := c.cluster.tracker.expectPromotion(name, func(p *v1alpha1.ModelPromotion) bool {
		return p.Spec.Version == version && p.Status.CurrentVersion == version
	})
	began := time.Now()
	if err := c.cluster.patch(ctx, &v1alpha1.ModelPromotion{}, name, fmt.Sprintf(`{"spec":{"version":%q}}`, version)); err != nil {
		return 0, err
	}
	at, err := c.await(ctx, seen, name+" to hold version "+string(version))
	return at.Sub(began), err
}

// sequence makes the calls of one change, one after the other, with an alias and a tag that
// are nobody's.
func (a *api) sequence(ctx context.Context, i int, version string) (time.Duration, error) {
	name := modelName(i)
	began := time.Now()
	v, err := a.version(ctx, name, version)
	if err != nil {
		return 0, err
	}
	run, err := a.run(ctx, v.RunID)
	if err != nil {
		return 0, err
	}
	value, err := run.gateValue()
	if err != nil {
		return 0, err
	}
	_, first := a.model(ctx, name)
	second := a.setVersionTag(ctx, name, version, "bench", evidence(name, value))
	third := a.setAlias(ctx, name, "bench", version)
	_, last := a.model(ctx, name)
	return time.Since(began), errors.Join(first, second, third, last)
}

// changeLoaded has another stage of every model converge, and changes promotions meanwhile, at a
// fixed rate: a slow answer does not keep the next question from being asked.
func (c *operatorContender) changeLoaded(ctx context.Context, r recorder, skip, models int) error {
	var batch []client.Object
	for i := range c.stand.setup.Models {
		batch = append(batch, promotion(staging, i+1, stagedVersion))
	}
	done := c.cluster.tracker.expectReady(3*c.stand.setup.Models + 1)
	began := time.Now()
	applied := make(chan error, 1)
	go func() { applied <- c.cluster.apply(ctx, batch) }()
	times, err := c.changeAtRate(ctx, done, skip, models)
	if err := errors.Join(err, <-applied); err != nil {
		return err
	}
	at, err := c.await(ctx, done, "the second batch to be Ready")
	r.add("under load", "ms", times...)
	r.add("load", "s", at.Sub(began).Seconds())
	return err
}

func (c *operatorContender) changeAtRate(ctx context.Context, done *waiter, skip, models int) ([]float64, error) {
	ticker := time.NewTicker(max(shortestPause, time.Duration(c.stand.setup.Models)*time.Millisecond/2))
	defer ticker.Stop()
	var changes sync.WaitGroup
	times, errs := make([]float64, models), make([]error, models)
	started := 0
	for ; started < models && len(done.at) == 0; started++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		n := started
		changes.Go(func() {
			took, err := c.change(ctx, skip+n+1, otherVersion)
			times[n], errs[n] = milliseconds(took), err
		})
	}
	changes.Wait()
	return times[:started], errors.Join(errs...)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
