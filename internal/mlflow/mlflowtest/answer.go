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

// answer is one HTTP response, or the lack of one.
type answer struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
	lost        bool
}

// lostAnswer closes the connection without a byte.
var lostAnswer = answer{lost: true}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) //nolint:gosec // MLflow repeats names in its messages, and so does this one, to tests.
}

// jsonAnswer prints as MLflow does, indented by two.
func jsonAnswer(status int, body any) *answer {
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return textAnswer(http.StatusInternalServerError, typeText, err.Error())
	}
	return &answer{status: status, contentType: typeJSON, body: text}
}

func textAnswer(status int, contentType, text string) *answer {
	return &answer{status: status, contentType: contentType, body: []byte(text)}
}

// pageAnswer is what the web framework under MLflow says by itself.
func pageAnswer(status int, sentence string) *answer {
	title := http.StatusText(status)
	return textAnswer(status, typeHTML, fmt.Sprintf(
		"<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n",
		status, title, title, sentence))
}

// failure turns a handler's error into what this version would say.
func (s *Server) failure(err error) *answer {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.answer
	}
	fault, ok := errors.AsType[*apiError](err)
	if !ok {
		return pageAnswer(http.StatusInternalServerError, err.Error())
	}
	body := errorWire{ErrorCode: fault.code, Message: fault.message}
	if s.rules.classifiedErrors {
		body.SQLState, body.ErrorClass = fault.classes()
	}
	return jsonAnswer(fault.status(), body)
}
