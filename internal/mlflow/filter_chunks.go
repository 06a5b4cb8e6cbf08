// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import "net/url"

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
