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
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelpromotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// fakeVerifier is the policy that makes user names authentic. Who does not ask afresh is told
// what was found out last.
type fakeVerifier struct {
	policyMissing  bool
	effectiveSince time.Time
	// lastAnswer is the last answer to who asked afresh, or first.
	lastAnswer *verifierAnswer
}

type verifierAnswer struct {
	since time.Time
	err   error
}

var _ modelpromotion.ApprovalVerifier = (*fakeVerifier)(nil)

func (g *fakeVerifier) EffectiveSince(_ context.Context, _ string, afresh bool) (time.Time, error) {
	if g.lastAnswer == nil || afresh {
		g.lastAnswer = &verifierAnswer{since: g.effectiveSince}
		if g.policyMissing {
			g.lastAnswer = &verifierAnswer{err: errors.New("the policy is away")}
		}
	}
	return g.lastAnswer.since, g.lastAnswer.err
}

// knownApproval is what a person who was there knows of an approval.
type knownApproval struct {
	version      string
	rejects      bool
	forged       bool
	creationTime time.Time
}

// createApproval creates an approval in alice's name, by whomever.
func (g *simulation) createApproval(version string, decision v1alpha1.ApprovalDecision, forged bool) {
	g.Helper()
	g.objectCount++
	name := fmt.Sprintf("voice-%d", g.objectCount)
	approval := builder.Approval("alice").Name(name).Promotion("production").Version(v1alpha1.Version(version)).Build()
	approval.Spec.Decision = decision
	approval.UID = types.UID(name)
	approval.CreationTimestamp = metav1.NewTime(g.tick())
	g.must(g.kube.Create(g.ctx, approval))
	g.approvals[name] = knownApproval{
		version: version, rejects: decision == v1alpha1.DecisionReject, forged: forged, creationTime: approval.CreationTimestamp.Time,
	}
}

// changeApprovals say something, take it back, or lose what makes their names authentic.
func (g *simulation) changeApprovals(rt *rapid.T) {
	version := g.drawVersion(rt)
	switch drawOne(rt, "people", "approve", "approve", "approve", "reject", "take back", "forge", "lose", "restore") {
	case "approve":
		g.createApproval(version, v1alpha1.DecisionApprove, false)
	case "reject":
		g.createApproval(version, v1alpha1.DecisionReject, false)
	case "take back":
		g.deleteApprovals(drawOne(rt, "which", 1, 2, 3))
	case "forge":
		if g.verifier.policyMissing {
			g.createApproval(version, v1alpha1.DecisionApprove, true)
		}
	case "lose":
		g.verifier.policyMissing = true
	default:
		if g.verifier.policyMissing {
			g.verifier.policyMissing, g.verifier.effectiveSince = false, g.tick()
		}
	}
}

// deleteApprovals deletes every n-th approval.
func (g *simulation) deleteApprovals(n int) {
	g.Helper()
	var list v1alpha1.PromotionApprovalList
	g.must(g.kube.List(g.ctx, &list))
	for i := range list.Items {
		if i%n == 0 {
			g.must(g.kube.Delete(g.ctx, &list.Items[i]))
			delete(g.approvals, list.Items[i].Name)
		}
	}
}

// isApproved is what a person would say who heard everybody: the newest of its number is
// approved by who said so after it was there. Who returns to the stage after another hand
// moved the alias was approved before, and who was trusted once is asked only for a no.
func (g *simulation) isApproved(version string, trusted, returns bool) bool {
	registered := int64(g.mlflow.Version(sentiment, version).CreationTimestamp)
	yes, no := false, false
	for _, v := range g.approvals {
		switch {
		case v.version != version || g.inputs.promotion.Name != "production":
		case v.rejects:
			no = true
		case !v.forged && v.creationTime.UnixMilli() > registered:
			yes = true
		}
	}
	return returns || !no && (trusted || yes && !g.verifier.policyMissing)
}
