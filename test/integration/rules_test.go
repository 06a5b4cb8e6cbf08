// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/test/kubeenv"
)

// statusOf is the part of an object that the rulebook speaks of, and the conditions
// that its kind must have.
func statusOf(obj client.Object) (condition.Status, []string) {
	status := condition.Status{Generation: obj.GetGeneration()}
	switch o := obj.(type) {
	case *v1alpha1.MLflowConnection:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
	case *v1alpha1.ClusterMLflowConnection:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionRulesAccepted, v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
	case *v1alpha1.RegisteredModel:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionConnectionReady, v1alpha1.ConditionSynced}
	case *v1alpha1.ModelVersion:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionRegistered, v1alpha1.ConditionSynced}
	case *v1alpha1.ModelPromotion:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted}
	case *v1alpha1.ModelClass:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, nil
	}
	panic(fmt.Sprintf("%T has no conditions", obj))
}

// lines are the conditions as a story asserts them: TYPE=STATUS REASON: MESSAGE.
func lines(obj client.Object) []string {
	status, _ := statusOf(obj)
	var all []string
	for _, c := range status.Conditions {
		all = append(all, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return all
}

// rulekeeper watches every object and remembers every status that breaks the rulebook.
type rulekeeper struct {
	mu     sync.Mutex
	broken []string
	// seen counts the statuses that were looked at.
	seen int
	// blind are watches that ended before the suite did.
	blind []string
}

// keepRules watches until the suite ends.
func keepRules(plane *kubeenv.ControlPlane) *rulekeeper {
	GinkgoHelper()
	watcher, err := client.NewWithWatch(plane.Config, client.Options{Scheme: plane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	keeper := &rulekeeper{}
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	for _, list := range []client.ObjectList{
		&v1alpha1.MLflowConnectionList{}, &v1alpha1.ClusterMLflowConnectionList{},
		&v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{}, &v1alpha1.ModelClassList{}, &v1alpha1.ModelVersionList{},
	} {
		w, err := watcher.Watch(ctx, list)
		Expect(err).NotTo(HaveOccurred())
		watching.Go(func() {
			for event := range w.ResultChan() {
				if obj, ok := event.Object.(client.Object); ok {
					keeper.check(obj)
				}
			}
			keeper.ended(list, ctx.Err() != nil)
		})
	}
	DeferCleanup(func() {
		cancel()
		watching.Wait()
		Expect(keeper.seen).To(BeNumerically(">", 0))
		Expect(keeper.blind).To(BeEmpty())
	})
	return keeper
}

// ended is a watch that is over: before the suite is, it would look away.
func (k *rulekeeper) ended(list client.ObjectList, wanted bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !wanted {
		k.blind = append(k.blind, fmt.Sprintf("the watch of %T ended early", list))
	}
}

func (k *rulekeeper) check(obj client.Object) {
	status, kinds := statusOf(obj)
	if status.ObservedGeneration < 0 {
		return
	}
	violations := condition.Violations(status, kinds...)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen++
	if len(violations) > 0 {
		k.broken = append(k.broken, fmt.Sprintf("%T %s: %s\n  %s", obj, key(obj),
			strings.Join(violations, "; "), strings.Join(lines(obj), "\n  ")))
	}
}

// violations are those of one namespace, and of what has its name and none itself.
func (k *rulekeeper) violations(namespace string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found []string
	for _, b := range k.broken {
		if strings.Contains(b, " "+namespace+"/") || strings.Contains(b, " /"+namespace+":") {
			found = append(found, b)
		}
	}
	return found
}

// transitions are the times at which the conditions took their status.
func transitions(obj client.Object) map[string]metav1.Time {
	status, _ := statusOf(obj)
	times := map[string]metav1.Time{}
	for _, c := range status.Conditions {
		times[c.Type] = c.LastTransitionTime
	}
	return times
}
