// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	"testing"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func TestApproval(t *testing.T) { env.RunStories(t, "Approvals") }
