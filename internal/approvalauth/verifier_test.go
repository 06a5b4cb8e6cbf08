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

// fakeCluster is an API server that denies every creation with denial, and has one policy
// and one binding.
type fakeCluster struct {
	client.Client
	*testing.T

	denial  error
	policy  *policy
	binding *binding
	// probes counts the dry runs.
	probes int
}

func (c *fakeCluster) Create(_ context.Context, obj client.Object, options ...client.CreateOption) error {
	c.probes++
	var o client.CreateOptions
	o.ApplyOptions(options)
	if len(o.DryRun) != 1 || o.DryRun[0] != metav1.DryRunAll {
		c.Errorf("%s is created without a dry run", obj.GetName())
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

// newDenial returns a rejection by an admission policy, in the form that the API server uses.
func newDenial(message string) error {
	err := apierrors.NewForbidden(schema.GroupResource{Resource: "promotionapprovals"}, "forgery-x", errors.New(message))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Message: message})
	return err
}

const shippedDenialMessage = "ValidatingAdmissionPolicy 'authentic-users' with binding 'authentic-users' denied request: " +
	"approver must be the user"

func newFakeCluster(t *testing.T) (*fakeCluster, *Verifier, *clocktesting.FakeClock) {
	t.Helper()
	p, b := readShippedPolicy(t)
	p.Generation, b.Generation = 1, 1
	p.CreationTimestamp, b.CreationTimestamp = metav1.Unix(100, 0), metav1.Unix(101, 0)
	c := &fakeCluster{T: t, denial: newDenial(shippedDenialMessage), policy: p, binding: b}
	verifier := NewVerifier(c, c, Options{})
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	verifier.clock = clock
	return c, verifier, clock
}

func TestEffectiveSince(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fakeCluster)
		want   string
	}{
		"a rejection by the policy": {func(*fakeCluster) {}, ""},
		"no rejection": {
			func(c *fakeCluster) { c.denial = nil },
			"no ValidatingAdmissionPolicy enforces spec.approver in namespace news: apply config/policy",
		},
		"missing rights": {
			func(c *fakeCluster) {
				c.denial = apierrors.NewForbidden(schema.GroupResource{}, "x", errors.New("no rights"))
			},
			"the API server rejects a forged approval for another reason: forbidden: no rights",
		},
		"no response": {
			func(c *fakeCluster) { c.denial = errors.New("connection refused") },
			"the API server rejects a forged approval for another reason: connection refused",
		},
		"an error text without a cause": {
			func(c *fakeCluster) { c.denial = errors.New(shippedDenialMessage) },
			"the API server rejects a forged approval for another reason",
		},
		"a policy that can't be read": {
			func(c *fakeCluster) { c.policy.Name = "other" }, "read ValidatingAdmissionPolicy authentic-users: ",
		},
		"a binding that can't be read": {
			func(c *fakeCluster) { c.binding.Name = "other" }, "read ValidatingAdmissionPolicyBinding authentic-users: ",
		},
		"a policy that is not the shipped one": {
			func(c *fakeCluster) { c.policy.Spec.Validations = nil },
			"ValidatingAdmissionPolicy authentic-users with binding authentic-users rejects a forged approval in namespace news, " +
				"but is not the shipped policy: the policy lacks the shipped validation of promotionapprovals; apply config/policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, verifier, _ := newFakeCluster(t)
			test.change(c)
			since, err := verifier.EffectiveSince(t.Context(), "news", false)
			if test.want == "" && (err != nil || !since.Equal(time.Unix(111, 0))) {
				t.Errorf("since %v, %v", since, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want …%s…", err, test.want)
			}
		})
	}
}

// TestProofTTL: a proof is cached for minutes, a failure for seconds, and a refresh ignores
// the cache.
func TestProofTTL(t *testing.T) {
	c, verifier, clock := newFakeCluster(t)
	verify := func(wantProbes int, refresh bool) {
		t.Helper()
		_, _ = verifier.EffectiveSince(t.Context(), "news", refresh)
		if c.probes != wantProbes {
			t.Fatalf("%d dry runs, want %d", c.probes, wantProbes)
		}
	}
	verify(1, false)
	clock.Step(proofTTL - time.Second)
	verify(1, false)
	verify(2, true)
	clock.Step(proofTTL)
	verify(3, false)
	c.denial = nil
	verify(4, true)
	verify(4, false)
	clock.Step(failureTTL)
	verify(5, false)
	if _, err := verifier.EffectiveSince(t.Context(), "news", false); err == nil {
		t.Error("a failed proof is cached as a good one")
	}
	if _, err := verifier.EffectiveSince(t.Context(), "other", false); err == nil || c.probes != 6 {
		t.Errorf("the other namespace was not verified: %v", err)
	}
}

// TestIdleNamespaces: namespaces are deleted, so only those that callers use are verified
// regularly.
func TestIdleNamespaces(t *testing.T) {
	_, verifier, clock := newFakeCluster(t)
	checkActive := func(want ...string) {
		t.Helper()
		if got := verifier.activeNamespaces(); !slices.Equal(got, want) {
			t.Errorf("active: %v, want %v", got, want)
		}
	}
	verifier.markUsed(defaultNamespace)
	_, _ = verifier.EffectiveSince(t.Context(), "gone", false)
	_, _ = verifier.EffectiveSince(t.Context(), "news", false)
	clock.Step(idleTTL)
	checkActive("default", "gone", "news")
	_, _ = verifier.EffectiveSince(t.Context(), "news", false)
	clock.Step(time.Second)
	checkActive("default", "news")
	if len(verifier.namespaces) != 1 {
		t.Errorf("%d namespaces are cached, want 1", len(verifier.namespaces))
	}
}

// TestCanceledVerification: the error of a canceled request is not cached, since it proves
// nothing about the policy.
func TestCanceledVerification(t *testing.T) {
	c, verifier, _ := newFakeCluster(t)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	c.denial = errors.New("cancelled")
	if _, err := verifier.EffectiveSince(stopped, "news", false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.denial = newDenial(shippedDenialMessage)
	if _, err := verifier.EffectiveSince(t.Context(), "news", false); err != nil {
		t.Error(err)
	}
}
