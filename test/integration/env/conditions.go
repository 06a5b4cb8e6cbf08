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

// StatusAndKinds returns the part of an object's status that the rulebook checks, and the conditions that its kind
// must have.
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

// ConditionLines returns the conditions as stories assert them: TYPE=STATUS REASON: MESSAGE.
func ConditionLines(obj client.Object) []string {
	status, _ := StatusAndKinds(obj)
	var all []string
	for _, c := range status.Conditions {
		all = append(all, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return all
}

// ruleChecker watches all objects and records each status that breaks the rulebook.
type ruleChecker struct {
	mu              sync.Mutex
	violationsFound []string
	// checked counts the statuses.
	checked int
	// endedWatches are the watches that ended before the suite.
	endedWatches []string
}

// startRuleChecker watches until the end of the suite.
func startRuleChecker(plane *envtest.ControlPlane) *ruleChecker {
	GinkgoHelper()
	watcher, err := client.NewWithWatch(plane.Config, client.Options{Scheme: plane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	checker := &ruleChecker{}
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
					checker.checkStatus(obj)
				}
			}
			checker.recordEndedWatch(list, ctx.Err() != nil)
		})
	}
	DeferCleanup(func() {
		cancel()
		watching.Wait()
		Expect(checker.checked).To(BeNumerically(">", 0))
		Expect(checker.endedWatches).To(BeEmpty())
	})
	return checker
}

// recordEndedWatch records a watch that ended before the suite: the statuses after it were not checked.
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

// listViolations lists the violations of a namespace, and of cluster-scoped objects of the same name.
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

// WaitForConditions waits until the object has exactly these conditions, for its current generation.
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

// WaitForPromotion waits until promotion ToProduction has exactly these conditions.
func (e *Env) WaitForPromotion(ctx SpecContext, want ...string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	return WaitForConditions(ctx, e.PromotionObject(ToProduction), want...)
}

// WaitForModel waits until model ModelName has exactly these conditions.
func (e *Env) WaitForModel(ctx SpecContext, want ...string) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	return WaitForConditions(ctx, e.ModelObject(ModelName), want...)
}

// WaitForConnection waits until the MLflowConnection has exactly these conditions.
func (e *Env) WaitForConnection(ctx SpecContext, want ...string) *v1alpha1.MLflowConnection {
	GinkgoHelper()
	return WaitForConditions(ctx, e.ConnectionObject(), want...)
}

// WaitForSharedConnection waits until the ClusterMLflowConnection has exactly these conditions.
func (e *Env) WaitForSharedConnection(ctx SpecContext, want ...string) *v1alpha1.ClusterMLflowConnection {
	GinkgoHelper()
	return WaitForConditions(ctx, e.SharedConnectionObject(), want...)
}

// WaitForVersion waits until ModelVersion April has exactly these conditions.
func (e *Env) WaitForVersion(ctx SpecContext, want ...string) *v1alpha1.ModelVersion {
	GinkgoHelper()
	return WaitForConditions(ctx, e.VersionObject(April), want...)
}

// HandledRequest returns the last reconcile request that the operator has handled.
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
