// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// searchable describes the attributes of a search.
type searchable struct {
	attributes []string
	// lists are the attributes that support a list.
	lists []string
	// prefixes are the prefixes that an attribute may have.
	prefixes []string
}

// parseConditions parses the filter and rejects conditions that the search does not support.
func (q *request) parseConditions(about searchable) ([]filterClause, error) {
	conditions, err := parseFilter(q.getText("filter"))
	if err != nil {
		return nil, err
	}
	for i := range conditions {
		if err := conditions[i].checkSearchable(about, q.rules); err != nil {
			return nil, err
		}
		conditions[i].values = q.rules.searchedValues(conditions[i])
	}
	return conditions, nil
}

func (c filterClause) checkSearchable(about searchable, rules dialect) error {
	less := strings.ContainsAny(c.comparator, "<>")
	switch {
	case c.isTag && (c.isList() || less):
		return newInvalidError("Invalid comparator for tag: %s", c.comparator)
	case c.isTag:
		return nil
	case c.prefix != "" && !slices.Contains(about.prefixes, c.prefix):
		return newInvalidError("Invalid entity type '%s'. Valid entity types are ('attribute', 'tag', 'tags')", c.prefix)
	case !slices.Contains(about.attributes, c.key):
		return newInvalidError("Invalid attribute key '%s' specified. Valid keys are '%s'", c.key, strings.Join(about.attributes, ", "))
	case less && c.key != "version_number":
		return newInvalidError("Invalid comparator for attribute: %s", c.comparator)
	case c.isList():
		return c.checkList(about.lists, rules)
	default:
		return nil
	}
}

// hasPromptCondition reports whether the filter selects prompts, which are hidden otherwise.
func hasPromptCondition(conditions []filterClause) bool {
	for _, c := range conditions {
		if c.isTag && c.key == promptTag {
			return c.comparator == "=" && strings.EqualFold(c.values[0], "true") ||
				c.comparator == "!=" && strings.EqualFold(c.values[0], "false")
		}
	}
	return false
}

// matchesConditions ignores conditions on the prompt tag unless the filter selects prompts,
// because models do not have the tag.
func matchesConditions(r row, conditions []filterClause, prompts bool) bool {
	for _, c := range conditions {
		if c.isTag && c.key == promptTag && !prompts {
			continue
		}
		if !c.matchesRow(r) {
			return false
		}
	}
	return true
}

func compareNumbers(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return cmp.Compare(x, y)
}

// compareFunc orders two rows for slices.SortFunc.
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

// parseRunOrder returns the order of runs: by default the last started first.
func parseRunOrder(clauses []string) (compareFunc[*run], error) {
	return parseOrderBy(append(clauses, "start_time DESC", "run_id ASC"), runKeys)
}

// parseModelOrder returns the order of models, by name at last.
func parseModelOrder(clauses []string) (compareFunc[*model], error) {
	return parseOrderBy(append(clauses, "name ASC"), modelKeys)
}

// parseVersionOrder returns the order of versions: by default the last updated first.
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

// cutPage returns one page of all rows and the next token. Like the real server it pages live
// data by offset, and returns the same position again for a limit of zero.
func cutPage[T any](all []T, token string, limit int64) ([]T, string, error) {
	offset, err := parseToken(token)
	if err != nil {
		return nil, "", err
	}
	total := int64(len(all))
	start := min(offset, total)
	end := min(start+limit, total)
	if end == total {
		return all[start:end], "", nil
	}
	return all[start:end], newToken(offset + limit), nil
}

func newToken(offset int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"offset": %d}`, offset))
}

func parseToken(token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, newInvalidError("Invalid page token, could not base64-decode")
	}
	var position struct {
		Offset int64 `json:"offset"`
	}
	if json.Unmarshal(text, &position) != nil {
		return 0, newInvalidError("Invalid page token, decoded value=b'%s'", text)
	}
	return position.Offset, nil
}
