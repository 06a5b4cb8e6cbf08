// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const className = "standard"

// getClass is the class that the model may name; nil when there is none.
func (w *env) getClass() *v1alpha1.ModelClass {
	w.Helper()
	var class v1alpha1.ModelClass
	err := w.kube.Get(w.ctx, types.NamespacedName{Name: className}, &class)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return &class
}

// setClass makes the class what it is to be from now on; nil lets it go.
func (w *env) setClass(wanted *v1alpha1.ModelClass) {
	w.Helper()
	now := w.getClass()
	switch {
	case now == nil && wanted != nil:
		w.createObject(wanted)
	case now != nil && wanted == nil:
		w.must(w.kube.Delete(w.ctx, now))
	case now != nil:
		now.Spec = wanted.Spec
		now.Generation++
		w.must(w.kube.Update(w.ctx, now))
	}
}

// newStricterClass is a class that wants more of production.
func newStricterClass(f1 v1alpha1.Decimal) *builder.ClassBuilder {
	gate := builder.GreaterThanGate("f1", f1)
	gate.Name = "floor"
	return builder.Class(className).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(gate))
}

// drawClassEdit changes the class, whether the model names it or not.
func (g *simulation) drawClassEdit(rt *rapid.T) func() {
	class := newStricterClass(drawOne[v1alpha1.Decimal](rt, "floor", "0.6", "0.8", "0"))
	switch drawOne(rt, "class", "demanding", "demanding", "forbidding", "unsound", "gone") {
	case "forbidding":
		class.RequireTag("team", "vision")
	case "unsound":
		class.TagRule(v1alpha1.TagRule{Key: "team", Pattern: "("})
	case "gone":
		return func() { g.setClass(nil) }
	}
	return func() { g.setClass(class.Build()) }
}

// effectiveStage is a stage as model and class demand it together, for who knows the classes
// of the game; or why nothing may be done for the model at all.
func (p reconcileInputs) effectiveStage(name v1alpha1.StageName) (*v1alpha1.Stage, string) {
	stage := p.model.Stage(name)
	switch {
	case p.model.Spec.ClassName == "":
		return stage, ""
	case p.class == nil:
		return nil, "the class of the model is not there"
	case len(p.class.Spec.Tags) > 0:
		return nil, "the model does not meet its class"
	}
	both := stage.DeepCopy()
	for _, theirs := range p.class.Spec.Stages {
		if theirs.Name == name {
			both.Gates = slices.Concat(theirs.Gates, both.Gates)
		}
	}
	return both, ""
}

func withClass(class *v1alpha1.ModelClass) func(*simulation) {
	return func(g *simulation) { g.inputs.model.Spec.ClassName, g.inputs.class = className, class }
}
