// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
)

func main() {
	rules, err := parseRules(embeddedRules)
	if err == nil {
		err = checkRepository(".", rules)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(1)
	}
}

// checkRepository prints what the rules refuse below root. The error says how much it is.
func checkRepository(root string, rules rules) error {
	files, err := listFiles(root)
	if err != nil {
		return err
	}
	refused := 0
	for _, file := range files {
		findings, err := checkFile(root, file, rules)
		if err != nil {
			return err
		}
		for _, finding := range findings {
			fmt.Println(finding)
		}
		refused += len(findings)
	}
	if refused > 0 {
		return fmt.Errorf("%d words are refused: docs/concepts/glossary.md has the words of this project", refused)
	}
	return nil
}
