// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// FilterEquals is a filter such as name = 'm', with the value safely quoted.
func FilterEquals(attribute, value string) (string, error) {
	quoted, err := quoteValue(value)
	if err != nil {
		return "", err
	}
	return attribute + " = " + quoted, nil
}

// FilterTagPrefix is a filter for one tag whose value begins with a prefix. Where the
// prefix holds a percent sign or an underscore, it finds more.
func FilterTagPrefix(key, prefix string) (string, error) {
	filter, err := FilterTag(key, prefix+"%")
	return strings.Replace(filter, "` = ", "` LIKE ", 1), err
}

// FilterTagSuffix is a filter for one tag whose value ends in a suffix. Where the suffix
// holds a percent sign or an underscore, it finds more.
func FilterTagSuffix(key, suffix string) (string, error) {
	filter, err := FilterTag(key, "%"+suffix)
	return strings.Replace(filter, "` = ", "` LIKE ", 1), err
}

// FilterTag is a filter for one tag, whose key may hold dots and slashes.
func FilterTag(key, value string) (string, error) {
	if strings.ContainsAny(key, "`\\") || !isValidHeaderValue(key) {
		return "", errors.New("a tag key with a backtick, a backslash or a control character can't be searched for")
	}
	return FilterEquals(fmt.Sprintf("tags.`%s`", key), value)
}

// FilterIn is a filter such as name IN ('a','b'). Runs are asked for by run_id or
// attributes.run_id, versions by run_id; of names only newer servers take a list, and
// older ones answer ErrFilterNotSupported.
//
// A hundred values are as good as more: nothing gets faster, and MLflow 2.22 reads no
// URL of 4 KiB, which is some 90 run ids. It also finds no run whose id has no letter.
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

// quoteListItem knows one kind of quote: in a list MLflow 2.22 takes no other, and refuses
// all of the list for one value.
func quoteListItem(value string) (string, error) {
	if strings.Contains(value, "'") {
		return "", errors.New("a value with a single quote can't be searched for in a list")
	}
	return quoteValue(value)
}

// quoteValue uses the kind of quote that the value doesn't hold: MLflow's filter
// language has no escape.
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

// MinBatchSize values are better read one by one: a search for two costs the server as much as two
// gets.
const MinBatchSize = 2

const (
	// maxChunkValues is where a search for many values stops to be cheaper than two for half as
	// many.
	maxChunkValues = 100
	// maxChunkBytes keeps the address of a search below 4 KiB: proxies refuse longer ones.
	maxChunkBytes = 3500
	// quotingBytes are two quotes and a comma, as an address spells them.
	quotingBytes = 9
)

// Chunk is as many values as one search should be made for.
type Chunk struct {
	Values []string
	// Filter finds them: see FilterIn.
	Filter string
}

// FilterChunks cuts many values into searches. Values that no filter can express are in
// none of them.
func FilterChunks(attribute string, values []string) []Chunk {
	var (
		chunks []Chunk
		open   []string
		bytes  int
	)
	end := func() {
		if filter, err := FilterIn(attribute, open); err == nil && len(open) > 0 {
			chunks = append(chunks, Chunk{Values: open, Filter: filter})
		}
		open, bytes = nil, 0
	}
	for _, value := range values {
		if _, err := quoteListItem(value); err != nil {
			continue
		}
		size := len(url.QueryEscape(value)) + quotingBytes
		if len(open) == maxChunkValues || len(open) > 0 && bytes+size > maxChunkBytes {
			end()
		}
		open = append(open, value)
		bytes += size
	}
	end()
	return chunks
}
