// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Cache is as much of a manager's cache as is needed to read it without waiting.
type Cache interface {
	client.Reader
	GetInformer(ctx context.Context, obj client.Object, opts ...cache.InformerGetOption) (cache.Informer, error)
}

// ObjectMetricsOptions say what is shown of the objects in the cluster, and when.
type ObjectMetricsOptions struct {
	Cache Cache
	// Elected is closed once this replica is the one that acts. The others have the same
	// objects in their caches; if they showed them, too, every sum would be a multiple.
	Elected <-chan struct{}
	// StageInfo is whether each stage is shown with the version that holds it, which is a
	// series for each promotion.
	StageInfo bool
}

// objectCollector shows at each scrape what the statuses in the cache say, so that nothing has
// to be kept in step.
type objectCollector struct {
	options                                 ObjectMetricsOptions
	models, versions, promotions, stageInfo *prometheus.Desc
}

var _ prometheus.Collector = (*objectCollector)(nil)

// RegisterObjectMetrics registers the metrics of objects.
func RegisterObjectMetrics(registerer prometheus.Registerer, options ObjectMetricsOptions) {
	registerer.MustRegister(&objectCollector{
		options:  options,
		models:   newStateDesc("registered_models", "RegisteredModels"),
		versions: newStateDesc("model_versions", "ModelVersions"),
		// Not "promotions": to OpenMetrics that is the family of promotions_total.
		promotions: newStateDesc("model_promotions", "ModelPromotions"),
		stageInfo: prometheus.NewDesc("mlflow_registry_operator_stage_info",
			"Which version holds the stage of a ModelPromotion: always 1.",
			[]string{"namespace", "promotion", "model", "stage", "alias", "version"}, nil),
	})
}

// Describe is part of prometheus.Collector.
func (o *objectCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- o.models
	descriptions <- o.versions
	descriptions <- o.promotions
	if o.options.StageInfo {
		descriptions <- o.stageInfo
	}
}

// Collect is part of prometheus.Collector. What can't be read yet is not shown: a scrape
// neither waits for it nor fails.
func (o *objectCollector) Collect(metrics chan<- prometheus.Metric) {
	if !o.isElected() {
		return
	}
	o.collectModels(metrics)
	o.collectVersions(metrics)
	o.collectPromotions(metrics)
}

func (o *objectCollector) collectModels(metrics chan<- prometheus.Metric) {
	var list v1alpha1.RegisteredModelList
	if !o.listCached(&v1alpha1.RegisteredModel{}, &list) {
		return
	}
	counted := stateCounts{}
	for i := range list.Items {
		counted[stateOf(list.Items[i].Status.Conditions)]++
	}
	counted.collectCounts(o.models, metrics)
}

func (o *objectCollector) collectVersions(metrics chan<- prometheus.Metric) {
	var list v1alpha1.ModelVersionList
	if !o.listCached(&v1alpha1.ModelVersion{}, &list) {
		return
	}
	counted := stateCounts{}
	for i := range list.Items {
		counted[stateOf(list.Items[i].Status.Conditions)]++
	}
	counted.collectCounts(o.versions, metrics)
}

func (o *objectCollector) collectPromotions(metrics chan<- prometheus.Metric) {
	var list v1alpha1.ModelPromotionList
	if !o.listCached(&v1alpha1.ModelPromotion{}, &list) {
		return
	}
	counted := stateCounts{}
	for i := range list.Items {
		p := &list.Items[i]
		is := stateOf(p.Status.Conditions)
		counted[is]++
		if o.options.StageInfo && hasCurrentVersion(p, is) {
			o.collectStage(p, metrics)
		}
	}
	counted.collectCounts(o.promotions, metrics)
}

// hasCurrentVersion tells whether a promotion shows a holder of a stage that is its own: a dry
// run holds nothing, nor does the younger of two.
func hasCurrentVersion(p *v1alpha1.ModelPromotion, is objectState) bool {
	return p.Status.CurrentVersion != "" && !p.IsDryRun() && is.reason != v1alpha1.ReasonConflict
}

// collectStage shows who holds a stage, as the status tells it. The object's own name is
// among the labels: a model of that name may be on two servers.
func (o *objectCollector) collectStage(p *v1alpha1.ModelPromotion, metrics chan<- prometheus.Metric) {
	model, alias := splitModelURI(p.Status.URI)
	metrics <- prometheus.MustNewConstMetric(o.stageInfo, prometheus.GaugeValue, 1,
		p.Namespace, p.Name, model, string(p.Spec.Stage), alias, string(p.Status.CurrentVersion))
}

func (o *objectCollector) isElected() bool {
	select {
	case <-o.options.Elected:
		return true
	default:
		return false
	}
}

// listCached lists what the cache has, without copying it: it is only looked at. It reports
// false where the cache has not everything yet.
func (o *objectCollector) listCached(kind client.Object, list client.ObjectList) bool {
	ctx := context.Background()
	informer, err := o.options.Cache.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil || !informer.HasSynced() {
		return false
	}
	return o.options.Cache.List(ctx, list, client.UnsafeDisableDeepCopy) == nil
}
