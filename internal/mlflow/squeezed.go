// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import "io"

// squeezed makes one space of many between the values of a JSON text, which means the
// same. A json.Decoder looks at all of a run of spaces again with each read that makes
// it longer: sixteen megabytes of nothing would keep a core busy for seconds. And
// a third of a page of MLflow's is indentation.
type squeezed struct {
	from io.Reader

	quoted, escaped, spaced bool
}

var _ io.Reader = (*squeezed)(nil)

// Read reads on until there is something to tell.
func (s *squeezed) Read(p []byte) (int, error) {
	for {
		n, err := s.from.Read(p)
		if n = s.squeeze(p[:n]); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// squeeze moves what stays to the front and counts it.
func (s *squeezed) squeeze(p []byte) (kept int) {
	for _, c := range p {
		space := !s.quoted && isSpace(c)
		if space && s.spaced {
			continue
		}
		s.spaced = space
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = s.quoted
		case c == '"':
			s.quoted = !s.quoted
		}
		p[kept] = c
		kept++
	}
	return kept
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r'
}
