// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// A server that is down for a night is one line, and so is its return.
func TestLogReportsChangesOnce(t *testing.T) {
	var lines []string
	h := newHealth(clocktesting.NewFakeClock(time.Time{}), State{Known: true, ServerID: "http://mlflow"})
	h.setLog(funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{}))
	for range 100 {
		h.recordFailure(mlflow.ErrUnreachable, pollInterval)
	}
	for range 100 {
		h.recordSuccess(false, func(s *State) { s.ModelCount = 3 })
	}
	want := []string{
		`"level"=0 "msg"="Connection is not ready" "server"="http://mlflow" "cause"="no answer"`,
		`"level"=0 "msg"="Connection is ready" "server"="http://mlflow" "models"=3`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
