// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// atHome puts a Secret or a ConfigMap where the operator is.
func atHome[T interface {
	SetNamespace(namespace string)
	SetName(name string)
}](w *world, obj T) T {
	obj.SetNamespace(operatorNamespace)
	obj.SetName(w.shared)
	return obj
}

var _ = Describe("The credentials of a shared connection", func() {
	It("are those in the operator's namespace, and never those of a namesake", func(ctx SpecContext) {
		w, _ := guarded(ctx, "s3cret")
		By("having a Secret of that name, which the server would take, in the namespace of the model")
		namesake := login("s3cret")
		namesake.Name = w.namespace
		w.apply(ctx, namesake)
		w.share(ctx, w.connection().Basic(w.namespace))
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		missing := "there is no Secret " + operatorNamespace + "/" + w.shared + ": create it"
		shows(ctx, w.theShared(), withoutSharedCredentials("Reconciling", "SecretNotFound", missing)...)
		shows(ctx, w.model(modelName), repeated("SecretNotFound", missing)...)
		Expect(w.mlflow.Calls()).To(BeEmpty())

		By("creating the Secret, of another account")
		own := login("s4cret")
		own.StringData["username"] = "successor"
		Expect(plane.Client.Create(ctx, atHome(w, own))).To(Succeed())
		shows(ctx, w.theShared(), reachedShared(w, "user name and password were read from Secret "+operatorNamespace+"/"+w.shared)...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		for _, call := range w.mlflow.Calls() {
			Expect(call.Username).NotTo(Equal("operator"))
		}
		Expect(w.everythingWritten(ctx)).NotTo(ContainSubstring("s4cret"))
	})

	It("have their authorities in the operator's namespace, too", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{TLS: true})
		namesake := bundle(w.mlflow.CertificatePEM())
		namesake.Name = w.namespace
		w.apply(ctx, namesake)
		w.share(ctx, w.connection().CA(w.namespace))
		name := operatorNamespace + "/" + w.shared
		shows(ctx, w.theShared(), withoutSharedCredentials("Reconciling", "ConfigMapNotFound", "there is no ConfigMap "+name+": create it")...)
		empty := atHome(w, bundle(nil))
		Expect(plane.Client.Create(ctx, empty)).To(Succeed())
		shows(ctx, w.theShared(), withoutSharedCredentials("Stalled", "ConfigMapNotFound",
			"ConfigMap "+name+" has no key ca.crt, or it is empty: set it")...)
		empty.Data["ca.crt"] = string(w.mlflow.CertificatePEM())
		Expect(plane.Client.Update(ctx, empty)).To(Succeed())
		shows(ctx, w.theShared(), reachedShared(w, anonymous)...)
	})

	It("are nowhere, for an operator that does not know where it is", func(ctx SpecContext) {
		home = ""
		restartOperator(plane.Config)
		DeferCleanup(func() {
			home = operatorNamespace
			restartOperator(plane.Config)
		})
		w, _ := guarded(ctx, "s3cret")
		w.share(ctx, w.connection().Basic("login"))
		shows(ctx, w.theShared(), withoutSharedCredentials("Stalled", "OperatorNamespaceUnknown",
			"the operator does not know its own namespace, where Secret login would be: set POD_NAMESPACE in its environment")...)
		edit(ctx, w.theShared(), func(c *v1alpha1.ClusterMLflowConnection) {
			c.Spec.Auth, c.Spec.TLS = nil, &v1alpha1.TLS{CARef: &v1alpha1.LocalReference{Name: "ca"}}
		})
		shows(ctx, w.theShared(), withoutSharedCredentials("Stalled", "OperatorNamespaceUnknown",
			"the operator does not know its own namespace, where ConfigMap ca would be: set POD_NAMESPACE in its environment")...)
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})
})
