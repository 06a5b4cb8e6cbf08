// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connecting

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/inheriting"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/internal/tenancy"
)

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=clustermlflowconnections,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Allows tells whether a model may be on its connection. One that may not has no claim to
// anything there.
func (c Connector) Allows(ctx context.Context, model *v1alpha1.RegisteredModel) (bool, error) {
	ended, err := permit(ctx, c.Objects, model, claimOf)
	return err == nil && ended.IsDone(), err
}

// PermitCopy tells how the pass of an object ends for which a version of another model in
// MLflow is to be copied, or read because it was. Only who may have the other one may have
// copies of it: the artifact and the metrics are the same. Copied is its name in MLflow.
func (c Connector) PermitCopy(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, copied string,
) outcome.Outcome {
	if copied == model.MLflowName() {
		return outcome.Done()
	}
	return orRetry(permit(ctx, objects, model, copyOf(copied)))
}

// Confirm comes before every write for a model. It asks the API server itself whether the
// model may still be on its connection, and makes sure that the connection still leads to
// the server that the pass has looked at. Why is what to say when it does not.
func (c Connector) Confirm(
	ctx context.Context, live client.Reader, model *v1alpha1.RegisteredModel, view *registry.View, why string,
) outcome.Outcome {
	if ended := orRetry(permit(ctx, live, model, claimOf)); !ended.IsDone() {
		return ended
	}
	if now, err := c.Registry.Get(kube.ConnectionKey(model)); err != nil || now != view {
		return telling.StartAgain(why)
	}
	return outcome.Done()
}

func orRetry(ended outcome.Outcome, err error) outcome.Outcome {
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	return ended
}

// permit tells how the pass of an object ends whose model may not have on its connection what
// it claims. To let it in or to declare something else is for people to do. An
// MLflowConnection is for everybody in its namespace.
func permit(
	ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel, claim claiming,
) (outcome.Outcome, error) {
	key := kube.ConnectionKey(model)
	if !registry.IsShared(key) {
		return outcome.Done(), nil
	}
	rules, ended, err := rulesOf(ctx, objects, key)
	if err != nil || !ended.IsDone() {
		return ended, err
	}
	refused, err := refuse(ctx, objects, rules, model, claim)
	if err != nil || refused == "" {
		return outcome.Done(), err
	}
	return outcome.Stall(v1alpha1.ReasonNotAllowed, refused), nil
}

// rulesOf are the rules of a shared connection, or how the passes of all objects on it end.
func rulesOf(ctx context.Context, objects client.Reader, key registry.Key) (*tenancy.Rules, outcome.Outcome, error) {
	var connection v1alpha1.ClusterMLflowConnection
	err := objects.Get(ctx, key, &connection)
	switch {
	case apierrors.IsNotFound(err):
		return nil, notFound(key), nil
	case err != nil:
		return nil, outcome.Done(), err
	case !connection.DeletionTimestamp.IsZero():
		return nil, notFound(key), nil
	}
	rules, err := tenancy.Compile(&connection)
	if err != nil {
		// What is wrong with them is for their owner to know.
		return nil, rulesInvalid(key.Name), nil //nolint:nilerr // the outcome says it
	}
	return rules, outcome.Done(), nil
}

// refuse says why a model may not have what it claims on a connection with these rules; empty
// when it may.
func refuse(
	ctx context.Context, objects client.Reader, rules *tenancy.Rules, model *v1alpha1.RegisteredModel, claim claiming,
) (string, error) {
	claimed, err := claim(ctx, objects, rules, model)
	if err != nil {
		return "", err
	}
	return rules.Refuse(claimed), nil
}

// claiming finds what a model claims, as far as the rules ask for it.
type claiming func(context.Context, client.Reader, *tenancy.Rules, *v1alpha1.RegisteredModel) (tenancy.Claim, error)

func notFound(key registry.Key) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonConnectionNotFound, fmt.Sprintf("there is no %s: create it", nameOf(key)), 0)
}

// rulesInvalid tells nothing of the rules: they are about other namespaces as well.
func rulesInvalid(connection string) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonRulesInvalid, RulesInvalid(connection), 0)
}

// RulesInvalid is the sentence for those who use a connection whose rules can't be carried
// out.
func RulesInvalid(connection string) string {
	return fmt.Sprintf("ClusterMLflowConnection %s has rules that can't be carried out, as its conditions say: have them mended", connection)
}

// claimOf is the claim of a model to be on its connection.
func claimOf(
	ctx context.Context, objects client.Reader, rules *tenancy.Rules, model *v1alpha1.RegisteredModel,
) (tenancy.Claim, error) {
	namespace, err := namespaceOf(ctx, objects, rules, model)
	claim := tenancy.Claim{Namespace: namespace, Model: model.MLflowName()}
	if err != nil || !rules.ReadStages() {
		return claim, err
	}
	stages, err := stagesOf(ctx, objects, model)
	claim.Aliases, claim.MLflowStages = aliasesOf(stages), mlflowStagesOf(stages)
	return claim, err
}

// copyOf is the claim of a model to a copy of another one.
func copyOf(copied string) claiming {
	return func(
		ctx context.Context, objects client.Reader, rules *tenancy.Rules, model *v1alpha1.RegisteredModel,
	) (tenancy.Claim, error) {
		namespace, err := namespaceOf(ctx, objects, rules, model)
		return tenancy.Claim{Namespace: namespace, Model: copied, Copied: true}, err
	}
}

// namespaceOf is the namespace of a model, with its labels where the rules ask for them.
func namespaceOf(
	ctx context.Context, objects client.Reader, rules *tenancy.Rules, model *v1alpha1.RegisteredModel,
) (tenancy.Namespace, error) {
	found := tenancy.Namespace{Name: model.Namespace}
	if !rules.ReadLabels() {
		return found, nil
	}
	namespace := aNamespace()
	err := objects.Get(ctx, client.ObjectKey{Name: model.Namespace}, namespace)
	found.Labels = namespace.Labels
	return found, client.IgnoreNotFound(err)
}

// stagesOf are the stages of a model with those that it has by way of its class. Where the
// class is not there, or refuses the model, they are its own: it gets no others, and its own
// pass tells why.
func stagesOf(ctx context.Context, objects client.Reader, model *v1alpha1.RegisteredModel) ([]v1alpha1.Stage, error) {
	effective, ended := inheriting.Effective(ctx, objects, model)
	if ended.IsDone() {
		return effective.Stages, nil
	}
	_, err := ended.Result()
	return model.Spec.Stages, err
}

func aliasesOf(stages []v1alpha1.Stage) []v1alpha1.Alias {
	aliases := make([]v1alpha1.Alias, 0, len(stages))
	for i := range stages {
		aliases = append(aliases, v1alpha1.Alias(stages[i].EffectiveAlias()))
	}
	return aliases
}

func mlflowStagesOf(stages []v1alpha1.Stage) []v1alpha1.MLflowStage {
	var mirrored []v1alpha1.MLflowStage
	for i := range stages {
		if stages[i].MLflowStage != "" {
			mirrored = append(mirrored, stages[i].MLflowStage)
		}
	}
	return mirrored
}

// aNamespace is as much of a namespace as is cached.
func aNamespace() *metav1.PartialObjectMetadata {
	namespace := &metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(namespaceKind)
	return namespace
}
