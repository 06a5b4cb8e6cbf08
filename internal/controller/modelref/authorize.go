// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/connectionpolicy"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=clustermlflowconnections,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// IsAuthorized tells whether a model may be on its connection. One that may not has no claim to
// anything there.
func (c Resolver) IsAuthorized(ctx context.Context, model *v1alpha1.RegisteredModel) (bool, error) {
	result, err := authorizeClaim(ctx, c.Objects, model, readModelClaim)
	return err == nil && result.CanContinue(), err
}

// AuthorizeCopy tells how the pass of an object ends for which a version of another model in
// MLflow is to be copied, or read because it was. Only who may have the other one may have
// copies of it: the artifact and the metrics are the same. Copied is its name in MLflow.
func (c Resolver) AuthorizeCopy(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, copied string,
) reconciler.Result {
	if copied == model.MLflowName() {
		return reconciler.Continue()
	}
	return retryOnError(authorizeClaim(ctx, objects, model, copyClaimFunc(copied)))
}

// Revalidate comes before every write for a model. It asks the API server itself whether the
// model may still be on its connection, and makes sure that the connection still leads to
// the server that the pass has looked at. Why is what to say when it does not.
func (c Resolver) Revalidate(
	ctx context.Context, live client.Reader, model *v1alpha1.RegisteredModel, view *registrycache.Snapshot, why string,
) reconciler.Result {
	if result := retryOnError(authorizeClaim(ctx, live, model, readModelClaim)); !result.CanContinue() {
		return result
	}
	if now, err := c.Registry.Get(kubeutil.ConnectionKey(model)); err != nil || now != view {
		return reconciler.RequeueConflict(why)
	}
	return reconciler.Continue()
}

func retryOnError(result reconciler.Result, err error) reconciler.Result {
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return result
}

// authorizeClaim tells how the pass of an object ends whose model may not have on its connection what
// it claims. To let it in or to declare something else is for people to do. An
// MLflowConnection is for everybody in its namespace.
func authorizeClaim(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, claim claimFunc,
) (reconciler.Result, error) {
	key := kubeutil.ConnectionKey(model)
	if !registrycache.IsShared(key) {
		return reconciler.Continue(), nil
	}
	rules, result, err := loadPolicy(ctx, objects, key)
	if err != nil || !result.CanContinue() {
		return result, err
	}
	refused, err := claimDenialReason(ctx, objects, rules, model, claim)
	if err != nil || refused == "" {
		return reconciler.Continue(), err
	}
	return reconciler.Terminal(v1alpha1.ReasonForbidden, refused), nil
}

// loadPolicy are the rules of a shared connection, or how the passes of all objects on it end.
func loadPolicy(ctx context.Context, objects client.Reader, key registrycache.Key) (*connectionpolicy.Policy, reconciler.Result, error) {
	var connection v1alpha1.ClusterMLflowConnection
	err := objects.Get(ctx, key, &connection)
	switch {
	case apierrors.IsNotFound(err):
		return nil, connectionNotFound(key), nil
	case err != nil:
		return nil, reconciler.Continue(), err
	case !connection.DeletionTimestamp.IsZero():
		return nil, connectionNotFound(key), nil
	}
	rules, err := connectionpolicy.CompilePolicy(&connection)
	if err != nil {
		// What is wrong with them is for their owner to know.
		return nil, invalidPolicy(key.Name), nil //nolint:nilerr // the outcome says it
	}
	return rules, reconciler.Continue(), nil
}

// claimDenialReason says why a model may not have what it claims on a connection with these rules; empty
// when it may.
func claimDenialReason(
	ctx context.Context, objects client.Reader, rules *connectionpolicy.Policy, model *v1alpha1.RegisteredModel, claim claimFunc,
) (string, error) {
	claimed, err := claim(ctx, objects, rules, model)
	if err != nil {
		return "", err
	}
	return rules.DenialReason(claimed), nil
}

// claimFunc finds what a model claims, as far as the rules ask for it.
type claimFunc func(context.Context, client.Reader, *connectionpolicy.Policy, *v1alpha1.RegisteredModel) (connectionpolicy.Claim, error)

func connectionNotFound(key registrycache.Key) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonReferenceNotFound, fmt.Sprintf("there is no %s: create it", describeConnection(key)), 0)
}

// invalidPolicy tells nothing of the rules: they are about other namespaces as well.
func invalidPolicy(connection string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonInvalidPolicy, InvalidPolicyMessage(connection), 0)
}

// InvalidPolicyMessage is the sentence for those who use a connection whose rules can't be carried
// out.
func InvalidPolicyMessage(connection string) string {
	return fmt.Sprintf("ClusterMLflowConnection %s has rules that can't be carried out, as its conditions say: have them mended", connection)
}

// readModelClaim is the claim of a model to be on its connection.
func readModelClaim(
	ctx context.Context, objects client.Reader, rules *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
) (connectionpolicy.Claim, error) {
	namespace, err := readNamespace(ctx, objects, rules, model)
	claim := connectionpolicy.Claim{Namespace: namespace, Model: model.MLflowName()}
	if err != nil || !rules.ShouldReadStages() {
		return claim, err
	}
	stages, err := resolveStages(ctx, objects, model)
	claim.Aliases, claim.MLflowStages = collectAliases(stages), collectMLflowStages(stages)
	return claim, err
}

// copyClaimFunc is the claim of a model to a copy of another one.
func copyClaimFunc(copied string) claimFunc {
	return func(
		ctx context.Context, objects client.Reader, rules *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
	) (connectionpolicy.Claim, error) {
		namespace, err := readNamespace(ctx, objects, rules, model)
		return connectionpolicy.Claim{Namespace: namespace, Model: copied, Copied: true}, err
	}
}

// readNamespace is the namespace of a model, with its labels where the rules ask for them.
func readNamespace(
	ctx context.Context, objects client.Reader, rules *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
) (connectionpolicy.Namespace, error) {
	found := connectionpolicy.Namespace{Name: model.Namespace}
	if !rules.ShouldReadLabels() {
		return found, nil
	}
	namespace := newNamespaceMetadata()
	err := objects.Get(ctx, client.ObjectKey{Name: model.Namespace}, namespace)
	found.Labels = namespace.Labels
	return found, client.IgnoreNotFound(err)
}

// resolveStages are the stages of a model with those that it has by way of its class. Where the
// class is not there, or refuses the model, they are its own: it gets no others, and its own
// pass tells why.
func resolveStages(ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel) ([]v1alpha1.Stage, error) {
	effective, result := ResolveClass(ctx, objects, model)
	if result.CanContinue() {
		return effective.Stages, nil
	}
	_, err := result.ReconcileResult()
	return model.Spec.Stages, err
}

func collectAliases(stages []v1alpha1.Stage) []v1alpha1.Alias {
	aliases := make([]v1alpha1.Alias, 0, len(stages))
	for i := range stages {
		aliases = append(aliases, v1alpha1.Alias(stages[i].EffectiveAlias()))
	}
	return aliases
}

func collectMLflowStages(stages []v1alpha1.Stage) []v1alpha1.MLflowStage {
	var mirrored []v1alpha1.MLflowStage
	for i := range stages {
		if stages[i].MLflowStage != "" {
			mirrored = append(mirrored, stages[i].MLflowStage)
		}
	}
	return mirrored
}

// newNamespaceMetadata is as much of a namespace as is cached.
func newNamespaceMetadata() *metav1.PartialObjectMetadata {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(namespaceKind)
	return namespace
}
