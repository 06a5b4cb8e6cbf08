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
	// Namespace is the namespace that config/default uses in place of "system".
	Namespace = "mlflow-registry-operator-system"
	// accountName is the service account of config/rbac.
	accountName = "controller-manager"
	// tokenTTLSeconds is long enough for a demo that runs for a whole working day.
	tokenTTLSeconds = 24 * 60 * 60
)

// Authorize installs the operator's account, roles and policy, and returns the path of a
// kubeconfig in dir that has only the rights of that account.
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

// WriteKubeconfig writes a file that kubectl can use.
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

// serverURL returns the host of a test control plane as a URL.
func serverURL(config *rest.Config) string {
	host := strings.TrimSuffix(config.Host, "/")
	if strings.Contains(host, "://") {
		return host
	}
	return "https://" + host
}

// manifests are the files of config/rbac for the operator itself, and the role for scraping its
// metrics.
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

// InstallRole installs one of the roles of config/rbac that are for users, under the name that it
// has in config/default, and returns that name.
func InstallRole(ctx context.Context, c client.Client, file string) (string, error) {
	role, err := readManifest(file)
	if err != nil {
		return "", err
	}
	role.SetName("mlflow-registry-operator-" + role.GetName())
	return role.GetName(), c.Create(ctx, role)
}

// readManifest reads a manifest and sets the namespace that it has in config/default.
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
	content = bytes.ReplaceAll(content, []byte("namespace: system"), []byte("namespace: "+Namespace))
	return obj, yaml.UnmarshalStrict(content, &obj.Object)
}
