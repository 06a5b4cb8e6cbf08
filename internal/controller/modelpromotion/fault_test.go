// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// fault arms one failure: of a request to MLflow, of the write of a status, of the
// operator itself, or an edit that comes in the middle of a pass.
func (g *game) fault(rt *rapid.T) {
	kind := draw(rt, "fault", "500", "lost", "dropped", "forbidden", "edited", "killed",
		"status conflict", "status error", "status lost", "moved meanwhile")
	n := rapid.IntRange(1, 8).Draw(rt, "n")
	g.note(fmt.Sprintf("%s at %d", kind, n))
	match := mlflowtest.Nth(n, mlflowtest.Any())
	switch kind {
	case "500":
		g.mlflow.Fail(match, mlflowtest.ServerError().Times(1))
	case "lost":
		g.mlflow.Fail(match, mlflowtest.LoseAnswer().Times(1))
	case "dropped":
		// A dropped read is asked again after a pause, which would slow the test down.
		g.mlflow.Fail(mlflowtest.Nth((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.Drop().Times(1))
	case "forbidden":
		g.mlflow.Fail(mlflowtest.Nth((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.Forbidden().Times(1))
	case "moved meanwhile":
		alias, version := draw(rt, "alias", "champion", "staging"), g.anyVersion(rt)
		g.onStatusWrite = atWrite(g.statusWrites+(n+2)/3, func(write func() error) error {
			_ = g.user.SetAlias(g.ctx, sentiment, alias, version)
			return write()
		})
	case "edited":
		edit := draw(rt, "edit", g.editsPromotion, g.wants, g.editsModel, g.editsClass)(rt)
		g.mlflow.Fail(match, mlflowtest.Before(func(mlflowtest.Call) { edit() }).Times(1))
	case "killed":
		g.mlflow.Fail(killing(g.world, match), mlflowtest.Drop().Times(1))
	default:
		g.onStatusWrite = atWrite(g.statusWrites+(n+2)/3, statusFault(kind))
	}
}

func statusFault(kind string) func(write func() error) error {
	return func(write func() error) error {
		switch kind {
		case "status conflict":
			return apierrors.NewConflict(schema.GroupResource{}, sentiment, errors.New("edited"))
		case "status lost":
			return errors.Join(write(), errors.New("no answer"))
		default:
			return errors.New("no answer")
		}
	}
}

// heal ends all faults.
func (g *game) heal() {
	g.mlflow.Heal()
	g.onStatusWrite = func(_ int, write func() error) error { return write() }
}
