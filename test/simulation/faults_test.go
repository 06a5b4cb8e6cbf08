// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// injectFault arms one failure: of a request to MLflow, of the write of a status, of the
// operator itself, or an edit that comes in the middle of a pass.
func (g *simulation) injectFault(rt *rapid.T) {
	kind := drawOne(rt, "fault", "500", "lost", "dropped", "forbidden", "edited", "killed",
		"status conflict", "status error", "status lost", "moved meanwhile")
	n := rapid.IntRange(1, 8).Draw(rt, "n")
	g.logStep(fmt.Sprintf("%s at %d", kind, n))
	match := mlflowtest.NthCall(n, mlflowtest.AnyCall())
	switch kind {
	case "500":
		g.mlflow.InjectFault(match, mlflowtest.ServerError().Times(1))
	case "lost":
		g.mlflow.InjectFault(match, mlflowtest.DropResponse().Times(1))
	case "dropped":
		// A dropped read is asked again after a pause, which would slow the test down.
		g.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.DropConnection().Times(1))
	case "forbidden":
		g.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.Forbidden().Times(1))
	case "moved meanwhile":
		alias, version := drawOne(rt, "alias", "champion", "staging"), g.drawVersion(rt)
		g.onStatusWrite = replaceWrite(g.statusWrites+(n+2)/3, func(write func() error) error {
			_ = g.user.SetAlias(g.ctx, sentiment, alias, version)
			return write()
		})
	case "edited":
		edit := drawOne(rt, "edit", g.drawPromotionEdit, g.drawWantedVersion, g.drawModelEdit, g.drawClassEdit)(rt)
		g.mlflow.InjectFault(match, mlflowtest.RunBefore(func(mlflowtest.Call) { edit() }).Times(1))
	case "killed":
		g.mlflow.InjectFault(killWhen(g.env, match), mlflowtest.DropConnection().Times(1))
	default:
		g.onStatusWrite = replaceWrite(g.statusWrites+(n+2)/3, newStatusFault(kind))
	}
}

func newStatusFault(kind string) func(write func() error) error {
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

// clearFaults ends all faults.
func (g *simulation) clearFaults() {
	g.mlflow.ClearFaults()
	g.onStatusWrite = func(_ int, write func() error) error { return write() }
}
