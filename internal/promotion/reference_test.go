// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestResolveModelVersion(t *testing.T) {
	registered := func(version v1alpha1.Version, status metav1.ConditionStatus, reason string) v1alpha1.ModelVersionStatus {
		return v1alpha1.ModelVersionStatus{
			Version: version, ModelCreationTimestamp: 1000,
			Conditions: []metav1.Condition{{
				Type: v1alpha1.ConditionRegistered, Status: status, Reason: reason, Message: "that is why",
			}},
		}
	}
	ofFormerModel := registered("7", "True", v1alpha1.ReasonRegistered)
	ofFormerModel.ModelCreationTimestamp = 999
	seven := Resolution{Version: "7", Message: "version 7 is what ModelVersion april registered"}
	not := Resolution{Message: "ModelVersion april is not registered: that is why"}
	notYet := Resolution{Message: "ModelVersion april is not registered yet"}
	for name, test := range map[string]struct {
		status v1alpha1.ModelVersionStatus
		want   Resolution
	}{
		"registered":                             {registered("7", "True", v1alpha1.ReasonRegistered), seven},
		"registered, and suspended":              {registered("7", "Unknown", v1alpha1.ReasonSuspended), seven},
		"registered, and its server is down":     {registered("7", "False", v1alpha1.ReasonUnreachable), seven},
		"registered, and its model not ready":    {registered("7", "False", v1alpha1.ReasonModelNotReady), seven},
		"never looked at":                        {v1alpha1.ModelVersionStatus{}, notYet},
		"suspended from the start":               {registered("", "Unknown", v1alpha1.ReasonSuspended), notYet},
		"waiting for its model":                  {registered("", "False", v1alpha1.ReasonModelNotReady), not},
		"without a source":                       {registered("", "False", v1alpha1.ReasonReferenceNotFound), not},
		"pending":                                {registered("7", "False", v1alpha1.ReasonVersionNotReady), not},
		"registered, and to be reconciled again": {registered("7", "False", v1alpha1.ReasonProgressing), seven},
		"registered, and its connection gone":    {registered("7", "False", v1alpha1.ReasonReferenceNotFound), seven},
		"failed":                                 {registered("7", "False", v1alpha1.ReasonRegistrationFailed), not},
		"deleted":                                {registered("7", "False", v1alpha1.ReasonVersionNotFound), not},
		"another object's":                       {registered("7", "False", v1alpha1.ReasonConflict), not},
		"of a model that was created again": {ofFormerModel, Resolution{
			Message: "ModelVersion april is of the model sentiment that was deleted in MLflow and created again",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ref := &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Name: "april"}, Status: test.status}
			got := ResolveModelVersion(ref, &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1000})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
