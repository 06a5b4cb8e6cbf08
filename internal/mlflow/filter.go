// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"fmt"
	"strings"
)

// FilterEquals is a filter such as name = 'm', with the value safely quoted.
func FilterEquals(attribute, value string) (string, error) {
	quoted, err := quote(value)
	if err != nil {
		return "", err
	}
	return attribute + " = " + quoted, nil
}

// FilterIn is a filter such as name IN ('m','n'), with each value safely quoted. Servers
// before 3.17 know it for run_id alone, and answer ErrInvalidParameter.
func FilterIn(attribute string, values []string) (string, error) {
	all := make([]string, 0, len(values))
	for _, value := range values {
		quoted, err := quote(value)
		if err != nil {
			return "", err
		}
		all = append(all, quoted)
	}
	return attribute + " IN (" + strings.Join(all, ",") + ")", nil
}

// FilterTagPrefix is a filter for one tag whose value begins with a prefix. Where the
// prefix holds a percent sign or an underscore, it finds more.
func FilterTagPrefix(key, prefix string) (string, error) {
	filter, err := FilterTag(key, prefix+"%")
	return strings.Replace(filter, "` = ", "` LIKE ", 1), err
}

// FilterTag is a filter for one tag, whose key may hold dots and slashes.
func FilterTag(key, value string) (string, error) {
	if strings.ContainsAny(key, "`\\") || !printable(key) {
		return "", errors.New("a tag key with a backtick, a backslash or a control character can't be searched for")
	}
	return FilterEquals(fmt.Sprintf("tags.`%s`", key), value)
}

// quote uses the kind of quote that the value doesn't hold: MLflow's filter
// language has no escape.
func quote(value string) (string, error) {
	switch {
	case strings.Contains(value, `\`) || !printable(value):
		return "", errors.New("a value with a backslash or a control character can't be searched for")
	case !strings.Contains(value, "'"):
		return "'" + value + "'", nil
	case !strings.Contains(value, `"`):
		return `"` + value + `"`, nil
	default:
		return "", errors.New("a value with both kinds of quotes can't be searched for")
	}
}
