// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"regexp"
	"slices"
	"strings"
)

const (
	itemRegexp = `(?:'[^']*'|"[^"]*")`
	listRegexp = `\(\s*` + itemRegexp + `(?:\s*,\s*` + itemRegexp + `)*\s*\)`
)

var itemPattern = regexp.MustCompile(itemRegexp)

func (c *filterClause) addListValues(list string) {
	for _, item := range itemPattern.FindAllString(list, -1) {
		c.values = append(c.values, unquoteItem(item))
		c.doubleQuotes = c.doubleQuotes || item[0] == '"'
	}
}

func unquoteItem(item string) string { return item[1 : len(item)-1] }

func (c *filterClause) isList() bool { return c.comparator == "IN" || c.comparator == "NOT IN" }

// checkList wants one of the attributes that take a list.
func (c *filterClause) checkList(lists []string, rules dialect) error {
	switch {
	case !slices.Contains(lists, c.key) && rules.lenientLists:
		return newInvalidError("Only ['%s'] attributes support comparison with a list of quoted string values.", strings.Join(lists, "', '"))
	case !slices.Contains(lists, c.key):
		return newInvalidError("Only the 'run_id' attribute supports comparison with a list of quoted string values.")
	case c.doubleQuotes && !rules.lenientLists:
		return newInvalidError("While parsing a list in the query, expected string value, punctuation, or whitespace, " +
			"but got different type in list")
	default:
		return nil
	}
}

// searchedValues are the values that are looked for: old versions drop the ids of runs that
// have a capital letter, or none at all.
func (d dialect) searchedValues(c filterClause) []string {
	if d.lenientLists || c.key != "run_id" || !c.isList() {
		return c.values
	}
	return slices.DeleteFunc(c.values, func(id string) bool {
		return id != strings.ToLower(id) || id == strings.ToUpper(id)
	})
}
