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

// sharing is a world with a connection to its MLflow that namespaces share: by name, unless
// the story says how, none but the story's own.
func sharing(ctx SpecContext, how ...func(*world, *builder.ClusterConnectionBuilder)) *world {
	GinkgoHelper()
	w := newWorld(ctx, mlflowtest.Options{})
	w.share(ctx, w.connection(), how...)
	return w
}

// share makes the story's connection one that namespaces share.
func (w *world) share(ctx SpecContext, like *builder.ConnectionBuilder, how ...func(*world, *builder.ClusterConnectionBuilder)) {
	GinkgoHelper()
	// A name that no other story uses.
	w.shared = w.namespace
	b := builder.ClusterConnection(w.shared).Like(like).Allowed(w.itself())
	for _, change := range how {
		change(w, b)
	}
	w.apply(ctx, b)
}

// itself is the namespace of the story.
func (w *world) itself() v1alpha1.NamespaceSelection {
	return builder.Namespaces(v1alpha1.NamespaceName(w.namespace))
}

// neighbour is another namespace, in which the story goes on with the same MLflow and the
// same connection.
func (w *world) neighbour(ctx SpecContext) *world {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "neighbour-"}}
	Expect(plane.Client.Create(ctx, namespace)).To(Succeed())
	other := *w
	other.namespace = namespace.Name
	DeferCleanup(func(ctx SpecContext) {
		Expect(rules.violations(other.namespace)).To(BeEmpty())
		other.deleteAll(ctx)
	})
	return &other
}

func (w *world) theShared() *v1alpha1.ClusterMLflowConnection {
	return &v1alpha1.ClusterMLflowConnection{ObjectMeta: metav1.ObjectMeta{Name: w.shared}}
}

// rule edits whom the shared connection allows.
func (w *world) rule(ctx SpecContext, change func(*v1alpha1.ClusterMLflowConnectionSpec)) {
	GinkgoHelper()
	edit(ctx, w.theShared(), func(c *v1alpha1.ClusterMLflowConnection) { change(&c.Spec) })
}

// allows edits which namespaces may use the shared connection.
func (w *world) allows(ctx SpecContext, namespaces v1alpha1.NamespaceSelection) {
	GinkgoHelper()
	w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces = namespaces })
}

// nobody is a namespace that is not there.
func nobody() v1alpha1.NamespaceSelection {
	return builder.Namespaces("nobody")
}

// inCluster is the namespace of the story, with other labels besides its own.
func (w *world) inCluster(ctx SpecContext, labels map[string]string) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	Expect(plane.Client.Get(ctx, key(namespace), namespace)).To(Succeed())
	maps.Copy(namespace.Labels, labels)
	return namespace
}

// label gives the namespace of the story a label; an empty value takes it away.
func (w *world) label(ctx SpecContext, name, value string) {
	GinkgoHelper()
	edit(ctx, w.inCluster(ctx, nil), func(n *corev1.Namespace) {
		n.Labels[name] = value
		if value == "" {
			delete(n.Labels, name)
		}
	})
}

const rulesAccepted = "RulesAccepted=True RulesAccepted: it is known which namespaces may use the connection for what"

// reachedShared are the conditions of a shared connection that works.
func reachedShared(w *world, credentials string) []string {
	all := reached(w, credentials, "")
	return append([]string{all[0], rulesAccepted}, all[1:]...)
}

// withoutSharedCredentials are the conditions of a shared connection that does not get as
// far as a request.
func withoutSharedCredentials(state, reason, message string) []string {
	all := withoutCredentials(state, reason, message)
	return append([]string{all[0], all[1], rulesAccepted}, all[2:]...)
}

// invalidRules are the conditions of a shared connection that nobody may use.
func invalidRules(message string) []string {
	why := "RulesInvalid: " + message
	unknown := "RulesInvalid: not known while RulesAccepted is False"
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"RulesAccepted=False " + why,
		"CredentialsResolved=Unknown " + unknown,
		"Reachable=Unknown " + unknown,
	}
}

// notAllowed are the conditions of a model that may not be on its connection.
func notAllowed(message string) []string {
	why := "NotAllowed: " + message
	return []string{
		"Ready=False " + why,
		"Stalled=True " + why,
		"ConnectionReady=False " + why,
		"Synced=Unknown NotAllowed: not known while ConnectionReady is False",
	}
}

// These are the sentences of a connection that does not allow a namespace, a model, an
// alias or a legacy stage.
func (w *world) noNamespace() string {
	return w.doesNotAllow() + ": have it added to allowedNamespaces, or use a connection that allows it"
}

func (w *world) noModel(name string) string {
	return w.doesNotAllow() + " to have model " + name + ": have it added to allow, or choose another modelName"
}

func (w *world) noAlias(alias, model string) string {
	return w.doesNotAllow() + " to have alias " + alias + " on model " + model + ": have it added to allow, or choose another alias"
}

func (w *world) noMLflowStage(stage, model string) string {
	return w.doesNotAllow() + " to have mlflowStage " + stage + " on model " + model +
		": have it added to allow without aliases, or leave mlflowStage out"
}

func (w *world) doesNotAllow() string {
	return "ClusterMLflowConnection " + w.shared + " does not allow namespace " + w.namespace
}
