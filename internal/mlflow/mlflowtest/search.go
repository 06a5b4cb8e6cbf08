// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// searchable is what a search can ask about.
type searchable struct {
	attributes []string
	// lists are those attributes that can be compared with a list.
	lists []string
	// prefixes may stand before an attribute.
	prefixes []string
}

// parseConditions reads the filter and refuses what cannot be asked about.
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

// hasPromptCondition tells whether the filter asks for prompts, which are hidden otherwise.
func hasPromptCondition(conditions []filterClause) bool {
	for _, c := range conditions {
		if c.isTag && c.key == promptTag {
			return c.comparator == "=" && strings.EqualFold(c.values[0], "true") ||
				c.comparator == "!=" && strings.EqualFold(c.values[0], "false")
		}
	}
	return false
}

// matchesConditions drops the conditions on the prompt tag unless prompts are wanted: models
// that are none do not carry the tag at all.
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
