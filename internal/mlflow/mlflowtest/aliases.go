// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"strconv"
	"strings"
)

func setAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := checkAlias(alias); err != nil {
		return nil, err
	}
	if err := checkAliasNotReserved(alias); err != nil {
		return nil, err
	}
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	q.workspace.models[found.name].aliases[alias] = found.number
	return emptyBody{}, nil
}

// deleteAlias is content when there is none.
func deleteAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.findModel()
	if err != nil {
		return nil, err
	}
	delete(found.aliases, alias)
	return emptyBody{}, nil
}

func getVersionByAlias(q *request) (any, error) {
	alias := q.getText("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.findModel()
	if err != nil {
		return nil, q.newMissingAliasError(err)
	}
	if strings.EqualFold(alias, "latest") {
		return q.getNewestVersion(found)
	}
	number, ok := found.aliases[alias]
	if !ok {
		return nil, newInvalidError("Registered model alias %s not found.", alias)
	}
	q.args["version"] = strconv.Itoa(number)
	return getVersion(q)
}

// newMissingAliasError is what a version says of an alias of a model that does not exist:
// before the third generation it blamed the alias.
func (q *request) newMissingAliasError(err error) error {
	if q.rules.latestAlias {
		return err
	}
	return newInvalidError("Registered model alias %s not found.", q.getText("alias"))
}

func (q *request) getNewestVersion(found *model) (any, error) {
	live := found.liveVersions()
	if len(live) == 0 {
		return nil, newNotFoundError("Latest version not found for model %s.", found.name)
	}
	return versionResponse{live[len(live)-1].toWire()}, nil
}
