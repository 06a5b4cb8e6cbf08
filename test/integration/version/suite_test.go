// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestVersion(t *testing.T) { env.RunStories(t, "Model versions") }
