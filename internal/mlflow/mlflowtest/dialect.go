// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

// The versions that were measured.
const (
	Version3 = "3.17.2"
	Version2 = "2.22.5"
)

// dialect is what differs between MLflow versions.
type dialect struct {
	version string
	// classifiedErrors: error bodies carry sqlstate and error_class.
	classifiedErrors bool
	// keepAlive: connections are reused.
	keepAlive bool
	// hostCheck: the Host and Origin headers are checked.
	hostCheck bool
	// serverInfo: server-info and workspaces exist.
	serverInfo bool
	// loggedModels: LoggedModel exists.
	loggedModels bool
	// ownedSources: a version's source must belong to its run or logged model.
	ownedSources bool
	// danglingAliases: an alias outlives the version it points to.
	danglingAliases bool
	// latestAlias: the alias latest can be read.
	latestAlias bool
	// strictNames: model names are checked.
	strictNames bool
	// nameIn: models and versions can be searched with name IN (…).
	nameIn bool
	// lenientLists: lists take double quotes, and run ids of any letters.
	lenientLists bool
	// maxRequestLine is the longest first line of a request; 0: none is too long here.
	maxRequestLine int
	// exactRunPages: a full page of runs has a token only when more follow, and the ids
	// of experiments must be numbers.
	exactRunPages bool
	// pagedHistory: get-history heeds max_results.
	pagedHistory bool
	// maxTagValue is the longest value of a tag.
	maxTagValue int
}

func newDialect(version string) dialect {
	if version == Version2 {
		return dialect{version: Version2, danglingAliases: true, maxTagValue: 5_000, maxRequestLine: 4094}
	}
	if version == "" {
		version = Version3
	}
	return dialect{
		version:          version,
		classifiedErrors: true,
		keepAlive:        true,
		hostCheck:        true,
		serverInfo:       true,
		loggedModels:     true,
		ownedSources:     true,
		latestAlias:      true,
		strictNames:      true,
		nameIn:           true,
		lenientLists:     true,
		exactRunPages:    true,
		pagedHistory:     true,
		maxTagValue:      100_000,
	}
}
