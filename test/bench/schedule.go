// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

// rotation is the order of the contenders in a round. Each round starts with another one,
// so that none always runs on the machine that the same other one left.
func rotation(contenders []string, round int) []string {
	n := len(contenders)
	order := make([]string, 0, n)
	for i := range n {
		order = append(order, contenders[(i+round)%n])
	}
	return order
}
