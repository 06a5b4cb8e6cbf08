// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package envtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindAssets(t *testing.T) {
	cases := map[string]struct {
		files      []string
		configured string
		want       string
		wantErr    string
	}{
		"without a configuration, the binaries of make envtest": {
			files: []string{"bin/k8s/current/kube-apiserver", "bin/k8s/current/etcd"},
			want:  "bin/k8s/current",
		},
		"KUBEBUILDER_ASSETS comes first": {
			files:      []string{"bin/k8s/current/kube-apiserver", "bin/k8s/current/etcd", "own/kube-apiserver", "own/etcd"},
			configured: "own",
			want:       "own",
		},
		"KUBEBUILDER_ASSETS without binaries is an error, not a fallback": {
			files:      []string{"bin/k8s/current/kube-apiserver", "bin/k8s/current/etcd", "own/etcd"},
			configured: "own",
			wantErr:    "does not contain kube-apiserver and etcd: correct it, or unset it and run make envtest",
		},
		"nothing is installed": {
			wantErr: "run make envtest",
		},
		"only etcd is installed": {
			files:   []string{"bin/k8s/current/etcd"},
			wantErr: "run make envtest",
		},
	}

	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			createFiles(t, root, test.files...)

			got, err := findAssets(root, joinPath(root, test.configured))

			if !hasError(err, test.wantErr) {
				t.Fatalf("error: got %v, want %q", err, test.wantErr)
			}
			if got != joinPath(root, test.want) {
				t.Errorf("assets: got %q, want %q", got, joinPath(root, test.want))
			}
		})
	}
}

func TestFindRoot(t *testing.T) {
	root := t.TempDir()
	createFiles(t, root, "PROJECT", "test/api/here", "test/bench/go.mod")

	got, err := findRoot(filepath.Join(root, "test", "api"))
	if err != nil || got != root {
		t.Errorf("root: got %q, %v, want %q", got, err, root)
	}

	if _, err := findRoot("/"); !hasError(err, "no PROJECT in") {
		t.Errorf("above the root: got error %v", err)
	}
}

func createFiles(t *testing.T, root string, files ...string) {
	t.Helper()
	for _, file := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func joinPath(root, path string) string {
	if path == "" {
		return ""
	}
	return filepath.Join(root, path)
}

// hasError reports whether the error contains a text; an empty text means no error.
func hasError(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), want)
}
