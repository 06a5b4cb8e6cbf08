// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const anonymous = "no credentials are configured: requests are anonymous"

// listFailed begins the sentence of a list that failed.
const listFailed = "list registered models: registered-models/search: "

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

// changeLogin gives the Secret login to another account, which the server knows as well.
func (e *env) changeLogin(ctx SpecContext, username, password string) {
	GinkgoHelper()
	held := newLoginSecret("")
	held.Namespace = e.namespace
	editObject(ctx, held, func(s *corev1.Secret) {
		s.Data["username"], s.Data["password"] = []byte(username), []byte(password)
	})
}

// lastCaller is who asked MLflow last.
func (e *env) lastCaller() string {
	calls := e.mlflow.Calls()
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1].Username
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

// newUnknownCA is the certificate of an authority that signed nothing here.
func newUnknownCA() []byte {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// moveConnection points the connection to another MLflow, where the story goes on.
func (e *env) moveConnection(ctx SpecContext) {
	GinkgoHelper()
	e.mlflow = mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(e.mlflow.Close)
	e.user = e.mlflow.User()
	editObject(ctx, e.connectionObject(), func(c *v1alpha1.MLflowConnection) { c.Spec.URL = e.mlflow.URL })
}

// makeDefault makes the world's MLflow the one that the operator's environment names.
func (e *env) makeDefault() {
	GinkgoHelper()
	Expect(provider.Ensure(registrycache.Key{}, registrycache.ConnectionConfig{
		PollInterval: time.Hour, Client: mlflow.Config{URL: e.mlflow.URL},
	})).To(Succeed())
	DeferCleanup(func() { provider.Remove(registrycache.Key{}) })
}
