// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package class

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("The policy in the documentation", func() {
	It("requires a class for the models of a namespace", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		for _, object := range readDocsPolicy(e) {
			Expect(env.ControlPlane.Client.Create(ctx, object)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(env.ControlPlane.Client.Delete(ctx, object)).To(Succeed()) })
		}
		refused := func(m *builder.ModelBuilder) error {
			return env.ControlPlane.Client.Create(ctx, m.Namespace(e.Namespace).Build(), client.DryRunAll)
		}
		const sentence = "a model in this namespace names a class of NeuroNews in className"
		Eventually(refused).WithContext(ctx).WithArguments(builder.RegisteredModel(env.ModelName)).Should(MatchError(ContainSubstring(sentence)))
		Expect(refused(builder.RegisteredModel(env.ModelName).Class("other"))).To(MatchError(ContainSubstring(sentence)))
		Expect(refused(builder.RegisteredModel(env.ModelName).Class("neuronews-sentiment"))).To(Succeed())
	})
})

// readDocsPolicy reads the policy on the documentation page about classes, for the namespace of the story.
func readDocsPolicy(e *env.Env) []client.Object {
	GinkgoHelper()
	root, err := envtest.RepositoryRoot()
	Expect(err).NotTo(HaveOccurred())
	page, err := os.ReadFile(filepath.Join(root, "docs", "reference", "modelclass.md"))
	Expect(err).NotTo(HaveOccurred())
	const begins = "apiVersion: admissionregistration.k8s.io/v1"
	_, block, found := strings.Cut(string(page), "```yaml\n"+begins)
	Expect(found).To(BeTrue())
	block, _, _ = strings.Cut(begins+block, "```")
	block = strings.ReplaceAll(block, "metadata.name: news", "metadata.name: "+e.Namespace)
	var objects []client.Object
	for document := range strings.SplitSeq(block, "---\n") {
		object := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal([]byte(document), &object.Object)).To(Succeed())
		objects = append(objects, object)
	}
	Expect(objects).To(HaveLen(2))
	return objects
}
