// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

const (
	// maxChunk and maxChunkBytes keep the address of a search below 4 KiB, even where each
	// byte is written as three: proxies refuse longer ones, and a search for many values
	// is no cheaper than two for half as many.
	maxChunk      = 100
	maxChunkBytes = 1200
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
		if _, err := quote(value); err != nil {
			continue
		}
		if len(open) == maxChunk || len(open) > 0 && bytes+len(value) > maxChunkBytes {
			end()
		}
		open = append(open, value)
		bytes += len(value)
	}
	end()
	return chunks
}
