// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
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
func newSharedEnv(ctx SpecContext, how ...func(*env, *builder.ClusterConnectionBuilder)) *env {
	GinkgoHelper()
	e := newEnv(ctx, mlflowtest.Options{})
	e.createSharedConnection(ctx, e.newConnection(), how...)
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
func reachableSharedConditions(e *env, credentials string) []string {
	all := reachableConditions(e, credentials, "")
	return append([]string{all[0], policyAcceptedLine}, all[1:]...)
}

// selectMissingNamespace is a namespace that is not there.
func missingNamespaceSelection() v1alpha1.NamespaceSelection {
	return builder.Namespaces("nobody")
}

func (e *env) aliasNotAllowedMessage(alias, model string) string {
	return e.notAllowedPrefix() + " to have alias " + alias + " on model " + model + ": have it added to allowedModels, or choose another alias"
}

// allowNamespaces edits which namespaces may use the shared connection.
func (e *env) allowNamespaces(ctx SpecContext, namespaces v1alpha1.NamespaceSelection) {
	GinkgoHelper()
	e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces = namespaces })
}

func (e *env) modelNotAllowedMessage(name string) string {
	return e.notAllowedPrefix() + " to have model " + name + ": have it added to allowedModels, or choose another modelName"
}

// These are the sentences of a connection that does not allow a namespace, a model, an
// alias or a legacy stage.
func (e *env) namespaceNotAllowedMessage() string {
	return e.notAllowedPrefix() + ": have it added to allowedNamespaces, or use a connection that allows it"
}

// newNeighbor is another namespace, in which the story goes on with the same MLflow and the
// same connection.
func (e *env) newNeighborEnv(ctx SpecContext) *env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "neighbour-"}}
	Expect(controlPlane.Client.Create(ctx, namespace)).To(Succeed())
	other := *e
	other.namespace = namespace.Name
	DeferCleanup(func(ctx SpecContext) {
		Expect(statusRules.listViolations(other.namespace)).To(BeEmpty())
		other.deleteObjects(ctx)
	})
	return &other
}

// setNamespaceLabel gives the namespace of the story a label; an empty value takes it away.
func (e *env) setNamespaceLabel(ctx SpecContext, name, value string) {
	GinkgoHelper()
	editObject(ctx, e.newLabeledNamespace(ctx, nil), func(n *corev1.Namespace) {
		n.Labels[name] = value
		if value == "" {
			delete(n.Labels, name)
		}
	})
}

func (e *env) stageNotAllowedMessage(stage, model string) string {
	return e.notAllowedPrefix() + " to have mlflowStage " + stage + " on model " + model +
		": have it added to allowedModels without aliases, or leave mlflowStage out"
}

func (e *env) notAllowedPrefix() string {
	return "ClusterMLflowConnection " + e.sharedConnection + " does not allow namespace " + e.namespace
}

// createSharedConnection makes the story's connection one that namespaces share.
func (e *env) createSharedConnection(ctx SpecContext, like *builder.ConnectionBuilder, how ...func(*env, *builder.ClusterConnectionBuilder)) {
	GinkgoHelper()
	// A name that no other story uses.
	e.sharedConnection = e.namespace
	b := builder.ClusterConnection(e.sharedConnection).FromConnection(like).AllowedNamespaces(e.ownNamespaceSelection())
	for _, change := range how {
		change(e, b)
	}
	e.createObject(ctx, b)
}

// editSharedConnection edits whom the shared connection allows.
func (e *env) editSharedConnection(ctx SpecContext, change func(*v1alpha1.ClusterMLflowConnectionSpec)) {
	GinkgoHelper()
	editObject(ctx, e.sharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) { change(&c.Spec) })
}

// selectNamespace is the namespace of the story.
func (e *env) ownNamespaceSelection() v1alpha1.NamespaceSelection {
	return builder.Namespaces(v1alpha1.NamespaceName(e.namespace))
}
