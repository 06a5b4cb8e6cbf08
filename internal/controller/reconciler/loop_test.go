// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var (
	modelKey      = client.ObjectKey{Namespace: "default", Name: "sentiment"}
	connectionKey = registrycache.Key{Namespace: "default", Name: "mlflow"}
)

type testScope struct {
	Scope[*v1alpha1.RegisteredModel]
}

// fixture is a Loop over RegisteredModels whose hooks record that they were called.
type fixture struct {
	t        *testing.T
	client   client.Client
	recorder *events.FakeRecorder
	snapshot *registrycache.Snapshot
	tracker  workqueue.InteractiveTracker
	loop     Loop[*v1alpha1.RegisteredModel, *testScope]
	// calls are the hooks that ran, and statusWrites the statuses that were written.
	calls        []string
	statusWrites int
	// end is how the phase ends, and finalize how Finalize ends.
	end, finalize func(*testScope) Result
}

func newFixture(t *testing.T, model *v1alpha1.RegisteredModel) *fixture {
	t.Helper()
	f := &fixture{t: t, recorder: events.NewFakeRecorder(10)}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	build := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.RegisteredModel{})
	if model != nil {
		build = build.WithObjects(model)
	}
	f.client = build.WithInterceptorFuncs(interceptor.Funcs{
		SubResourceApply: func(
			ctx context.Context, c client.Client, sub string, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption,
		) error {
			f.statusWrites++
			return c.SubResource(sub).Apply(ctx, obj, opts...)
		},
	}).Build()
	f.end = func(*testScope) Result { return Continue() }
	f.finalize = f.end
	f.loop = Loop[*v1alpha1.RegisteredModel, *testScope]{
		Client: f.client, Recorder: f.recorder, Kind: "RegisteredModel", Interactive: &f.tracker,
		NewObject:          func(client.ObjectKey) *v1alpha1.RegisteredModel { return &v1alpha1.RegisteredModel{} },
		NewScope:           f.newScope,
		Phases:             []Phase[*testScope]{{Condition: v1alpha1.ConditionSynced, Run: f.runPhase}},
		SetStatus:          f.setStatus,
		SetSuspendedStatus: func(s *testScope) { s.Object.Status.StageSummary = "suspended" },
		NeedsFinalizer: func(model *v1alpha1.RegisteredModel) bool {
			return model.Spec.DeletionPolicy == v1alpha1.DeletionPolicyDelete
		},
		Finalize: func(_ context.Context, s *testScope) (Result, string) {
			f.calls = append(f.calls, "Finalize")
			return f.finalize(s), v1alpha1.ConditionSynced
		},
		Subject:     "the model",
		Forget:      func(key client.ObjectKey) { f.calls = append(f.calls, "Forget "+key.Name) },
		AfterStatus: func(*testScope, Result) { f.calls = append(f.calls, "AfterStatus") },
	}
	return f
}

func (f *fixture) newScope(model *v1alpha1.RegisteredModel) *testScope {
	s := &testScope{Scope: NewScope(model, ObjectState{
		Suspended:          model.Spec.Suspend != nil && *model.Spec.Suspend,
		ObservedGeneration: model.Status.ObservedGeneration, LastHandledReconcileAt: model.Status.LastHandledReconcileAt,
	})}
	s.Snapshot = f.snapshot
	return s
}

func (f *fixture) runPhase(_ context.Context, s *testScope) Result {
	f.calls = append(f.calls, "phase")
	return f.end(s)
}

func (f *fixture) setStatus(s *testScope, result Result, condition string) {
	s.Object.Status.StageSummary = fmt.Sprintf("%s|%s|%s", result.Reason, condition, result.Message)
	s.Object.Status.ObservedGeneration = s.Object.Generation
}

func (f *fixture) reconcile() (ctrl.Result, error) {
	f.t.Helper()
	return f.loop.Reconcile(f.t.Context(), reconcile.Request{NamespacedName: modelKey})
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// readModel returns the model that the API server has; nil if it does not exist.
func (f *fixture) readModel() *v1alpha1.RegisteredModel {
	f.t.Helper()
	model := &v1alpha1.RegisteredModel{}
	err := f.client.Get(f.t.Context(), modelKey, model)
	if apierrors.IsNotFound(err) {
		return nil
	}
	f.must(err)
	return model
}

// readEvents returns the events that were sent.
func (f *fixture) readEvents() []string {
	var sent []string
	for {
		select {
		case e := <-f.recorder.Events:
			sent = append(sent, e)
		default:
			return sent
		}
	}
}

// editModel changes the spec as a person would, between the read and the status write.
func (f *fixture) editModel() {
	f.t.Helper()
	model := f.readModel()
	model.Spec.Description = new("edited")
	f.must(f.client.Update(f.t.Context(), model))
}

func newDeletedModel() *v1alpha1.RegisteredModel {
	model := builder.RegisteredModel("sentiment").DeletionPolicy(v1alpha1.DeletionPolicyDelete).Build()
	model.DeletionTimestamp = new(metav1.Now())
	model.Finalizers = []string{v1alpha1.CleanupFinalizer}
	return model
}

var createdEvent = kubeutil.Event{Reason: "Created", Action: "Create", Note: "model created"}

// TestLoop has one case for each way through the loop.
func TestLoop(t *testing.T) {
	sentiment := func() *v1alpha1.RegisteredModel { return builder.RegisteredModel("sentiment").Build() }
	foreign := newDeletedModel()
	foreign.Finalizers = []string{"example.org/other"}
	for name, test := range map[string]struct {
		model      *v1alpha1.RegisteredModel
		prepare    func(*fixture)
		wantCalls  []string
		wantStatus string
		wantWrites int
		wantEvents []string
		wantResult ctrl.Result
		wantErr    error
		wantGone   bool
	}{
		"an object that does not exist is forgotten": {wantCalls: []string{"Forget sentiment"}, wantGone: true},
		"an object that can't be read is an error": {
			model:   sentiment(),
			prepare: func(f *fixture) { f.loop.Client = failingClient{Client: f.client, err: errUnexpected} },
			wantErr: errUnexpected,
		},
		"a stale cache starts the reconcile again": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.loop.Client = failingClient{Client: f.client, err: apierrors.NewConflict(schema.GroupResource{}, "", errUnexpected)}
			},
			wantResult: ctrl.Result{RequeueAfter: 200 * time.Millisecond},
		},
		"phases that all continue write the status and send the events": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					s.AddEvent(createdEvent)
					return Continue()
				}
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "||", wantWrites: 1,
			wantEvents: []string{"Normal Created model created"},
		},
		"a phase that continues can request the next reconcile": {
			model:      sentiment(),
			prepare:    func(f *fixture) { f.end = func(*testScope) Result { return Continue().WithRequeueAfter(time.Minute) } },
			wantCalls:  []string{"phase", "AfterStatus"},
			wantStatus: "||", wantWrites: 1, wantResult: ctrl.Result{RequeueAfter: time.Minute, Priority: new(0)},
		},
		"a phase that waits ends the reconcile for its condition": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(*testScope) Result { return Waiting("Soaking", "it soaks", time.Hour) }
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "Soaking|Synced|it soaks", wantWrites: 1,
			wantResult: ctrl.Result{RequeueAfter: time.Hour, Priority: new(0)},
		},
		"a failed request is an error for the work queue": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(*testScope) Result { return RetryableError("MLflowError", errUnexpected) }
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "MLflowError|Synced|unlucky", wantWrites: 1, wantErr: errUnexpected,
		},
		"a status that is the same is not written": {
			model: func() *v1alpha1.RegisteredModel {
				model := sentiment()
				model.Status.StageSummary = "||"
				return model
			}(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					s.AddEvent(createdEvent)
					return Continue()
				}
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "||",
			wantEvents: []string{"Normal Created model created"},
		},
		"a result that keeps the status writes nothing": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					s.Object.Status.StageSummary = "changed"
					return Waiting("Progressing", "soon", time.Minute).KeepStatus()
				}
			},
			wantCalls: []string{"phase"},
		},
		"an edit during the reconcile starts it again": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					f.editModel()
					s.AddEvent(createdEvent)
					return Continue()
				}
			},
			wantCalls: []string{"phase"}, wantWrites: 1, wantResult: ctrl.Result{RequeueAfter: 200 * time.Millisecond},
		},
		"an edit does not stop the status after a write to MLflow": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					f.editModel()
					s.WroteMLflow = true
					s.AddEvent(createdEvent)
					return Continue()
				}
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "||", wantWrites: 1,
			wantEvents: []string{"Normal Created model created"},
		},
		"a status that was saved during the reconcile is not written again": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					s.Object.Status.StageSummary = "||"
					return s.SaveStatus(f.t.Context(), f.client)
				}
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "||", wantWrites: 1,
		},
		"a status can't be saved after an edit": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.end = func(s *testScope) Result {
					f.editModel()
					return s.SaveStatus(f.t.Context(), f.client)
				}
			},
			wantCalls: []string{"phase"}, wantWrites: 2, wantResult: ctrl.Result{RequeueAfter: 200 * time.Millisecond},
		},
		"a suspended object runs no phase": {
			model:      builder.RegisteredModel("sentiment").Suspend().Build(),
			wantStatus: "suspended", wantWrites: 1,
		},
		"an object without our finalizer is deleted without us": {
			model: foreign, wantCalls: []string{"Forget sentiment"},
		},
		"a kind without Finalize leaves its deletion alone": {
			model:     newDeletedModel(),
			prepare:   func(f *fixture) { f.loop.Finalize = nil },
			wantCalls: []string{"Forget sentiment"},
		},
		"a deletion that is complete removes the finalizer": {
			model: newDeletedModel(),
			prepare: func(f *fixture) {
				f.finalize = func(s *testScope) Result {
					s.AddEvent(createdEvent)
					return Continue()
				}
			},
			wantCalls: []string{"Finalize"}, wantEvents: []string{"Normal Created model created"}, wantGone: true,
		},
		"a deletion that waits reports it": {
			model: newDeletedModel(),
			prepare: func(f *fixture) {
				f.finalize = func(*testScope) Result { return Waiting("VersionInUse", "it is in use", time.Minute) }
			},
			wantCalls: []string{"Finalize", "AfterStatus"}, wantWrites: 1,
			wantStatus: "VersionInUse|Synced|" + WaitingForDeletion(Result{Message: "it is in use"}, "the model").Message,
			wantResult: ctrl.Result{RequeueAfter: time.Minute, Priority: new(0)},
		},
		"a controller can decide the requeue": {
			model: sentiment(),
			prepare: func(f *fixture) {
				f.loop.Requeue = func(*testScope, Result) (ctrl.Result, error) { return ctrl.Result{RequeueAfter: time.Second}, nil }
			},
			wantCalls: []string{"phase", "AfterStatus"}, wantStatus: "||", wantWrites: 1, wantResult: ctrl.Result{RequeueAfter: time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, test.model)
			if test.prepare != nil {
				test.prepare(f)
			}
			result, err := f.reconcile()
			if !errors.Is(err, test.wantErr) || (err != nil) != (test.wantErr != nil) {
				t.Errorf("error %v, want %v", err, test.wantErr)
			}
			if diff := cmp.Diff(test.wantResult, result); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantCalls, f.calls); diff != "" {
				t.Errorf("hooks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantEvents, f.readEvents()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if f.statusWrites != test.wantWrites {
				t.Errorf("%d status writes, want %d", f.statusWrites, test.wantWrites)
			}
			model := f.readModel()
			if gone := model == nil; gone != test.wantGone {
				t.Fatalf("the object is gone: %t, want %t", gone, test.wantGone)
			}
			if model != nil && model.Status.StageSummary != test.wantStatus {
				t.Errorf("status %q, want %q", model.Status.StageSummary, test.wantStatus)
			}
		})
	}
}

// failingClient can't read.
type failingClient struct {
	client.Client
	err error
}

func (c failingClient) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return c.err
}

// TestLoopReportsDeletion tests that what was done in MLflow is reported if the object is gone before
// its finalizer is removed.
func TestLoopReportsDeletion(t *testing.T) {
	for name, test := range map[string]struct {
		wroteMLflow bool
		want        []string
	}{
		"after a write to MLflow": {wroteMLflow: true, want: []string{"Normal Created model created"}},
		"not otherwise":           {},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, newDeletedModel())
			f.finalize = func(s *testScope) Result {
				s.WroteMLflow = test.wroteMLflow
				s.AddEvent(createdEvent)
				f.must(kubeutil.EnsureFinalizer(f.t.Context(), f.client, f.readModel(), false))
				return Continue()
			}
			if result, err := f.reconcile(); err != nil || result != (ctrl.Result{}) {
				t.Errorf("got %v, %v", result, err)
			}
			if diff := cmp.Diff(test.want, f.readEvents()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoopEnsuresFinalizer(t *testing.T) {
	for name, test := range map[string]struct {
		policy v1alpha1.DeletionPolicy
		before []string
		want   bool
	}{
		"adds it":     {policy: v1alpha1.DeletionPolicyDelete, want: true},
		"removes it":  {policy: v1alpha1.DeletionPolicyRetain, before: []string{v1alpha1.CleanupFinalizer}},
		"leaves none": {policy: v1alpha1.DeletionPolicyRetain},
	} {
		t.Run(name, func(t *testing.T) {
			model := builder.RegisteredModel("sentiment").DeletionPolicy(test.policy).Build()
			model.Finalizers = test.before
			f := newFixture(t, model)
			if _, err := f.reconcile(); err != nil {
				t.Fatal(err)
			}
			if got := kubeutil.HasFinalizer(f.readModel()); got != test.want {
				t.Errorf("finalizer: %t, want %t", got, test.want)
			}
		})
	}
}

// TestLoopTracksInteractive tests which reconciles keep the priority that a person's edit gives.
func TestLoopTracksInteractive(t *testing.T) {
	for name, test := range map[string]struct {
		end     Result
		suspend bool
		want    bool
	}{
		"a complete reconcile ends it":   {end: Continue()},
		"an incomplete one keeps it":     {end: RequeueConflict("the model was edited"), want: true},
		"one that keeps the status, too": {end: Waiting(v1alpha1.ReasonProgressing, "soon", 0).KeepStatus(), want: true},
		"a suspended object ends it":     {suspend: true},
	} {
		t.Run(name, func(t *testing.T) {
			model := builder.RegisteredModel("sentiment").Build()
			model.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: "now"}
			f := newFixture(t, model)
			f.end = func(*testScope) Result { return test.end }
			if _, err := f.reconcile(); err != nil {
				t.Fatal(err)
			}
			if test.suspend {
				model := f.readModel()
				model.Spec.Suspend = new(true)
				f.must(f.client.Update(t.Context(), model))
				if _, err := f.reconcile(); err != nil {
					t.Fatal(err)
				}
			}
			// An object that is not edited is interactive only if it still is from the last reconcile.
			same := f.readModel()
			if got := f.tracker.BeginReconcile(same, same.Status.ObservedGeneration, "now"); got != test.want {
				t.Errorf("interactive: %t, want %t", got, test.want)
			}
		})
	}
}

// TestLoopNotifiesObservers tests which objects are reconciled after the snapshot changed.
func TestLoopNotifiesObservers(t *testing.T) {
	model := &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1, LastUpdatedTimestamp: 2}
	own := workqueue.ObserverID("RegisteredModel", modelKey)
	for name, test := range map[string]struct {
		end  func(*testScope) Result
		hook func(*testScope, Result)
		want []string
	}{
		"others if all phases continue": {
			end:  func(s *testScope) Result { s.UpdateSnapshot(model); return Continue() },
			want: []string{"sentiment by " + own},
		},
		"all if a phase ends the reconcile": {
			end:  func(s *testScope) Result { s.UpdateSnapshot(model); return Terminal("Conflict", "delete one") },
			want: []string{"sentiment by "},
		},
		"none if the snapshot is unchanged": {
			end: func(*testScope) Result { return Continue() },
		},
		"none if the status is kept": {
			end: func(s *testScope) Result {
				s.UpdateSnapshot(model)
				return Waiting("Progressing", "soon", 0).KeepStatus()
			},
		},
		"as the controller decides": {
			end:  func(s *testScope) Result { s.UpdateSnapshot(model); return Continue() },
			hook: func(s *testScope, _ Result) { s.NotifyObservers("ModelVersion/april") },
			want: []string{"sentiment by ModelVersion/april"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, builder.RegisteredModel("sentiment").Build())
			received := f.connect()
			f.end, f.loop.Notify = test.end, test.hook
			if _, err := f.reconcile(); err != nil {
				t.Fatal(err)
			}
			f.snapshot.Notify("the last event", "")
			var got []string
			for e := range received {
				if e.Model == "the last event" {
					break
				}
				got = append(got, e.Model+" by "+e.ObservedBy)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoopReportsConnectionError tests that the connection is not ready after an object met its error.
func TestLoopReportsConnectionError(t *testing.T) {
	f := newFixture(t, builder.RegisteredModel("sentiment").Build())
	received := f.connect()
	f.end = func(*testScope) Result { return ConnectionError(fmt.Errorf("list: %w", mlflow.ErrUnreachable)) }
	if _, err := f.reconcile(); err != nil {
		t.Fatal(err)
	}
	if e := <-received; !e.StateOnly || e.Key != connectionKey {
		t.Errorf("event %+v, want one for the state of %s", e, connectionKey)
	}
}

// connect gives the fixture the snapshot of an empty registry, and returns the registry's later
// events.
func (f *fixture) connect() <-chan registrycache.Event {
	f.t.Helper()
	server := mlflowtest.Start(mlflowtest.Options{})
	f.t.Cleanup(server.Close)
	idle := &idleClock{FakeClock: clocktesting.NewFakeClock(time.Unix(0, 0)), polled: make(chan struct{}, 100)}
	provider := registrycache.NewProvider(registrycache.Options{Clock: idle})
	f.must(provider.Ensure(connectionKey, registrycache.ConnectionConfig{Client: mlflow.Config{URL: server.URL}}))
	go func() { _ = provider.Start(f.t.Context()) }()
	<-idle.polled
	snapshot, err := provider.Get(connectionKey)
	f.must(err)
	f.snapshot = snapshot
	received := make(chan registrycache.Event, 100)
	f.must(provider.Source("test", func(_ context.Context, e registrycache.Event) []reconcile.Request {
		received <- e
		return nil
	}).Start(f.t.Context(), nil))
	// A source begins with one event for each connection.
	<-received
	return received
}

// idleClock never fires. The poller makes a timer after each poll.
type idleClock struct {
	*clocktesting.FakeClock
	polled chan struct{}
}

func (c *idleClock) NewTimer(d time.Duration) clock.Timer {
	c.polled <- struct{}{}
	return c.FakeClock.NewTimer(d)
}
