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
		w := newWorld(ctx, guarded)
		w.user.Username, w.user.Password = adminName, adminPassword
		for _, account := range []string{operatorName, personName} {
			args := map[string]any{"username": account, "password": firstPassword}
			Expect(w.user.Do(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		}
		w.apply(ctx, login(firstPassword))
		// The registry is read once: what is noticed later is noticed by a request.
		w.apply(ctx, w.connection().Basic("mlflow-login").PollInterval("1h").Build())
		w.apply(ctx, gated(name).Build())
		w.apply(ctx, builder.Promotion("guarded").Model(name).Version("1").Build())
		w.shows(ctx, "guarded", v1alpha1.ReasonVersionNotFound)

		By("promoting what was registered by somebody who may")
		w.train(ctx, name, "0.9")
		w.train(ctx, name, "0.95")
		w.lookNow(ctx)
		w.shows(ctx, "guarded", v1alpha1.ReasonPromoted)

		By("a person who tries to go round it")
		person := &mlflowtest.User{URL: w.user.URL, Username: personName, Password: firstPassword}
		err := person.SetAlias(ctx, name, "champion", "2")
		refused, ok := errors.AsType[*mlflowtest.ResponseError](err)
		Expect(ok).To(BeTrue(), "%v", err)
		Expect(refused.Status).To(Equal(http.StatusForbidden))
		Expect(w.model(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("changing the password, and with it the Secret")
		args := map[string]any{"username": operatorName, "password": secondPassword}
		Expect(w.user.Do(ctx, http.MethodPatch, "users/update-password", args, nil)).To(Succeed())
		Expect(plane.Client.Update(ctx, w.in(login(secondPassword)))).To(Succeed())
		w.want(ctx, "guarded", "2")
		w.shows(ctx, "guarded", v1alpha1.ReasonPromoted)
		Expect(w.model(ctx, name).Aliases).To(Equal(map[string]string{"champion": "2"}))
	})
})

func login(password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-login"},
		StringData: map[string]string{"username": operatorName, "password": password},
	}
}

func (w *world) in(secret *corev1.Secret) *corev1.Secret {
	secret.Namespace = w.namespace
	return secret
}
