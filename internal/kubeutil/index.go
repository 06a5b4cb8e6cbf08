// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// The indexes of the cache. Each is named for what it finds objects by: a field, or what
// follows from several.
const (
	// IndexConnection finds models by the key of their connection, whichever kind it is of.
	IndexConnection = "connection"
	// IndexModelName finds models by their name in MLflow: spec.modelName, or the name of
	// the object where that is not set.
	IndexModelName = "mlflowName"
	// IndexClass finds models by the name of their class, in all namespaces.
	IndexClass = "spec.className"
	// IndexModel finds promotions and versions by the name of their model, in one namespace.
	IndexModel = "spec.modelRef.name"
	// IndexVersion finds promotions by the name of the ModelVersion that they want.
	IndexVersion = "spec.versionFrom.modelVersionRef.name"
	// IndexPromotion finds approvals by the name of their promotion, in one namespace. The API
	// server knows it, too.
	IndexPromotion = "spec.promotionRef.name"
)

// SetupIndexes tells the cache what objects will be looked up by.
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

// ConnectionKey is the connection of a model. That of a ClusterMLflowConnection has no
// namespace; the zero key is the operator's own.
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

// UnsafeNoCopy is the option of who reads the names of objects in the cache and nothing more:
// there may be ten thousand of them.
const UnsafeNoCopy = client.UnsafeDisableDeepCopy

// ListModelsByConnection lists the models on a connection, of all namespaces where they share it.
func ListModelsByConnection(
	ctx context.Context, c client.Reader, connection types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	var list v1alpha1.RegisteredModelList
	err := c.List(ctx, &list, append(options, client.MatchingFields{IndexConnection: connection.String()})...)
	return list.Items, err
}

// ListModelsByMLflowName lists the models of all namespaces with one name in MLflow.
func ListModelsByMLflowName(
	ctx context.Context, c client.Reader, mlflowName string, options ...client.ListOption,
) ([]v1alpha1.RegisteredModel, error) {
	var list v1alpha1.RegisteredModelList
	err := c.List(ctx, &list, append(options, client.MatchingFields{IndexModelName: mlflowName})...)
	return list.Items, err
}

// ListModelsByClass lists the models of all namespaces that name a class.
func ListModelsByClass(ctx context.Context, c client.Reader, class string, options ...client.ListOption) ([]v1alpha1.RegisteredModel, error) {
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

// ListPromotionsByModelVersion lists the promotions that name a ModelVersion.
func ListPromotionsByModelVersion(
	ctx context.Context, c client.Reader, version types.NamespacedName, options ...client.ListOption,
) ([]v1alpha1.ModelPromotion, error) {
	var list v1alpha1.ModelPromotionList
	options = append(options, client.InNamespace(version.Namespace), client.MatchingFields{IndexVersion: version.Name})
	err := c.List(ctx, &list, options...)
	return list.Items, err
}

// ListPromotionsUncached lists the promotions of a model as the API server itself shows them, which
// has no index of them.
func ListPromotionsUncached(ctx context.Context, live client.Reader, model types.NamespacedName) ([]v1alpha1.ModelPromotion, error) {
	var list v1alpha1.ModelPromotionList
	err := live.List(ctx, &list, client.InNamespace(model.Namespace))
	return slices.DeleteFunc(list.Items, func(p v1alpha1.ModelPromotion) bool {
		return string(p.Spec.ModelRef.Name) != model.Name
	}), err
}

// ListReferencedVersions are the ModelVersions that promotions name, as far as they exist. The reader
// may be one without a cache.
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

// ListApprovalsByPromotion are the approvals of a promotion, for all its versions. The reader may be one
// without a cache.
func ListApprovalsByPromotion(ctx context.Context, c client.Reader, promotion types.NamespacedName) ([]v1alpha1.PromotionApproval, error) {
	var list v1alpha1.PromotionApprovalList
	err := c.List(ctx, &list, client.InNamespace(promotion.Namespace), client.MatchingFields{IndexPromotion: promotion.Name})
	return list.Items, err
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

// ListModelsByConnectionAndName lists the models on a connection that have one name in MLflow, or
// all of them when the name is empty.
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
