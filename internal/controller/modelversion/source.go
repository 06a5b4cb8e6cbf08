// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// sourceRequeueAfter is how soon it is noticed that a run was restored. MLflow sends no event, and
// it happens rarely enough for five minutes.
const sourceRequeueAfter = 5 * time.Minute

func sourceMissing(message string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, message).WithRequeueAfter(sourceRequeueAfter)
}

// checkSource checks that the run or the logged model exists: MLflow also registers versions of
// runs that do not exist.
func (r *Reconciler) checkSource(ctx context.Context, s *scope) reconciler.Result {
	switch source := &s.Object.Spec.Source; {
	case source.RunID != "":
		run, result := readRun(ctx, s, source.RunID)
		if !result.CanContinue() || source.URI != "" {
			return result
		}
		return findLoggedModel(ctx, s, run)
	case source.LoggedModelID != "":
		return checkLoggedModel(ctx, s, source.LoggedModelID)
	default:
		return reconciler.Continue()
	}
}

func readRun(ctx context.Context, s *scope, id string) (*entities.Run, reconciler.Result) {
	run, err := s.Snapshot.Reader().Run(ctx, id)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return nil, sourceMissing(fmt.Sprintf("run %s does not exist in MLflow: create another ModelVersion with another source", id))
	case err != nil:
		return nil, reconciler.FromMLflowError(err)
	case run.IsDeleted():
		return nil, sourceMissing(fmt.Sprintf("run %s was deleted: restore it, or create another ModelVersion with another source", id))
	}
	return run, reconciler.Continue()
}

// maxRunOutputs limits how many logged models of a run are read.
const maxRunOutputs = 100

// findLoggedModel finds the logged model that the run has under the artifact path. MLflow's own
// client registers it instead of the run, because MLflow 3 stores the artifacts with the logged
// model, and nothing can be loaded from the run. Of several, the one with the highest step counts.
// A run of MLflow 2 has no logged model: its artifacts are in the run.
func findLoggedModel(ctx context.Context, s *scope, run *entities.Run) reconciler.Result {
	if len(run.Outputs) > maxRunOutputs {
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"run %s has %d logged models, too many to search for the right one: create another ModelVersion with its loggedModelID",
			run.RunID, len(run.Outputs)))
	}
	outputs := slices.SortedStableFunc(slices.Values(run.Outputs), func(a, b entities.LoggedModelOutput) int {
		return cmp.Compare(b.Step, a.Step)
	})
	for _, output := range outputs {
		logged, err := s.Snapshot.Client().GetLoggedModel(ctx, output.ModelID)
		switch {
		case errors.Is(err, mlflow.ErrNotFound): // deleted since
		case err != nil:
			return reconciler.FromMLflowError(err)
		case logged.Name == s.Object.Spec.Source.EffectiveArtifactPath():
			s.loggedModelID = logged.ModelID
			return reconciler.Continue()
		}
	}
	return reconciler.Continue()
}

func checkLoggedModel(ctx context.Context, s *scope, id string) reconciler.Result {
	_, err := s.Snapshot.Client().GetLoggedModel(ctx, id)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return sourceMissing(fmt.Sprintf("logged model %s does not exist in MLflow: create another ModelVersion with another source", id))
	case errors.Is(err, mlflow.ErrNotMLflow):
		return sourceMissing(fmt.Sprintf("the server has no logged model %s, which needs MLflow 3: use runID", id))
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	return reconciler.Continue()
}

// redactSource removes MLflow's message from an error if the message may repeat a source that
// contains credentials.
func redactSource(object *v1alpha1.ModelVersion, err error) error {
	mlflowErr, isMLflowErr := errors.AsType[*mlflow.Error](err)
	if !isMLflowErr || !isSourceRedacted(object) {
		return err
	}
	redacted := *mlflowErr
	redacted.Message = ""
	return &redacted
}

// isSourceRedacted reports whether the declared source contains something that is not shown.
func isSourceRedacted(object *v1alpha1.ModelVersion) bool {
	return displaySource(object) != object.Spec.Source.EffectiveURI()
}

// maxSourceLength is the limit of the API. A longer source is truncated: it is only displayed.
const maxSourceLength = 1024

// displaySource returns the declared source as it may be shown.
func displaySource(object *v1alpha1.ModelVersion) string {
	return sanitize.RedactSource(object.Spec.Source.EffectiveURI(), maxSourceLength)
}
