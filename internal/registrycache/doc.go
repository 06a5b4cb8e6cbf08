// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package registry is the view of MLflow's model registry: the informer that MLflow
// does not have.
//
// # Purpose
//
// MLflow has no watch, and writing an alias or a tag moves no timestamp. Reconcilers
// that ask for each model in each pass cost a server more than all its other users.
// This package lists the registry once for all objects on a connection, answers reads
// from memory, and wakes exactly the objects whose models changed.
//
// # Usage
//
// The connection's controller owns the keys, the other controllers read:
//
//	provider := registry.NewProvider(registry.Options{})
//	mgr.Add(provider)
//	provider.Ensure(key, registry.ConnectionConfig{Client: config, PollInterval: interval})
//	provider.Reject(key, err)            // nothing to connect with: a Secret is missing
//	provider.PollNow(key)                // somebody asks to look now
//	provider.Remove(key)                 // the object is gone
//	state := provider.State(key)         // for its conditions and its status
//
//	builder.WatchesRawSource(provider.Source("registeredmodel", mapFn))
//
//	view, err := provider.Get(key)       // ErrNotFound, or ErrNotReady with its cause
//	model, seen := view.Model(name)      // no request
//	fresh, err := view.Reader().RegisteredModel(ctx, name)
//	news := view.Note(fresh)             // after a write or a check
//	view.Wake(name, by)                  // when there is news, and the status is written
//	view.Forget(name)                    // a get said that it is gone
//	view.Blame(err)                      // the connection's fault, not the object's
//
// # How it works
//
// Each connection has one poller. It lists the models in pages into a draft, which is
// compared with what was known as it grows, and swaps the draft in when the list succeeded
// to its end; a page that fails leaves what was known and makes the connection not ready.
// Models that did not change keep their pointers. Over the list lies what single gets have
// shown since it began, so that an older list never undoes a younger answer.
//
// Of a registry that is much larger than what is declared on the connection, the declared
// part is listed, by names or by the operator's mark. How large it is, and what its server
// can search for, shows in reading it.
//
// An event for a model means that View.Model answers otherwise than before, whether
// a list, a Note or a Forget made the difference. An event without a model means
// everything on the connection, or its State alone. Events wait in a set for each source:
// a slow controller holds up no poller, and loses nothing.
//
// A poller rests nine tenths of its time: the pause grows with the length of the
// list, and State.EffectiveInterval tells by how much. In a long pause it asks for the
// newest versions. After a failure it tries again after a second, then after doubling
// pauses up to the interval. An idle poll of N models costs one request for each 200 of
// them, and no events.
//
// # Trade-offs
//
// A change by another hand is seen one interval late; who must not act on old news
// reads fresh and remembers the answer. Lists are pages by offset over live data, and
// they hide prompts and what permissions hide: absence from the view proves nothing,
// and only a get can tell a deleted model: what a list ceases to show is counted in
// State.Missed until one has. Two connections to one server are two lists: they may be two
// accounts, of which each sees other models (docs/adr/0012). A changed EffectiveInterval or
// number of models alone wakes nobody.
package registrycache
