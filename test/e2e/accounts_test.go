// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	operatorName = "the-operator"
	personName   = "a-person"
	// Passwords of accounts that live as long as the test.
	firstPassword  = "the first long password"
	secondPassword = "the second long password"
)

// The shipped default of an account is to read. Who creates a model may manage it, so
// that the operator manages what it created.
var _ = Describe("An MLflow with accounts", func() {
	It("lets the operator alone move aliases, also after its password was changed", func(ctx SpecContext) {
		const name = "guarded"
		w := newEnv(ctx, authenticatedServer)
		w.user.Username, w.user.Password = adminName, adminPassword
		for _, account := range []string{operatorName, personName} {
			args := map[string]any{"username": account, "password": firstPassword}
			Expect(w.user.CallEndpoint(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		}
		w.createObject(ctx, newLoginSecret(firstPassword))
		// The registry is read once: what is noticed later is noticed by a request.
		w.createObject(ctx, w.newConnection().BasicAuth("mlflow-login").PollInterval("1h").Build())
		w.createObject(ctx, newGatedModel(name).Build())
		w.createObject(ctx, builder.Promotion("guarded").Model(name).Version("1").Build())
		w.waitForPromotion(ctx, "guarded", v1alpha1.ReasonVersionNotFound)

		By("promoting what was registered by somebody who may")
		w.trainVersion(ctx, name, "0.9")
		w.trainVersion(ctx, name, "0.95")
		w.requestReconcile(ctx)
		w.waitForPromotion(ctx, "guarded", v1alpha1.ReasonPromoted)

		By("a person who tries to go round it")
		person := &mlflowtest.User{URL: w.user.URL, Username: personName, Password: firstPassword}
		err := person.SetAlias(ctx, name, "champion", "2")
		refused, ok := errors.AsType[*mlflowtest.ResponseError](err)
		Expect(ok).To(BeTrue(), "%v", err)
		Expect(refused.Status).To(Equal(http.StatusForbidden))
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("changing the password, and with it the Secret")
		args := map[string]any{"username": operatorName, "password": secondPassword}
		Expect(w.user.CallEndpoint(ctx, http.MethodPatch, "users/update-password", args, nil)).To(Succeed())
		Expect(controlPlane.Client.Update(ctx, w.createSecret(newLoginSecret(secondPassword)))).To(Succeed())
		w.setVersion(ctx, "guarded", "2")
		w.waitForPromotion(ctx, "guarded", v1alpha1.ReasonPromoted)
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "2"}))
	})
})

func newLoginSecret(password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-login"},
		StringData: map[string]string{"username": operatorName, "password": password},
	}
}

func (w *env) createSecret(secret *corev1.Secret) *corev1.Secret {
	secret.Namespace = w.namespace
	return secret
}
