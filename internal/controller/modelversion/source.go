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

// sourceRequeueAfter is how soon it is noticed that a run was restored: MLflow tells nobody.
const sourceRequeueAfter = 5 * time.Minute

func sourceMissing(message string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, message).WithRequeueAfter(sourceRequeueAfter)
}

// checkSource looks for the run or the logged model: MLflow registers a version of a run
// that does not exist.
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
		return nil, sourceMissing(fmt.Sprintf("run %s does not exist in MLflow: name another one in another ModelVersion", id))
	case err != nil:
		return nil, reconciler.FromMLflowError(err)
	case run.IsDeleted():
		return nil, sourceMissing(fmt.Sprintf("run %s was deleted: restore it, or name another one in another ModelVersion", id))
	}
	return run, reconciler.Continue()
}

// maxRunOutputs bounds how many logged models of a run are read to find the one that is meant.
const maxRunOutputs = 100

// findLoggedModel looks for the logged model that the run put out under the artifact path. That is
// what MLflow's own client registers in place of the run, since MLflow 3 keeps the artifacts
// with the logged model, and nothing can be loaded from the run. Of several, the one of the
// highest step counts. After it, it is known which one, if any: what was logged by MLflow 2
// lies in the run.
func findLoggedModel(ctx context.Context, s *scope, run *entities.Run) reconciler.Result {
	if len(run.Outputs) > maxRunOutputs {
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"run %s put out %d logged models, too many to look for the one that is meant: name its loggedModelID in another ModelVersion",
			run.RunID, len(run.Outputs)))
	}
	outputs := slices.SortedStableFunc(slices.Values(run.Outputs), func(a, b entities.LoggedModelOutput) int {
		return cmp.Compare(b.Step, a.Step)
	})
	for _, output := range outputs {
		logged, err := s.Snapshot.Client().GetLoggedModel(ctx, output.ModelID)
		switch {
		case errors.Is(err, mlflow.ErrNotFound): // it was deleted since
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
		return sourceMissing(fmt.Sprintf("logged model %s does not exist in MLflow: name another one in another ModelVersion", id))
	case errors.Is(err, mlflow.ErrNotMLflow):
		return sourceMissing(fmt.Sprintf("the server shows no logged model %s, which are of MLflow 3: use runID", id))
	case err != nil:
		return reconciler.FromMLflowError(err)
	}
	return reconciler.Continue()
}

// redactSource is the error without MLflow's words where these may repeat a source that holds
// credentials.
func redactSource(object *v1alpha1.ModelVersion, err error) error {
	failed, ours := errors.AsType[*mlflow.Error](err)
	if !ours || !isSourceRedacted(object) {
		return err
	}
	quiet := *failed
	quiet.Message = ""
	return &quiet
}

// isSourceRedacted tells whether the source is not shown as it is.
func isSourceRedacted(object *v1alpha1.ModelVersion) bool {
	return displaySource(object) != object.Spec.Source.EffectiveURI()
}

// maxSourceLength is the bound of the API. What is longer is cut: it is there to be read.
const maxSourceLength = 1024

// displaySource is the declared source as it may be shown.
func displaySource(object *v1alpha1.ModelVersion) string {
	return sanitize.RedactSource(object.Spec.Source.EffectiveURI(), maxSourceLength)
}
