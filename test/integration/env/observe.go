// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	crmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// WaitForPromotionEvents waits until a promotion has these events, in order: TYPE REASON: NOTE.
func (e *Env) WaitForPromotionEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.ListEvents(ctx, "ModelPromotion", name) }).WithContext(ctx).Should(Equal(want))
}

// WaitForModelEvents waits until a model has these events, in order.
func (e *Env) WaitForModelEvents(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func() []string { return e.ListEvents(ctx, "RegisteredModel", name) }).WithContext(ctx).Should(Equal(want))
}

// ListEvents lists the events of an object, in order.
func (e *Env) ListEvents(ctx SpecContext, kind, name string) []string {
	GinkgoHelper()
	var list eventsv1.EventList
	Expect(ControlPlane.Client.List(ctx, &list, client.InNamespace(e.Namespace))).To(Succeed())
	slices.SortFunc(list.Items, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	var found []string
	for i := range list.Items {
		if e := &list.Items[i]; e.Regarding.Kind == kind && e.Regarding.Name == name {
			found = append(found, e.Type+" "+e.Reason+": "+e.Note)
		}
	}
	return found
}

// KubeWrites are the operator's requests that write objects of its own kinds. A write without a change leaves the
// resource version as it is: only this log shows it.
var KubeWrites writeLog

type writeLog struct {
	mu     sync.Mutex
	writes []string
}

// recordWrites records the requests that write, and forwards all requests.
func (l *writeLog) recordWrites(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method != http.MethodGet && strings.HasPrefix(request.URL.Path, "/apis/"+v1alpha1.SchemeGroupVersion.Group+"/") {
			l.mu.Lock()
			l.writes = append(l.writes, request.Method+" "+request.URL.Path)
			l.mu.Unlock()
		}
		return next.RoundTrip(request)
	})
}

// ListWrites lists the writes to objects of a namespace.
func (l *writeLog) ListWrites(namespace string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.writes), func(write string) bool {
		return !strings.Contains(write, "/namespaces/"+namespace+"/")
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	return f(request)
}

// CountReconciles counts the finished reconciles of controllers, of all operators of the process.
func CountReconciles(controllers ...string) map[string]float64 {
	GinkgoHelper()
	families, err := crmetrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	counts := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			// Labels are sorted by name: "controller" comes before "result".
			if name := metric.GetLabel()[0].GetValue(); slices.Contains(controllers, name) {
				counts[name] += metric.GetCounter().GetValue()
			}
		}
	}
	return counts
}
