// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

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

const anonymousMessage = "no credentials are configured: requests are anonymous"

// listFailed begins the sentence of a list that failed.
const listFailedPrefix = "list registered models: registered-models/search: "

// These are the conditions of a connection that works. Credentials says what became of
// them, and unusual what else there is to be said.
func reachableConditions(e *env, credentials, unusual string) []string {
	reads := "Connected: the registry at " + e.mlflow.URL + " is read every 1h0m0s" + unusual
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=True " + reads,
	}
}

// unreachableConditions are the conditions of a connection whose registry can't be read. State is
// Stalled or Reconciling.
func unreachableConditions(state, why, credentials string) []string {
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=True Succeeded: " + credentials,
		"Reachable=False " + why,
	}
}

// invalidCredentialsConditions are the conditions of a connection that does not get as far as a
// request.
func invalidCredentialsConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=False " + why,
		"Reachable=Unknown " + reason + ": not known while CredentialsResolved is False",
	}
}

// connectionNotReadyConditions are the conditions of a model whose connection does not work.
func connectionNotReadyConditions(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Reconciling=True " + why,
		"ConnectionReady=False " + why,
		"Synced=Unknown " + reason + ": not known while ConnectionReady is False",
	}
}

// newSecret is a Secret that a person applies.
func newSecret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
}

func newLoginSecret(password string) *corev1.Secret {
	return newSecret("login", map[string]string{"username": "operator", "password": password})
}

// newAuthenticatedEnv is a world whose MLflow has two accounts, operator with this password and
// successor, and a connection that names the Secret login.
func newAuthenticatedEnv(ctx SpecContext, password string) (*env, *builder.ConnectionBuilder) {
	GinkgoHelper()
	e := newEnv(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
		"operator":  {Password: password, Admin: true},
		"successor": {Password: "s4cret", Admin: true},
	}})
	return e, e.newConnection().BasicAuth("login")
}

// readAllOutput is all that anybody can read of the operator's objects and events.
func (e *env) readAllOutput(ctx SpecContext) string {
	GinkgoHelper()
	var all strings.Builder
	for _, list := range []client.ObjectList{
		&v1alpha1.MLflowConnectionList{}, &v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{},
		&v1alpha1.ModelVersionList{}, &eventsv1.EventList{},
	} {
		Expect(controlPlane.Client.List(ctx, list, client.InNamespace(e.namespace))).To(Succeed())
		Expect(json.NewEncoder(&all).Encode(list)).To(Succeed())
	}
	return all.String()
}

// newCAConfigMap is the ConfigMap of a CA.
func newCAConfigMap(certificate []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-ca"},
		Data:       map[string]string{"ca.crt": string(certificate)},
	}
}

// pollTimes polls, and returns when that many lists have ended.
func (e *env) pollRepeatedly(ctx SpecContext, n int) {
	GinkgoHelper()
	for range n {
		before := provider.State(e.connectionKey()).ListedAt
		e.pollNow()
		Eventually(func() time.Time { return provider.State(e.connectionKey()).ListedAt }).WithContext(ctx).Should(BeTemporally(">", before))
	}
}

// waitForStageStatus waits until the model has said all of its champion: that is the last that is
// written.
func (e *env) waitForStageStatus(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(e.getModel(ctx).Status.Stages).To(HaveEach(HaveField("Since", Not(BeNil()))))
	}).WithContext(ctx).Should(Succeed())
}

// nameLabel is a label that every namespace has, with its name.
const nameLabel = "kubernetes.io/metadata.name"

func (e *env) sharedConnectionObject() *v1alpha1.ClusterMLflowConnection {
	return &v1alpha1.ClusterMLflowConnection{ObjectMeta: metav1.ObjectMeta{Name: e.sharedConnection}}
}

// newLabeledNamespace is the namespace of the story, with other labels besides its own.
func (e *env) newLabeledNamespace(ctx SpecContext, labels map[string]string) *corev1.Namespace {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.namespace}}
	Expect(controlPlane.Client.Get(ctx, objectKey(namespace), namespace)).To(Succeed())
	maps.Copy(namespace.Labels, labels)
	return namespace
}

const policyAcceptedLine = "Accepted=True Succeeded: it is known which namespaces may use the connection for what"

// invalidSharedCredentialsConditions are the conditions of a shared connection that does not get as
// far as a request.
func invalidSharedCredentialsConditions(state, reason, message string) []string {
	all := invalidCredentialsConditions(state, reason, message)
	return append([]string{all[0], all[1], policyAcceptedLine}, all[2:]...)
}
