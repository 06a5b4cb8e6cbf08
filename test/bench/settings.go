// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings come from the flags and the environment.
type settings struct {
	models, workers []int
	rounds          int
	measures        []string
	subjects        []string
	out             string
	manager         string
	merge           bool
	postgres        bool
	poll            time.Duration
	// profiles is the directory for profiles of the operator. Empty: no profiles.
	profiles string
	// compare holds the paths of two results, the older one first. Nil: measure.
	compare []string
}

// largeModels is the size of registry that BENCH_LARGE adds.
const largeModels = 10_000

func parseSettings(args []string, getenv func(string) string) (*settings, error) {
	s := &settings{models: []int{100, 1000}, workers: []int{1, 4}, postgres: getenv("BENCH_POSTGRES") != ""}
	if getenv("BENCH_LARGE") != "" {
		s.models = append(s.models, largeModels)
	}
	s.measures, s.subjects = measureNames, subjectNames
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Func("models", "sizes of the registry (default 100,1000, and 10000 with BENCH_LARGE=1)", setNumbers(&s.models))
	flags.Func("workers", "workers of the MLflow servers (default 1,4)", setNumbers(&s.workers))
	flags.Func("measures", "measures to take: "+strings.Join(measureNames, ","), setWords(&s.measures))
	flags.Func("subjects", "subjects to measure: "+strings.Join(subjectNames, ","), setWords(&s.subjects))
	flags.IntVar(&s.rounds, "rounds", 3, "rounds of convergence")
	flags.DurationVar(&s.poll, "poll", 30*time.Second, "poll interval of all subjects")
	flags.StringVar(&s.out, "out", "", "directory of the report (default docs/benchmarks of the repository)")
	flags.StringVar(&s.manager, "manager", "", "binary of the operator (default bin/manager of the repository)")
	flags.StringVar(&s.profiles, "profiles", "", "directory for profiles of the operator during convergence (default: no profiles)")
	flags.BoolVar(&s.merge, "merge", false, "keep the series in -out that this run does not measure")
	compare := flags.Bool("compare", false, "compare the medians of two results: -compare OLD.json NEW.json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *compare {
		if flags.NArg() != 2 {
			return nil, errors.New("-compare needs two result files")
		}
		s.compare = flags.Args()
		return s, nil
	}
	return s, s.validate()
}

func (s *settings) validate() error {
	if err := checkChoices(measureNames, "-measures", s.measures); err != nil {
		return err
	}
	if err := checkChoices(subjectNames, "-subjects", s.subjects); err != nil {
		return err
	}
	if s.rounds < 1 {
		return errors.New("-rounds must be at least 1")
	}
	// Changes while idle and under load each need models of their own.
	if slices.Min(s.models) < 20 {
		return errors.New("-models must be at least 20")
	}
	return nil
}

func checkChoices(known []string, name string, chosen []string) error {
	for _, word := range chosen {
		if !slices.Contains(known, word) {
			return fmt.Errorf("%s %s: choose from %s", name, word, strings.Join(known, ","))
		}
	}
	return nil
}

func setWords(into *[]string) func(string) error {
	return func(text string) error {
		*into = strings.Split(text, ",")
		return nil
	}
}

// setNumbers parses a list such as 100,1000.
func setNumbers(into *[]int) func(string) error {
	return func(text string) error {
		var all []int
		for part := range strings.SplitSeq(text, ",") {
			number, err := strconv.Atoi(part)
			if err != nil || number < 1 {
				return fmt.Errorf("%q is not a list of positive numbers", text)
			}
			all = append(all, number)
		}
		*into = all
		return nil
	}
}

func (s *settings) isMeasured(measure string) bool { return slices.Contains(s.measures, measure) }
