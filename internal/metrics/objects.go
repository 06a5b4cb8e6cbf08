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

// Cache is the part of a manager's cache that the metrics read without waiting.
type Cache interface {
	client.Reader
	GetInformer(ctx context.Context, obj client.Object, opts ...cache.InformerGetOption) (cache.Informer, error)
}

// ObjectMetricsOptions configure the metrics of objects.
type ObjectMetricsOptions struct {
	Cache Cache
	// Elected is closed once this replica is the leader. The other replicas have the same objects
	// in their caches: if they exported them, too, every sum would be a multiple.
	Elected <-chan struct{}
	// StageInfo exports the current version of each stage, one series for each promotion.
	StageInfo bool
}

// objectCollector reads the statuses in the cache at each scrape, so that nothing must be kept in
// sync.
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
		// Not "promotions": in OpenMetrics that is the family of promotions_total.
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

// Collect is part of prometheus.Collector. It leaves out what the cache has not read yet: a
// scrape neither waits nor fails.
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

// hasCurrentVersion reports whether a promotion manages its stage and the stage has a current
// version. A dry run does not, nor does the younger of two promotions of one stage.
func hasCurrentVersion(p *v1alpha1.ModelPromotion, is objectState) bool {
	return p.Status.CurrentVersion != "" && !p.IsDryRun() && is.reason != v1alpha1.ReasonConflict
}

// collectStage exports the current version of a stage, as the status shows it. The name of the
// object is among the labels, because models with the same name can be on two servers.
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

// listCached lists the objects in the cache without a copy: callers must not change them. It
// reports false if the cache is not complete yet.
func (o *objectCollector) listCached(kind client.Object, list client.ObjectList) bool {
	ctx := context.Background()
	informer, err := o.options.Cache.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil || !informer.HasSynced() {
		return false
	}
	return o.options.Cache.List(ctx, list, client.UnsafeDisableDeepCopy) == nil
}
