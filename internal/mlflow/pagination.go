// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

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
