// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package telling is how a pass over an object tells what it found and what it did: one
// status write, and then the events.
package telling

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// An operator that was told to stop goes on with what it has begun to write, and with
// telling it: for longer than that takes where a server is well, and together for less
// than the 30 s that the manager waits.
const (
	// Acting is how long it goes on to write to MLflow.
	Acting = 20 * time.Second
	// telling is how long it goes on to write the status.
	telling = 5 * time.Second
)

// Unstoppable is a context that outlives its parent by some time. While the parent lives,
// it sets no limit.
func Unstoppable(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
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

// again is when a pass that was overtaken starts anew. What overtook it wakes the
// object as well; this is for the case that the event was there before.
const again = time.Second

// StartAgain ends a pass that was overtaken.
func StartAgain(why string) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonProgressing, why+": starting again", again)
}

// Confirm asks the API server itself whether the object is still what the pass has read from
// the cache: else an object that was edited or deleted meanwhile would be carried out as it
// was, and a stale copy twice. Why is what to say when it is not.
func Confirm(ctx context.Context, live client.Reader, object client.Object, why string) outcome.Outcome {
	now := object.DeepCopyObject().(client.Object)
	err := live.Get(ctx, client.ObjectKeyFromObject(object), now)
	if client.IgnoreNotFound(err) != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if err != nil || now.GetResourceVersion() != object.GetResourceVersion() || now.GetUID() != object.GetUID() {
		return StartAgain(why)
	}
	return outcome.Done()
}

// Teller writes statuses and sends events.
type Teller struct {
	Client   client.Client
	Recorder events.EventRecorder
}

// Pass is what one pass has to tell. The object has its new status.
type Pass struct {
	Object client.Object
	// Changed is whether the status is another one than was last written.
	Changed bool
	// Acted is whether something was done in MLflow that has to be told, whatever became of
	// the object meanwhile, also by an operator that is about to stop.
	Acted bool
	// Events are told once the status is written, or where it stays as it was.
	Events []kube.Event
}

// Finish writes the status, if it changed, and tells what happened. A write on a copy
// that is no longer the newest is refused, and the pass is to be run again; unless it
// acted.
func (t Teller) Finish(ctx context.Context, p Pass) error {
	if p.Changed {
		if err := t.write(ctx, p); err != nil {
			return err
		}
	}
	kube.Emit(t.Recorder, p.Object, p.Events)
	return nil
}

func (t Teller) write(ctx context.Context, p Pass) error {
	if !p.Acted {
		return kube.ApplyStatusIfCurrent(ctx, t.Client, p.Object)
	}
	ctx, cancel := Unstoppable(ctx, telling)
	defer cancel()
	return kube.ApplyStatus(ctx, t.Client, p.Object)
}

// Remember writes the status before the end of the pass: what must not be lost, should
// the operator die at the next request.
func (t Teller) Remember(ctx context.Context, object client.Object) outcome.Outcome {
	err := kube.ApplyStatusIfCurrent(ctx, t.Client, object)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return StartAgain("the object was edited meanwhile")
	}
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	return outcome.Done()
}
