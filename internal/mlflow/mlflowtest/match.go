// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"slices"
	"sync/atomic"
)

// Any matches every call.
func Any() func(Call) bool { return func(Call) bool { return true } }

// Endpoint matches calls to one of the endpoints, written as in Server.Count.
func Endpoint(endpoints ...string) func(Call) bool {
	return func(c Call) bool { return slices.ContainsFunc(endpoints, c.is) }
}

// WriteCalls matches calls that ask for a change.
func WriteCalls() func(Call) bool { return func(c Call) bool { return c.Write } }

// ReadCalls matches calls that ask for none.
func ReadCalls() func(Call) bool { return func(c Call) bool { return !c.Write } }

// Naming matches calls with an argument of this value: Naming("name", "sentiment").
func Naming(argument, value string) func(Call) bool {
	return func(c Call) bool { return c.Args.Text(argument) == value }
}

// By matches calls that authenticate as this user.
func By(username string) func(Call) bool {
	return func(c Call) bool { return c.Username == username }
}

// All matches calls that every condition matches.
func All(conditions ...func(Call) bool) func(Call) bool {
	return func(c Call) bool {
		return !slices.ContainsFunc(conditions, func(match func(Call) bool) bool { return !match(c) })
	}
}

// Nth matches the n-th call that match does, counted from one.
func Nth(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) == int64(n) }
}

// From matches the n-th call that match does and all later ones: the server goes
// down there.
func From(n int, match func(Call) bool) func(Call) bool {
	var seen atomic.Int64
	return func(c Call) bool { return match(c) && seen.Add(1) >= int64(n) }
}
