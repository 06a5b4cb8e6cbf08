// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// fakeVerifier verifies a policy that the simulation installs and removes. It caches its last
// result, as the real verifier does.
type fakeVerifier struct {
	policyMissing  bool
	effectiveSince time.Time
	// lastResult is the cached result; nil before the first call.
	lastResult *verifierResult
}

type verifierResult struct {
	since time.Time
	err   error
}

var _ modelpromotion.ApprovalVerifier = (*fakeVerifier)(nil)

func (f *fakeVerifier) EffectiveSince(_ context.Context, _ string, fresh bool) (time.Time, error) {
	if f.lastResult == nil || fresh {
		f.lastResult = &verifierResult{since: f.effectiveSince}
		if f.policyMissing {
			f.lastResult = &verifierResult{err: errors.New("the policy is missing")}
		}
	}
	return f.lastResult.since, f.lastResult.err
}

// knownApproval is what the simulation knows of a PromotionApproval. A forged one was created
// by another user than its approver.
type knownApproval struct {
	version      string
	rejects      bool
	forged       bool
	creationTime time.Time
}

// createApproval creates an approval or a rejection with alice as its approver.
func (s *simulation) createApproval(version string, decision v1alpha1.ApprovalDecision, forged bool) {
	s.Helper()
	s.objectCount++
	name := fmt.Sprintf("approval-%d", s.objectCount)
	approval := builder.Approval("alice").Name(name).Promotion("production").Version(v1alpha1.Version(version)).Build()
	approval.Spec.Decision = decision
	approval.UID = types.UID(name)
	approval.CreationTimestamp = metav1.NewTime(s.tick())
	s.must(s.kube.Create(s.ctx, approval))
	s.approvals[name] = knownApproval{
		version: version, rejects: decision == v1alpha1.DecisionReject, forged: forged, creationTime: approval.CreationTimestamp.Time,
	}
}

// deleteApprovals deletes every n-th approval.
func (s *simulation) deleteApprovals(n int) {
	s.Helper()
	var list v1alpha1.PromotionApprovalList
	s.must(s.kube.List(s.ctx, &list))
	for i := range list.Items {
		if i%n == 0 {
			s.must(s.kube.Delete(s.ctx, &list.Items[i]))
			delete(s.approvals, list.Items[i].Name)
		}
	}
}
