// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const standard = "standard"

// class is the class that the model may name; nil when there is none.
func (w *world) class() *v1alpha1.ModelClass {
	w.Helper()
	var class v1alpha1.ModelClass
	err := w.kube.Get(w.ctx, types.NamespacedName{Name: standard}, &class)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return &class
}

// setClass makes the class what it is to be from now on; nil lets it go.
func (w *world) setClass(wanted *v1alpha1.ModelClass) {
	w.Helper()
	now := w.class()
	switch {
	case now == nil && wanted != nil:
		w.apply(wanted)
	case now != nil && wanted == nil:
		w.must(w.kube.Delete(w.ctx, now))
	case now != nil:
		now.Spec = wanted.Spec
		now.Generation++
		w.must(w.kube.Update(w.ctx, now))
	}
}

// demanding is a class that wants more of production.
func demanding(f1 v1alpha1.Decimal) *builder.ClassBuilder {
	gate := builder.GreaterThan("f1", f1)
	gate.Name = "floor"
	return builder.Class(standard).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(gate))
}

// editsClass changes the class, whether the model names it or not.
func (g *game) editsClass(rt *rapid.T) func() {
	class := demanding(draw[v1alpha1.Decimal](rt, "floor", "0.6", "0.8", "0"))
	switch draw(rt, "class", "demanding", "demanding", "forbidding", "unsound", "gone") {
	case "forbidding":
		class.Require("team", "vision")
	case "unsound":
		class.Rule(v1alpha1.TagRule{Key: "team", Pattern: "("})
	case "gone":
		return func() { g.setClass(nil) }
	}
	return func() { g.setClass(class.Build()) }
}

// inherited is a stage as model and class demand it together, for who knows the classes
// of the game; or why nothing may be done for the model at all.
func (p pass) inherited(name v1alpha1.StageName) (*v1alpha1.Stage, string) {
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

func underClass(class *v1alpha1.ModelClass) func(*game) {
	return func(g *game) { g.pass.model.Spec.ClassName, g.pass.class = standard, class }
}
