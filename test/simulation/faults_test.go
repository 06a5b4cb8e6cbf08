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
func (s *simulation) injectFault(rt *rapid.T) {
	kind := drawOne(rt, "fault", "500", "lost", "dropped", "forbidden", "edited", "killed",
		"status conflict", "status error", "status lost", "moved meanwhile")
	n := rapid.IntRange(1, 8).Draw(rt, "n")
	s.logStep(fmt.Sprintf("%s at %d", kind, n))
	match := mlflowtest.NthCall(n, mlflowtest.AnyCall())
	switch kind {
	case "500":
		s.mlflow.InjectFault(match, mlflowtest.ServerError().Times(1))
	case "lost":
		s.mlflow.InjectFault(match, mlflowtest.DropResponse().Times(1))
	case "dropped":
		// A dropped read is asked again after a pause, which would slow the test down.
		s.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.DropConnection().Times(1))
	case "forbidden":
		s.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.Forbidden().Times(1))
	case "moved meanwhile":
		alias, version := drawOne(rt, "alias", "champion", "staging"), s.drawVersion(rt)
		s.onStatusWrite = replaceNthWrite(s.statusWrites+(n+2)/3, func(write func() error) error {
			_ = s.user.SetAlias(s.ctx, sentiment, alias, version)
			return write()
		})
	case "edited":
		edit := drawOne(rt, "edit", s.drawPromotionEdit, s.drawWantedVersion, s.drawModelEdit, s.drawClassEdit)(rt)
		s.mlflow.InjectFault(match, mlflowtest.RunBefore(func(mlflowtest.Call) { edit() }).Times(1))
	case "killed":
		s.mlflow.InjectFault(killOnCall(s.env, match), mlflowtest.DropConnection().Times(1))
	default:
		s.onStatusWrite = replaceNthWrite(s.statusWrites+(n+2)/3, newStatusFault(kind))
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
func (s *simulation) clearFaults() {
	s.mlflow.ClearFaults()
	s.onStatusWrite = func(_ int, write func() error) error { return write() }
}

// simulateOutage is a server that takes nobody's word for who he is, for some time.
func (e *env) simulateOutage() {
	e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
	e.runUntilSettled()
	e.mlflow.ClearFaults()
	e.runUntilSettled()
}

// crashPoint is a moment at which the operator dies.
type crashPoint struct {
	name string
	// arm waits for the n-th such moment.
	inject func(e *env, n int)
}

var crashPoints = []crashPoint{
	{"before request", func(e *env, n int) {
		e.mlflow.InjectFault(killOnCall(e, mlflowtest.NthCall(n, mlflowtest.AnyCall())), mlflowtest.DropConnection())
	}},
	{"after request", func(e *env, n int) {
		e.mlflow.InjectFault(mlflowtest.NthCall(n, mlflowtest.AnyCall()), mlflowtest.RunAfter(func(mlflowtest.Call) { e.killOperator() }))
	}},
	{"before status write", func(e *env, n int) {
		e.onStatusWrite = replaceNthWrite(e.statusWrites+n, func(func() error) error { e.killOperator(); return errOperatorKilled })
	}},
	{"after status write", func(e *env, n int) {
		e.onStatusWrite = replaceNthWrite(e.statusWrites+n, func(write func() error) error {
			e.must(write())
			e.killOperator()
			return errOperatorKilled
		})
	}},
}

func killOnCall(e *env, match func(mlflowtest.Call) bool) func(mlflowtest.Call) bool {
	return func(c mlflowtest.Call) bool {
		if !match(c) {
			return false
		}
		e.killOperator()
		return true
	}
}

func replaceNthWrite(n int, instead func(write func() error) error) func(int, func() error) error {
	return func(at int, write func() error) error {
		if at == n {
			return instead(write)
		}
		return write()
	}
}

// killOperator ends the pass that is under way, at once. What it asks for after this, nobody
// hears.
func (e *env) killOperator() {
	e.killed.Store(true)
	e.operator.cancel()
}
