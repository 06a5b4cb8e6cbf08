// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"fmt"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// maxValue keeps an event to a line.
const maxValue = 60

func created(s *scope) kube.Event {
	return kube.Event{
		Reason: "Created", Action: "CreateRegisteredModel",
		Note: fmt.Sprintf("model %s created in MLflow", s.name),
	}
}

func recreated(s *scope) kube.Event {
	return kube.Event{
		Warning: true, Reason: "Recreated", Action: "Observe",
		Note: fmt.Sprintf("model %s was deleted in MLflow and created again by another hand: to the operator it is a new model", s.name),
	}
}

// synced says what was changed, with before and after.
func synced(s *scope, plan []change) kube.Event {
	words := make([]string, 0, len(plan))
	for _, c := range plan {
		p := c.planned()
		words = append(words, fmt.Sprintf("%s from %q to %q", p.Field, text.Cut(p.Live, maxValue), text.Cut(p.Desired, maxValue)))
	}
	return kube.Event{
		Reason: "Updated", Action: "UpdateRegisteredModel",
		Note: text.Cut(fmt.Sprintf("model %s in MLflow changed: %s", s.name, strings.Join(words, ", ")), maxPlanned),
	}
}

func notKept(c change) error {
	p := c.planned()
	return fmt.Errorf("MLflow accepted %s and shows %q, not %q", p.Field, text.Cut(p.Live, maxValue), text.Cut(p.Desired, maxValue))
}
