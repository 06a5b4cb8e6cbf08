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

// An operator that was told to stop goes on with what it has begun to write, and with
// telling it: for longer than that takes where a server is well, and together for less
// than the 30 s that the manager waits.
const (
	// MLflowShutdownTimeout is how long it goes on to write to MLflow.
	MLflowShutdownTimeout = 20 * time.Second
	// statusShutdownTimeout is how long it goes on to write the status.
	statusShutdownTimeout = 5 * time.Second
)

// WithGracePeriod is a context that outlives its parent by some time. While the parent lives,
// it sets no limit.
func WithGracePeriod(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(by, cancel)
		context.AfterFunc(lasting, func() { timer.Stop() })
	})
	return lasting, func() {
		stop()
		cancel()
	}
}

// conflictRequeueAfter is when a pass that was overtaken starts anew. What overtook it wakes the
// object as well; this is for the case that the event was there before.
const conflictRequeueAfter = time.Second

// RequeueConflict ends a pass that was overtaken.
func RequeueConflict(why string) Result {
	return Waiting(v1alpha1.ReasonProgressing, why+": starting again", conflictRequeueAfter)
}

// RevalidateObject asks the API server itself whether the object is still what the pass has read from
// the cache: else an object that was edited or deleted meanwhile would be carried out as it
// was, and a stale copy twice. Why is what to say when it is not.
func RevalidateObject(ctx context.Context, live client.Reader, object client.Object, why string) Result {
	now := object.DeepCopyObject().(client.Object)
	err := live.Get(ctx, client.ObjectKeyFromObject(object), now)
	if client.IgnoreNotFound(err) != nil {
		return RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || now.GetResourceVersion() != object.GetResourceVersion() || now.GetUID() != object.GetUID() {
		return RequeueConflict(why)
	}
	return Continue()
}

// StatusWriter writes statuses and sends events.
type StatusWriter struct {
	Client   client.Client
	Recorder events.EventRecorder
}

// StatusUpdate is what one pass has to tell. The object has its new status.
type StatusUpdate struct {
	Object client.Object
	// Changed is whether the status is another one than was last written.
	Changed bool
	// WroteMLflow is whether something was done in MLflow that has to be told, whatever became of
	// the object meanwhile, also by an operator that is about to stop.
	WroteMLflow bool
	// Events are told once the status is written, or where it stays as it was.
	Events []kubeutil.Event
}

// Apply writes the status, if it changed, and tells what happened. A write on a copy
// that is no longer the newest is refused, and the pass is to be run again; unless it
// acted.
func (t StatusWriter) Apply(ctx context.Context, p StatusUpdate) error {
	if p.Changed {
		if err := t.writeStatus(ctx, p); err != nil {
			return err
		}
	}
	kubeutil.EmitEvents(t.Recorder, p.Object, p.Events)
	return nil
}

func (t StatusWriter) writeStatus(ctx context.Context, p StatusUpdate) error {
	if !p.WroteMLflow {
		return kubeutil.ApplyStatusIfCurrent(ctx, t.Client, p.Object)
	}
	ctx, cancel := WithGracePeriod(ctx, statusShutdownTimeout)
	defer cancel()
	return kubeutil.ApplyStatus(ctx, t.Client, p.Object)
}

// ApplyIfCurrent writes the status before the end of the pass: what must not be lost, should
// the operator die at the next request.
func (t StatusWriter) ApplyIfCurrent(ctx context.Context, object client.Object) Result {
	err := kubeutil.ApplyStatusIfCurrent(ctx, t.Client, object)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return RequeueConflict("the object was edited meanwhile")
	}
	if err != nil {
		return RetryableError(v1alpha1.ReasonProgressing, err)
	}
	return Continue()
}
