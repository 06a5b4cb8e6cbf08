// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package envtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// startTimeout is some twenty times what a start takes on an idle machine. On a busy machine,
// the 20s of controller-runtime's envtest are not enough.
const startTimeout = 60 * time.Second

// ControlPlane is a running API server with the CRDs of this repository.
type ControlPlane struct {
	// Config has the rights of an administrator.
	Config *rest.Config
	// Client reads from the API server, not from a cache.
	Client client.Client

	environment *envtest.Environment
}

// Start starts a control plane. The caller must stop it.
func Start() (*ControlPlane, error) {
	root, err := RepositoryRoot()
	if err != nil {
		return nil, err
	}

	assets, err := findAssets(root, os.Getenv("KUBEBUILDER_ASSETS"))
	if err != nil {
		return nil, err
	}

	scheme, err := NewScheme()
	if err != nil {
		return nil, err
	}

	return startEnvironment(&envtest.Environment{
		Scheme:                   scheme,
		BinaryAssetsDirectory:    assets,
		CRDDirectoryPaths:        []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  startTimeout,
	})
}

func startEnvironment(environment *envtest.Environment) (*ControlPlane, error) {
	config, err := environment.Start()
	if err != nil {
		// An environment that failed to start leaves processes unless it is stopped.
		return nil, errors.Join(fmt.Errorf("start the control plane: %w", err), environment.Stop())
	}

	c, err := client.New(config, client.Options{Scheme: environment.Scheme})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create a client for the control plane: %w", err), environment.Stop())
	}

	return &ControlPlane{Config: config, Client: c, environment: environment}, nil
}

// Stop ends the processes and removes their data.
func (p *ControlPlane) Stop() error {
	if err := p.environment.Stop(); err != nil {
		return fmt.Errorf("stop the control plane: %w", err)
	}
	return nil
}

// NewNamespace creates a namespace that no other test uses.
func (p *ControlPlane) NewNamespace(t testing.TB) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := p.Client.Create(t.Context(), namespace); err != nil {
		t.Fatalf("create a namespace: %v", err)
	}
	return namespace.Name
}

// NewScheme returns a scheme with the kinds of Kubernetes, of CRDs and of this repository.
func NewScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	builder := runtime.NewSchemeBuilder(
		clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1alpha1.AddToScheme)
	if err := builder.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("register kinds: %w", err)
	}
	return scheme, nil
}

// RunTests runs the tests of a package with a control plane in *plane, and returns the exit code
// for TestMain.
func RunTests(m *testing.M, plane **ControlPlane) int {
	started, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*plane = started

	code := m.Run()
	if err := started.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
