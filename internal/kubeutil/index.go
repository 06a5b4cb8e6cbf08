// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"cmp"
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The indexes of the cache. Each has the name of the field that it indexes, or of a value that
// is computed from several fields.
const (
	// IndexConnection finds models by the key of their connection, of either kind.
	IndexConnection = "connection"
	// IndexModelName finds models by their name in MLflow: spec.modelName, or the name of
	// the object if that is empty.
	IndexModelName = "mlflowName"
	// IndexClass finds models by the name of their class, in all namespaces.
	IndexClass = "spec.className"
	// IndexModel finds promotions and versions by the name of their model, in one namespace.
	IndexModel = "spec.modelRef.name"
	// IndexVersion finds promotions by the name of the ModelVersion that they reference.
	IndexVersion = "spec.versionFrom.modelVersionRef.name"
	// IndexPromotion finds approvals by the name of their promotion, in one namespace. It is also a
	// selectable field of the API server.
	IndexPromotion = "spec.promotionRef.name"
)

// SetupIndexes adds all indexes to the cache.
func SetupIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, index := range []struct {
		object client.Object
		field  string
		values client.IndexerFunc
	}{
		{&v1alpha1.RegisteredModel{}, IndexConnection, extractConnection},
		{&v1alpha1.RegisteredModel{}, IndexModelName, extractMLflowName},
		{&v1alpha1.RegisteredModel{}, IndexClass, extractClass},
		{&v1alpha1.ModelPromotion{}, IndexModel, extractPromotionModel},
		{&v1alpha1.ModelPromotion{}, IndexVersion, extractModelVersion},
		{&v1alpha1.ModelVersion{}, IndexModel, extractVersionModel},
		{&v1alpha1.PromotionApproval{}, IndexPromotion, extractPromotion},
	} {
		if err := indexer.IndexField(ctx, index.object, index.field, index.values); err != nil {
			return err
		}
	}
	return nil
}

// ConnectionKey returns the key of a model's connection. That of a ClusterMLflowConnection has no
// namespace; the zero key is the operator's default connection.
func ConnectionKey(model *v1alpha1.RegisteredModel) types.NamespacedName {
	switch ref := model.Spec.ConnectionRef; {
	case ref == nil:
		return types.NamespacedName{}
	case ref.Kind == v1alpha1.ConnectionKindCluster:
		return types.NamespacedName{Name: string(ref.Name)}
	default:
		return types.NamespacedName{Namespace: model.Namespace, Name: string(ref.Name)}
	}
}

// UnsafeNoCopy is a list option that returns the objects of the cache itself. Use it only to read names:
// it saves the copies of up to ten thousand objects.
const UnsafeNoCopy = client.UnsafeDisableDeepCopy

// ListModelsByConnection lists the models on a connection, in all namespaces if it is shared.
func ListModelsByConnection(
	ctx context.Context, c client.Reader, connection types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	var list v1alpha1.RegisteredModelList
	err := c.List(ctx, &list, append(options, client.MatchingFields{IndexConnection: connection.String()})...)
	return list.Items, err
}

// ListModelsByMLflowName lists the models with one name in MLflow, in all namespaces.
func ListModelsByMLflowName(
	ctx context.Context, c client.Reader, mlflowName string, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	var list v1alpha1.RegisteredModelList
	err := c.List(ctx, &list, append(options, client.MatchingFields{IndexModelName: mlflowName})...)
	return list.Items, err
}

// ListModelsByConnectionAndName lists the models on a connection with one name in MLflow, or
// all models on it if the name is empty.
func ListModelsByConnectionAndName(
	ctx context.Context, c client.Reader, connection types.NamespacedName, mlflowName string, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	if mlflowName == "" {
		return ListModelsByConnection(ctx, c, connection, options...)
	}
	models, err := ListModelsByMLflowName(ctx, c, mlflowName, options...)
	return slices.DeleteFunc(models, func(m v1alpha1.RegisteredModel) bool {
		return ConnectionKey(&m) != connection
	}), err
}

// ListModelsByClass lists the models that reference a class, in all namespaces.
func ListModelsByClass(
	ctx context.Context, c client.Reader, class string, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	var list v1alpha1.RegisteredModelList
	err := c.List(ctx, &list, append(options, client.MatchingFields{IndexClass: class})...)
	return list.Items, err
}

// ListPromotionsByModel lists the promotions of a model.
func ListPromotionsByModel(
	ctx context.Context, c client.Reader, model types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.ModelPromotion, error) {
	var list v1alpha1.ModelPromotionList
	options = append(options, client.InNamespace(model.Namespace), client.MatchingFields{IndexModel: model.Name})
	err := c.List(ctx, &list, options...)
	return list.Items, err
}

// ListVersionsByModel lists the versions of a model.
func ListVersionsByModel(
	ctx context.Context, c client.Reader, model types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.ModelVersion, error) {
	var list v1alpha1.ModelVersionList
	options = append(options, client.InNamespace(model.Namespace), client.MatchingFields{IndexModel: model.Name})
	err := c.List(ctx, &list, options...)
	return list.Items, err
}

// ListPromotionsByModelVersion lists the promotions that reference a ModelVersion.
func ListPromotionsByModelVersion(
	ctx context.Context, c client.Reader, version types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.ModelPromotion, error) {
	var list v1alpha1.ModelPromotionList
	options = append(options, client.InNamespace(version.Namespace), client.MatchingFields{IndexVersion: version.Name})
	err := c.List(ctx, &list, options...)
	return list.Items, err
}

// ListPromotionsUncached lists the promotions of a model from the API server. It filters them itself,
// because the API server has no index of them.
func ListPromotionsUncached(ctx context.Context, live client.Reader, model types.NamespacedName) ([]v1alpha1.ModelPromotion, error) {
	var list v1alpha1.ModelPromotionList
	err := live.List(ctx, &list, client.InNamespace(model.Namespace))
	return slices.DeleteFunc(list.Items, func(p v1alpha1.ModelPromotion) bool {
		return string(p.Spec.ModelRef.Name) != model.Name
	}), err
}

// ListApprovalsByPromotion lists the approvals of a promotion, for all its versions. The reader may be one
// without a cache.
func ListApprovalsByPromotion(ctx context.Context, c client.Reader, promotion types.NamespacedName) ([]v1alpha1.PromotionApproval, error) {
	var list v1alpha1.PromotionApprovalList
	err := c.List(ctx, &list, client.InNamespace(promotion.Namespace), client.MatchingFields{IndexPromotion: promotion.Name})
	return list.Items, err
}

// ListReferencedVersions returns the ModelVersions that promotions reference, as far as they exist. The
// reader may be one without a cache.
func ListReferencedVersions(ctx context.Context, c client.Reader, promotions []v1alpha1.ModelPromotion) ([]v1alpha1.ModelVersion, error) {
	var all []v1alpha1.ModelVersion
	for i := range promotions {
		ref := promotions[i].Spec.Reference()
		if ref == nil {
			continue
		}
		var version v1alpha1.ModelVersion
		err := c.Get(ctx, types.NamespacedName{Namespace: promotions[i].Namespace, Name: string(ref.Name)}, &version)
		switch {
		case client.IgnoreNotFound(err) != nil:
			return nil, err
		case err == nil:
			all = append(all, version)
		}
	}
	return all, nil
}

func extractConnection(obj client.Object) []string {
	return []string{ConnectionKey(obj.(*v1alpha1.RegisteredModel)).String()}
}

func extractMLflowName(obj client.Object) []string {
	return []string{obj.(*v1alpha1.RegisteredModel).MLflowName()}
}

func extractClass(obj client.Object) []string {
	if class := obj.(*v1alpha1.RegisteredModel).Spec.ClassName; class != "" {
		return []string{string(class)}
	}
	return nil
}

func extractPromotion(obj client.Object) []string {
	return []string{string(obj.(*v1alpha1.PromotionApproval).Spec.PromotionRef.Name)}
}

func extractPromotionModel(obj client.Object) []string {
	return []string{string(obj.(*v1alpha1.ModelPromotion).Spec.ModelRef.Name)}
}

func extractVersionModel(obj client.Object) []string {
	return []string{string(obj.(*v1alpha1.ModelVersion).Spec.ModelRef.Name)}
}

func extractModelVersion(obj client.Object) []string {
	if ref := obj.(*v1alpha1.ModelPromotion).Spec.Reference(); ref != nil {
		return []string{string(ref.Name)}
	}
	return nil
}

// CreatedBefore reports whether a has precedence over b, if both claim the same thing: the older object
// has it. If both were created in the same second, namespace and name decide, so that each controller
// computes the same order.
func CreatedBefore(a, b client.Object) bool {
	return cmp.Or(
		a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time),
		cmp.Compare(a.GetNamespace(), b.GetNamespace()),
		cmp.Compare(a.GetName(), b.GetName()),
	) < 0
}
