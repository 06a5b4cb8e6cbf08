// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"regexp"
	"slices"
	"strings"
)

const (
	itemPattern = `(?:'[^']*'|"[^"]*")`
	listPattern = `\(\s*` + itemPattern + `(?:\s*,\s*` + itemPattern + `)*\s*\)`
)

var itemForm = regexp.MustCompile(itemPattern)

func (c *condition) addList(list string) {
	for _, item := range itemForm.FindAllString(list, -1) {
		c.values = append(c.values, unquoted(item))
		c.doubleQuotes = c.doubleQuotes || item[0] == '"'
	}
}

func unquoted(item string) string { return item[1 : len(item)-1] }

func (c *condition) inList() bool { return c.comparator == "IN" || c.comparator == "NOT IN" }

// checkList wants one of the attributes that take a list.
func (c *condition) checkList(lists []string, rules dialect) error {
	switch {
	case !slices.Contains(lists, c.key) && rules.looseLists:
		return invalid("Only ['%s'] attributes support comparison with a list of quoted string values.", strings.Join(lists, "', '"))
	case !slices.Contains(lists, c.key):
		return invalid("Only the 'run_id' attribute supports comparison with a list of quoted string values.")
	case c.doubleQuotes && !rules.looseLists:
		return invalid("While parsing a list in the query, expected string value, punctuation, or whitespace, " +
			"but got different type in list")
	default:
		return nil
	}
}

// soughtBy are the values that are looked for: old versions drop the ids of runs that
// have a capital letter, or none at all.
func (d dialect) soughtBy(c condition) []string {
	if d.looseLists || c.key != "run_id" || !c.inList() {
		return c.values
	}
	return slices.DeleteFunc(c.values, func(id string) bool {
		return id != strings.ToLower(id) || id == strings.ToUpper(id)
	})
}
