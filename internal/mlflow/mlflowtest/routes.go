// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"net/http"
	"strings"
)

// routeKey is a method and a path below the API's base.
type routeKey struct{ method, path string }

// route is one endpoint.
type route struct {
	// name replaces the path in records, where the path alone says too little.
	name     string
	required []string
	handle   func(*request) (any, error)
	// needs is the permission that the basic-auth app asks for.
	needs Permission
	// status is 200 unless set.
	status int
	// reads: a POST that changes nothing.
	reads bool
	// native: of the third generation of the API.
	native bool
	// only tells which versions have it; nil: all.
	only func(dialect) bool
}

func (r *route) in(rules dialect) bool { return r.only == nil || r.only(rules) }

func (r *route) success() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// request is what a handler gets.
type request struct {
	args  Args
	space *space
	state *state
	now   int64
	rules dialect
	// hidden are the models that must not be seen.
	hidden func(name string) bool
}

func (q *request) text(name string) string { return q.args.Text(name) }

func withLoggedModels(rules dialect) bool { return rules.loggedModels }
func withServerInfo(rules dialect) bool   { return rules.serverInfo }

func words(list string) []string { return strings.Fields(list) }

// empty is the answer of most writes.
type empty struct{}

var routes = map[routeKey]*route{
	{"POST", "registered-models/create"}:       {required: words("name"), handle: createModel},
	{"GET", "registered-models/get"}:           {required: words("name"), handle: getModel, needs: PermissionRead},
	{"PATCH", "registered-models/update"}:      {required: words("name"), handle: updateModel, needs: PermissionEdit},
	{"POST", "registered-models/rename"}:       {required: words("name new_name"), handle: renameModel, needs: PermissionEdit},
	{"DELETE", "registered-models/delete"}:     {required: words("name"), handle: deleteModel, needs: PermissionManage},
	{"GET", "registered-models/search"}:        {handle: searchModels},
	{"POST", "registered-models/set-tag"}:      {required: words("name key"), handle: setModelTag, needs: PermissionEdit},
	{"DELETE", "registered-models/delete-tag"}: {required: words("name key"), handle: deleteModelTag, needs: PermissionEdit},
	{"POST", "registered-models/alias"}:        {required: words("name alias version"), handle: setAlias, needs: PermissionEdit},
	{"DELETE", "registered-models/alias"}:      {required: words("name alias"), handle: deleteAlias, needs: PermissionManage},
	{"GET", "registered-models/alias"}:         {required: words("name alias"), handle: getByAlias, needs: PermissionRead},

	{"POST", "model-versions/create"}:           {required: words("name source"), handle: createVersion, needs: PermissionEdit},
	{"GET", "model-versions/get"}:               {required: words("name version"), handle: getVersion, needs: PermissionRead},
	{"PATCH", "model-versions/update"}:          {required: words("name version"), handle: updateVersion, needs: PermissionEdit},
	{"DELETE", "model-versions/delete"}:         {required: words("name version"), handle: deleteVersion, needs: PermissionManage},
	{"GET", "model-versions/search"}:            {handle: searchVersions},
	{"POST", "model-versions/set-tag"}:          {required: words("name version key"), handle: setVersionTag, needs: PermissionEdit},
	{"DELETE", "model-versions/delete-tag"}:     {required: words("name version key"), handle: deleteVersionTag, needs: PermissionManage},
	{"POST", "model-versions/transition-stage"}: {required: words("name version stage"), handle: transitionStage, needs: PermissionEdit},

	{"POST", "experiments/create"}:     {required: words("name"), handle: createExperiment},
	{"GET", "experiments/get-by-name"}: {required: words("experiment_name"), handle: getExperimentByName, needs: PermissionRead},
	{"POST", "runs/create"}:            {handle: createRun, needs: PermissionEdit},
	{"GET", "runs/get"}:                {required: words("run_id"), handle: getRun, needs: PermissionRead},
	{"POST", "runs/search"}:            {handle: searchRuns, reads: true},
	{"POST", "runs/delete"}:            {required: words("run_id"), handle: deleteRun, needs: PermissionManage},
	{"POST", "runs/restore"}:           {required: words("run_id"), handle: restoreRun, needs: PermissionManage},
	{"POST", "runs/outputs"}:           {required: words("run_id"), handle: logOutputs, needs: PermissionEdit},
	{"POST", "runs/set-tag"}:           {required: words("run_id key"), handle: setRunTag, needs: PermissionEdit},
	{"POST", "runs/log-metric"}:        {required: words("run_id key value timestamp"), handle: logMetric, needs: PermissionEdit},
	{"GET", "metrics/get-history"}:     {required: words("run_id metric_key"), handle: getMetricHistory, needs: PermissionRead},

	{"POST", "logged-models"}: {
		name: "logged-models/create", required: words("experiment_id"), handle: createLoggedModel,
		needs: PermissionEdit, only: withLoggedModels,
	},
	{"GET", "logged-models/{id}"}: {
		name: "logged-models/get", handle: getLoggedModel, needs: PermissionRead, only: withLoggedModels,
	},
	{"PATCH", "logged-models/{id}"}: {
		name: "logged-models/finalize", required: words("model_id status"), handle: finalizeLoggedModel,
		needs: PermissionEdit, only: withLoggedModels,
	},
	{"DELETE", "logged-models/{id}"}: {
		name: "logged-models/delete", handle: deleteLoggedModel, needs: PermissionManage, only: withLoggedModels,
	},

	{"POST", "workspaces"}: {
		name: "workspaces/create", required: words("name"), handle: createWorkspace, status: http.StatusCreated,
		native: true, only: withServerInfo,
	},
}
