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

// settings are the flags and the environment.
type settings struct {
	models, workers []int
	rounds          int
	only            []string
	contenders      []string
	out             string
	manager         string
	merge           bool
	postgres        bool
	poll            time.Duration
	// profiles is where profiles of the operator go; empty for none.
	profiles string
	// compare are two results, the older one first.
	compare []string
}

// largeModels is what BENCH_LARGE adds.
const largeModels = 10_000

func parse(args []string, getenv func(string) string) (*settings, error) {
	s := &settings{models: []int{100, 1000}, workers: []int{1, 4}, postgres: getenv("BENCH_POSTGRES") != ""}
	if getenv("BENCH_LARGE") != "" {
		s.models = append(s.models, largeModels)
	}
	s.only, s.contenders = measures, contenders
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Func("models", "sizes of the registry (default 100,1000, and 10000 with BENCH_LARGE=1)", numbers(&s.models))
	flags.Func("workers", "workers of the MLflow servers (default 1,4)", numbers(&s.workers))
	flags.Func("only", "measures to take: "+strings.Join(measures, ","), words(&s.only))
	flags.Func("contenders", "who is measured: "+strings.Join(contenders, ","), words(&s.contenders))
	flags.IntVar(&s.rounds, "rounds", 3, "rounds of convergence")
	flags.DurationVar(&s.poll, "poll", 30*time.Second, "the poll interval of all contenders")
	flags.StringVar(&s.out, "out", "docs/benchmarks", "where the report goes")
	flags.StringVar(&s.manager, "manager", "bin/manager", "the operator's binary")
	flags.StringVar(&s.profiles, "profiles", "", "a directory for profiles of the operator while it converges (default: none)")
	flags.BoolVar(&s.merge, "merge", false, "keep what the results in -out have of other series")
	compare := flags.Bool("compare", false, "compare two results: -compare OLD.json NEW.json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *compare {
		if flags.NArg() != 2 {
			return nil, errors.New("-compare takes two files of results")
		}
		s.compare = flags.Args()
		return s, nil
	}
	return s, s.validate()
}

func (s *settings) validate() error {
	if err := among(measures, "-only", s.only); err != nil {
		return err
	}
	if err := among(contenders, "-contenders", s.contenders); err != nil {
		return err
	}
	if s.rounds < 1 {
		return errors.New("-rounds must be at least 1")
	}
	// Fewer could not show that changes do not disturb each other.
	if slices.Min(s.models) < 20 {
		return errors.New("-models must be at least 20")
	}
	return nil
}

func among(known []string, name string, chosen []string) error {
	for _, word := range chosen {
		if !slices.Contains(known, word) {
			return fmt.Errorf("%s %s: choose from %s", name, word, strings.Join(known, ","))
		}
	}
	return nil
}

func words(into *[]string) func(string) error {
	return func(text string) error {
		*into = strings.Split(text, ",")
		return nil
	}
}

// numbers reads a list such as 100,1000.
func numbers(into *[]int) func(string) error {
	return func(text string) error {
		var all []int
		for part := range strings.SplitSeq(text, ",") {
			number, err := strconv.Atoi(part)
			if err != nil || number < 1 {
				return fmt.Errorf("%q is no list of numbers", text)
			}
			all = append(all, number)
		}
		*into = all
		return nil
	}
}

func (s *settings) wants(measure string) bool { return slices.Contains(s.only, measure) }
