// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// invalidPolicyConditions are the conditions of a shared connection that nobody may use.
func invalidPolicyConditions(message string) []string {
	why := "InvalidPolicy: " + message
	unknown := "InvalidPolicy: not known while Accepted is False"
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"Accepted=False " + why,
		"CredentialsResolved=Unknown " + unknown,
		"Reachable=Unknown " + unknown,
	}
}

// newSharedEnv is a world with a connection to its MLflow that namespaces share: by name, unless
// the story says how, none but the story's own.
func newSharedEnv(ctx SpecContext, how ...func(*env.Env, *builder.ClusterConnectionBuilder)) *env.Env {
	GinkgoHelper()
	e := env.New(ctx, mlflowtest.Options{})
	createSharedConnection(ctx, e, e.NewConnection(), how...)
	return e
}

// notAllowedConditions are the conditions of a model that may not be on its connection.
func notAllowedConditions(message string) []string {
	why := "Forbidden: " + message
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"ConnectionReady=False " + why,
		"Synced=Unknown Forbidden: not known while ConnectionReady is False",
	}
}

// reachableSharedConditions are the conditions of a shared connection that works.
func reachableSharedConditions(e *env.Env, credentials string) []string {
	all := env.ReachableConditions(e, credentials, "")
	return append([]string{all[0], env.PolicyAcceptedLine}, all[1:]...)
}

// selectMissingNamespace is a namespace that is not there.
func missingNamespaceSelection() v1alpha1.NamespaceSelection {
	return builder.Namespaces("nobody")
}

func aliasNotAllowedMessage(e *env.Env, alias, model string) string {
	return notAllowedPrefix(e) + " to have alias " + alias + " on model " + model + ": have it added to allowedModels, or choose another alias"
}

// allowNamespaces edits which namespaces may use the shared connection.
func allowNamespaces(ctx SpecContext, e *env.Env, namespaces v1alpha1.NamespaceSelection) {
	GinkgoHelper()
	editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces = namespaces })
}

func modelNotAllowedMessage(e *env.Env, name string) string {
	return notAllowedPrefix(e) + " to have model " + name + ": have it added to allowedModels, or choose another modelName"
}

// These are the sentences of a connection that does not allow a namespace, a model, an
// alias or a legacy stage.
func namespaceNotAllowedMessage(e *env.Env) string {
	return notAllowedPrefix(e) + ": have it added to allowedNamespaces, or use a connection that allows it"
}

// setNamespaceLabel gives the namespace of the story a label; an empty value takes it away.
func setNamespaceLabel(ctx SpecContext, e *env.Env, name, value string) {
	GinkgoHelper()
	env.EditObject(ctx, e.NewLabeledNamespace(ctx, nil), func(n *corev1.Namespace) {
		n.Labels[name] = value
		if value == "" {
			delete(n.Labels, name)
		}
	})
}

func stageNotAllowedMessage(e *env.Env, stage, model string) string {
	return notAllowedPrefix(e) + " to have mlflowStage " + stage + " on model " + model +
		": have it added to allowedModels without aliases, or leave mlflowStage out"
}

func notAllowedPrefix(e *env.Env) string {
	return "ClusterMLflowConnection " + e.SharedConnection + " does not allow namespace " + e.Namespace
}

// createSharedConnection makes the story's connection one that namespaces share.
func createSharedConnection(ctx SpecContext, e *env.Env, like *builder.ConnectionBuilder, how ...func(*env.Env, *builder.ClusterConnectionBuilder)) {
	GinkgoHelper()
	// A name that no other story uses.
	e.SharedConnection = e.Namespace
	b := builder.ClusterConnection(e.SharedConnection).FromConnection(like).AllowedNamespaces(ownNamespaceSelection(e))
	for _, change := range how {
		change(e, b)
	}
	e.CreateObject(ctx, b)
}

// editSharedConnection edits whom the shared connection allows.
func editSharedConnection(ctx SpecContext, e *env.Env, change func(*v1alpha1.ClusterMLflowConnectionSpec)) {
	GinkgoHelper()
	env.EditObject(ctx, e.SharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) { change(&c.Spec) })
}

// selectNamespace is the namespace of the story.
func ownNamespaceSelection(e *env.Env) v1alpha1.NamespaceSelection {
	return builder.Namespaces(v1alpha1.NamespaceName(e.Namespace))
}
