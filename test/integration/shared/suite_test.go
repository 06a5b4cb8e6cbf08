// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestShared(t *testing.T) { env.RunStories(t, "Shared connections") }
