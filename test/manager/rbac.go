// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

const (
	// Namespace is what config/default puts in place of "system".
	Namespace = "mlflow-registry-operator-system"
	// accountName is the service account of config/rbac.
	accountName = "controller-manager"
	// tokenTTLSeconds is long enough for a demo that is left running over a working day.
	tokenTTLSeconds = 24 * 60 * 60
)

// Authorize gives the cluster the operator's account and role, and returns the path of a
// kubeconfig, below dir, which has the rights of that account and no others.
func Authorize(ctx context.Context, plane *envtest.ControlPlane, dir string) (string, error) {
	account, err := installManifests(ctx, plane.Client)
	if err != nil {
		return "", fmt.Errorf("apply config/rbac: %w", err)
	}
	if err := plane.InstallPolicy(ctx); err != nil {
		return "", err
	}
	token := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenTTLSeconds))}}
	if err := plane.Client.SubResource("token").Create(ctx, account, token); err != nil {
		return "", fmt.Errorf("get a token of the operator's account: %w", err)
	}
	config := rest.AnonymousClientConfig(plane.Config)
	config.BearerToken = token.Status.Token
	path := filepath.Join(dir, "operator.kubeconfig")
	return path, WriteKubeconfig(config, path)
}

// WriteKubeconfig makes a file that kubectl reads.
func WriteKubeconfig(config *rest.Config, path string) error {
	const name = "local"
	file := clientcmdapi.NewConfig()
	file.CurrentContext = name
	file.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	file.Clusters[name] = &clientcmdapi.Cluster{
		Server: serverURL(config), CertificateAuthorityData: config.CAData,
	}
	file.AuthInfos[name] = &clientcmdapi.AuthInfo{
		Token: config.BearerToken, ClientCertificateData: config.CertData, ClientKeyData: config.KeyData,
	}
	return clientcmd.WriteToFile(*file, path)
}

// serverURL is what a person would write for the host of a test control plane.
func serverURL(config *rest.Config) string {
	host := strings.TrimSuffix(config.Host, "/")
	if strings.Contains(host, "://") {
		return host
	}
	return "https://" + host
}

// manifests are what config/rbac gives to the operator itself, and the role of whoever
// scrapes its metrics.
var manifests = []string{
	"service_account.yaml", "role.yaml", "role_binding.yaml",
	"leader_election_role.yaml", "leader_election_role_binding.yaml",
	"metrics_auth_role.yaml", "metrics_auth_role_binding.yaml", "metrics_reader_role.yaml",
}

func installManifests(ctx context.Context, c client.Client) (*corev1.ServiceAccount, error) {
	if err := c.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}); err != nil {
		return nil, err
	}
	for _, file := range manifests {
		obj, err := readManifest(file)
		if err != nil {
			return nil, err
		}
		if err := c.Create(ctx, obj); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	account := &corev1.ServiceAccount{}
	return account, c.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: accountName}, account)
}

// InstallRole gives the cluster one of the roles of config/rbac that are for people, under the name
// that config/default gives it, and returns that name.
func InstallRole(ctx context.Context, c client.Client, file string) (string, error) {
	role, err := readManifest(file)
	if err != nil {
		return "", err
	}
	role.SetName("mlflow-registry-operator-" + role.GetName())
	return role.GetName(), c.Create(ctx, role)
}

// readManifest is a manifest in the namespace that config/default gives it.
func readManifest(file string) (*unstructured.Unstructured, error) {
	root, err := envtest.RepositoryRoot()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(root, "config", "rbac", file))
	if err != nil {
		return nil, err
	}
	obj := &unstructured.Unstructured{}
	placed := bytes.ReplaceAll(content, []byte("namespace: system"), []byte("namespace: "+Namespace))
	return obj, yaml.UnmarshalStrict(placed, &obj.Object)
}
