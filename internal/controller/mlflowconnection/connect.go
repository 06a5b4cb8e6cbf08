// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"errors"
	"fmt"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// connect keeps a poller going with what the spec and the Secret say now. After it, it
// is known whether the last look at the registry succeeded. It makes no request itself:
// the poll is the probe.
func (r *Reconciler) connect(s *scope) outcome.Outcome {
	spec := s.spec
	config := registry.ConnectionConfig{
		PollInterval: spec.PollInterval.OrDefault(defaultInterval),
		DutyPercent:  int(spec.MaxPollDutyPercent),
		LastInterval: s.before.EffectivePollInterval.OrDefault(0),
		Client: mlflow.Config{
			URL:       spec.URL,
			Auth:      s.auth,
			CABundle:  s.caBundle,
			Workspace: ptr.Deref(spec.Workspace, ""),
			Timeout:   spec.Timeout.OrDefault(defaultTimeout),
			Observe:   r.Observe,
		},
	}
	if spec.TLS != nil {
		config.Client.InsecureSkipVerify = ptr.Deref(spec.TLS.InsecureSkipVerify, false)
	}
	if err := r.Registry.Ensure(s.key, config); err != nil {
		return r.reject(s, outcome.Stall(rejectedReason(err), err.Error()))
	}
	if kube.RequestedAt(s.object) != s.before.LastHandledReconcileAt {
		r.Registry.PollNow(s.key)
	}
	s.state = r.Registry.State(s.key)
	return stateOutcome(s.state)
}

// rejectedReason is why no client could be made: the CRD lets only certificates and
// credentials be wrong.
func rejectedReason(err error) string {
	if errors.Is(err, mlflow.ErrInvalidCABundle) {
		return v1alpha1.ReasonCertificateInvalid
	}
	return v1alpha1.ReasonCredentialsRejected
}

func stateOutcome(state registry.State) outcome.Outcome {
	switch {
	case state.Ready:
		return outcome.Done()
	case state.Err != nil:
		return outcome.Connection(state.Err)
	default:
		return outcome.Wait(v1alpha1.ReasonProgressing, "the registry is being read for the first time", 0)
	}
}

// connectedReason is ListIncomplete where the list lacks models that nobody has found to be
// gone: what is known of them may be old.
func connectedReason(s *scope) string {
	if s.state.Missed > 0 {
		return v1alpha1.ReasonListIncomplete
	}
	return v1alpha1.ReasonConnected
}

// connectedMessage says how often the registry is read, and what a person should know of it.
func connectedMessage(s *scope) string {
	message := fmt.Sprintf("the registry at %s is read every %s", s.spec.URL, s.state.EffectiveInterval)
	if asked := s.spec.PollInterval.OrDefault(defaultInterval); s.state.EffectiveInterval > asked {
		message += fmt.Sprintf(" instead of every %s, since it is large or slow and may be read for a bounded share of the time", asked)
	}
	if missed := s.state.Missed; missed > 0 {
		message += fmt.Sprintf("; its list lacks %d declared models that it showed before and that MLflow does not say to be gone: "+
			"look at what the account may read", missed)
	}
	if s.state.FeedFails {
		message += "; the server does not tell its newest versions, which are noticed with the lists alone"
	}
	if spec := s.spec.TLS; spec != nil && ptr.Deref(spec.InsecureSkipVerify, false) {
		message += "; its certificate is NOT verified, since insecureSkipVerify is true"
	}
	return message
}
