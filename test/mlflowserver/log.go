// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"bytes"
	"os"
	"path/filepath"
)

// tailSize is enough for a Python traceback.
const tailSize = 4096

// readLogTail is what the server said last.
func (s *Server) readLogTail() string {
	text, err := os.ReadFile(filepath.Join(s.Dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-tailSize):]))
}
