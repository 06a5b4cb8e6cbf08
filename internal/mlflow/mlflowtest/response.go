// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
)

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
	typeText = "text/plain; charset=utf-8"
)

// response is an HTTP response, or a dropped connection.
type response struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
	dropped     bool
}

// droppedResponse closes the connection without a byte.
var droppedResponse = response{dropped: true}

func (a *response) writeTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) //nolint:gosec // MLflow repeats names in its messages, and the clients are tests.
}

// newJSONResponse indents the body by two spaces, as MLflow does.
func newJSONResponse(status int, body any) *response {
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return newTextResponse(http.StatusInternalServerError, typeText, err.Error())
	}
	return &response{status: status, contentType: typeJSON, body: text}
}

func newTextResponse(status int, contentType, text string) *response {
	return &response{status: status, contentType: contentType, body: []byte(text)}
}

// newPageResponse returns an error page of MLflow's web framework.
func newPageResponse(status int, sentence string) *response {
	title := http.StatusText(status)
	return newTextResponse(status, typeHTML, fmt.Sprintf(
		"<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n",
		status, title, title, sentence))
}

// newErrorResponse returns this version's answer to an error of a handler.
func (s *Server) newErrorResponse(err error) *response {
	if failed, ok := errors.AsType[*responseError](err); ok {
		return failed.response
	}
	failed, ok := errors.AsType[*apiError](err)
	if !ok {
		return newPageResponse(http.StatusInternalServerError, err.Error())
	}
	body := errorWire{ErrorCode: failed.code, Message: failed.message}
	if s.rules.classifiedErrors {
		body.SQLState, body.ErrorClass = failed.errorClasses()
	}
	return newJSONResponse(failed.httpStatus(), body)
}

// The error codes of MLflow that this server uses.
const (
	codeNotFound = "RESOURCE_DOES_NOT_EXIST"
	codeExists   = "RESOURCE_ALREADY_EXISTS"
	codeInvalid  = "INVALID_PARAMETER_VALUE"
	codeInternal = "INTERNAL_ERROR"
	codeDisabled = "FEATURE_DISABLED"
)

// seeDocsSuffix is the end of messages about missing and mistyped parameters.
const seeDocsSuffix = " See the API docs for more information about request parameters."

// apiError is an error that MLflow reports as JSON.
type apiError struct {
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) httpStatus() int {
	switch e.code {
	case codeNotFound:
		return http.StatusNotFound
	case codeInternal, codeDisabled:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// errorClasses returns sqlstate and error_class, whose vocabulary differs from error_code.
func (e *apiError) errorClasses() (sqlState, class string) {
	switch e.code {
	case codeNotFound:
		return "KAM00", "RESOURCE_NOT_FOUND"
	case codeInternal:
		return "XXM00", "CLIENT_INTERNAL_ERROR"
	default:
		return "KAM00", e.code
	}
}

func newNotFoundError(format string, args ...any) error {
	return &apiError{code: codeNotFound, message: fmt.Sprintf(format, args...)}
}

func newInvalidError(format string, args ...any) error {
	return &apiError{code: codeInvalid, message: fmt.Sprintf(format, args...)}
}

func newExistsError(format string, args ...any) error {
	return &apiError{code: codeExists, message: fmt.Sprintf(format, args...)}
}

func newInternalError(format string, args ...any) error {
	return &apiError{code: codeInternal, message: fmt.Sprintf(format, args...)}
}

// responseError is an error with an answer that is not JSON.
type responseError struct{ response *response }

func (e *responseError) Error() string { return string(e.response.body) }

// The wire types have the fields of real servers in the same order. An empty list is absent.

type errorWire struct {
	ErrorCode  string `json:"error_code"`
	Message    string `json:"message"`
	SQLState   string `json:"sqlstate,omitempty"`
	ErrorClass string `json:"error_class,omitempty"`
}

type pairWire struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type aliasWire struct {
	Alias   string `json:"alias"`
	Version string `json:"version"`
}

type modelWire struct {
	Name                 string        `json:"name"`
	CreationTimestamp    int64         `json:"creation_timestamp"`
	LastUpdatedTimestamp int64         `json:"last_updated_timestamp"`
	Description          string        `json:"description,omitempty"`
	LatestVersions       []versionWire `json:"latest_versions,omitempty"`
	Tags                 []pairWire    `json:"tags,omitempty"`
	Aliases              []aliasWire   `json:"aliases,omitempty"`
}

type versionWire struct {
	Name                 string `json:"name"`
	Version              string `json:"version"`
	CreationTimestamp    int64  `json:"creation_timestamp"`
	LastUpdatedTimestamp int64  `json:"last_updated_timestamp"`
	CurrentStage         string `json:"current_stage"`
	// Description is empty after a create without one, and absent after an update without one.
	Description *string `json:"description,omitempty"`
	Source      string  `json:"source"`
	RunID       string  `json:"run_id"`
	Status      string  `json:"status"`
	// StatusMessage explains a failed registration.
	StatusMessage string     `json:"status_message,omitempty"`
	Tags          []pairWire `json:"tags,omitempty"`
	RunLink       string     `json:"run_link"`
	Aliases       []string   `json:"aliases,omitempty"`
}

type modelResponse struct {
	Model modelWire `json:"registered_model"`
}

type modelsResponse struct {
	Models        []modelWire `json:"registered_models,omitempty"`
	NextPageToken string      `json:"next_page_token,omitempty"`
}

type versionResponse struct {
	Version versionWire `json:"model_version"`
}

type versionsResponse struct {
	Versions      []versionWire `json:"model_versions,omitempty"`
	NextPageToken string        `json:"next_page_token,omitempty"`
}

type experimentWire struct {
	ExperimentID     string `json:"experiment_id"`
	Name             string `json:"name"`
	ArtifactLocation string `json:"artifact_location"`
	LifecycleStage   string `json:"lifecycle_stage"`
	LastUpdateTime   int64  `json:"last_update_time"`
	CreationTime     int64  `json:"creation_time"`
}

type experimentResponse struct {
	Experiment experimentWire `json:"experiment"`
}

type experimentIDResponse struct {
	ExperimentID string `json:"experiment_id"`
}

type metricWire struct {
	Key           string `json:"key"`
	Value         number `json:"value"`
	Timestamp     int64  `json:"timestamp"`
	Step          int64  `json:"step"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
	ModelID       string `json:"model_id,omitempty"`
	RunID         string `json:"run_id,omitempty"`
}

type metricsResponse struct {
	Metrics       []metricWire `json:"metrics,omitempty"`
	NextPageToken string       `json:"next_page_token,omitempty"`
}

type runResponse struct {
	Run runWire `json:"run"`
}

type runsResponse struct {
	Runs          []runWire `json:"runs,omitempty"`
	NextPageToken string    `json:"next_page_token,omitempty"`
}

type runWire struct {
	Info    runInfoWire  `json:"info"`
	Data    runDataWire  `json:"data"`
	Inputs  *emptyBody   `json:"inputs,omitempty"`
	Outputs *outputsWire `json:"outputs,omitempty"`
}

type outputsWire struct {
	Models []outputWire `json:"model_outputs,omitempty"`
}

type outputWire struct {
	ModelID string `json:"model_id"`
	Step    int64  `json:"step"`
}

type runInfoWire struct {
	RunID          string `json:"run_id"`
	RunUUID        string `json:"run_uuid"`
	ExperimentID   string `json:"experiment_id"`
	RunName        string `json:"run_name"`
	UserID         string `json:"user_id"`
	Status         string `json:"status"`
	StartTime      int64  `json:"start_time"`
	ArtifactURI    string `json:"artifact_uri"`
	LifecycleStage string `json:"lifecycle_stage"`
}

type runDataWire struct {
	Metrics []metricWire `json:"metrics,omitempty"`
	Tags    []pairWire   `json:"tags,omitempty"`
}

type loggedModelResponse struct {
	Model loggedModelWire `json:"model"`
}

type loggedModelWire struct {
	Info loggedInfoWire `json:"info"`
	Data loggedDataWire `json:"data"`
}

type loggedInfoWire struct {
	ModelID                string     `json:"model_id"`
	ExperimentID           string     `json:"experiment_id"`
	Name                   string     `json:"name"`
	CreationTimestampMs    int64      `json:"creation_timestamp_ms"`
	LastUpdatedTimestampMs int64      `json:"last_updated_timestamp_ms"`
	ArtifactURI            string     `json:"artifact_uri"`
	Status                 string     `json:"status"`
	ModelType              string     `json:"model_type,omitempty"`
	SourceRunID            string     `json:"source_run_id,omitempty"`
	Tags                   []pairWire `json:"tags,omitempty"`
}

type loggedDataWire struct {
	Metrics []metricWire `json:"metrics,omitempty"`
}
