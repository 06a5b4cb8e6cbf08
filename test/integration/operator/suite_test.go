// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestOperator(t *testing.T) { env.RunStories(t, "The operator") }
