// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

func TestLoadDefaultConnection(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(bundle, []byte("PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	const uri = "http://mlflow:5000"
	for name, test := range map[string]struct {
		environment map[string]string
		want        *mlflow.Config
		wantErr     string
	}{
		"none": {environment: map[string]string{"MLFLOW_TRACKING_TOKEN": "t"}},
		"anonymous": {
			environment: map[string]string{"MLFLOW_TRACKING_URI": uri},
			want:        &mlflow.Config{URL: uri},
		},
		"everything": {
			environment: map[string]string{
				"MLFLOW_TRACKING_URI": uri, "MLFLOW_WORKSPACE": "news", "MLFLOW_TRACKING_INSECURE_TLS": "true",
				"MLFLOW_TRACKING_SERVER_CERT_PATH": bundle, "MLFLOW_TRACKING_TOKEN": "t",
			},
			want: &mlflow.Config{
				URL: uri, Workspace: "news", InsecureSkipVerify: true, CABundle: []byte("PEM"), Auth: mlflow.BearerAuth{Token: "t"},
			},
		},
		"a password is preferred to a token": {
			environment: map[string]string{
				"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p", "MLFLOW_TRACKING_TOKEN": "t",
			},
			want: &mlflow.Config{URL: uri, Auth: mlflow.BasicAuth{Username: "u", Password: "p"}},
		},
		"a user name without a password is no login": {
			environment: map[string]string{"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_USERNAME": "u"},
			want:        &mlflow.Config{URL: uri},
		},
		"a value that is not a boolean": {
			environment: map[string]string{"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_INSECURE_TLS": "perhaps"},
			wantErr:     "MLFLOW_TRACKING_INSECURE_TLS must be true or false",
		},
		"a bundle that is not there": {
			environment: map[string]string{"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_SERVER_CERT_PATH": "/nowhere/ca.crt"},
			wantErr:     "read MLFLOW_TRACKING_SERVER_CERT_PATH: open /nowhere/ca.crt: no such file or directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := loadDefaultConnection(func(name string) string { return test.environment[name] })
			if test.wantErr != "" {
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestFeatureFlags(t *testing.T) {
	const registry, gates = "NEURONEWS_MODEL_REGISTRY_ENABLED", "NEURONEWS_PERFORMANCE_GATES_ENABLED"
	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		want        featureflags.Flags
		wantErr     string
	}{
		"the flags alone": {
			args: []string{"--read-only", "--enforce-performance-gates=false"},
			want: featureflags.Flags{ReadOnly: true, PerformanceGatesDisabled: true},
		},
		"a flag that is given wins over its variable": {
			args:        []string{"--read-only=false", "--enforce-performance-gates"},
			environment: map[string]string{registry: "false", gates: "false"},
		},
		"a flag that disables what its variable enables": {
			args:        []string{"--read-only", "--enforce-performance-gates=false"},
			environment: map[string]string{registry: "true", gates: "true"},
			want:        featureflags.Flags{ReadOnly: true, PerformanceGatesDisabled: true},
		},
		"a flag leaves the other variable alone": {
			args: []string{"--read-only"}, environment: map[string]string{gates: "false"},
			want: featureflags.Flags{ReadOnly: true, PerformanceGatesDisabled: true},
		},
		"a word that is neither, beside the flag": {
			args: []string{"--read-only=false"}, environment: map[string]string{registry: "off"},
			wantErr: "NEURONEWS_MODEL_REGISTRY_ENABLED must be true or false",
		},
		"nothing is set":      {},
		"empty is not set":    {environment: map[string]string{registry: "", gates: ""}},
		"both are on":         {environment: map[string]string{registry: "true", gates: "true"}},
		"writes are disabled": {environment: map[string]string{registry: "false"}, want: featureflags.Flags{ReadOnly: true}},
		"no gate is enforced": {
			environment: map[string]string{gates: "False"}, want: featureflags.Flags{PerformanceGatesDisabled: true},
		},
		"a word that is neither": {
			environment: map[string]string{registry: "off"}, wantErr: "NEURONEWS_MODEL_REGISTRY_ENABLED must be true or false",
		},
		"a word with a space": {
			environment: map[string]string{gates: "false "}, wantErr: "NEURONEWS_PERFORMANCE_GATES_ENABLED must be true or false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var o options
			flags := flag.NewFlagSet(name, flag.ContinueOnError)
			o.bindFlags(flags)
			if err := flags.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			got, err := o.featureFlags(func(name string) string { return test.environment[name] })
			if test.wantErr != "" {
				if err == nil || err.Error() != test.wantErr {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestResolveOperatorNamespace(t *testing.T) {
	mounted := filepath.Join(t.TempDir(), "namespace")
	if err := os.WriteFile(mounted, []byte("mounted\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		podNamespace, file string
		want               string
		wantErr            bool
	}{
		"POD_NAMESPACE is set":      {podNamespace: "configured", file: mounted, want: "configured"},
		"its pod has it":            {file: mounted, want: "mounted"},
		"it is in no pod":           {file: "/nowhere/namespace"},
		"what it has is unreadable": {file: t.TempDir(), wantErr: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := resolveOperatorNamespace(func(string) string { return test.podNamespace }, test.file)
			if got != test.want || (err != nil) != test.wantErr {
				t.Errorf("namespace %q, error %v, want %q", got, err, test.want)
			}
		})
	}
}
