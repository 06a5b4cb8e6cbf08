// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import "io"

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
