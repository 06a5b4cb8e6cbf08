// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fakeCluster answers as an API server would.
type fakeCluster struct {
	client.Client
	*testing.T

	denial  error
	policy  *policy
	binding *binding
	probes  int
}

func (c *fakeCluster) Create(_ context.Context, obj client.Object, options ...client.CreateOption) error {
	c.probes++
	var o client.CreateOptions
	o.ApplyOptions(options)
	if len(o.DryRun) != 1 || o.DryRun[0] != metav1.DryRunAll {
		c.Errorf("%s is created for good", obj.GetName())
	}
	return c.denial
}

func (c *fakeCluster) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	switch into := obj.(type) {
	case *policy:
		if key.Name == c.policy.Name {
			c.policy.DeepCopyInto(into)
			return nil
		}
	case *binding:
		if key.Name == c.binding.Name {
			c.binding.DeepCopyInto(into)
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

// newDenial is a refusal by the shipped policy, as the API server words it.
func newDenial(by string) error {
	err := apierrors.NewForbidden(schema.GroupResource{Resource: "promotionapprovals"}, "forgery-x", errors.New(by))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Message: by})
	return err
}

const shippedDenialMessage = "ValidatingAdmissionPolicy 'authentic-users' with binding 'authentic-users' denied request: approver must be the user"

func newFakeCluster(t *testing.T) (*fakeCluster, *Verifier, *clocktesting.FakeClock) {
	t.Helper()
	p, b := readShippedPolicy(t)
	p.Generation, b.Generation = 1, 1
	p.CreationTimestamp, b.CreationTimestamp = metav1.Unix(100, 0), metav1.Unix(101, 0)
	c := &fakeCluster{T: t, denial: newDenial(shippedDenialMessage), policy: p, binding: b}
	prover := NewVerifier(c, c, Options{})
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	prover.clock = clock
	return c, prover, clock
}

func TestEffectiveSince(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fakeCluster)
		want   string
	}{
		"the policy's own refusal": {func(*fakeCluster) {}, ""},
		"no refusal": {
			func(c *fakeCluster) { c.denial = nil },
			"no ValidatingAdmissionPolicy holds user names to who writes them in namespace news: apply config/policy",
		},
		"missing rights": {
			func(c *fakeCluster) {
				c.denial = apierrors.NewForbidden(schema.GroupResource{}, "x", errors.New("no rights"))
			},
			"since a false one is refused for another reason: forbidden: no rights",
		},
		"no answer": {
			func(c *fakeCluster) { c.denial = errors.New("connection refused") },
			"since a false one is refused for another reason: connection refused",
		},
		"a text that only claims it": {func(c *fakeCluster) { c.denial = errors.New(shippedDenialMessage) }, "since a false one is refused for another reason"},
		"a policy that can't be read": {
			func(c *fakeCluster) { c.policy.Name = "other" }, "read ValidatingAdmissionPolicy authentic-users: ",
		},
		"a binding that can't be read": {
			func(c *fakeCluster) { c.binding.Name = "other" }, "read ValidatingAdmissionPolicyBinding authentic-users: ",
		},
		"another policy": {
			func(c *fakeCluster) { c.policy.Spec.Validations = nil },
			"ValidatingAdmissionPolicy authentic-users with binding authentic-users refuses a false name in namespace news, " +
				"but is not the policy that is shipped: the policy lacks the shipped validation of promotionapprovals; apply config/policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, prover, _ := newFakeCluster(t)
			test.change(c)
			since, err := prover.EffectiveSince(t.Context(), "news", false)
			if test.want == "" && (err != nil || !since.Equal(time.Unix(111, 0))) {
				t.Errorf("since %v, %v", since, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want …%s…", err, test.want)
			}
		})
	}
}

// TestProofTTL: for minutes where it succeeded, for seconds where it failed, and
// not at all for who asks afresh.
func TestProofTTL(t *testing.T) {
	c, prover, clock := newFakeCluster(t)
	ask := func(wantForged int, afresh bool) {
		t.Helper()
		_, _ = prover.EffectiveSince(t.Context(), "news", afresh)
		if c.probes != wantForged {
			t.Fatalf("asked %d times, want %d", c.probes, wantForged)
		}
	}
	ask(1, false)
	clock.Step(proofTTL - time.Second)
	ask(1, false)
	ask(2, true)
	clock.Step(proofTTL)
	ask(3, false)
	c.denial = nil
	ask(4, true)
	ask(4, false)
	clock.Step(failureTTL)
	ask(5, false)
	if _, err := prover.EffectiveSince(t.Context(), "news", false); err == nil {
		t.Error("a proof that failed is remembered as a good one")
	}
	if _, err := prover.EffectiveSince(t.Context(), "other", false); err == nil || c.probes != 6 {
		t.Errorf("another namespace was not asked for: %v", err)
	}
}

// Namespaces come and go: only those are proven now and then about which somebody asks.
func TestIdleNamespaces(t *testing.T) {
	_, prover, clock := newFakeCluster(t)
	relied := func(want ...string) {
		t.Helper()
		if got := prover.activeNamespaces(); !slices.Equal(got, want) {
			t.Errorf("relied on: %v, want %v", got, want)
		}
	}
	prover.markUsed(defaultNamespace)
	_, _ = prover.EffectiveSince(t.Context(), "gone", false)
	_, _ = prover.EffectiveSince(t.Context(), "news", false)
	clock.Step(idleTTL)
	relied("default", "gone", "news")
	_, _ = prover.EffectiveSince(t.Context(), "news", false)
	clock.Step(time.Second)
	relied("default", "news")
	if len(prover.namespaces) != 1 {
		t.Errorf("%d places are remembered", len(prover.namespaces))
	}
}

// TestCanceledVerification: its error is no word on the policy.
func TestCanceledVerification(t *testing.T) {
	c, prover, _ := newFakeCluster(t)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	c.denial = errors.New("cancelled")
	if _, err := prover.EffectiveSince(stopped, "news", false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.denial = newDenial(shippedDenialMessage)
	if _, err := prover.EffectiveSince(t.Context(), "news", false); err != nil {
		t.Error(err)
	}
}
