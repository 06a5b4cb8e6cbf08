// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"regexp"
	"slices"
	"strings"
)

// The items and lists of a filter, as regular expressions.
const (
	itemRegexp = `(?:'[^']*'|"[^"]*")`
	listRegexp = `\(\s*` + itemRegexp + `(?:\s*,\s*` + itemRegexp + `)*\s*\)`
)

// filterClause is one clause of a filter, which joins clauses with AND.
type filterClause struct {
	isTag bool
	// prefix is the text before the key, such as attribute; empty without one.
	prefix     string
	key        string
	comparator string
	values     []string
	// doubleQuotes reports whether a value of a list is in double quotes.
	doubleQuotes bool
}

// row is the input of a condition.
type row struct {
	attribute func(key string) string
	tags      map[string]string
}

var (
	clausePattern = regexp.MustCompile("(?is)^\\s*(?:(attributes?|tags?)\\.)?" +
		"(\\w+|`[^`]+`|\"[^\"]+\")\\s*" +
		`(=|!=|>=|<=|>|<|\bLIKE\b|\bILIKE\b|\bNOT\s+IN\b|\bIN\b)\s*` +
		`(` + itemRegexp + `|-?\d+|` + listRegexp + `)\s*`)
	joinPattern = regexp.MustCompile(`(?i)^AND\s+`)
	itemPattern = regexp.MustCompile(itemRegexp)
)

// parseFilter parses the grammar that real servers accepted in tests.
func parseFilter(text string) ([]filterClause, error) {
	var conditions []filterClause
	rest := text
	for strings.TrimSpace(rest) != "" {
		if len(conditions) > 0 {
			join := joinPattern.FindString(rest)
			if join == "" {
				return nil, newInvalidError("Invalid clause(s) in filter string: %s", rest)
			}
			rest = rest[len(join):]
		}
		clause := clausePattern.FindStringSubmatch(rest)
		if clause == nil {
			return nil, newInvalidError("Invalid clause(s) in filter string: %s", rest)
		}
		next, err := newFilterClause(clause)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, next)
		rest = rest[len(clause[0]):]
	}
	return conditions, nil
}

func newFilterClause(clause []string) (filterClause, error) {
	prefix := strings.ToLower(clause[1])
	c := filterClause{
		isTag:      strings.HasPrefix(prefix, "tag"),
		prefix:     prefix,
		key:        strings.Trim(clause[2], "`\""),
		comparator: strings.Join(strings.Fields(strings.ToUpper(clause[3])), " "),
	}
	switch value := clause[4]; {
	case value[0] == '(':
		c.addListValues(value)
	case c.key == "version_number":
		c.values = []string{strings.Trim(value, `'"`)}
	case value[0] != '\'' && value[0] != '"':
		return c, newInvalidError("Expected a quoted string value for %s (e.g. 'my-value'). Got value %s", c.key, value)
	default:
		c.values = []string{unquoteItem(value)}
	}
	return c, nil
}

// matchesRow reports whether a row meets the condition. A missing tag meets no condition.
func (c filterClause) matchesRow(r row) bool {
	if !c.isTag {
		return c.compareValue(r.attribute(c.key))
	}
	value, ok := r.tags[c.key]
	return ok && c.compareValue(value)
}

func (c filterClause) compareValue(value string) bool {
	switch c.comparator {
	case "IN":
		return slices.Contains(c.values, value)
	case "NOT IN":
		return !slices.Contains(c.values, value)
	case "LIKE":
		return matchesLike(value, c.values[0])
	case "ILIKE":
		return matchesLike(strings.ToLower(value), strings.ToLower(c.values[0]))
	}
	if c.key == "version_number" && !c.isTag {
		return matchesOrder(c.comparator, compareNumbers(value, c.values[0]))
	}
	return matchesOrder(c.comparator, strings.Compare(value, c.values[0]))
}

func matchesOrder(comparator string, sign int) bool {
	switch comparator {
	case "=":
		return sign == 0
	case "!=":
		return sign != 0
	case ">":
		return sign > 0
	case ">=":
		return sign >= 0
	case "<":
		return sign < 0
	default:
		return sign <= 0
	}
}

// matchesLike matches a pattern with SQL's wildcards.
func matchesLike(value, pattern string) bool {
	form := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern))
	matched, err := regexp.MatchString("(?s)^"+form+"$", value)
	return err == nil && matched
}

func (c *filterClause) addListValues(list string) {
	for _, item := range itemPattern.FindAllString(list, -1) {
		c.values = append(c.values, unquoteItem(item))
		c.doubleQuotes = c.doubleQuotes || item[0] == '"'
	}
}

func unquoteItem(item string) string { return item[1 : len(item)-1] }

func (c *filterClause) isList() bool { return c.comparator == "IN" || c.comparator == "NOT IN" }

// checkList requires an attribute that supports lists, in the syntax of this version.
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

// searchedValues returns the values that a search uses: old versions ignore run ids with a capital
// letter, and run ids without any letter.
func (d dialect) searchedValues(c filterClause) []string {
	if d.lenientLists || c.key != "run_id" || !c.isList() {
		return c.values
	}
	return slices.DeleteFunc(c.values, func(id string) bool {
		return id != strings.ToLower(id) || id == strings.ToUpper(id)
	})
}
