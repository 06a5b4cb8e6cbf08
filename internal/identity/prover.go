// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// remembered is how long a proof stands for who only looks. Who writes asks afresh.
	remembered = 5 * time.Minute
	// retried is how long a proof that failed stands: what waits for it asks again and again,
	// and should find out soon that the policy is back.
	retried = 5 * time.Second
	// settled is how long after a change of the policy every API server has surely heard of
	// it: they ask once a second, and their clocks may differ a little.
	settled = 10 * time.Second
	// forgotten is how long after somebody asked about a namespace it is still proven now and
	// then: namespaces go, too.
	forgotten = time.Hour
	// everywhere is a namespace that each cluster has, for the proof at the start.
	everywhere = "default"
)

// Options change times that are right in a cluster. Zero is the usual one, and less is none.
type Options struct {
	// Retried is how long a proof that failed stands: 5 s.
	Retried time.Duration
	// Settled is for how long after a change of the policy nothing counts: 10 s.
	Settled time.Duration
}

// Prover proves, in one cluster.
type Prover struct {
	creator client.Writer
	reader  client.Reader
	clock   clock.WithTicker
	options Options

	mu     sync.Mutex
	places map[string]*place
	// asked is when somebody last asked about a namespace.
	asked map[string]time.Time
}

var _ manager.Runnable = (*Prover)(nil)

// place is what is known of a namespace.
type place struct {
	mu    sync.Mutex
	since time.Time
	err   error
	// at is when it was found out; zero before.
	at time.Time
}

// NewProver asks nothing yet. The creator is asked for dry runs only, and the reader has to
// read from the API server itself.
func NewProver(creator client.Writer, reader client.Reader, options Options) *Prover {
	return &Prover{
		creator: creator, reader: reader, clock: clock.RealClock{}, places: map[string]*place{}, asked: map[string]time.Time{},
		options: Options{Retried: usual(options.Retried, retried), Settled: usual(options.Settled, settled)},
	}
}

func usual(given, otherwise time.Duration) time.Duration {
	if given == 0 {
		return otherwise
	}
	return max(given, 0)
}

// Since is the time after which user names in the objects of a namespace are authentic, or
// the reason why they are not. Afresh, nothing that was found out before counts.
func (p *Prover) Since(ctx context.Context, namespace string, afresh bool) (time.Time, error) {
	p.ask(namespace)
	return p.since(ctx, namespace, afresh)
}

func (p *Prover) ask(namespace string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[namespace] = p.clock.Now()
}

func (p *Prover) since(ctx context.Context, namespace string, afresh bool) (time.Time, error) {
	known := p.place(namespace)
	known.mu.Lock()
	defer known.mu.Unlock()
	if !afresh && p.stands(known) {
		return known.since, known.err
	}
	since, err := p.prove(ctx, namespace)
	if ctx.Err() != nil {
		return time.Time{}, ctx.Err()
	}
	if (err == nil) != (known.err == nil) || known.at.IsZero() {
		tell(namespace, err)
	}
	known.since, known.err, known.at = since, err, p.clock.Now()
	return since, err
}

// tell puts into the log that a proof fails or succeeds, when that is new.
func tell(namespace string, err error) {
	log := ctrl.Log.WithName("identity").WithValues("namespace", namespace)
	if err != nil {
		log.Info("User names are not authentic, so that no approval counts", "because", err.Error())
		return
	}
	log.Info("User names are authentic, so that approvals count")
}

func (p *Prover) place(namespace string) *place {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.places[namespace] == nil {
		p.places[namespace] = &place{}
	}
	return p.places[namespace]
}

func (p *Prover) stands(known *place) bool {
	age := p.clock.Since(known.at)
	if known.err != nil {
		return age < p.options.Retried
	}
	return !known.at.IsZero() && age < remembered
}

// Start proves it at the start, so that the log tells before somebody relies on it, and now
// and then wherever it was asked for.
func (p *Prover) Start(ctx context.Context) error {
	p.ask(everywhere)
	ticker := p.clock.NewTicker(remembered)
	defer ticker.Stop()
	for {
		for _, namespace := range p.relied() {
			_, _ = p.since(ctx, namespace, true) // it is told by since, and remembered
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// relied are the namespaces about which somebody asked not long ago, and the one of the start.
func (p *Prover) relied() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for namespace, asked := range p.asked {
		if namespace != everywhere && p.clock.Since(asked) > forgotten {
			delete(p.asked, namespace)
			delete(p.places, namespace)
		}
	}
	return slices.Sorted(maps.Keys(p.asked))
}
