// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// SchemeGroupVersion is the group and version of every kind in this package.
var SchemeGroupVersion = schema.GroupVersion{Group: "registry.mlflow-operator.io", Version: "v1alpha1"}

var (
	schemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme teaches a scheme the kinds of this package.
	AddToScheme = schemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(SchemeGroupVersion,
		&MLflowConnection{}, &MLflowConnectionList{},
		&ClusterMLflowConnection{}, &ClusterMLflowConnectionList{},
		&RegisteredModel{}, &RegisteredModelList{},
		&ModelPromotion{}, &ModelPromotionList{},
		&ModelClass{}, &ModelClassList{},
		&ModelVersion{}, &ModelVersionList{},
		&PromotionApproval{}, &PromotionApprovalList{},
	)
	metav1.AddToGroupVersion(scheme, SchemeGroupVersion)
	return nil
}
