// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"strconv"
	"strings"
)

func setAlias(q *request) (any, error) {
	alias := q.text("alias")
	if err := checkAlias(alias); err != nil {
		return nil, err
	}
	if err := checkAliasNotReserved(alias); err != nil {
		return nil, err
	}
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	q.space.models[found.name].aliases[alias] = found.number
	return empty{}, nil
}

// deleteAlias is content when there is none.
func deleteAlias(q *request) (any, error) {
	alias := q.text("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.model()
	if err != nil {
		return nil, err
	}
	delete(found.aliases, alias)
	return empty{}, nil
}

func getByAlias(q *request) (any, error) {
	alias := q.text("alias")
	if err := q.rules.checkAliasArg(alias); err != nil {
		return nil, err
	}
	found, err := q.model()
	if err != nil {
		return nil, q.missingAlias(err)
	}
	if strings.EqualFold(alias, "latest") {
		return q.newest(found)
	}
	number, ok := found.aliases[alias]
	if !ok {
		return nil, invalid("Registered model alias %s not found.", alias)
	}
	q.args["version"] = strconv.Itoa(number)
	return getVersion(q)
}

// missingAlias is what a version says of an alias of a model that does not exist:
// before the third generation it blamed the alias.
func (q *request) missingAlias(err error) error {
	if q.rules.latestAlias {
		return err
	}
	return invalid("Registered model alias %s not found.", q.text("alias"))
}

func (q *request) newest(found *model) (any, error) {
	live := found.live()
	if len(live) == 0 {
		return nil, notFound("Latest version not found for model %s.", found.name)
	}
	return versionAnswer{live[len(live)-1].wire()}, nil
}
