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

// defaultPageSize is smaller than the largest page, because a page occupies a worker of the
// server, for about a millisecond per model, while other requests wait.
const defaultPageSize = 200

// SearchRequest selects one page of a list.
type SearchRequest struct {
	// Filter is in MLflow's filter language: see FilterEquals and FilterTag. Empty selects
	// everything.
	Filter string
	// OrderBy are columns such as "name ASC"; empty is the server's order.
	OrderBy []string
	// MaxResults is the size of the page; 0 is 200.
	MaxResults int
	// PageToken is the NextPageToken of the page before; empty selects the first page.
	PageToken string
}

// buildQuery returns the request as a URL query.
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

// boundPageSize returns the max_results to send. It is always sent: without it, or with zero,
// some servers answer with an empty page and a token, forever.
func boundPageSize(endpoint string, size, largest int) (int, error) {
	if size < 0 || size > largest {
		return 0, newInvalidRequestError(endpoint, "a page has 1 to %d results, not %d", largest, size)
	}
	if size == 0 {
		return defaultPageSize, nil
	}
	return size, nil
}

// errNotPage is the error of JSON that is not a page. Its text is never shown.
var errNotPage = errors.New("not a page")

// requestPage requests one page of a list and decodes its rows while they arrive, so that a
// page is never in memory both as text and as rows.
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

// decodePage accepts what json.Unmarshal accepts: keys in any case, and the last of two equal
// keys.
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

// decodeMembers calls member for each key of an object; member decodes the value.
func decodeMembers(in *json.Decoder, member func(key string) error) error {
	if opened, err := openDelimiter(in, '{'); !opened {
		return err
	}
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // a key is always a string
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

// openDelimiter reads the delimiter that opens an object or a list. It reports false for null,
// which has no members.
func openDelimiter(in *json.Decoder, want json.Delim) (bool, error) {
	switch token, err := in.Token(); {
	case err != nil:
		return false, err
	case token == nil:
		return false, nil
	case token != want:
		return false, errNotPage
	default:
		return true, nil
	}
}

// ignoredValue is a value that the client does not use.
type ignoredValue struct{}

var _ json.Unmarshaler = (*ignoredValue)(nil)

// UnmarshalJSON discards the value.
func (*ignoredValue) UnmarshalJSON([]byte) error { return nil }

// checkRows rejects null rows. MLflow sends none, and callers dereference every row of a list.
func checkRows[Row any](endpoint string, rows []*Row) error {
	if slices.Contains(rows, nil) {
		return newNotMLflowError(endpoint, "a row of the list is null")
	}
	return nil
}

// checkPage rejects a page whose token leads to no further rows. It returns an error rather
// than end the list, because models that a short list lacks look deleted.
func checkPage(endpoint, sent, next string, rows int) error {
	if next != "" && rows == 0 {
		return newNotMLflowError(endpoint, "the list of pages does not end")
	}
	return checkToken(endpoint, sent, next)
}

// checkToken is checkPage for a list that may have empty pages before its last one.
func checkToken(endpoint, sent, next string) error {
	if next != "" && next == sent {
		return newNotMLflowError(endpoint, "the list of pages does not end")
	}
	return nil
}

// whitespaceReader collapses whitespace between JSON tokens, which has no meaning. A
// json.Decoder scans a run of whitespace from its start with each read that makes it longer,
// so 16 MiB of spaces would keep a core busy for seconds. A third of a page of MLflow is
// indentation.
type whitespaceReader struct {
	source io.Reader

	inString, escaped, afterSpace bool
}

var _ io.Reader = (*whitespaceReader)(nil)

// Read reads until at least one byte remains.
func (r *whitespaceReader) Read(p []byte) (int, error) {
	for {
		n, err := r.source.Read(p)
		if n = r.collapseSpaces(p[:n]); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// collapseSpaces moves the bytes that remain to the front of p and returns their number.
func (r *whitespaceReader) collapseSpaces(p []byte) (kept int) {
	for _, c := range p {
		space := !r.inString && isSpace(c)
		if space && r.afterSpace {
			continue
		}
		r.afterSpace = space
		switch {
		case r.escaped:
			r.escaped = false
		case c == '\\':
			r.escaped = r.inString
		case c == '"':
			r.inString = !r.inString
		}
		p[kept] = c
		kept++
	}
	return kept
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}
