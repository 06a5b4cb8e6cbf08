// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// cutPage cuts one page out of all rows. It pages by offset over live data, and a
// limit of zero gives a token that leads nowhere, as the real server does.
func cutPage[T any](all []T, token string, limit int64) ([]T, string, error) {
	offset, err := parseToken(token)
	if err != nil {
		return nil, "", err
	}
	total := int64(len(all))
	start := min(offset, total)
	end := min(start+limit, total)
	if end == total {
		return all[start:end], "", nil
	}
	return all[start:end], newToken(offset + limit), nil
}

func newToken(offset int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"offset": %d}`, offset))
}

func parseToken(token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, newInvalidError("Invalid page token, could not base64-decode")
	}
	var position struct {
		Offset int64 `json:"offset"`
	}
	if json.Unmarshal(text, &position) != nil {
		return 0, newInvalidError("Invalid page token, decoded value=b'%s'", text)
	}
	return position.Offset, nil
}
