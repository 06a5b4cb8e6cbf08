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

// response is one HTTP response, or the lack of one.
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
	_, _ = w.Write(a.body) //nolint:gosec // MLflow repeats names in its messages, and so does this one, to tests.
}

// newJSONResponse prints as MLflow does, indented by two.
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

// newPageResponse is what the web framework under MLflow says by itself.
func newPageResponse(status int, sentence string) *response {
	title := http.StatusText(status)
	return newTextResponse(status, typeHTML, fmt.Sprintf(
		"<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n",
		status, title, title, sentence))
}

// newErrorResponse turns a handler's error into what this version would say.
func (s *Server) newErrorResponse(err error) *response {
	if refused, ok := errors.AsType[*responseError](err); ok {
		return refused.response
	}
	fault, ok := errors.AsType[*apiError](err)
	if !ok {
		return newPageResponse(http.StatusInternalServerError, err.Error())
	}
	body := errorWire{ErrorCode: fault.code, Message: fault.message}
	if s.rules.classifiedErrors {
		body.SQLState, body.ErrorClass = fault.errorClasses()
	}
	return newJSONResponse(fault.httpStatus(), body)
}
