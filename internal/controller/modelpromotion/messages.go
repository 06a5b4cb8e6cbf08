// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

func candidateResolvedMessage(s *scope) string {
	if s.resolution.Message == "" {
		return "the wanted version is known"
	}
	return s.resolution.Message
}

func gatesPassedMessage(s *scope) string {
	return fmt.Sprintf("every gate passed for version %s when it was last evaluated", versionOrNone(s.resolution.Version)) + exemptionsMessage(s)
}

// gatesFailedMessage is the sentence of the verdict that decides, and how many more stand
// in the way. That a version does not exist says all: no gate can pass then.
func gatesFailedMessage(result gate.Result, worst gate.Answer) string {
	if worst.Reason == v1alpha1.ReasonVersionNotFound {
		return worst.Message
	}
	others := -1
	for _, v := range result.Gates {
		if !v.IsPassedOrExempt() {
			others++
		}
	}
	switch others {
	case 0:
		return worst.Message
	case 1:
		return worst.Message + "; 1 more gate did not pass, see status.gates"
	default:
		return fmt.Sprintf("%s; %d more gates did not pass, see status.gates", worst.Message, others)
	}
}

// blockedMessage says of the whole promotion what a refusal means. A version that another
// hand put into the stage stays there where no holder is recorded that could come back.
func blockedMessage(s *scope) string {
	if s.planState().CurrentVersion() == s.resolution.Version {
		return fmt.Sprintf("version %s holds stage %s, but is refused: %s",
			s.resolution.Version, s.stage.Name, s.rejection.message)
	}
	return fmt.Sprintf("version %s does not take stage %s, which %s: %s",
		s.resolution.Version, s.stage.Name, holderPhrase(s), s.rejection.message)
}

// holderPhrase says who holds the stage instead.
func holderPhrase(s *scope) string {
	holder := s.planState().CurrentVersion()
	if holder == "" {
		return "no version holds"
	}
	return "version " + holder + " holds"
}
