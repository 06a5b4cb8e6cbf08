// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package registrycache caches the models of MLflow registries and sends events for their
// changes: it is the informer that MLflow does not have.
//
// # Purpose
//
// MLflow has no watch, and writing an alias or a tag changes no timestamp. Reconcilers
// that get each model in each reconcile cost a server more than all its other users.
// This package lists a registry once for all objects on a connection, answers reads
// from memory, and enqueues only the objects whose models changed.
//
// # Usage
//
// The connection's controller writes the keys, the other controllers read:
//
//	provider := registrycache.NewProvider(registrycache.Options{})
//	mgr.Add(provider)
//	provider.Ensure(key, registrycache.ConnectionConfig{Client: config, PollInterval: interval})
//	provider.MarkNotReady(key, err)      // there is no valid config: a Secret is missing
//	provider.PollNow(key)                // a user requested a reconcile
//	provider.Remove(key)                 // the object was deleted
//	state := provider.State(key)         // for conditions and status
//
//	builder.WatchesRawSource(provider.Source("registeredmodel", mapFn))
//
//	snapshot, err := provider.Get(key)   // ErrNotFound, or ErrNotReady with its cause
//	model, known := snapshot.Model(name) // no request
//	fresh, err := snapshot.Reader().RegisteredModel(ctx, name)
//	changed := snapshot.Update(fresh)    // after a write or a verification
//	snapshot.Notify(name, observedBy)    // if it changed, after the status is written
//	snapshot.Remove(name)                // a get found the model deleted
//	snapshot.ReportError(err)            // the connection caused the error, not the object
//
// # How it works
//
// Each connection has one poller. It lists the models page by page into a builder, which
// compares each page with the known state, and replaces the known state if the list succeeded
// to its end. A page that fails leaves the known state and makes the connection not ready.
// Unchanged models keep their pointers. Above the list are the single answers since
// it began, so that an older list never undoes a newer answer.
//
// If a registry is much larger than its declared part, only the declared models
// are listed, by name or by the operator's owner tag. Polls find out how large a registry is and what
// its server can search for.
//
// An event for a model means that Snapshot.Model returns something else than before, because of
// a list, an Update or a Remove. An event without a model affects
// all objects on the connection, or only its State. Each source has a set of pending events:
// a slow controller neither blocks a poller nor loses an event.
//
// A poller rests nine tenths of its time: the interval grows with the duration of
// a list, and State.EffectiveInterval reports it. During a long interval the poller lists the
// newest versions. After a failure it retries after a second, then with doubling
// delays up to the interval. A poll of N unchanged models costs one request for each 200 of
// them, and sends no events.
//
// # Trade-offs
//
// An external change is noticed up to one interval late. A reconcile that needs the current
// state gets the model and calls Update. Lists are pages by offset over live data, and
// they hide prompts and what permissions hide. So a model that is absent from the snapshot may exist,
// and only a get can find it deleted; until then State.MissingModels counts
// it. Two connections to one server are two lists, because they may be two
// accounts that see different models (docs/adr/0012). A change of only EffectiveInterval or
// ModelCount sends no event.
package registrycache
