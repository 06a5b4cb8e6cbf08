// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// BenchmarkObjects scrapes an operator with 10 000 models, each with a promotion.
func BenchmarkObjects(b *testing.B) {
	cached := newLargeCluster(10_000).newSyncedCache(b)
	for _, bench := range []struct {
		name      string
		stageInfo bool
	}{{"with stages", true}, {"without stages", false}} {
		b.Run(bench.name, func(b *testing.B) {
			registry := prometheus.NewRegistry()
			RegisterObjectMetrics(registry, ObjectMetricsOptions{Cache: cached, Elected: elected, StageInfo: bench.stageInfo})
			handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
			b.ReportAllocs()
			for b.Loop() {
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, request)
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Body)
				}
			}
		})
	}
}

// newLargeCluster returns a cluster with many models and promotions.
func newLargeCluster(n int) fakeCluster {
	var c fakeCluster
	for i := range n {
		name := fmt.Sprintf("model-%05d", i)
		c.models = append(c.models, newModel(name, newCondition("Ready", "True", "Synced")))
		p := newPromotion(name, "models:/"+name+"@champion", v1alpha1.Version(fmt.Sprint(i%50+1)), newCondition("Ready", "True", "Promoted"))
		p.Status.History = make([]v1alpha1.PromotionRecord, v1alpha1.HistoryLimit)
		p.Status.Gates = make([]v1alpha1.GateStatus, 5)
		c.promotions = append(c.promotions, p)
	}
	return c
}
