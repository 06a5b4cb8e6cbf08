// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"strings"
)

// compareFunc orders two rows as slices.SortFunc wants it.
type compareFunc[T any] func(a, b T) int

var modelKeys = map[string]compareFunc[*model]{
	"name":                   func(a, b *model) int { return strings.Compare(a.name, b.name) },
	"timestamp":              func(a, b *model) int { return cmp.Compare(a.updated, b.updated) },
	"last_updated_timestamp": func(a, b *model) int { return cmp.Compare(a.updated, b.updated) },
}

var versionKeys = map[string]compareFunc[*version]{
	"name":                   func(a, b *version) int { return strings.Compare(a.name, b.name) },
	"version_number":         func(a, b *version) int { return cmp.Compare(a.number, b.number) },
	"creation_timestamp":     func(a, b *version) int { return cmp.Compare(a.created, b.created) },
	"last_updated_timestamp": func(a, b *version) int { return cmp.Compare(a.updated, b.updated) },
}

var runKeys = map[string]compareFunc[*run]{
	"start_time": func(a, b *run) int { return cmp.Compare(a.start, b.start) },
	"run_id":     func(a, b *run) int { return strings.Compare(a.id, b.id) },
}

// parseRunOrder is the last started first unless asked otherwise.
func parseRunOrder(clauses []string) (compareFunc[*run], error) {
	return parseOrderBy(append(clauses, "start_time DESC", "run_id ASC"), runKeys)
}

// parseModelOrder ends with the name, ascending.
func parseModelOrder(clauses []string) (compareFunc[*model], error) {
	return parseOrderBy(append(clauses, "name ASC"), modelKeys)
}

// parseVersionOrder is newest change first unless asked otherwise.
func parseVersionOrder(clauses []string) (compareFunc[*version], error) {
	if len(clauses) == 0 {
		clauses = []string{"last_updated_timestamp DESC"}
	}
	return parseOrderBy(append(clauses, "name ASC", "version_number DESC"), versionKeys)
}

func parseOrderBy[T any](clauses []string, keys map[string]compareFunc[T]) (compareFunc[T], error) {
	var chain []compareFunc[T]
	for _, clause := range clauses {
		next, err := parseOrderClause(clause, keys)
		if err != nil {
			return nil, err
		}
		chain = append(chain, next)
	}
	return func(a, b T) int {
		for _, next := range chain {
			if sign := next(a, b); sign != 0 {
				return sign
			}
		}
		return 0
	}, nil
}

func parseOrderClause[T any](clause string, keys map[string]compareFunc[T]) (compareFunc[T], error) {
	fields := strings.Fields(clause)
	if len(fields) == 0 || keys[strings.Trim(fields[0], "`")] == nil {
		return nil, newInvalidError("Invalid order by key '%s' specified.", clause)
	}
	key := keys[strings.Trim(fields[0], "`")]
	if len(fields) == 1 || strings.EqualFold(fields[1], "ASC") {
		return key, nil
	}
	return func(a, b T) int { return key(b, a) }, nil
}
