// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package envtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// InstallPolicy applies config/policy. It returns when the API server rejects what the policy
// forbids, and every object that is created later has a later creation time than the policy:
// creation times are in whole seconds.
func (p *ControlPlane) InstallPolicy(ctx context.Context) error {
	objects, err := readPolicyObjects()
	if err != nil {
		return err
	}
	for _, obj := range objects {
		if err := p.Client.Create(ctx, obj); err != nil {
			return fmt.Errorf("apply config/policy: %w", err)
		}
	}
	return waitUntil(ctx, func() (bool, error) {
		rejected, err := p.isForgeryRejected(ctx)
		if err != nil || !rejected {
			return false, err
		}
		now, err := p.ServerTime(ctx)
		return now.After(objects[len(objects)-1].GetCreationTimestamp().Time), err
	})
}

// RemovePolicy deletes config/policy. It returns when the API server rejects no forgery any more.
func (p *ControlPlane) RemovePolicy(ctx context.Context) error {
	objects, err := readPolicyObjects()
	if err != nil {
		return err
	}
	for _, obj := range objects {
		if err := client.IgnoreNotFound(p.Client.Delete(ctx, obj)); err != nil {
			return fmt.Errorf("delete config/policy: %w", err)
		}
	}
	return waitUntil(ctx, func() (bool, error) {
		rejected, err := p.isForgeryRejected(ctx)
		return !rejected, err
	})
}

func waitUntil(ctx context.Context, done func() (bool, error)) error {
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, startTimeout, true, func(context.Context) (bool, error) {
		return done()
	})
}

func readPolicyObjects() ([]*unstructured.Unstructured, error) {
	root, err := RepositoryRoot()
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	for _, file := range []string{"policy.yaml", "policy_binding.yaml"} {
		content, err := os.ReadFile(filepath.Join(root, "config", "policy", file))
		if err != nil {
			return nil, err
		}
		obj := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(content, &obj.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects = append(objects, obj)
	}
	return objects, nil
}

// isForgeryRejected reports whether the API server rejects an approval in the name of another
// user.
func (p *ControlPlane) isForgeryRejected(ctx context.Context) (bool, error) {
	err := p.Client.Create(ctx, &v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "forged"},
		Spec: v1alpha1.PromotionApprovalSpec{
			PromotionRef: v1alpha1.LocalReference{Name: "any"}, Version: "1", Decision: v1alpha1.DecisionApprove, Approver: "another-user",
		},
	}, client.DryRunAll)
	if apierrors.IsForbidden(err) {
		return true, nil
	}
	return false, err
}

// ServerTime returns the time that the API server uses as the creation time of objects.
func (p *ControlPlane) ServerTime(ctx context.Context) (time.Time, error) {
	dated := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "dated"}}
	err := p.Client.Create(ctx, dated, client.DryRunAll)
	return dated.CreationTimestamp.Time, err
}
