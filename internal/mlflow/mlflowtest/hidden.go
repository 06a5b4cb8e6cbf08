// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"strings"
)

// HideModels withdraws models as a DENY of the basic-auth app does: lists leave them
// out, and whatever else names one is forbidden. Admins go on seeing them; where there
// are no accounts, Users do. Nil shows all again.
func (s *Server) HideModels(hidden func(name string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = hidden
}

// hiddenModelsFor are the models that the call must not see.
func (s *Server) hiddenModelsFor(call *Call) func(name string) bool {
	blind := call.restricted || s.options.Accounts == nil && !call.ByUser
	if s.hidden == nil || !blind {
		return func(string) bool { return false }
	}
	return s.hidden
}

// hasHiddenModel tells whether the call names a model that it must not see.
func (s *Server) hasHiddenModel(call *Call) bool {
	group, _, _ := strings.Cut(call.Endpoint, "/")
	if group != "registered-models" && group != "model-versions" {
		return false
	}
	hidden := s.hiddenModelsFor(call)
	return hidden(call.Args.String("name")) || hidden(call.Args.String("new_name"))
}

// filterReadable takes hidden rows out of a page of versions after it was cut, as the real
// server does: a page may have no rows, and yet another follows. Pages of models are
// filled up instead.
func (q *request) filterReadable(page []*version) []*version {
	return slices.DeleteFunc(slices.Clone(page), func(v *version) bool { return q.hidden(v.name) })
}
