// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// An operator that stops finishes the writes that it has begun, and reports them in the status. The
// limits are longer than a healthy server needs, and together shorter than the 30 s for which the
// manager waits.
const (
	// MLflowShutdownTimeout is how long a stopping operator continues to write to MLflow.
	MLflowShutdownTimeout = 20 * time.Second
	// statusShutdownTimeout is how long it continues to write the status.
	statusShutdownTimeout = 5 * time.Second
)

// WithGracePeriod returns a context that ends a grace period after its parent. While the parent is
// not done, it has no limit.
func WithGracePeriod(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(lasting, func() { timer.Stop() })
	})
	return lasting, func() {
		stop()
		cancel()
	}
}

// conflictRequeueAfter is when a reconcile starts again whose object changed. The change triggers a
// reconcile as well, unless its event came before this reconcile began.
const conflictRequeueAfter = time.Second

// RequeueConflict ends a reconcile because something changed since it was read. The message names
// the change.
func RequeueConflict(message string) Result {
	return Waiting(v1alpha1.ReasonProgressing, message+": starting again", conflictRequeueAfter)
}

// RevalidateObject checks in the API server that the object is still the one that was read from the
// cache. Without it, an object that was edited or deleted could be reconciled as it was, and a
// stale copy twice. The message says that it changed.
func RevalidateObject(ctx context.Context, apiReader client.Reader, object client.Object, message string) Result {
	current := object.DeepCopyObject().(client.Object)
	err := apiReader.Get(ctx, client.ObjectKeyFromObject(object), current)
	if client.IgnoreNotFound(err) != nil {
		return RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || current.GetResourceVersion() != object.GetResourceVersion() || current.GetUID() != object.GetUID() {
		return RequeueConflict(message)
	}
	return Continue()
}

// StatusWriter writes statuses and sends events.
type StatusWriter struct {
	Client   client.Client
	Recorder events.EventRecorder
}

// StatusUpdate is what one reconcile writes. The object has its new status.
type StatusUpdate struct {
	Object client.Object
	// Changed is true if the status differs from the one that was last written.
	Changed bool
	// WroteMLflow is true if something in MLflow was changed. The status is written then even if
	// the object was edited or the operator stops.
	WroteMLflow bool
	// Events are sent after the status is written, or if it did not change.
	Events []kubeutil.Event
}

// Apply writes the status if it changed, and sends the events. If the object is no longer the one
// that was read, the write fails with a conflict, unless something in MLflow was changed.
func (w StatusWriter) Apply(ctx context.Context, update StatusUpdate) error {
	if update.Changed {
		if err := w.writeStatus(ctx, update); err != nil {
			return err
		}
	}
	kubeutil.EmitEvents(w.Recorder, update.Object, update.Events)
	return nil
}

func (w StatusWriter) writeStatus(ctx context.Context, update StatusUpdate) error {
	if !update.WroteMLflow {
		return kubeutil.ApplyStatusIfCurrent(ctx, w.Client, update.Object)
	}
	ctx, cancel := WithGracePeriod(ctx, statusShutdownTimeout)
	defer cancel()
	return kubeutil.ApplyStatus(ctx, w.Client, update.Object)
}

// ApplyIfCurrent writes the status before the end of the reconcile: what must not be lost if the
// operator dies during the next request.
func (w StatusWriter) ApplyIfCurrent(ctx context.Context, object client.Object) Result {
	err := kubeutil.ApplyStatusIfCurrent(ctx, w.Client, object)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return RequeueConflict("the object was edited during the reconcile")
	}
	if err != nil {
		return RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return Continue()
}
