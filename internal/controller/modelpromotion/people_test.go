// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

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

// guard is the policy that makes user names authentic. Who does not ask afresh is told
// what was found out last.
type guard struct {
	away  bool
	since time.Time
	// told is the last answer to who asked afresh, or first.
	told *answer
}

type answer struct {
	since time.Time
	err   error
}

var _ modelpromotion.Identities = (*guard)(nil)

func (g *guard) Since(_ context.Context, _ string, afresh bool) (time.Time, error) {
	if g.told == nil || afresh {
		g.told = &answer{since: g.since}
		if g.away {
			g.told = &answer{err: errors.New("the policy is away")}
		}
	}
	return g.told.since, g.told.err
}

// voice is what a person who was there knows of an approval.
type voice struct {
	version  string
	rejects  bool
	forged   bool
	existing time.Time
}

// says creates an approval in alice's name, by whomever.
func (g *game) says(version string, decision v1alpha1.ApprovalDecision, forged bool) {
	g.Helper()
	g.created++
	name := fmt.Sprintf("voice-%d", g.created)
	approval := builder.Approval("alice").Name(name).Promotion("production").Version(v1alpha1.Version(version)).Build()
	approval.Spec.Decision = decision
	approval.UID = types.UID(name)
	approval.CreationTimestamp = metav1.NewTime(g.tick())
	g.must(g.kube.Create(g.ctx, approval))
	g.voices[name] = voice{
		version: version, rejects: decision == v1alpha1.DecisionReject, forged: forged, existing: approval.CreationTimestamp.Time,
	}
}

// people say something, take it back, or lose what makes their names authentic.
func (g *game) people(rt *rapid.T) {
	version := g.anyVersion(rt)
	switch draw(rt, "people", "approve", "approve", "approve", "reject", "take back", "forge", "lose", "restore") {
	case "approve":
		g.says(version, v1alpha1.DecisionApprove, false)
	case "reject":
		g.says(version, v1alpha1.DecisionReject, false)
	case "take back":
		g.takesBack(draw(rt, "which", 1, 2, 3))
	case "forge":
		if g.guard.away {
			g.says(version, v1alpha1.DecisionApprove, true)
		}
	case "lose":
		g.guard.away = true
	default:
		if g.guard.away {
			g.guard.away, g.guard.since = false, g.tick()
		}
	}
}

// takesBack deletes every n-th approval.
func (g *game) takesBack(n int) {
	g.Helper()
	var list v1alpha1.PromotionApprovalList
	g.must(g.kube.List(g.ctx, &list))
	for i := range list.Items {
		if i%n == 0 {
			g.must(g.kube.Delete(g.ctx, &list.Items[i]))
			delete(g.voices, list.Items[i].Name)
		}
	}
}

// approved is what a person would say who heard everybody: the newest of its number is
// approved by who said so after it was there. Who returns to the stage after another hand
// moved the alias was approved before, and who was trusted once is asked only for a no.
func (g *game) approved(version string, trusted, returns bool) bool {
	registered := int64(g.mlflow.Version(sentiment, version).CreationTimestamp)
	yes, no := false, false
	for _, v := range g.voices {
		switch {
		case v.version != version || g.pass.promotion.Name != "production":
		case v.rejects:
			no = true
		case !v.forged && v.existing.UnixMilli() > registered:
			yes = true
		}
	}
	return returns || !no && (trusted || yes && !g.guard.away)
}
