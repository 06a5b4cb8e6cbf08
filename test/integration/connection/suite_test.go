// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestConnection(t *testing.T) { env.RunStories(t, "Connections") }
