// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"net/url"
	"strconv"
)

// defaultPageSize is kinder than the largest page: a page holds a worker of the
// server, a millisecond a model, while others wait.
const defaultPageSize = 200

// SearchRequest asks for one page of a list.
type SearchRequest struct {
	// Filter is MLflow's filter language: see FilterEquals and FilterTag.
	Filter string
	// OrderBy are columns such as "name ASC".
	OrderBy []string
	// MaxResults is the size of the page; 0 is 200.
	MaxResults int
	// PageToken is the NextPageToken of the page before; empty asks for the first.
	PageToken string
}

// buildQuery writes the request down.
func (r SearchRequest) buildQuery(endpoint string, largest int) (url.Values, error) {
	size, err := boundPageSize(endpoint, r.MaxResults, largest)
	if err != nil {
		return nil, err
	}
	query := url.Values{"max_results": {strconv.Itoa(size)}}
	if r.Filter != "" {
		query.Set("filter", r.Filter)
	}
	if r.PageToken != "" {
		query.Set("page_token", r.PageToken)
	}
	for _, column := range r.OrderBy {
		query.Add("order_by", column)
	}
	return query, nil
}

// boundPageSize is the max_results that is always sent: left out or zero, some servers answer
// with an empty page and a token that never ends.
func boundPageSize(endpoint string, asked, largest int) (int, error) {
	if asked < 0 || asked > largest {
		return 0, newInvalidRequestError(endpoint, "a page has 1 to %d results, not %d", largest, asked)
	}
	if asked == 0 {
		return defaultPageSize, nil
	}
	return asked, nil
}
