// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command words refuses words that this project has replaced by those of Kubernetes,
// controller-runtime, MLflow and Go.
//
// # Purpose
//
// One word means one thing, so that a reader can search for it. docs/concepts/glossary.md says
// which word that is. This command keeps the words that it replaced out of names, comments,
// messages and pages.
//
// # Usage
//
//	go run ./hack/words      # from the root of the repository; `make verify` does it
//
// It prints one line for each word that it refuses, with the word to use instead, and exits
// with 1 if there is any.
//
// # How it works
//
// words.tsv lists what is refused. A row of kind name refuses a word in the name of a Go file or
// of anything that Go code declares: newRivalModel has the words new, rival and model. A row of kind
// prose is a regular expression, and refuses what it matches in comments, in string literals and
// in Markdown outside of code.
//
// # Trade-offs
//
// The list has only words that have no good use in this project. Words that are sometimes right,
// such as tell or stay, are left to the reviewer. Generated files, and the pages that are about
// the words themselves, are not checked.
package main
