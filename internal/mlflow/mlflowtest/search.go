// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// conditions reads the filter and refuses what cannot be asked about.
func (q *request) conditions(attributes, lists []string) ([]condition, error) {
	conditions, err := parseFilter(q.text("filter"))
	if err != nil {
		return nil, err
	}
	for _, c := range conditions {
		if err := c.check(attributes, lists); err != nil {
			return nil, err
		}
	}
	return conditions, nil
}

func (c condition) check(attributes, lists []string) error {
	inList := c.comparator == "IN" || c.comparator == "NOT IN"
	less := strings.ContainsAny(c.comparator, "<>")
	switch {
	case !c.tag && !slices.Contains(attributes, c.key):
		return invalid("Invalid attribute key '%s' specified. Valid keys are '%s'", c.key, strings.Join(attributes, ", "))
	case c.tag && (inList || less):
		return invalid("Invalid comparator for tag: %s", c.comparator)
	case inList && !slices.Contains(lists, c.key):
		return invalid("Only the '%s' attribute supports comparison with a list of quoted string values.", strings.Join(lists, ", "))
	case less && c.key != "version_number":
		return invalid("Invalid comparator for attribute: %s", c.comparator)
	default:
		return nil
	}
}

// wantsPrompts tells whether the filter asks for prompts, which are hidden otherwise.
func wantsPrompts(conditions []condition) bool {
	for _, c := range conditions {
		if c.tag && c.key == promptTag {
			return c.comparator == "=" && strings.EqualFold(c.values[0], "true") ||
				c.comparator == "!=" && strings.EqualFold(c.values[0], "false")
		}
	}
	return false
}

// matches drops the conditions on the prompt tag unless prompts are wanted: models
// that are none do not carry the tag at all.
func matches(r row, conditions []condition, prompts bool) bool {
	for _, c := range conditions {
		if c.tag && c.key == promptTag && !prompts {
			continue
		}
		if !c.holds(r) {
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
