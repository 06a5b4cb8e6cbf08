// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

// Messages that several stories assert. A message that one story asserts is a literal in that story.
const (
	ConnectionReadyLine     = "ConnectionReady=True Connected: the registry is read at every poll"
	ConnectionClosedMessage = "the connection was closed before the whole answer was there"
	NotMLflowMessage        = "200: the answer is not MLflow's JSON"
	MissingSecretMessage    = "there is no Secret login: create it"
	MissingModelMessage     = "there is no RegisteredModel " + ModelName + ": create it"
	MissingMetricMessage    = "run RUN has no metric accuracy (gate accuracy)"
	DuplicateGateMessage    = "two gates have the name accuracy: rename those of this promotion, which can't replace the stage's"
	NotRegisteredLine       = "Synced=Unknown PlanPending: not known while Registered is False"
	GateErrorPromotedLine   = "Promoted=Unknown GateError: not known while GatesPassed is False"
	ModelCreatedEvent       = "Normal Created: model " + ModelName + " created in MLflow"
	FirstPromotedEvent      = "Normal Promoted: alias champion of model " + ModelName + " was set to version 1; no version held it before"
)

// AccuracyNotGreaterMessage is the message of gate accuracy, which the value does not pass. RUN is a
// placeholder for FillPlaceholders.
func AccuracyNotGreaterMessage(value, threshold string) string {
	return "accuracy " + value + " is not greater than " + threshold + " (gate accuracy, run RUN)"
}

// NeverInStagingMessage is the message of a version that skips staging.
func NeverInStagingMessage(version string) string {
	return "version " + version + " was never promoted to staging: promote it there first"
}

// ModelNotReadyMessage is the message of a promotion whose model is not ready.
func ModelNotReadyMessage(why string) string {
	return "RegisteredModel " + ModelName + " is not ready: " + why
}

// PromotedEvent is the event of a promotion that replaces a version.
func PromotedEvent(previous, version string) string {
	return "Normal Promoted: alias champion of model " + ModelName + " moved from version " + previous + " to " + version
}

// SuspendedLine is a condition of a suspended object.
func SuspendedLine(condition string) string {
	return condition + "=Unknown Suspended: spec.suspend is true: set it to false to continue"
}
