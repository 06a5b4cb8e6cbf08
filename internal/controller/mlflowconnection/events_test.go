// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

func TestChanges(t *testing.T) {
	ready := func(status metav1.ConditionStatus, reason, message string) []metav1.Condition {
		return []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: message}}
	}
	connected := ready("True", v1alpha1.ReasonConnected, "read every 30s")
	warning := func(reason, note string) []kubeutil.Event {
		return []kubeutil.Event{{Warning: true, Reason: reason, Action: "Poll", Note: note}}
	}
	noSecret := ready("False", v1alpha1.ReasonInvalidCredentials, "there is no Secret login: create it")
	progressing := ready("False", v1alpha1.ReasonProgressing, "the registry is being read for the first time")
	for name, test := range map[string]struct {
		before, now []metav1.Condition
		want        []kubeutil.Event
	}{
		"the first poll": {now: connected, want: []kubeutil.Event{{
			Reason: v1alpha1.ReasonConnected, Action: "Poll", Note: "connection is Connected: read every 30s",
		}}},
		"after progress, as if it were the first": {before: progressing, now: connected, want: []kubeutil.Event{{
			Reason: v1alpha1.ReasonConnected, Action: "Poll", Note: "connection is Connected: read every 30s",
		}}},
		"progress":         {before: connected, now: progressing},
		"the same":         {before: noSecret, now: noSecret},
		"another interval": {before: connected, now: ready("True", v1alpha1.ReasonConnected, "read every 90s")},
		"another reason": {
			before: connected, now: ready("False", v1alpha1.ReasonUnreachable, "no answer"),
			want: warning(v1alpha1.ReasonUnreachable, "connection is Unreachable (was Connected): no answer"),
		},
		"another cause with the same remedy": {
			before: noSecret, now: ready("False", v1alpha1.ReasonInvalidCredentials, "the certificate is not trusted"),
			want: warning(v1alpha1.ReasonInvalidCredentials, "connection is InvalidCredentials: the certificate is not trusted"),
		},
		"another message with the same reason": {
			before: ready("False", v1alpha1.ReasonUnreachable, "no answer"), now: ready("False", v1alpha1.ReasonUnreachable, "500"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, newReadyEvents(test.before, test.now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
