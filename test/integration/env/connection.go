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

const AnonymousMessage = "no credentials are configured: requests are anonymous"

// listFailed begins the sentence of a list that failed.
const ListFailedPrefix = "list registered models: registered-models/search: "

// These are the conditions of a connection that works. Credentials says what became of
// them, and unusual what else there is to be said.
func ReachableConditions(e *Env, credentials, unusual string) []string {
	reads := "Connected: the registry at " + e.MLflow.URL + " is read every 1h0m0s" + unusual
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=True " + reads,
	}
}

// UnreachableConditions are the conditions of a connection whose registry can't be read. State is
// Stalled or Reconciling.
func UnreachableConditions(state, why, credentials string) []string {
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=False " + why,
	}
}

// InvalidCredentialsConditions are the conditions of a connection that does not get as far as a
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

// NewSecret is a Secret that a person applies.
func NewSecret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
}

func NewLoginSecret(password string) *corev1.Secret {
	return NewSecret("login", map[string]string{"username": "operator", "password": password})
}

// NewAuthenticated is a world whose MLflow has two accounts, operator with this password and
// successor, and a connection that names the Secret login.
func NewAuthenticated(ctx SpecContext, password string) (*Env, *builder.ConnectionBuilder) {
	GinkgoHelper()
	e := New(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
		"operator":  {Password: password, Admin: true},
		"successor": {Password: "s4cret", Admin: true},
	}})
	return e, e.NewConnection().BasicAuth("login")
}

// ReadAllOutput is all that anybody can read of the operator's objects and events.
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

// NewCAConfigMap is the ConfigMap of a CA.
func NewCAConfigMap(certificate []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-ca"},
		Data:       map[string]string{"ca.crt": string(certificate)},
	}
}

// pollTimes polls, and returns when that many lists have ended.
func (e *Env) PollRepeatedly(ctx SpecContext, n int) {
	GinkgoHelper()
	for range n {
		before := Provider.State(e.ConnectionKey()).ListedAt
		e.PollNow()
		Eventually(func() time.Time { return Provider.State(e.ConnectionKey()).ListedAt }).WithContext(ctx).Should(BeTemporally(">", before))
	}
}

// WaitForStageStatus waits until the model has said all of its champion: that is the last that is
// written.
func (e *Env) WaitForStageStatus(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(e.GetModel(ctx).Status.Stages).To(HaveEach(HaveField("Since", Not(BeNil()))))
	}).WithContext(ctx).Should(Succeed())
}

// NameLabel is a label that every namespace has, with its name.
const NameLabel = "kubernetes.io/metadata.name"

func (e *Env) SharedConnectionObject() *v1alpha1.ClusterMLflowConnection {
	return &v1alpha1.ClusterMLflowConnection{ObjectMeta: metav1.ObjectMeta{Name: e.SharedConnection}}
}

// NewLabeledNamespace is the namespace of the story, with other labels besides its own.
func (e *Env) NewLabeledNamespace(ctx SpecContext, labels map[string]string) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.Namespace}}
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(namespace), namespace)).To(Succeed())
	maps.Copy(namespace.Labels, labels)
	return namespace
}

const PolicyAcceptedLine = "Accepted=True Succeeded: the policy of the connection is valid"

// InvalidSharedCredentialsConditions are the conditions of a shared connection that does not get as
// far as a request.
func InvalidSharedCredentialsConditions(state, reason, message string) []string {
	all := InvalidCredentialsConditions(state, reason, message)
	return append([]string{all[0], all[1], PolicyAcceptedLine}, all[2:]...)
}
