// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// nameLabel is a label that every namespace has, with its name.
const nameLabel = "kubernetes.io/metadata.name"

// newSharedEnv is a world with a connection to its MLflow that namespaces share: by name, unless
// the story says how, none but the story's own.
func newSharedEnv(ctx SpecContext, how ...func(*env, *builder.ClusterConnectionBuilder)) *env {
	GinkgoHelper()
	e := newEnv(ctx, mlflowtest.Options{})
	e.createSharedConnection(ctx, e.newConnection(), how...)
	return e
}

// createSharedConnection makes the story's connection one that namespaces share.
func (e *env) createSharedConnection(ctx SpecContext, like *builder.ConnectionBuilder, how ...func(*env, *builder.ClusterConnectionBuilder)) {
	GinkgoHelper()
	// A name that no other story uses.
	e.shared = e.namespace
	b := builder.ClusterConnection(e.shared).FromConnection(like).AllowedNamespaces(e.selectNamespace())
	for _, change := range how {
		change(e, b)
	}
	e.createObject(ctx, b)
}

// selectNamespace is the namespace of the story.
func (e *env) selectNamespace() v1alpha1.NamespaceSelection {
	return builder.Namespaces(v1alpha1.NamespaceName(e.namespace))
}

// newNeighbor is another namespace, in which the story goes on with the same MLflow and the
// same connection.
func (e *env) newNeighbor(ctx SpecContext) *env {
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

func (e *env) sharedConnectionObject() *v1alpha1.ClusterMLflowConnection {
	return &v1alpha1.ClusterMLflowConnection{ObjectMeta: metav1.ObjectMeta{Name: e.shared}}
}

// editSharedConnection edits whom the shared connection allows.
func (e *env) editSharedConnection(ctx SpecContext, change func(*v1alpha1.ClusterMLflowConnectionSpec)) {
	GinkgoHelper()
	editObject(ctx, e.sharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) { change(&c.Spec) })
}

// allowNamespaces edits which namespaces may use the shared connection.
func (e *env) allowNamespaces(ctx SpecContext, namespaces v1alpha1.NamespaceSelection) {
	GinkgoHelper()
	e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces = namespaces })
}

// selectMissingNamespace is a namespace that is not there.
func selectMissingNamespace() v1alpha1.NamespaceSelection {
	return builder.Namespaces("nobody")
}

// newLabeledNamespace is the namespace of the story, with other labels besides its own.
func (e *env) newLabeledNamespace(ctx SpecContext, labels map[string]string) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.namespace}}
	Expect(controlPlane.Client.Get(ctx, keyOf(namespace), namespace)).To(Succeed())
	maps.Copy(namespace.Labels, labels)
	return namespace
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

const rulesAccepted = "Accepted=True Succeeded: it is known which namespaces may use the connection for what"

// reachableSharedConditions are the conditions of a shared connection that works.
func reachableSharedConditions(e *env, credentials string) []string {
	all := reachableConditions(e, credentials, "")
	return append([]string{all[0], rulesAccepted}, all[1:]...)
}

// invalidSharedCredentialsConditions are the conditions of a shared connection that does not get as
// far as a request.
func invalidSharedCredentialsConditions(state, reason, message string) []string {
	all := invalidCredentialsConditions(state, reason, message)
	return append([]string{all[0], all[1], rulesAccepted}, all[2:]...)
}

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

// These are the sentences of a connection that does not allow a namespace, a model, an
// alias or a legacy stage.
func (e *env) namespaceNotAllowedMessage() string {
	return e.connectionDoesNotAllow() + ": have it added to allowedNamespaces, or use a connection that allows it"
}

func (e *env) modelNotAllowedMessage(name string) string {
	return e.connectionDoesNotAllow() + " to have model " + name + ": have it added to allowedModels, or choose another modelName"
}

func (e *env) aliasNotAllowedMessage(alias, model string) string {
	return e.connectionDoesNotAllow() + " to have alias " + alias + " on model " + model + ": have it added to allowedModels, or choose another alias"
}

func (e *env) stageNotAllowedMessage(stage, model string) string {
	return e.connectionDoesNotAllow() + " to have mlflowStage " + stage + " on model " + model +
		": have it added to allowedModels without aliases, or leave mlflowStage out"
}

func (e *env) connectionDoesNotAllow() string {
	return "ClusterMLflowConnection " + e.shared + " does not allow namespace " + e.namespace
}
