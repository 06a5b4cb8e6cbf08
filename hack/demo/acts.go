// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// What config/samples and config/samples/neuronews declare.
const (
	namespace  = "news"
	modelName  = "neuro_sentiment_classifier"
	connection = "mlflow"
	model      = "sentiment"
	staging    = "sentiment-staging"
	production = "sentiment-production"
	champion   = "champion"
	class      = "neuronews-sentiment"
)

// tuned is the version that the second half of the story is about, and the object that
// registers it.
const (
	tuned       = "5"
	tunedObject = "sentiment-tuned"
)

// act is one part of the story.
type act struct {
	// name is a word for it, which the documentation uses, too.
	name  string
	title string
	play  func(context.Context, *world) error
}

var acts = []act{
	{"declare", "A connection, a model and two promotions are declared", declare},
	{"promote", "A version is promoted to staging, and then to production", promote},
	{"blocked", "A bad version is blocked by a threshold", blocked},
	{"beaten", "A version that does not beat the champion is blocked", beaten},
	{"better", "A better version is promoted", better},
	{"rollback", "A rollback is the edit of one field", rollback},
	{"drift", "An alias that is moved by hand in MLflow is put back", drift},
	{"audit", "What holds which stage, since when, and on what evidence", audit},
	{"standards", "The six standard models are declared, each with a class that no model can weaken", standards},
	{"register", "A version is registered from a run, by an object", register},
	{"forge", "Production now wants a person's approval, and a forged one is refused", forge},
	{"approve", "The person who may approve does, and the version is promoted", approve},
	{"retire", "Old versions are archived, but for those that somebody needs", retire},
	{"tighten", "The class demands more, and a model that lacks it is blocked", tighten},
}

// holds waits until a promotion shows that the version holds its stage.
func (w *world) holds(ctx context.Context, promotion string, version v1alpha1.Version) error {
	return w.awaitPromotion(ctx, promotion, "version "+string(version)+" to hold the stage",
		func(p *v1alpha1.ModelPromotion) bool {
			return ready(p).Status == "True" && p.Status.CurrentVersion == version && p.Status.Candidate.Version == version
		})
}

// wantVersion edits the one field that says which version production should have.
func (w *world) wantVersion(ctx context.Context, version v1alpha1.Version) error {
	patch := `{"spec":{"version":"` + string(version) + `"}}`
	w.command("kubectl patch promo %s -n %s --type merge -p '%s'", production, namespace, patch)
	return w.patch(ctx, &v1alpha1.ModelPromotion{}, production, patch)
}
