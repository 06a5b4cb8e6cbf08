// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

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
	// proofTTL is how long a proof stands for who only looks. Who writes asks afresh.
	proofTTL = 5 * time.Minute
	// failureTTL is how long a proof that failed stands: what waits for it asks again and again,
	// and should find out soon that the policy is back.
	failureTTL = 5 * time.Second
	// propagationDelay is how long after a change of the policy every API server has surely heard of
	// it: they ask once a second, and their clocks may differ a little.
	propagationDelay = 10 * time.Second
	// idleTTL is how long after somebody asked about a namespace it is still proven now and
	// then: namespaces go, too.
	idleTTL = time.Hour
	// defaultNamespace is a namespace that each cluster has, for the proof at the start.
	defaultNamespace = "default"
)

// Options change times that are right in a cluster. Zero is the usual one, and less is none.
type Options struct {
	// FailureTTL is how long a proof that failed stands: 5 s.
	FailureTTL time.Duration
	// PropagationDelay is for how long after a change of the policy nothing counts: 10 s.
	PropagationDelay time.Duration
}

// Verifier proves, in one cluster.
type Verifier struct {
	creator client.Writer
	reader  client.Reader
	clock   clock.WithTicker
	options Options

	mu         sync.Mutex
	namespaces map[string]*namespaceState
	// lastUsed is when somebody last asked about a namespace.
	lastUsed map[string]time.Time
}

var _ manager.Runnable = (*Verifier)(nil)

// namespaceState is what is known of a namespace.
type namespaceState struct {
	mu             sync.Mutex
	effectiveSince time.Time
	err            error
	// verifiedAt is when it was found out; zero before.
	verifiedAt time.Time
}

// NewVerifier asks nothing yet. The creator is asked for dry runs only, and the reader has to
// read from the API server itself.
func NewVerifier(creator client.Writer, reader client.Reader, options Options) *Verifier {
	return &Verifier{
		creator: creator, reader: reader, clock: clock.RealClock{}, namespaces: map[string]*namespaceState{}, lastUsed: map[string]time.Time{},
		options: Options{FailureTTL: durationOrDefault(options.FailureTTL, failureTTL), PropagationDelay: durationOrDefault(options.PropagationDelay, propagationDelay)},
	}
}

func durationOrDefault(given, otherwise time.Duration) time.Duration {
	if given == 0 {
		return otherwise
	}
	return max(given, 0)
}

// EffectiveSince is the time after which user names in the objects of a namespace are authentic, or
// the reason why they are not. Afresh, nothing that was found out before counts.
func (p *Verifier) EffectiveSince(ctx context.Context, namespace string, afresh bool) (time.Time, error) {
	p.markUsed(namespace)
	return p.refreshNamespace(ctx, namespace, afresh)
}

func (p *Verifier) markUsed(namespace string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastUsed[namespace] = p.clock.Now()
}

func (p *Verifier) refreshNamespace(ctx context.Context, namespace string, afresh bool) (time.Time, error) {
	known := p.getNamespace(namespace)
	known.mu.Lock()
	defer known.mu.Unlock()
	if !afresh && p.isCached(known) {
		return known.effectiveSince, known.err
	}
	since, err := p.verifyNamespace(ctx, namespace)
	if ctx.Err() != nil {
		return time.Time{}, ctx.Err()
	}
	if (err == nil) != (known.err == nil) || known.verifiedAt.IsZero() {
		logChange(namespace, err)
	}
	known.effectiveSince, known.err, known.verifiedAt = since, err, p.clock.Now()
	return since, err
}

// logChange puts into the log that a proof fails or succeeds, when that is new.
func logChange(namespace string, err error) {
	log := ctrl.Log.WithName("identity").WithValues("namespace", namespace)
	if err != nil {
		log.Info("User names are not authentic, so that no approval counts", "because", err.Error())
		return
	}
	log.Info("User names are authentic, so that approvals count")
}

func (p *Verifier) getNamespace(namespace string) *namespaceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.namespaces[namespace] == nil {
		p.namespaces[namespace] = &namespaceState{}
	}
	return p.namespaces[namespace]
}

func (p *Verifier) isCached(known *namespaceState) bool {
	age := p.clock.Since(known.verifiedAt)
	if known.err != nil {
		return age < p.options.FailureTTL
	}
	return !known.verifiedAt.IsZero() && age < proofTTL
}

// Start proves it at the start, so that the log tells before somebody relies on it, and now
// and then wherever it was asked for.
func (p *Verifier) Start(ctx context.Context) error {
	p.markUsed(defaultNamespace)
	ticker := p.clock.NewTicker(proofTTL)
	defer ticker.Stop()
	for {
		for _, namespace := range p.activeNamespaces() {
			_, _ = p.refreshNamespace(ctx, namespace, true) // it is told by since, and remembered
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// activeNamespaces are the namespaces about which somebody asked not long ago, and the one of the start.
func (p *Verifier) activeNamespaces() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for namespace, asked := range p.lastUsed {
		if namespace != defaultNamespace && p.clock.Since(asked) > idleTTL {
			delete(p.lastUsed, namespace)
			delete(p.namespaces, namespace)
		}
	}
	return slices.Sorted(maps.Keys(p.lastUsed))
}
