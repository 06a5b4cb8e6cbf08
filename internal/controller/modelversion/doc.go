// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelversion is the controller of ModelVersions: it registers each version in MLflow exactly
// once, or adopts one that exists, keeps its description and tags as declared, and applies
// deletionPolicy.
//
// # Purpose
//
// MLflow gives a new number to every registration and does not recognize a repeated one. A crash or a
// lost answer must not make a second version.
//
// # How it works
//
// The phases of controller.go run in this order:
//
//   - resolveModel, resolveConnection and waitForModel read what the object refers to.
//   - authorizeSource checks that a copied model is allowed in this namespace.
//   - observeModel and checkRecreated find the model in the snapshot of the registry, and check that
//     it is still the model that the version was registered in.
//   - adoptVersion takes an existing version if the spec names one.
//   - registerVersion searches for a version that carries the UID of this object. Without one,
//     it writes status.pendingRegistration and then requests one registration. After a lost answer it
//     searches until the request can no longer be running.
//   - verifyExists checks that the version exists and is READY.
//   - syncMetadata writes description and tags.
//
// # Trade-offs
//
// A lost answer delays the registration by twice the request timeout, at least a minute. Without the
// wait, a slow server could register the version twice.
//
// A version that was deleted in MLflow is not registered again: a person deleted it for a reason, and
// the new one would have another number.
package modelversion
