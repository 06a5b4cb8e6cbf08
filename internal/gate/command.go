// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// whoamiCommand stands, to a shell, for the name of the user who runs it.
const whoamiCommand = `'"$(kubectl auth whoami -o jsonpath={.status.userInfo.username})"'`

// approvalCommand approves the candidate on the evidence that there is. A person can run it as it
// is: names of objects and digests have nothing in them that a shell would see.
func approvalCommand(request Request, digest string) string {
	evidence := ""
	if digest != "" {
		evidence = fmt.Sprintf(`,"evidence":%q`, digest)
	}
	return fmt.Sprintf(`echo '{"apiVersion":"%s","kind":"PromotionApproval","metadata":{"generateName":"approve-%s-"},`+
		`"spec":{"promotionRef":{"name":"%s"},"version":"%s","decision":"Approve","approver":"%s"%s}}' | kubectl create -n %s -f -`,
		v1alpha1.SchemeGroupVersion, request.Candidate, request.PromotionName, request.Candidate, whoamiCommand, evidence, request.Namespace)
}
