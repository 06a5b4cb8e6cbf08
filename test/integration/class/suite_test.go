// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package class

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestClass(t *testing.T) { env.RunStories(t, "Model classes") }
