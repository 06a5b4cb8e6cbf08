// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"context"
	"fmt"
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
	// proofTTL is how long a proof is valid for a caller that only reads. A caller that is
	// about to write asks for a refresh.
	proofTTL = 5 * time.Minute
	// failureTTL is how long a failed proof is cached. It is short because a promotion that
	// waits for the policy retries often, and should notice soon that the policy is back.
	failureTTL = 5 * time.Second
	// propagationDelay is how long after a change of the policy every API server has
	// certainly applied it: each one polls once a second, and their clocks can differ a little.
	propagationDelay = 10 * time.Second
	// idleTTL is how long a namespace keeps being verified after its last use: the namespace
	// may have been deleted.
	idleTTL = time.Hour
	// defaultNamespace exists in every cluster. The verifier uses it for the proof at start.
	defaultNamespace = "default"
)

// Options override durations that are right for a cluster. Zero means the default; a
// negative value means none.
type Options struct {
	// FailureTTL is how long a failed proof is cached: 5 s by default.
	FailureTTL time.Duration
	// PropagationDelay is for how long after a change of the policy nothing counts: 10 s by
	// default.
	PropagationDelay time.Duration
}

// Verifier verifies the policy of one cluster.
type Verifier struct {
	creator client.Writer
	reader  client.Reader
	clock   clock.WithTicker
	options Options

	mu         sync.Mutex
	namespaces map[string]*namespaceState
	// lastUsed is when a caller last asked about a namespace.
	lastUsed map[string]time.Time
}

var _ manager.Runnable = (*Verifier)(nil)

// namespaceState is the cached proof of a namespace.
type namespaceState struct {
	mu             sync.Mutex
	effectiveSince time.Time
	// err says why there is no proof; nil if there is one.
	err error
	// verifiedAt is when the verifier last checked; zero before the first check.
	verifiedAt time.Time
}

// NewVerifier returns a verifier that has sent no request yet. It uses the creator for dry
// runs only. The reader must read from the API server, not from a cache.
func NewVerifier(creator client.Writer, reader client.Reader, options Options) *Verifier {
	return &Verifier{
		creator: creator, reader: reader, clock: clock.RealClock{},
		namespaces: map[string]*namespaceState{}, lastUsed: map[string]time.Time{},
		options: Options{
			FailureTTL:       durationOrDefault(options.FailureTTL, failureTTL),
			PropagationDelay: durationOrDefault(options.PropagationDelay, propagationDelay),
		},
	}
}

func durationOrDefault(given, standard time.Duration) time.Duration {
	if given == 0 {
		return standard
	}
	return max(given, 0)
}

// EffectiveSince returns the time after which user names in the objects of a namespace are
// authentic, or the reason why they are not. With refresh, it ignores the cached proof.
func (v *Verifier) EffectiveSince(ctx context.Context, namespace string, refresh bool) (time.Time, error) {
	v.markUsed(namespace)
	return v.refreshNamespace(ctx, namespace, refresh)
}

func (v *Verifier) markUsed(namespace string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.lastUsed[namespace] = v.clock.Now()
}

func (v *Verifier) refreshNamespace(ctx context.Context, namespace string, refresh bool) (time.Time, error) {
	state := v.getNamespace(namespace)
	state.mu.Lock()
	defer state.mu.Unlock()
	if !refresh && v.isCached(state) {
		return state.effectiveSince, state.err
	}
	since, err := v.verifyNamespace(ctx, namespace)
	if ctx.Err() != nil {
		return time.Time{}, ctx.Err()
	}
	if (err == nil) != (state.err == nil) || state.verifiedAt.IsZero() {
		logChange(namespace, err)
	}
	state.effectiveSince, state.err, state.verifiedAt = since, err, v.clock.Now()
	return since, err
}

// verifyNamespace sends the requests of one proof.
func (v *Verifier) verifyNamespace(ctx context.Context, namespace string) (time.Time, error) {
	ref, err := dryRunApproval(ctx, v.creator, namespace)
	if err != nil {
		return time.Time{}, err
	}
	policy, binding, err := readPolicy(ctx, v.reader, ref)
	if err != nil {
		return time.Time{}, err
	}
	if mismatch := policyMismatch(policy, binding); mismatch != "" {
		return time.Time{}, fmt.Errorf("%s rejects a forged approval in namespace %s, but is not the shipped policy: %s; apply config/policy",
			ref, namespace, mismatch)
	}
	return latestCreation(policy, binding).Add(v.options.PropagationDelay), nil
}

// logChange logs that proofs for a namespace begin to fail or to succeed.
func logChange(namespace string, err error) {
	log := ctrl.Log.WithName("approvalauth").WithValues("namespace", namespace)
	if err != nil {
		log.Info("User names are not authentic: no approval counts", "reason", err.Error())
		return
	}
	log.Info("User names are authentic: approvals count")
}

func (v *Verifier) getNamespace(namespace string) *namespaceState {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.namespaces[namespace] == nil {
		v.namespaces[namespace] = &namespaceState{}
	}
	return v.namespaces[namespace]
}

func (v *Verifier) isCached(state *namespaceState) bool {
	age := v.clock.Since(state.verifiedAt)
	if state.err != nil {
		return age < v.options.FailureTTL
	}
	return !state.verifiedAt.IsZero() && age < proofTTL
}

// Start verifies the default namespace at once, so that the log reports a missing policy
// before an approval depends on it, and then verifies every active namespace regularly.
func (v *Verifier) Start(ctx context.Context) error {
	v.markUsed(defaultNamespace)
	ticker := v.clock.NewTicker(proofTTL)
	defer ticker.Stop()
	for {
		for _, namespace := range v.activeNamespaces() {
			_, _ = v.refreshNamespace(ctx, namespace, true) // the result is cached and logged
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// activeNamespaces returns the namespaces that a caller used within idleTTL, and the default
// one. It forgets the others.
func (v *Verifier) activeNamespaces() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for namespace, used := range v.lastUsed {
		if namespace != defaultNamespace && v.clock.Since(used) > idleTTL {
			delete(v.lastUsed, namespace)
			delete(v.namespaces, namespace)
		}
	}
	return slices.Sorted(maps.Keys(v.lastUsed))
}
