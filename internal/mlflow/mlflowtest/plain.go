// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"maps"
	"net/http"
	"slices"
)

const notFoundSentence = "The requested URL was not found on the server. If you entered the URL manually " +
	"please check your spelling and try again."

const serverErrorSentence = "The server encountered an internal error and was unable to complete your request. " +
	"Either the server is overloaded or there is an error in the application."

type serverInfoWire struct {
	StoreType         string          `json:"store_type"`
	WorkspacesEnabled bool            `json:"workspaces_enabled"`
	TraceArchival     bool            `json:"trace_archival_enabled"`
	MultipartUploads  bool            `json:"multipart_uploads_enabled"`
	FeaturesEnabled   map[string]bool `json:"features_enabled"`
}

// respondPlain answers what is no route: the probes, server-info, and what does not exist.
func (s *Server) respondPlain(call *Call) *response {
	switch {
	case call.outsidePrefix:
		return newPageResponse(http.StatusNotFound, notFoundSentence)
	case call.Endpoint == "/health":
		return newTextResponse(http.StatusOK, typeText, "OK")
	case call.Endpoint == "/version":
		return newTextResponse(http.StatusOK, typeHTML, s.rules.version)
	case call.Endpoint == "server-info" && s.rules.serverInfo:
		return newJSONResponse(http.StatusOK, serverInfoWire{
			StoreType:         "SqlStore",
			WorkspacesEnabled: s.options.Workspaces,
			FeaturesEnabled:   map[string]bool{"gateway": true},
		})
	case s.hasOtherMethods(call.Endpoint):
		return newPageResponse(http.StatusMethodNotAllowed, "The method is not allowed for the requested URL.")
	default:
		return newPageResponse(http.StatusNotFound, notFoundSentence)
	}
}

// hasOtherMethods tells whether the path exists with another method.
func (s *Server) hasOtherMethods(endpoint string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(routes)), func(key routeKey) bool {
		return key.path == endpoint && routes[key].isInDialect(s.rules)
	})
}
