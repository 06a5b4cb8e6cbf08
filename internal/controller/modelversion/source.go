// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// errVersionsHidden is a search that shows none of the versions that a model has.
var errVersionsHidden = errors.New("MLflow shows none of them, as where one is marked as a prompt's")

// maxRunIDLength is the bound of the API.
const maxRunIDLength = 64

// recordVersion puts into the status which artifact the version is.
func recordVersion(s *scope, version *entities.ModelVersion) {
	status := &s.object.Status
	status.PendingRegistration = nil
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.mlflowModel.Name
	status.Version = v1alpha1.Version(version.Version)
	status.RunID = sanitize.CleanText(version.RunID, maxRunIDLength)
	status.LoggedModelID = version.LoggedModelID()
	status.Source = sanitize.RedactSource(version.Source, maxSourceLength)
	status.ModelCreationTimestamp = int64(s.mlflowModel.CreationTimestamp)
	status.VersionCreationTimestamp = int64(version.CreationTimestamp)
	if len(status.ManagedTags) == 0 && isRegisteredBy(version, s.object) {
		// The status was lost: what a version of ours carries as declared, we have written.
		status.ManagedTags = matchingTagKeys(version, desiredTags(s.object))
	}
	s.setVersion(version)
}

// matchingTagKeys are the keys of the tags that a version has with these values.
func matchingTagKeys(version *entities.ModelVersion, tags map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tags)), func(key string) bool {
		value, there := version.Tags[key]
		return !there || value != tags[key]
	})
}

// sourceRequeueAfter is how soon it is noticed that a run was restored: MLflow tells nobody.
const sourceRequeueAfter = 5 * time.Minute

func sourceMissing(message string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonReferenceNotFound, message).WithRequeueAfter(sourceRequeueAfter)
}

// checkSource looks for the run or the logged model: MLflow registers a version of a run
// that does not exist.
func (r *Reconciler) checkSource(ctx context.Context, s *scope) reconciler.Result {
	switch source := &s.object.Spec.Source; {
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
	run, err := s.snapshot.Reader().Run(ctx, id)
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
		logged, err := s.snapshot.Client().GetLoggedModel(ctx, output.ModelID)
		switch {
		case errors.Is(err, mlflow.ErrNotFound): // it was deleted since
		case err != nil:
			return reconciler.FromMLflowError(err)
		case logged.Name == s.object.Spec.Source.EffectiveArtifactPath():
			s.loggedModelID = logged.ModelID
			return reconciler.Continue()
		}
	}
	return reconciler.Continue()
}

func checkLoggedModel(ctx context.Context, s *scope, id string) reconciler.Result {
	_, err := s.snapshot.Client().GetLoggedModel(ctx, id)
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
