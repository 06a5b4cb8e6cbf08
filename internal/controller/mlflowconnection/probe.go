// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/utils/ptr"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// defaultPollInterval and defaultTimeout are the defaults of the API, for objects that were stored
// without them.
const (
	defaultPollInterval = 30 * time.Second
	defaultTimeout      = 30 * time.Second
)

// connectRegistry gives the registry cache the configuration of the spec and the Secret. After it,
// the result of the last poll is known. It sends no request: the poll is the probe.
func (r *Reconciler) connectRegistry(_ context.Context, s *scope) reconciler.Result {
	spec := s.spec
	config := registrycache.ConnectionConfig{
		PollInterval:     spec.PollInterval.OrDefault(defaultPollInterval),
		DutyCyclePercent: int(spec.MaxPollDutyCyclePercent),
		PreviousInterval: s.Before.ConnectionStatus().EffectivePollInterval.OrDefault(0),
		Client: mlflow.Config{
			URL:            spec.URL,
			Auth:           s.auth,
			CABundle:       s.caBundle,
			Workspace:      ptr.Deref(spec.Workspace, ""),
			Timeout:        spec.Timeout.OrDefault(defaultTimeout),
			ObserveRequest: r.ObserveRequest,
		},
	}
	if spec.TLS != nil {
		config.Client.InsecureSkipVerify = ptr.Deref(spec.TLS.InsecureSkipVerify, false)
	}
	if err := r.Registry.Ensure(s.key, config); err != nil {
		return r.rejectCredentials(s, reconciler.Terminal(clientErrorReason(err), err.Error()))
	}
	if s.ReconcileRequested {
		r.Registry.PollNow(s.key)
	}
	s.state = r.Registry.State(s.key)
	return resultFromState(s.state)
}

// clientErrorReason returns why no client could be created. The CRD allows only certificates and
// credentials to be wrong.
func clientErrorReason(err error) string {
	if errors.Is(err, mlflow.ErrInvalidCABundle) {
		return v1alpha1.ReasonInvalidCredentials
	}
	return v1alpha1.ReasonCredentialsRejected
}

func resultFromState(state registrycache.State) reconciler.Result {
	switch {
	case state.Ready:
		return reconciler.Continue()
	case state.Err != nil:
		return reconciler.FromPollError(state.Err)
	default:
		return reconciler.Waiting(v1alpha1.ReasonProgressing, "the registry is being read for the first time", 0)
	}
}

// connectedReason is PartialList if the list lacks models that no other request has found to be
// deleted: what is known of them may be old.
func connectedReason(s *scope) string {
	if s.state.MissingModels > 0 {
		return v1alpha1.ReasonPartialList
	}
	return v1alpha1.ReasonConnected
}

// connectedMessage describes how often the registry is read, and what restricts it.
func connectedMessage(s *scope) string {
	message := fmt.Sprintf("the registry at %s is read every %s", s.spec.URL, s.state.EffectiveInterval)
	if interval := s.spec.PollInterval.OrDefault(defaultPollInterval); s.state.EffectiveInterval > interval {
		message += fmt.Sprintf(" instead of every %s, since it is large or slow and may be read for a bounded share of the time", interval)
	}
	if missing := s.state.MissingModels; missing > 0 {
		message += fmt.Sprintf("; its list lacks %d declared models that it showed before and that MLflow does not report as deleted: "+
			"check what the account may read", missing)
	}
	if s.state.IncrementalFailing {
		message += "; the server does not list its newest versions, which are noticed with the full list only"
	}
	if tls := s.spec.TLS; tls != nil && ptr.Deref(tls.InsecureSkipVerify, false) {
		message += "; its certificate is NOT verified, since insecureSkipVerify is true"
	}
	return message
}
