// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"context"
	"net/http"
)

// ServerError is MLflow's own 500, in JSON.
func ServerError() Fault {
	return Fault{response: newJSONResponse(http.StatusInternalServerError,
		errorWire{ErrorCode: codeInternal, Message: "database is locked"})}
}

// ServerErrorHTML is the 500 of the web framework or of a proxy.
func ServerErrorHTML() Fault {
	return Fault{response: newPageResponse(http.StatusInternalServerError, serverErrorSentence)}
}

// Unauthorized is the 401 of the basic-auth app.
func Unauthorized() Fault { return Fault{response: newUnauthenticatedResponse()} }

// Forbidden is the 403 of the basic-auth app.
func Forbidden() Fault {
	return Fault{response: newTextResponse(http.StatusForbidden, typeHTML, "Permission denied")}
}

// HostNotAllowed is the 403 of the host check.
func HostNotAllowed() Fault {
	return Fault{response: newTextResponse(http.StatusForbidden, typeText, hostRejectedMessage)}
}

// NotFoundHTML is the 404 of a server that is not MLflow, or of a wrong path prefix.
func NotFoundHTML() Fault {
	return Fault{response: newPageResponse(http.StatusNotFound, notFoundSentence)}
}

// LoginPage is the 200 of a proxy that asks people to log in.
func LoginPage() Fault {
	return Fault{response: newTextResponse(http.StatusOK, typeHTML, "<!doctype html><title>Log in</title>")}
}

// FeatureDisabled is the answer to a workspace header where there are no workspaces.
func FeatureDisabled() Fault {
	return Fault{response: newJSONResponse(http.StatusInternalServerError, errorWire{
		ErrorCode: codeDisabled,
		Message:   "Workspace APIs are not available: workspaces are not enabled on this server",
	})}
}

// WorkspaceNotFound is the answer to an unknown workspace.
func WorkspaceNotFound(name string) Fault {
	return Fault{response: newJSONResponse(http.StatusNotFound, errorWire{
		ErrorCode: codeNotFound,
		Message:   "Workspace '" + name + "' not found",
	})}
}

// RespondWith is any other answer.
func RespondWith(status int, contentType, body string) Fault {
	return Fault{response: newTextResponse(status, contentType, body)}
}

// DropConnection closes the connection before anything is done.
func DropConnection() Fault { return Fault{response: &droppedResponse} }

// DropResponse does what was asked and then closes the connection without an answer.
func DropResponse() Fault { return Fault{dropResponse: true} }

// RunBefore runs while the request waits to be handled: what somebody else does in
// that moment comes first.
func RunBefore(meanwhile func(Call)) Fault {
	return Fault{before: func(_ context.Context, call *Call) { meanwhile(*call) }}
}

// RunAfter runs when the request was handled and before its answer leaves.
func RunAfter(meanwhile func(Call)) Fault {
	return Fault{after: func(_ context.Context, call *Call) { meanwhile(*call) }}
}
