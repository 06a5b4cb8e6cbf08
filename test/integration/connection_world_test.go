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
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const anonymous = "no credentials are configured: requests are anonymous"

// listFailed begins the sentence of a list that failed.
const listFailed = "list registered models: registered-models/search: "

// These are the conditions of a connection that works. Credentials says what became of
// them, and unusual what else there is to be said.
func reached(w *world, credentials, unusual string) []string {
	reads := "Connected: the registry at " + w.mlflow.URL + " is read every 1h0m0s" + unusual
	return []string{
		"Ready=True " + reads,
		"CredentialsResolved=True CredentialsResolved: " + credentials,
		"Reachable=True " + reads,
	}
}

// unreached are the conditions of a connection whose registry can't be read. State is
// Stalled or Reconciling.
func unreached(state, why, credentials string) []string {
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=True CredentialsResolved: " + credentials,
		"Reachable=False " + why,
	}
}

// withoutCredentials are the conditions of a connection that does not get as far as a
// request.
func withoutCredentials(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"CredentialsResolved=False " + why,
		"Reachable=Unknown " + reason + ": not known while CredentialsResolved is False",
	}
}

// repeated are the conditions of a model whose connection does not work.
func repeated(reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		"Reconciling=True " + why,
		"ConnectionReady=False " + why,
		"Synced=Unknown " + reason + ": not known while ConnectionReady is False",
	}
}

// secret is a Secret that a person applies.
func secret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
}

func login(password string) *corev1.Secret {
	return secret("login", map[string]string{"username": "operator", "password": password})
}

// guarded is a world whose MLflow has two accounts, operator with this password and
// successor, and a connection that names the Secret login.
func guarded(ctx SpecContext, password string) (*world, *builder.ConnectionBuilder) {
	GinkgoHelper()
	w := newWorld(ctx, mlflowtest.Options{Accounts: map[string]mlflowtest.Account{
		"operator":  {Password: password, Admin: true},
		"successor": {Password: "s4cret", Admin: true},
	}})
	return w, w.connection().Basic("login")
}

// hands gives the Secret login to another account, which the server knows as well.
func (w *world) hands(ctx SpecContext, username, password string) {
	GinkgoHelper()
	held := login("")
	held.Namespace = w.namespace
	edit(ctx, held, func(s *corev1.Secret) {
		s.Data["username"], s.Data["password"] = []byte(username), []byte(password)
	})
}

// caller is who asked MLflow last.
func (w *world) caller() string {
	calls := w.mlflow.Calls()
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1].Username
}

// everythingWritten is all that anybody can read of the operator's objects and events.
func (w *world) everythingWritten(ctx SpecContext) string {
	GinkgoHelper()
	var all strings.Builder
	for _, list := range []client.ObjectList{
		&v1alpha1.MLflowConnectionList{}, &v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{},
		&v1alpha1.ModelVersionList{}, &eventsv1.EventList{},
	} {
		Expect(plane.Client.List(ctx, list, client.InNamespace(w.namespace))).To(Succeed())
		Expect(json.NewEncoder(&all).Encode(list)).To(Succeed())
	}
	return all.String()
}

// bundle is the ConfigMap of a CA.
func bundle(certificate []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-ca"},
		Data:       map[string]string{"ca.crt": string(certificate)},
	}
}

// stranger is the certificate of an authority that signed nothing here.
func stranger() []byte {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// moves points the connection to another MLflow, where the story goes on.
func (w *world) moves(ctx SpecContext) {
	GinkgoHelper()
	w.mlflow = mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(w.mlflow.Close)
	w.user = w.mlflow.User()
	edit(ctx, w.theConnection(), func(c *v1alpha1.MLflowConnection) { c.Spec.URL = w.mlflow.URL })
}

// isDefault makes the world's MLflow the one that the operator's environment names.
func (w *world) isDefault() {
	GinkgoHelper()
	Expect(provider.Ensure(registry.Key{}, registry.ConnectionConfig{
		PollInterval: time.Hour, Client: mlflow.Config{URL: w.mlflow.URL},
	})).To(Succeed())
	DeferCleanup(func() { provider.Remove(registry.Key{}) })
}
