// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

var errInterrupted = errors.New("interrupted")

func main() {
	// The steps print all that the logs of the Kubernetes clients contain.
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	e := newEnvironment()
	defer func() { err = e.tearDown(err) }()
	if err := e.setUp(ctx); err != nil {
		return replaceInterrupted(ctx, err)
	}
	for _, step := range steps {
		e.printHeading(step)
		if err := step.run(ctx, e); err != nil {
			return replaceInterrupted(ctx, fmt.Errorf("step %s: %w", step.name, err))
		}
	}
	e.printLine("all steps succeeded")
	if os.Getenv("KEEP") != "" {
		e.waitForInterrupt(ctx)
	}
	return nil
}

// replaceInterrupted replaces errors that are a consequence of Ctrl-C.
func replaceInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// The objects in config/samples and config/samples/neuronews.
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

// The version of the second half of the demo, and the object that registers it.
const (
	tunedVersion = "5"
	tunedObject  = "sentiment-tuned"
)

// step is one part of the demo.
type step struct {
	// name identifies the step in headings and errors.
	name  string
	title string
	run   func(context.Context, *environment) error
}

var steps = []step{
	{"declare", "A connection, a model and two promotions are declared", declareSamples},
	{"promote", "A version is promoted to staging, and then to production", promoteFirst},
	{"blocked", "A bad version is blocked by a threshold", blockByThreshold},
	{"beaten", "A version that does not beat the champion is blocked", blockByComparison},
	{"better", "A better version is promoted", promoteBetter},
	{"rollback", "A rollback is the edit of one field", rollBack},
	{"drift", "An alias that is moved in MLflow is reverted", revertDrift},
	{"audit", "Which version is in which stage, since when, and on what evidence", auditStages},
	{"standards", "The six standard models are declared, each with a class that it cannot weaken", declareStandards},
	{"register", "An object registers a version from a run", registerRun},
	{"forge", "Production requires an approval, and a forged one is denied", forgeApproval},
	{"approve", "The approver approves, and the version is promoted", approveVersion},
	{"retire", "Old versions are archived, except those that a stage needs", archiveVersions},
	{"tighten", "The class requires another tag, and a model without it is blocked", tightenClass},
}

// waitForCurrent waits until a version is the current one of a promotion.
func (e *environment) waitForCurrent(ctx context.Context, promotion string, version v1alpha1.Version) error {
	return e.waitForPromotion(ctx, promotion, "version "+string(version)+" to be current",
		func(p *v1alpha1.ModelPromotion) bool {
			return readyCondition(p).Status == "True" && p.Status.CurrentVersion == version && p.Status.Candidate.Version == version
		})
}

// requestVersion edits the version of production.
func (e *environment) requestVersion(ctx context.Context, version v1alpha1.Version) error {
	patch := `{"spec":{"version":"` + string(version) + `"}}`
	e.printCommand("kubectl patch promo %s -n %s --type merge -p '%s'", production, namespace, patch)
	return e.patchObject(ctx, &v1alpha1.ModelPromotion{}, production, patch)
}
