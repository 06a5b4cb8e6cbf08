// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// keyCA is the key of a ConfigMap that holds certificate authorities.
const keyCA = "ca.crt"

// resolveCredentials reads the Secret and the ConfigMap. After it, the client can be configured. An
// object that does not exist may still be created by another controller, so the result is to wait.
// An empty key has to be corrected by a person. If the API server does not answer, the connection
// continues with what it has.
func (r *Reconciler) resolveCredentials(ctx context.Context, s *scope) reconciler.Result {
	if result := r.readAuth(ctx, s); !result.CanContinue() {
		return r.rejectCredentials(s, result)
	}
	if result := r.readCA(ctx, s); !result.CanContinue() {
		return r.rejectCredentials(s, result)
	}
	return reconciler.Continue()
}

// rejectCredentials ends the use of credentials that are no longer valid: all objects on the
// connection report the reason from now on.
func (r *Reconciler) rejectCredentials(s *scope, result reconciler.Result) reconciler.Result {
	if result.Reason == v1alpha1.ReasonProgressing {
		return result
	}
	r.Registry.MarkNotReady(s.key, &reconciler.ReasonedError{Reason: result.Reason, Message: result.Message})
	return result
}

// readAuth reads the Secret that spec.auth names and makes credentials of it. A mode that this
// operator does not know is an error, as of a CRD that is newer than the operator: requests
// without credentials would be another user's.
func (r *Reconciler) readAuth(ctx context.Context, s *scope) reconciler.Result {
	if s.spec.Auth == nil {
		return reconciler.Continue()
	}
	kind, ref := selectAuth(s.spec.Auth)
	mode, known := mlflow.FindAuthMode(kind)
	if !known {
		return reconciler.Terminal(v1alpha1.ReasonInvalidCredentials, fmt.Sprintf(
			"spec.auth sets no mode that this version of the operator knows: set one of %v, or upgrade the operator", mlflow.AuthKinds()))
	}
	data, result := r.readSecret(ctx, s, ref, mode.Keys...)
	if result.CanContinue() {
		s.auth = mode.New(data)
	}
	return result
}

// selectAuth returns the mode that spec.auth sets and the Secret that it names. The kind is
// empty if the mode has no case here.
func selectAuth(auth *v1alpha1.Authentication) (kind mlflow.AuthKind, ref v1alpha1.LocalReference) {
	switch {
	case auth.Basic != nil:
		kind, ref = mlflow.AuthBasic, auth.Basic.SecretRef
	case auth.Bearer != nil:
		kind, ref = mlflow.AuthBearer, auth.Bearer.SecretRef
	}
	return kind, ref
}

func (r *Reconciler) readSecret(
	ctx context.Context, s *scope, ref v1alpha1.LocalReference, keys ...string,
) (map[string][]byte, reconciler.Result) {
	var secret corev1.Secret
	key := r.referenceKey(s, ref)
	if key.Namespace == "" {
		return nil, unknownNamespace("Secret", key.Name)
	}
	err := r.APIReader.Get(ctx, key, &secret)
	if apierrors.IsNotFound(err) {
		return nil, reconciler.Waiting(v1alpha1.ReasonInvalidCredentials,
			fmt.Sprintf("there is no Secret %s: create it", r.displayName(s, ref)), 0)
	}
	if err != nil {
		return nil, readError("Secret", r.displayName(s, ref), err)
	}
	for _, key := range keys {
		if len(secret.Data[key]) == 0 {
			return nil, reconciler.Terminal(v1alpha1.ReasonInvalidCredentials, fmt.Sprintf(
				"Secret %s has no key %s, or it is empty: set it", r.displayName(s, ref), key))
		}
	}
	return secret.Data, reconciler.Continue()
}

func (r *Reconciler) readCA(ctx context.Context, s *scope) reconciler.Result {
	if s.spec.TLS == nil || s.spec.TLS.CARef == nil {
		return reconciler.Continue()
	}
	key, name := r.referenceKey(s, *s.spec.TLS.CARef), r.displayName(s, *s.spec.TLS.CARef)
	if key.Namespace == "" {
		return unknownNamespace("ConfigMap", key.Name)
	}
	var bundle corev1.ConfigMap
	err := r.APIReader.Get(ctx, key, &bundle)
	if apierrors.IsNotFound(err) {
		return reconciler.Waiting(v1alpha1.ReasonInvalidCredentials, fmt.Sprintf("there is no ConfigMap %s: create it", name), 0)
	}
	if err != nil {
		return readError("ConfigMap", name, err)
	}
	if bundle.Data[keyCA] == "" {
		return reconciler.Terminal(v1alpha1.ReasonInvalidCredentials,
			fmt.Sprintf("ConfigMap %s has no key %s, or it is empty: set it", name, keyCA))
	}
	s.caBundle = []byte(bundle.Data[keyCA])
	return reconciler.Continue()
}

// referenceKey returns where the Secret or the ConfigMap of a connection is: in its own namespace,
// or for a ClusterMLflowConnection in the operator's, to which only the platform team writes.
func (r *Reconciler) referenceKey(s *scope, ref v1alpha1.LocalReference) types.NamespacedName {
	if r.Shared {
		return types.NamespacedName{Namespace: r.Namespace, Name: string(ref.Name)}
	}
	return types.NamespacedName{Namespace: s.Object.GetNamespace(), Name: string(ref.Name)}
}

// displayName returns the name of a Secret or a ConfigMap for a message: without the namespace if
// it is in that of the connection.
func (r *Reconciler) displayName(s *scope, ref v1alpha1.LocalReference) string {
	if r.Shared {
		return r.referenceKey(s, ref).String()
	}
	return string(ref.Name)
}

// isNamespaceUnknown reports whether the operator does not know the namespace of the Secrets and
// ConfigMaps that its connections refer to.
func (r *Reconciler) isNamespaceUnknown() bool {
	return r.Shared && r.Namespace == ""
}

// unknownNamespace is the result for a Secret or a ConfigMap in an unknown namespace.
func unknownNamespace(kind, name string) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonInvalidCredentials, fmt.Sprintf(
		"the operator does not know its own namespace, where %s %s would be: set POD_NAMESPACE in its environment", kind, name))
}

// readError is the result of a failed request to the API server. The error itself is not shown,
// because it may contain the port of a TCP connection, which would change the status at each
// attempt.
func readError(kind, name string, err error) reconciler.Result {
	why := string(apierrors.ReasonForError(err))
	if why == "" {
		why = "no answer"
	}
	return reconciler.RetryableError(v1alpha1.ReasonProgressing, fmt.Errorf("%s %s can't be read from the API server: %s", kind, name, why))
}
