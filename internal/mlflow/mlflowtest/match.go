// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"sync/atomic"
)

// AnyCall matches every call.
func AnyCall() func(Call) bool { return func(Call) bool { return true } }

// CallsTo matches calls to one of the endpoints, written as in Server.Count.
func CallsTo(endpoints ...string) func(Call) bool {
	return func(c Call) bool { return slices.ContainsFunc(endpoints, c.matchesEndpoint) }
}

// WriteCalls matches calls that ask for a change.
func WriteCalls() func(Call) bool { return func(c Call) bool { return c.Write } }

// ReadCalls matches calls that ask for none.
func ReadCalls() func(Call) bool { return func(c Call) bool { return !c.Write } }

// WithArgument matches calls with an argument of this value: Naming("name", "sentiment").
func WithArgument(argument, value string) func(Call) bool {
	return func(c Call) bool { return c.Args.String(argument) == value }
}

// CallsBy matches calls that authenticate as this user.
func CallsBy(username string) func(Call) bool {
	return func(c Call) bool { return c.Username == username }
}

// MatchAll matches calls that every condition matches.
func MatchAll(conditions ...func(Call) bool) func(Call) bool {
	return func(c Call) bool {
		return !slices.ContainsFunc(conditions, func(match func(Call) bool) bool { return !match(c) })
	}
}

// NthCall matches the n-th call that match does, counted from one.
func NthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) == int64(n) }
}

// FromNthCall matches the n-th call that match does and all later ones: the server goes
// down there.
func FromNthCall(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) >= int64(n) }
}
