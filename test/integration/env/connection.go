// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// AnonymousMessage is the message of a connection without credentials.
const AnonymousMessage = "no credentials are configured: requests are anonymous"

// ListFailedPrefix is the beginning of the message of a poll that failed.
const ListFailedPrefix = "list registered models: registered-models/search: "

// ReachableConditions are the conditions of a connection that works. The second argument is the message about the
// credentials, the third is appended to that about the registry.
func ReachableConditions(e *Env, credentials, unusual string) []string {
	reads := "Connected: the registry at " + e.MLflow.URL + " is read every 1h0m0s" + unusual
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=True " + reads,
	}
}

// UnreachableConditions are the conditions of a connection whose registry cannot be read. The state is Stalled or
// Reconciling.
func UnreachableConditions(state, why, credentials string) []string {
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=False " + why,
	}
}

// InvalidCredentialsConditions are the conditions of a connection without valid credentials, which makes no
// request.
func InvalidCredentialsConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=False " + why,
		"Reachable=Unknown " + reason + ": not known while CredentialsResolved is False",
	}
}

// ConnectionNotReadyConditions are the conditions of a model whose connection does not work.
func ConnectionNotReadyConditions(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Reconciling=True " + why,
		"ConnectionReady=False " + why,
		"Synced=Unknown " + reason + ": not known while ConnectionReady is False",
	}
}

// NewSecret returns a Secret.
func NewSecret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
}

// NewLoginSecret returns the Secret login with the account operator.
func NewLoginSecret(password string) *corev1.Secret {
	return NewSecret("login", map[string]string{"username": "operator", "password": password})
}

// NewAuthenticated returns an env whose MLflow has the accounts operator, with this password, and successor, and a
// connection that names the Secret login.
func NewAuthenticated(ctx SpecContext, password string) (*Env, *builder.ConnectionBuilder) {
	GinkgoHelper()
	e := New(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
		"operator":  {Password: password, Admin: true},
		"successor": {Password: "s4cret", Admin: true},
	}})
	return e, e.NewConnection().BasicAuth("login")
}

// ReadAllOutput returns all objects and events of the operator in the namespace as text.
func (e *Env) ReadAllOutput(ctx SpecContext) string {
	GinkgoHelper()
	var all strings.Builder
	for _, list := range []client.ObjectList{
		&v1alpha1.MLflowConnectionList{}, &v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{},
		&v1alpha1.ModelVersionList{}, &eventsv1.EventList{},
	} {
		Expect(ControlPlane.Client.List(ctx, list, client.InNamespace(e.Namespace))).To(Succeed())
		Expect(json.NewEncoder(&all).Encode(list)).To(Succeed())
	}
	return all.String()
}

// NewCAConfigMap returns the ConfigMap with a CA certificate.
func NewCAConfigMap(certificate []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-ca"},
		Data:       map[string]string{"ca.crt": string(certificate)},
	}
}

// PollRepeatedly polls n times, and waits for the end of each poll.
func (e *Env) PollRepeatedly(ctx SpecContext, n int) {
	GinkgoHelper()
	for range n {
		before := Provider.State(e.ConnectionKey()).ListedAt
		e.PollNow()
		Eventually(func() time.Time { return Provider.State(e.ConnectionKey()).ListedAt }).WithContext(ctx).Should(BeTemporally(">", before))
	}
}

// WaitForStageStatus waits until the model's status has the metrics of its current version, which are written
// last.
func (e *Env) WaitForStageStatus(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(e.GetModel(ctx).Status.Stages).To(HaveEach(HaveField("Since", Not(BeNil()))))
	}).WithContext(ctx).Should(Succeed())
}

// NameLabel is the label with the namespace's name, which every namespace has.
const NameLabel = "kubernetes.io/metadata.name"

// SharedConnectionObject returns the ClusterMLflowConnection of the story with its key only.
func (e *Env) SharedConnectionObject() *v1alpha1.ClusterMLflowConnection {
	return &v1alpha1.ClusterMLflowConnection{ObjectMeta: metav1.ObjectMeta{Name: e.SharedConnection}}
}

// NewLabeledNamespace reads the namespace of the story, and adds labels to the result.
func (e *Env) NewLabeledNamespace(ctx SpecContext, labels map[string]string) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.Namespace}}
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(namespace), namespace)).To(Succeed())
	maps.Copy(namespace.Labels, labels)
	return namespace
}

const PolicyAcceptedLine = "Accepted=True Succeeded: the policy of the connection is valid"

// InvalidSharedCredentialsConditions are the conditions of a shared connection without valid credentials.
func InvalidSharedCredentialsConditions(state, reason, message string) []string {
	all := InvalidCredentialsConditions(state, reason, message)
	return append([]string{all[0], all[1], PolicyAcceptedLine}, all[2:]...)
}
