// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

// errNotPage is JSON of another shape than a page's. What it says is not shown.
var errNotPage = errors.New("not a page")

// requestPage asks for one page of a list and decodes it row by row while it comes: a page
// is never in memory as text and as rows at one time.
func requestPage[Row any](ctx context.Context, c *Client, q apiRequest, rowsKey string) (rows []*Row, next string, err error) {
	q.decode = func(body io.Reader) (err error) {
		rows, next, err = decodePage[Row](body, rowsKey)
		return err
	}
	if _, err := c.doWithRetry(ctx, q); err != nil {
		return nil, "", err
	}
	return rows, next, checkRows(q.endpoint, rows)
}

// decodePage takes what json.Unmarshal would, to the case of the keys and the last of
// two that are the same.
func decodePage[Row any](body io.Reader, rowsKey string) (rows []*Row, next string, err error) {
	in := json.NewDecoder(&whitespaceReader{source: body})
	err = decodeMembers(in, func(key string) (err error) {
		switch {
		case strings.EqualFold(key, rowsKey):
			rows, err = decodeRows[Row](in)
		case strings.EqualFold(key, "next_page_token"):
			err = in.Decode(&next)
		default:
			err = in.Decode(&ignoredValue{})
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, "", errNotPage
	}
	return rows, next, nil
}

// decodeMembers calls member at each value of an object, which it has to decode.
func decodeMembers(in *json.Decoder, member func(key string) error) error {
	if opened, err := openDelimiter(in, '{'); !opened {
		return err
	}
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // in an object nothing else comes here
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := in.Token()
	return err
}

func decodeRows[Row any](in *json.Decoder) ([]*Row, error) {
	if opened, err := openDelimiter(in, '['); !opened {
		return nil, err
	}
	rows := []*Row{}
	for in.More() {
		var row *Row
		if err := in.Decode(&row); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	_, err := in.Token()
	return rows, err
}

// openDelimiter enters an object or a list; it is false for null, which has nothing in it.
func openDelimiter(in *json.Decoder, with json.Delim) (bool, error) {
	switch token, err := in.Token(); {
	case err != nil:
		return false, err
	case token == nil:
		return false, nil
	case token != with:
		return false, errNotPage
	default:
		return true, nil
	}
}

// ignoredValue is a value that nobody reads.
type ignoredValue struct{}

var _ json.Unmarshaler = (*ignoredValue)(nil)

// UnmarshalJSON keeps nothing.
func (*ignoredValue) UnmarshalJSON([]byte) error { return nil }

// checkRows refuses rows that are none. No server of MLflow's writes them, and whoever
// reads a list must be able to rely on what is in it.
func checkRows[Row any](endpoint string, rows []*Row) error {
	if slices.Contains(rows, nil) {
		return newNotMLflowError(endpoint, "a row of the list is null")
	}
	return nil
}

// checkPage refuses a page that would lead its reader round in circles. It is an
// error and not an end: a list that is cut short looks like deleted models.
func checkPage(endpoint, sent, next string, rows int) error {
	if next != "" && rows == 0 {
		return newNotMLflowError(endpoint, "the list of pages does not end")
	}
	return checkToken(endpoint, sent, next)
}

// checkToken is checkPage for lists of which a page may have no rows before the last.
func checkToken(endpoint, sent, next string) error {
	if next != "" && next == sent {
		return newNotMLflowError(endpoint, "the list of pages does not end")
	}
	return nil
}

// whitespaceReader makes one space of many between the values of a JSON text, which means the
// same. A json.Decoder looks at all of a run of spaces again with each read that makes
// it longer: sixteen megabytes of nothing would keep a core busy for seconds. And
// a third of a page of MLflow's is indentation.
type whitespaceReader struct {
	source io.Reader

	inString, escaped, afterSpace bool
}

var _ io.Reader = (*whitespaceReader)(nil)

// Read reads on until there is something to tell.
func (s *whitespaceReader) Read(p []byte) (int, error) {
	for {
		n, err := s.source.Read(p)
		if n = s.collapseSpaces(p[:n]); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// collapseSpaces moves what stays to the front and counts it.
func (s *whitespaceReader) collapseSpaces(p []byte) (kept int) {
	for _, c := range p {
		space := !s.inString && isSpace(c)
		if space && s.afterSpace {
			continue
		}
		s.afterSpace = space
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = s.inString
		case c == '"':
			s.inString = !s.inString
		}
		p[kept] = c
		kept++
	}
	return kept
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}
