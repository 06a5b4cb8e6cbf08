// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestConnectedMessage(t *testing.T) {
	for name, test := range map[string]struct {
		state      registrycache.State
		insecure   bool
		wantReason string
		want       string
	}{
		"at the interval of the spec": {
			state:      registrycache.State{EffectiveInterval: 30 * time.Second},
			wantReason: v1alpha1.ReasonConnected,
			want:       "the registry at http://mlflow:5000 is read every 30s",
		},
		"at a longer interval": {
			state:      registrycache.State{EffectiveInterval: 90 * time.Second},
			wantReason: v1alpha1.ReasonConnected,
			want: "the registry at http://mlflow:5000 is read every 1m30s instead of every 30s, " +
				"since it is large or slow and may be read for a bounded share of the time",
		},
		"with missing models": {
			state:      registrycache.State{EffectiveInterval: 30 * time.Second, MissingModels: 500},
			wantReason: v1alpha1.ReasonPartialList,
			want: "the registry at http://mlflow:5000 is read every 30s; its list lacks 500 declared models that it showed before " +
				"and that MLflow does not report as deleted: check what the account may read",
		},
		"without incremental lists": {
			state:      registrycache.State{EffectiveInterval: 90 * time.Second, IncrementalFailing: true},
			wantReason: v1alpha1.ReasonConnected,
			want: "the registry at http://mlflow:5000 is read every 1m30s instead of every 30s, " +
				"since it is large or slow and may be read for a bounded share of the time; " +
				"the server does not list its newest versions, which are noticed with the full list only",
		},
		"without certificate verification": {
			state:      registrycache.State{EffectiveInterval: 30 * time.Second},
			insecure:   true,
			wantReason: v1alpha1.ReasonConnected,
			want: "the registry at http://mlflow:5000 is read every 30s; " +
				"its certificate is NOT verified, since insecureSkipVerify is true",
		},
	} {
		t.Run(name, func(t *testing.T) {
			connection := builder.Connection("mlflow").URL("http://mlflow:5000").PollInterval("30s").Build()
			if test.insecure {
				connection.Spec.TLS = &v1alpha1.TLS{InsecureSkipVerify: new(true)}
			}
			s := newScope(connection)
			s.state = test.state
			if got := connectedReason(s); got != test.wantReason {
				t.Errorf("reason %s, want %s", got, test.wantReason)
			}
			if got := connectedMessage(s); got != test.want {
				t.Errorf("message %q, want %q", got, test.want)
			}
		})
	}
}
