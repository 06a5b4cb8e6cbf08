// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newUnknownCA returns the certificate of a CA that signed no certificate here.
func newUnknownCA() []byte {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// setLoginSecret writes another account of the server to the Secret login.
func setLoginSecret(ctx SpecContext, e *env.Env, username, password string) {
	GinkgoHelper()
	held := env.NewLoginSecret("")
	held.Namespace = e.Namespace
	env.EditObject(ctx, held, func(s *corev1.Secret) {
		s.Data["username"], s.Data["password"] = []byte(username), []byte(password)
	})
}

// lastUsername returns the user of the last request to MLflow.
func lastUsername(e *env.Env) string {
	calls := e.MLflow.Calls()
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1].Username
}

// useAsDefaultConnection makes the story's MLflow that of the operator's environment.
func useAsDefaultConnection(e *env.Env) {
	GinkgoHelper()
	Expect(env.Provider.Ensure(registrycache.Key{}, registrycache.ConnectionConfig{
		PollInterval: time.Hour, Client: mlflow.Config{URL: e.MLflow.URL},
	})).To(Succeed())
	DeferCleanup(func() { env.Provider.Remove(registrycache.Key{}) })
}

// useNewServer edits the connection to another MLflow, which the story uses from then on.
func useNewServer(ctx SpecContext, e *env.Env) {
	GinkgoHelper()
	e.MLflow = mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(e.MLflow.Close)
	e.User = e.MLflow.User()
	env.EditObject(ctx, e.ConnectionObject(), func(c *v1alpha1.MLflowConnection) { c.Spec.URL = e.MLflow.URL })
}
