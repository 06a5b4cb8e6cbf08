// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package identity

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

// cluster answers as an API server would.
type cluster struct {
	client.Client
	*testing.T

	refusal error
	policy  *policy
	binding *binding
	forged  int
}

func (c *cluster) Create(_ context.Context, obj client.Object, options ...client.CreateOption) error {
	c.forged++
	var o client.CreateOptions
	o.ApplyOptions(options)
	if len(o.DryRun) != 1 || o.DryRun[0] != metav1.DryRunAll {
		c.Errorf("%s is created for good", obj.GetName())
	}
	return c.refusal
}

func (c *cluster) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
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

// refused is a refusal by the shipped policy, as the API server words it.
func refused(by string) error {
	err := apierrors.NewForbidden(schema.GroupResource{Resource: "promotionapprovals"}, "forgery-x", errors.New(by))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Message: by})
	return err
}

const byShipped = "ValidatingAdmissionPolicy 'authentic-users' with binding 'authentic-users' denied request: approver must be the user"

func newCluster(t *testing.T) (*cluster, *Prover, *clocktesting.FakeClock) {
	t.Helper()
	p, b := shipped(t)
	p.Generation, b.Generation = 1, 1
	p.CreationTimestamp, b.CreationTimestamp = metav1.Unix(100, 0), metav1.Unix(101, 0)
	c := &cluster{T: t, refusal: refused(byShipped), policy: p, binding: b}
	prover := NewProver(c, c, Options{})
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	prover.clock = clock
	return c, prover, clock
}

func TestWhatProves(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*cluster)
		want   string
	}{
		"the policy's own refusal": {func(*cluster) {}, ""},
		"no refusal": {
			func(c *cluster) { c.refusal = nil },
			"no ValidatingAdmissionPolicy holds user names to who writes them in namespace news: apply config/policy",
		},
		"missing rights": {
			func(c *cluster) {
				c.refusal = apierrors.NewForbidden(schema.GroupResource{}, "x", errors.New("no rights"))
			},
			"since a false one is refused for another reason: forbidden: no rights",
		},
		"no answer": {
			func(c *cluster) { c.refusal = errors.New("connection refused") },
			"since a false one is refused for another reason: connection refused",
		},
		"a text that only claims it": {func(c *cluster) { c.refusal = errors.New(byShipped) }, "since a false one is refused for another reason"},
		"a policy that can't be read": {
			func(c *cluster) { c.policy.Name = "other" }, "read ValidatingAdmissionPolicy authentic-users: ",
		},
		"a binding that can't be read": {
			func(c *cluster) { c.binding.Name = "other" }, "read ValidatingAdmissionPolicyBinding authentic-users: ",
		},
		"another policy": {
			func(c *cluster) { c.policy.Spec.Validations = nil },
			"ValidatingAdmissionPolicy authentic-users with binding authentic-users refuses a false name in namespace news, " +
				"but is not the policy that is shipped: the policy lacks the shipped validation of promotionapprovals; apply config/policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, prover, _ := newCluster(t)
			test.change(c)
			since, err := prover.Since(t.Context(), "news", false)
			if test.want == "" && (err != nil || !since.Equal(time.Unix(111, 0))) {
				t.Errorf("since %v, %v", since, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want …%s…", err, test.want)
			}
		})
	}
}

// TestHowLongAProofStands: for minutes where it succeeded, for seconds where it failed, and
// not at all for who asks afresh.
func TestHowLongAProofStands(t *testing.T) {
	c, prover, clock := newCluster(t)
	ask := func(wantForged int, afresh bool) {
		t.Helper()
		_, _ = prover.Since(t.Context(), "news", afresh)
		if c.forged != wantForged {
			t.Fatalf("asked %d times, want %d", c.forged, wantForged)
		}
	}
	ask(1, false)
	clock.Step(remembered - time.Second)
	ask(1, false)
	ask(2, true)
	clock.Step(remembered)
	ask(3, false)
	c.refusal = nil
	ask(4, true)
	ask(4, false)
	clock.Step(retried)
	ask(5, false)
	if _, err := prover.Since(t.Context(), "news", false); err == nil {
		t.Error("a proof that failed is remembered as a good one")
	}
	if _, err := prover.Since(t.Context(), "other", false); err == nil || c.forged != 6 {
		t.Errorf("another namespace was not asked for: %v", err)
	}
}

// Namespaces come and go: only those are proven now and then about which somebody asks.
func TestNamespacesAreForgotten(t *testing.T) {
	_, prover, clock := newCluster(t)
	relied := func(want ...string) {
		t.Helper()
		if got := prover.relied(); !slices.Equal(got, want) {
			t.Errorf("relied on: %v, want %v", got, want)
		}
	}
	prover.ask(everywhere)
	_, _ = prover.Since(t.Context(), "gone", false)
	_, _ = prover.Since(t.Context(), "news", false)
	clock.Step(forgotten)
	relied("default", "gone", "news")
	_, _ = prover.Since(t.Context(), "news", false)
	clock.Step(time.Second)
	relied("default", "news")
	if len(prover.places) != 1 {
		t.Errorf("%d places are remembered", len(prover.places))
	}
}

// TestAPassThatIsStoppedProvesNothing: its error is no word on the policy.
func TestAPassThatIsStoppedProvesNothing(t *testing.T) {
	c, prover, _ := newCluster(t)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	c.refusal = errors.New("cancelled")
	if _, err := prover.Since(stopped, "news", false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.refusal = refused(byShipped)
	if _, err := prover.Since(t.Context(), "news", false); err != nil {
		t.Error(err)
	}
}
