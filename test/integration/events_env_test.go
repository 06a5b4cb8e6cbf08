// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// waitForPromotionEvents waits until the events about a promotion are these, in order: TYPE REASON: NOTE.
func (e *env) waitForPromotionEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.listEvents(ctx, "ModelPromotion", name) }).WithContext(ctx).Should(Equal(want))
}

// waitForModelEvents waits until the events about a model are these, in order.
func (e *env) waitForModelEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.listEvents(ctx, "RegisteredModel", name) }).WithContext(ctx).Should(Equal(want))
}

// listEvents are the events about an object so far.
func (e *env) listEvents(ctx SpecContext, kind, name string) []string {
	GinkgoHelper()
	var list eventsv1.EventList
	Expect(controlPlane.Client.List(ctx, &list, client.InNamespace(e.namespace))).To(Succeed())
	slices.SortFunc(list.Items, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	var told []string
	for i := range list.Items {
		if e := &list.Items[i]; e.Regarding.Kind == kind && e.Regarding.Name == name {
			told = append(told, e.Type+" "+e.Reason+": "+e.Note)
		}
	}
	return told
}
