// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package registeredmodel is the controller of RegisteredModels: it creates or adopts the model in
// MLflow, writes its description and tags, publishes which version holds each stage, and archives or
// deletes versions that the retention does not keep.
//
// # Purpose
//
// A RegisteredModel owns one model in MLflow. No other object of any cluster writes to that model,
// and no tag that the operator did not write is changed or removed.
//
// # How it works
//
// The phases of controller.go run in this order:
//
//   - resolveConnection and resolveClass read what the object refers to.
//   - resolveConflict makes sure that no other object has a better claim to the model.
//   - observeModel finds the model in the snapshot of the registry. MLflow is read only if the
//     snapshot does not show the model, or if a reconcile was requested by annotation.
//   - adoptModel creates the model, or decides from the owner tag and adoptionPolicy whether the
//     object may write to an existing one.
//   - syncMetadata writes description and tags. The keys of the tags are saved in
//     status.managedTags before the first tag is written, so that a key that is no longer declared
//     can be removed later.
//   - publishStages fills the status for deployments and dashboards.
//   - applyRetention archives or deletes versions in batches.
//
// Before each write, the object, its class and its connection are read from the API server, and the
// model from MLflow. After it, the model is read again: a write that MLflow accepted and did not
// persist is an error.
//
// # Trade-offs
//
// MLflow has no compare-and-set. A change that is made between the last read and the write is
// overwritten.
//
// A model that was deleted in MLflow is not created again: its versions would be missing, and a backup
// could not be restored over it.
package registeredmodel
