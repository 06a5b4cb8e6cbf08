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

// IsAuthorized reports whether a model may use its connection. A model that may not has no claim to
// anything on the server.
func (r Resolver) IsAuthorized(ctx context.Context, model *v1alpha1.RegisteredModel) (bool, error) {
	result, err := authorizeClaim(ctx, r.Objects, model, readModelClaim)
	return err == nil && result.CanContinue(), err
}

// AuthorizeCopy returns how the reconcile ends of an object for which a version of another model is
// copied, or read because it was copied. The namespace needs access to the other model, because a
// copy has the same artifact and metrics. Copied is the name of the other model in MLflow.
func (r Resolver) AuthorizeCopy(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, copied string,
) reconciler.Result {
	if copied == model.MLflowName() {
		return reconciler.Continue()
	}
	return retryOnError(authorizeClaim(ctx, objects, model, copyClaimFunc(copied)))
}

// Revalidate runs before every write for a model. It checks in the API server that the model may
// still use its connection, and that the connection still leads to the server that this reconcile
// has read. The message says that it changed.
func (r Resolver) Revalidate(
	ctx context.Context, apiReader client.Reader, model *v1alpha1.RegisteredModel, snapshot *registrycache.Snapshot, message string,
) reconciler.Result {
	if result := retryOnError(authorizeClaim(ctx, apiReader, model, readModelClaim)); !result.CanContinue() {
		return result
	}
	if current, err := r.Registry.Get(kubeutil.ConnectionKey(model)); err != nil || current != snapshot {
		return reconciler.RequeueConflict(message)
	}
	return reconciler.Continue()
}

func retryOnError(result reconciler.Result, err error) reconciler.Result {
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return result
}

// authorizeClaim returns how the reconcile ends of an object whose model claims something on its
// connection. A claim that the policy denies is terminal: a person has to change the policy or the
// object. All objects of a namespace may use the MLflowConnections of the namespace.
func authorizeClaim(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, claim claimFunc,
) (reconciler.Result, error) {
	key := kubeutil.ConnectionKey(model)
	if !registrycache.IsShared(key) {
		return reconciler.Continue(), nil
	}
	policy, result, err := loadPolicy(ctx, objects, key)
	if err != nil || !result.CanContinue() {
		return result, err
	}
	denied, err := claimDenialReason(ctx, objects, policy, model, claim)
	if err != nil || denied == "" {
		return reconciler.Continue(), err
	}
	return reconciler.Terminal(v1alpha1.ReasonForbidden, denied), nil
}

// loadPolicy returns the policy of a shared connection, or how the reconciles of all objects on it
// end.
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
	policy, err := connectionpolicy.CompilePolicy(&connection)
	if err != nil {
		// The conditions of the connection have the error, for the owner of the policy.
		return nil, invalidPolicy(key.Name), nil //nolint:nilerr // the result reports it
	}
	return policy, reconciler.Continue(), nil
}

// claimDenialReason returns why the policy of a connection denies the claim of a model; empty if it
// does not.
func claimDenialReason(
	ctx context.Context, objects client.Reader, policy *connectionpolicy.Policy, model *v1alpha1.RegisteredModel, claim claimFunc,
) (string, error) {
	claimed, err := claim(ctx, objects, policy, model)
	if err != nil {
		return "", err
	}
	return policy.DenialReason(claimed), nil
}

// claimFunc returns what a model claims. It reads no more than the policy depends on.
type claimFunc func(context.Context, client.Reader, *connectionpolicy.Policy, *v1alpha1.RegisteredModel) (connectionpolicy.Claim, error)

func connectionNotFound(key registrycache.Key) reconciler.Result {
	return reconciler.ConnectionMissing(fmt.Sprintf("there is no %s: create it", describeConnection(key)))
}

// invalidPolicy does not say what is wrong with the policy: it is about other namespaces as well.
func invalidPolicy(connection string) reconciler.Result {
	return reconciler.Waiting(v1alpha1.ReasonInvalidPolicy, InvalidPolicyMessage(connection), 0)
}

// InvalidPolicyMessage is the message for the objects on a connection whose policy can't be
// evaluated.
func InvalidPolicyMessage(connection string) string {
	return fmt.Sprintf("ClusterMLflowConnection %s has an invalid policy, as its conditions say: ask its owner to correct it", connection)
}

// readModelClaim returns the claim of a model to its name, aliases and MLflow stages.
func readModelClaim(
	ctx context.Context, objects client.Reader, policy *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
) (connectionpolicy.Claim, error) {
	namespace, err := readNamespace(ctx, objects, policy, model)
	claim := connectionpolicy.Claim{Namespace: namespace, Model: model.MLflowName()}
	if err != nil || !policy.ShouldReadStages() {
		return claim, err
	}
	stages, err := resolveStages(ctx, objects, model)
	claim.Aliases, claim.MLflowStages = collectAliases(stages), collectMLflowStages(stages)
	return claim, err
}

// copyClaimFunc returns the claim of a model to a copy of another one.
func copyClaimFunc(copied string) claimFunc {
	return func(
		ctx context.Context, objects client.Reader, policy *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
	) (connectionpolicy.Claim, error) {
		namespace, err := readNamespace(ctx, objects, policy, model)
		return connectionpolicy.Claim{Namespace: namespace, Model: copied, Copied: true}, err
	}
}

// readNamespace returns the namespace of a model, with its labels if the policy depends on them.
func readNamespace(
	ctx context.Context, objects client.Reader, policy *connectionpolicy.Policy, model *v1alpha1.RegisteredModel,
) (connectionpolicy.Namespace, error) {
	found := connectionpolicy.Namespace{Name: model.Namespace}
	if !policy.ShouldReadLabels() {
		return found, nil
	}
	namespace := newNamespaceMetadata()
	err := objects.Get(ctx, client.ObjectKey{Name: model.Namespace}, namespace)
	found.Labels = namespace.Labels
	return found, client.IgnoreNotFound(err)
}

// resolveStages returns the stages of a model, merged with those of its class. If the class does
// not exist, or the model violates it, they are the model's own stages: the model gets no others,
// and its own reconcile reports the problem.
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
	var mlflowStages []v1alpha1.MLflowStage
	for i := range stages {
		if stages[i].MLflowStage != "" {
			mlflowStages = append(mlflowStages, stages[i].MLflowStage)
		}
	}
	return mlflowStages
}

// newNamespaceMetadata returns the part of a namespace that is cached.
func newNamespaceMetadata() *metav1.PartialObjectMetadata {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(namespaceKind)
	return namespace
}
