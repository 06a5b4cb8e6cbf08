// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
)

// ServerError is MLflow's own 500, in JSON.
func ServerError() Fault {
	return Fault{instead: jsonAnswer(http.StatusInternalServerError,
		errorWire{ErrorCode: codeInternal, Message: "database is locked"})}
}

// ServerErrorHTML is the 500 of the web framework or of a proxy.
func ServerErrorHTML() Fault {
	return Fault{instead: pageAnswer(http.StatusInternalServerError, failedSentence)}
}

// Unauthorized is the 401 of the basic-auth app.
func Unauthorized() Fault { return Fault{instead: unauthenticated()} }

// Forbidden is the 403 of the basic-auth app.
func Forbidden() Fault {
	return Fault{instead: textAnswer(http.StatusForbidden, typeHTML, "Permission denied")}
}

// HostNotAllowed is the 403 of the host check.
func HostNotAllowed() Fault {
	return Fault{instead: textAnswer(http.StatusForbidden, typeText, hostRefused)}
}

// NotFoundHTML is the 404 of a server that is not MLflow, or of a wrong path prefix.
func NotFoundHTML() Fault {
	return Fault{instead: pageAnswer(http.StatusNotFound, notFoundSentence)}
}

// LoginPage is the 200 of a proxy that asks people to log in.
func LoginPage() Fault {
	return Fault{instead: textAnswer(http.StatusOK, typeHTML, "<!doctype html><title>Log in</title>")}
}

// FeatureDisabled is the answer to a workspace header where there are no workspaces.
func FeatureDisabled() Fault {
	return Fault{instead: jsonAnswer(http.StatusInternalServerError, errorWire{
		ErrorCode: codeDisabled,
		Message:   "Workspace APIs are not available: workspaces are not enabled on this server",
	})}
}

// WorkspaceNotFound is the answer to an unknown workspace.
func WorkspaceNotFound(name string) Fault {
	return Fault{instead: jsonAnswer(http.StatusNotFound, errorWire{
		ErrorCode: codeNotFound,
		Message:   "Workspace '" + name + "' not found",
	})}
}

// Respond is any other answer.
func Respond(status int, contentType, body string) Fault {
	return Fault{instead: textAnswer(status, contentType, body)}
}

// Drop closes the connection before anything is done.
func Drop() Fault { return Fault{instead: &lostAnswer} }

// LoseAnswer does what was asked and then closes the connection without an answer.
func LoseAnswer() Fault { return Fault{lose: true} }

// Before runs while the request waits to be handled: what somebody else does in
// that moment comes first.
func Before(meanwhile func(Call)) Fault {
	return Fault{before: func(_ context.Context, call *Call) { meanwhile(*call) }}
}

// After runs when the request was handled and before its answer leaves.
func After(meanwhile func(Call)) Fault {
	return Fault{after: func(_ context.Context, call *Call) { meanwhile(*call) }}
}
