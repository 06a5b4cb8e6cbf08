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
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// errHidden is a search that shows none of the versions that a model has.
var errHidden = errors.New("MLflow shows none of them, as where one is marked as a prompt's")

// maxRunID is the bound of the API.
const maxRunID = 64

// takeVersion puts into the status which artifact the version is.
func takeVersion(s *scope, version *entities.ModelVersion) {
	status := &s.object.Status
	status.Registering = nil
	status.Connection = s.model.Spec.ConnectionRef.DeepCopy()
	status.ModelName = s.live.Name
	status.Version = v1alpha1.Version(version.Version)
	status.RunID = text.Clean(version.RunID, maxRunID)
	status.LoggedModelID = version.LoggedModelID()
	status.Source = text.Source(version.Source, maxSource)
	status.ModelCreationTimestamp = int64(s.live.CreationTimestamp)
	status.VersionCreationTimestamp = int64(version.CreationTimestamp)
	if len(status.ManagedTags) == 0 && isMarked(version, s.object) {
		// The status was lost: what a version of ours carries as declared, we have written.
		status.ManagedTags = carried(version, desiredTags(s.object))
	}
	s.see(version)
}

// carried are the keys of the tags that a version has with these values.
func carried(version *entities.ModelVersion, tags map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tags)), func(key string) bool {
		value, there := version.Tags[key]
		return !there || value != tags[key]
	})
}

// restored is how soon it is noticed that a run was restored: MLflow tells nobody.
const restored = 5 * time.Minute

func sourceNotFound(message string) outcome.Outcome {
	return outcome.Stall(v1alpha1.ReasonSourceNotFound, message).LookAgain(restored)
}

// checkSource looks for the run or the logged model: MLflow registers a version of a run
// that does not exist.
func (r *Reconciler) checkSource(ctx context.Context, s *scope) outcome.Outcome {
	switch source := &s.object.Spec.Source; {
	case source.RunID != "":
		run, ended := readRun(ctx, s, source.RunID)
		if !ended.IsDone() || source.URI != "" {
			return ended
		}
		return findLogged(ctx, s, run)
	case source.LoggedModelID != "":
		return checkLoggedModel(ctx, s, source.LoggedModelID)
	default:
		return outcome.Done()
	}
}

func readRun(ctx context.Context, s *scope, id string) (*entities.Run, outcome.Outcome) {
	run, err := s.view.Reader().Run(ctx, id)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return nil, sourceNotFound(fmt.Sprintf("run %s does not exist in MLflow: name another one in another ModelVersion", id))
	case err != nil:
		return nil, outcome.Request(err)
	case run.Deleted():
		return nil, sourceNotFound(fmt.Sprintf("run %s was deleted: restore it, or name another one in another ModelVersion", id))
	}
	return run, outcome.Done()
}

// maxOutputs bounds how many logged models of a run are read to find the one that is meant.
const maxOutputs = 100

// findLogged looks for the logged model that the run put out under the artifact path. That is
// what MLflow's own client registers in place of the run, since MLflow 3 keeps the artifacts
// with the logged model, and nothing can be loaded from the run. Of several, the one of the
// highest step counts. After it, it is known which one, if any: what was logged by MLflow 2
// lies in the run.
func findLogged(ctx context.Context, s *scope, run *entities.Run) outcome.Outcome {
	if len(run.Outputs) > maxOutputs {
		return outcome.Stall(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf(
			"run %s put out %d logged models, too many to look for the one that is meant: name its loggedModelID in another ModelVersion",
			run.RunID, len(run.Outputs)))
	}
	outputs := slices.SortedStableFunc(slices.Values(run.Outputs), func(a, b entities.LoggedModelOutput) int {
		return cmp.Compare(b.Step, a.Step)
	})
	for _, output := range outputs {
		logged, err := s.view.Client().GetLoggedModel(ctx, output.ModelID)
		switch {
		case errors.Is(err, mlflow.ErrNotFound): // it was deleted since
		case err != nil:
			return outcome.Request(err)
		case logged.Name == s.object.Spec.Source.EffectiveArtifactPath():
			s.logged = logged.ModelID
			return outcome.Done()
		}
	}
	return outcome.Done()
}

func checkLoggedModel(ctx context.Context, s *scope, id string) outcome.Outcome {
	_, err := s.view.Client().GetLoggedModel(ctx, id)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return sourceNotFound(fmt.Sprintf("logged model %s does not exist in MLflow: name another one in another ModelVersion", id))
	case errors.Is(err, mlflow.ErrNotMLflow):
		return sourceNotFound(fmt.Sprintf("the server shows no logged model %s, which are of MLflow 3: use runID", id))
	case err != nil:
		return outcome.Request(err)
	}
	return outcome.Done()
}
