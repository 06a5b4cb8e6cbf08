// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"context"
	"fmt"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// StatusAndKinds is the part of an object that the rulebook speaks of, and the conditions
// that its kind must have.
func StatusAndKinds(obj client.Object) (condition.Status, []string) {
	status := condition.Status{Generation: obj.GetGeneration()}
	switch o := obj.(type) {
	case *v1alpha1.MLflowConnection:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
	case *v1alpha1.ClusterMLflowConnection:
		status.ObservedGeneration, status.Conditions = o.Status.ObservedGeneration, o.Status.Conditions
		return status, []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionCredentialsResolved, v1alpha1.ConditionReachable}
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

// ConditionLines are the conditions as a story asserts them: TYPE=STATUS REASON: MESSAGE.
func ConditionLines(obj client.Object) []string {
	status, _ := StatusAndKinds(obj)
	var all []string
	for _, c := range status.Conditions {
		all = append(all, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return all
}

// ruleChecker watches every object and remembers every status that breaks the rulebook.
type ruleChecker struct {
	mu              sync.Mutex
	violationsFound []string
	// checked counts the statuses that were looked at.
	checked int
	// endedWatches are watches that ended before the suite did.
	endedWatches []string
}

// startRuleChecker watches until the suite ends.
func startRuleChecker(plane *envtest.ControlPlane) *ruleChecker {
	GinkgoHelper()
	watcher, err := client.NewWithWatch(plane.Config, client.Options{Scheme: plane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	keeper := &ruleChecker{}
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
					keeper.checkStatus(obj)
				}
			}
			keeper.recordEndedWatch(list, ctx.Err() != nil)
		})
	}
	DeferCleanup(func() {
		cancel()
		watching.Wait()
		Expect(keeper.checked).To(BeNumerically(">", 0))
		Expect(keeper.endedWatches).To(BeEmpty())
	})
	return keeper
}

// recordEndedWatch is a watch that is over: before the suite is, it would look away.
func (k *ruleChecker) recordEndedWatch(list client.ObjectList, wanted bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !wanted {
		k.endedWatches = append(k.endedWatches, fmt.Sprintf("the watch of %T ended early", list))
	}
}

func (k *ruleChecker) checkStatus(obj client.Object) {
	status, kinds := StatusAndKinds(obj)
	if status.ObservedGeneration < 0 {
		return
	}
	violations := condition.FindViolations(status, kinds...)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.checked++
	if len(violations) > 0 {
		k.violationsFound = append(k.violationsFound, fmt.Sprintf("%T %s: %s\n  %s", obj, ObjectKey(obj),
			strings.Join(violations, "; "), strings.Join(ConditionLines(obj), "\n  ")))
	}
}

// listViolations are those of one namespace, and of what has its name and none itself.
func (k *ruleChecker) listViolations(namespace string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found []string
	for _, b := range k.violationsFound {
		if strings.Contains(b, " "+namespace+"/") || strings.Contains(b, " /"+namespace+":") {
			found = append(found, b)
		}
	}
	return found
}

// WaitForConditions waits until the object has exactly these conditions, for the generation that
// it has now.
func WaitForConditions[T client.Object](ctx SpecContext, obj T, want ...string) T {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(ControlPlane.Client.Get(ctx, ObjectKey(obj), obj)).To(Succeed())
		status, kinds := StatusAndKinds(obj)
		g.Expect(ConditionLines(obj)).To(Equal(want))
		g.Expect(status.ObservedGeneration).To(Equal(status.Generation))
		g.Expect(obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]).To(Equal(HandledRequest(obj)))
		g.Expect(condition.FindViolations(status, kinds...)).To(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
	return obj
}

// HandledRequest is the request to look that the operator has acted on.
func HandledRequest(obj client.Object) string {
	switch o := obj.(type) {
	case *v1alpha1.MLflowConnection:
		return o.Status.LastHandledReconcileAt
	case *v1alpha1.ClusterMLflowConnection:
		return o.Status.LastHandledReconcileAt
	case *v1alpha1.RegisteredModel:
		return o.Status.LastHandledReconcileAt
	case *v1alpha1.ModelPromotion:
		return o.Status.LastHandledReconcileAt
	case *v1alpha1.ModelClass:
		return o.Status.LastHandledReconcileAt
	case *v1alpha1.ModelVersion:
		return o.Status.LastHandledReconcileAt
	}
	panic(fmt.Sprintf("%T has no receipt", obj))
}
