// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"regexp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// plainNumber is a number as people write it, with an exponent of at most three
// digits: no hexadecimal, no underscores, no names of what is not finite.
var plainNumber = regexp.MustCompile(`^[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?$`)

// tagMetric reads a number that somebody wrote into a tag of the version.
func tagMetric(version *entities.ModelVersion, q question) (reading, *stop) {
	where := "tag " + showKey(q.key) + " of " + versionNoun(version.Version)
	text, tagged := version.Tags[q.key]
	if !tagged {
		s := halt(versionNoun(version.Version) + " has no tag " + showKey(q.key))
		s.missing = true
		return reading{}, s
	}
	value, ok := entities.NewMetricValue(text).Rat()
	if !ok || !plainNumber.MatchString(text) {
		s := halt(fmt.Sprintf("%s is %q, not a finite number", where, clean(text, 100)))
		s.observed = clean(text, 100)
		return reading{}, s
	}
	return reading{value: value, where: where}, nil
}
