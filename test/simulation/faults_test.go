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
// operator itself, or an edit in the middle of a reconcile.
func (s *simulation) injectFault(rt *rapid.T) {
	kind := drawOne(rt, "fault", "500", "lost", "dropped", "forbidden", "edited", "killed",
		"status conflict", "status error", "status lost", "alias changed")
	n := rapid.IntRange(1, 8).Draw(rt, "n")
	s.logStep(fmt.Sprintf("%s at %d", kind, n))
	match := mlflowtest.NthCall(n, mlflowtest.AnyCall())
	switch kind {
	case "500":
		s.mlflow.InjectFault(match, mlflowtest.ServerError().Times(1))
	case "lost":
		s.mlflow.InjectFault(match, mlflowtest.DropResponse().Times(1))
	case "dropped":
		// The client retries a dropped read after a pause, which would slow the test down.
		s.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.DropConnection().Times(1))
	case "forbidden":
		s.mlflow.InjectFault(mlflowtest.NthCall((n+2)/3, mlflowtest.WriteCalls()), mlflowtest.Forbidden().Times(1))
	case "alias changed":
		alias, version := drawOne(rt, "alias", "champion", "staging"), s.drawVersion(rt)
		s.onStatusWrite = replaceNthWrite(s.statusWrites+(n+2)/3, func(write func() error) error {
			_ = s.user.SetAlias(s.ctx, sentiment, alias, version)
			return write()
		})
	case "edited":
		edit := drawOne(rt, "edit", s.drawPromotionEdit, s.drawCandidateEdit, s.drawModelEdit, s.drawClassEdit)(rt)
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
			return errors.Join(write(), errors.New("no response"))
		default:
			return errors.New("no response")
		}
	}
}

// clearFaults ends all faults.
func (s *simulation) clearFaults() {
	s.mlflow.ClearFaults()
	s.onStatusWrite = func(_ int, write func() error) error { return write() }
}

// simulateOutage rejects the operator's credentials for four rounds, and accepts them for four more.
func (e *env) simulateOutage() {
	e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.Unauthorized())
	e.runUntilSettled()
	e.mlflow.ClearFaults()
	e.runUntilSettled()
}

// crashPoint is a kind of moment at which the operator is killed.
type crashPoint struct {
	name string
	// inject kills the operator at the n-th such moment.
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

// killOnCall kills the operator at the first request that matches.
func killOnCall(e *env, match func(mlflowtest.Call) bool) func(mlflowtest.Call) bool {
	return func(c mlflowtest.Call) bool {
		if !match(c) {
			return false
		}
		e.killOperator()
		return true
	}
}

// replaceNthWrite returns an onStatusWrite that replaces the n-th write.
func replaceNthWrite(n int, instead func(write func() error) error) func(int, func() error) error {
	return func(at int, write func() error) error {
		if at == n {
			return instead(write)
		}
		return write()
	}
}

// killOperator cancels the current reconcile at once. Its further requests have no effect.
func (e *env) killOperator() {
	e.killed.Store(true)
	e.operator.cancel()
}
