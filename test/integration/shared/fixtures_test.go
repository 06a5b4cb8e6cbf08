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

// invalidPolicyConditions are the conditions of a shared connection whose policy is invalid.
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

// newSharedEnv returns an env with a shared connection that allows the namespace of the story by name. The options
// change the connection.
func newSharedEnv(ctx SpecContext, how ...func(*env.Env, *builder.ClusterConnectionBuilder)) *env.Env {
	GinkgoHelper()
	e := env.New(ctx, mlflowtest.Options{})
	createSharedConnection(ctx, e, e.NewConnection(), how...)
	return e
}

// notAllowedConditions are the conditions of a model that its connection does not allow.
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

// missingNamespaceSelection selects a namespace that does not exist.
func missingNamespaceSelection() v1alpha1.NamespaceSelection {
	return builder.Namespaces("missing")
}

func aliasNotAllowedMessage(e *env.Env, alias, model string) string {
	return notAllowedPrefix(e) + " to have alias " + alias + " on model " + model + ": have it added to allowedModels, or choose another alias"
}

// allowNamespaces edits the namespaces that the shared connection allows.
func allowNamespaces(ctx SpecContext, e *env.Env, namespaces v1alpha1.NamespaceSelection) {
	GinkgoHelper()
	editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces = namespaces })
}

func modelNotAllowedMessage(e *env.Env, name string) string {
	return notAllowedPrefix(e) + " to have model " + name + ": have it added to allowedModels, or choose another modelName"
}

// namespaceNotAllowedMessage is the message of a connection that does not allow a namespace.
func namespaceNotAllowedMessage(e *env.Env) string {
	return notAllowedPrefix(e) + ": have it added to allowedNamespaces, or use a connection that allows it"
}

// setNamespaceLabel sets a label of the story's namespace; an empty value deletes it.
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

// createSharedConnection creates a ClusterMLflowConnection for the story, with the spec of an MLflowConnection.
func createSharedConnection(ctx SpecContext, e *env.Env, like *builder.ConnectionBuilder,
	how ...func(*env.Env, *builder.ClusterConnectionBuilder)) {
	GinkgoHelper()
	// The name of the namespace, which no other story uses.
	e.SharedConnection = e.Namespace
	b := builder.ClusterConnection(e.SharedConnection).FromConnection(like).AllowedNamespaces(ownNamespaceSelection(e))
	for _, change := range how {
		change(e, b)
	}
	e.CreateObject(ctx, b)
}

// editSharedConnection edits the spec of the shared connection.
func editSharedConnection(ctx SpecContext, e *env.Env, change func(*v1alpha1.ClusterMLflowConnectionSpec)) {
	GinkgoHelper()
	env.EditObject(ctx, e.SharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) { change(&c.Spec) })
}

// ownNamespaceSelection selects the namespace of the story.
func ownNamespaceSelection(e *env.Env) v1alpha1.NamespaceSelection {
	return builder.Namespaces(v1alpha1.NamespaceName(e.Namespace))
}
