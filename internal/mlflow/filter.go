// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// FilterEquals returns a filter such as name = 'm', with the value quoted.
func FilterEquals(attribute, value string) (string, error) {
	quoted, err := quoteValue(value)
	if err != nil {
		return "", err
	}
	return attribute + " = " + quoted, nil
}

// FilterTagPrefix returns a filter for a tag whose value begins with a prefix. A percent sign or
// an underscore in the prefix is a wildcard, so that the filter may match more.
func FilterTagPrefix(key, prefix string) (string, error) {
	filter, err := FilterTag(key, prefix+"%")
	return strings.Replace(filter, "` = ", "` LIKE ", 1), err
}

// FilterTagSuffix returns a filter for a tag whose value ends in a suffix. A percent sign or an
// underscore in the suffix is a wildcard, so that the filter may match more.
func FilterTagSuffix(key, suffix string) (string, error) {
	filter, err := FilterTag(key, "%"+suffix)
	return strings.Replace(filter, "` = ", "` LIKE ", 1), err
}

// FilterTag returns a filter for a tag with a value. The key may contain dots and slashes.
func FilterTag(key, value string) (string, error) {
	if strings.ContainsAny(key, "`\\") || !isValidHeaderValue(key) {
		return "", errors.New("a tag key with a backtick, a backslash or a control character can't be searched for")
	}
	return FilterEquals(fmt.Sprintf("tags.`%s`", key), value)
}

// FilterIn returns a filter such as name IN ('a','b'). Searches of runs support a list for
// run_id and attributes.run_id, searches of versions for run_id. Only newer servers support a
// list of names; older ones answer ErrFilterNotSupported.
//
// More than a hundred values make nothing faster. MLflow 2.22 rejects a URL of 4 KiB, which
// is some 90 run ids, and finds no run whose id has no letter.
func FilterIn(attribute string, values []string) (string, error) {
	if len(values) == 0 {
		return "", errors.New("a list without a value can't be searched for")
	}
	list := make([]string, len(values))
	for i, value := range values {
		item, err := quoteListItem(value)
		if err != nil {
			return "", err
		}
		list[i] = item
	}
	return attribute + " IN (" + strings.Join(list, ",") + ")", nil
}

// quoteListItem uses single quotes alone, because MLflow 2.22 rejects a whole list for one
// value in double quotes.
func quoteListItem(value string) (string, error) {
	if strings.Contains(value, "'") {
		return "", errors.New("a value with a single quote can't be searched for in a list")
	}
	return quoteValue(value)
}

// quoteValue uses the kind of quotes that the value does not contain: MLflow's filter language
// has no escape.
func quoteValue(value string) (string, error) {
	switch {
	case strings.Contains(value, `\`) || !isValidHeaderValue(value):
		return "", errors.New("a value with a backslash or a control character can't be searched for")
	case !strings.Contains(value, "'"):
		return "'" + value + "'", nil
	case !strings.Contains(value, `"`):
		return `"` + value + `"`, nil
	default:
		return "", errors.New("a value with both kinds of quotes can't be searched for")
	}
}

// MinBatchSize is the number of values up to which separate gets are better: a search for two
// values costs the server as much as two gets.
const MinBatchSize = 2

const (
	// maxChunkValues is the number of values beyond which one search is no cheaper than two
	// searches for half of them.
	maxChunkValues = 100
	// maxChunkBytes keeps the URL of a search below 4 KiB; proxies reject longer ones.
	maxChunkBytes = 3500
	// quotingBytes is the size of two quotes and a comma, escaped for a URL.
	quotingBytes = 9
)

// Chunk holds the values of one search.
type Chunk struct {
	Values []string
	// Filter finds the values: see FilterIn.
	Filter string
}

// FilterChunks divides values into searches of suitable size. It leaves out the values that no
// filter can express.
func FilterChunks(attribute string, values []string) []Chunk {
	var (
		chunks  []Chunk
		current []string
		bytes   int
	)
	flush := func() {
		if filter, err := FilterIn(attribute, current); err == nil && len(current) > 0 {
			chunks = append(chunks, Chunk{Values: current, Filter: filter})
		}
		current, bytes = nil, 0
	}
	for _, value := range values {
		if _, err := quoteListItem(value); err != nil {
			continue
		}
		size := len(url.QueryEscape(value)) + quotingBytes
		if len(current) == maxChunkValues || len(current) > 0 && bytes+size > maxChunkBytes {
			flush()
		}
		current = append(current, value)
		bytes += size
	}
	flush()
	return chunks
}
