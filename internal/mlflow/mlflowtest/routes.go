// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// routeKey is a method and a path below the API's base.
type routeKey struct{ method, path string }

// route is one endpoint.
type route struct {
	// name replaces the path as Call.Endpoint; empty is the path.
	name string
	// required are the required parameters, in the order in which MLflow checks them.
	required []string
	handle   func(*request) (any, error)
	// permission is the level that the basic-auth app requires.
	permission Permission
	// status is the HTTP status of a success; 0 is 200.
	status int
	// reads marks a POST that changes nothing.
	reads bool
	// native marks a route of version 3.0 of the API.
	native bool
	// existsInDialect reports whether a version of MLflow has the route; nil is every version.
	existsInDialect func(dialect) bool
}

func (r *route) isInDialect(rules dialect) bool {
	return r.existsInDialect == nil || r.existsInDialect(rules)
}

func (r *route) successStatus() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// request is the input of a handler.
type request struct {
	args      Args
	workspace *workspace
	state     *state
	now       int64
	rules     dialect
	// hidden reports whether a model is hidden from the caller.
	hidden func(name string) bool
}

func (q *request) getText(name string) string { return q.args.String(name) }

func hasLoggedModels(rules dialect) bool { return rules.loggedModels }
func hasServerInfo(rules dialect) bool   { return rules.serverInfo }

func splitWords(list string) []string { return strings.Fields(list) }

// emptyBody is the answer to most writes.
type emptyBody struct{}

var routes = map[routeKey]*route{
	{"POST", "registered-models/create"}:       {required: splitWords("name"), handle: createModel},
	{"GET", "registered-models/get"}:           {required: splitWords("name"), handle: getModel, permission: PermissionRead},
	{"PATCH", "registered-models/update"}:      {required: splitWords("name"), handle: updateModel, permission: PermissionEdit},
	{"POST", "registered-models/rename"}:       {required: splitWords("name new_name"), handle: renameModel, permission: PermissionEdit},
	{"DELETE", "registered-models/delete"}:     {required: splitWords("name"), handle: deleteModel, permission: PermissionManage},
	{"GET", "registered-models/search"}:        {handle: searchModels},
	{"POST", "registered-models/set-tag"}:      {required: splitWords("name key"), handle: setModelTag, permission: PermissionEdit},
	{"DELETE", "registered-models/delete-tag"}: {required: splitWords("name key"), handle: deleteModelTag, permission: PermissionEdit},
	{"POST", "registered-models/alias"}:        {required: splitWords("name alias version"), handle: setAlias, permission: PermissionEdit},
	{"DELETE", "registered-models/alias"}:      {required: splitWords("name alias"), handle: deleteAlias, permission: PermissionManage},
	{"GET", "registered-models/alias"}:         {required: splitWords("name alias"), handle: getVersionByAlias, permission: PermissionRead},

	{"POST", "model-versions/create"}:   {required: splitWords("name source"), handle: createVersion, permission: PermissionEdit},
	{"GET", "model-versions/get"}:       {required: splitWords("name version"), handle: getVersion, permission: PermissionRead},
	{"PATCH", "model-versions/update"}:  {required: splitWords("name version"), handle: updateVersion, permission: PermissionEdit},
	{"DELETE", "model-versions/delete"}: {required: splitWords("name version"), handle: deleteVersion, permission: PermissionManage},
	{"GET", "model-versions/search"}:    {handle: searchVersions},
	{"POST", "model-versions/set-tag"}:  {required: splitWords("name version key"), handle: setVersionTag, permission: PermissionEdit},
	{"DELETE", "model-versions/delete-tag"}: {
		required: splitWords("name version key"), handle: deleteVersionTag, permission: PermissionManage,
	},
	{"POST", "model-versions/transition-stage"}: {
		required: splitWords("name version stage"), handle: transitionStage, permission: PermissionEdit,
	},

	{"POST", "experiments/create"}:     {required: splitWords("name"), handle: createExperiment},
	{"GET", "experiments/get-by-name"}: {required: splitWords("experiment_name"), handle: getExperimentByName, permission: PermissionRead},
	{"POST", "runs/create"}:            {handle: createRun, permission: PermissionEdit},
	{"GET", "runs/get"}:                {required: splitWords("run_id"), handle: getRun, permission: PermissionRead},
	{"POST", "runs/search"}:            {handle: searchRuns, reads: true},
	{"POST", "runs/delete"}:            {required: splitWords("run_id"), handle: deleteRun, permission: PermissionManage},
	{"POST", "runs/restore"}:           {required: splitWords("run_id"), handle: restoreRun, permission: PermissionManage},
	{"POST", "runs/outputs"}:           {required: splitWords("run_id"), handle: logOutputs, permission: PermissionEdit},
	{"POST", "runs/set-tag"}:           {required: splitWords("run_id key"), handle: setRunTag, permission: PermissionEdit},
	{"POST", "runs/log-metric"}:        {required: splitWords("run_id key value timestamp"), handle: logMetric, permission: PermissionEdit},
	{"GET", "metrics/get-history"}:     {required: splitWords("run_id metric_key"), handle: getMetricHistory, permission: PermissionRead},

	{"POST", "logged-models"}: {
		name: "logged-models/create", required: splitWords("experiment_id"), handle: createLoggedModel,
		permission: PermissionEdit, existsInDialect: hasLoggedModels,
	},
	{"GET", "logged-models/{id}"}: {
		name: "logged-models/get", handle: getLoggedModel, permission: PermissionRead, existsInDialect: hasLoggedModels,
	},
	{"PATCH", "logged-models/{id}"}: {
		name: "logged-models/finalize", required: splitWords("model_id status"), handle: finalizeLoggedModel,
		permission: PermissionEdit, existsInDialect: hasLoggedModels,
	},
	{"DELETE", "logged-models/{id}"}: {
		name: "logged-models/delete", handle: deleteLoggedModel, permission: PermissionManage, existsInDialect: hasLoggedModels,
	},

	{"POST", "workspaces"}: {
		name: "workspaces/create", required: splitWords("name"), handle: createWorkspace, status: http.StatusCreated,
		native: true, existsInDialect: hasServerInfo,
	},
}

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

// respondPlain answers calls without a route: the probes, server-info, and unknown paths.
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

// hasOtherMethods reports whether a route has the path with another method.
func (s *Server) hasOtherMethods(endpoint string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(routes)), func(key routeKey) bool {
		return key.path == endpoint && routes[key].isInDialect(s.rules)
	})
}
