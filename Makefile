# Everything a target needs it installs itself, pinned, under bin/ and .venv/.
# The tests need Go and Python 3.11 or later; only install and deploy need a cluster.

IMG ?= ghcr.io/neuronews/mlflow-registry-operator:latest
# docker or podman.
CONTAINER_TOOL ?= docker
KUBECTL ?= kubectl
# ignore-not-found=true makes uninstall and undeploy content with nothing to do.
ignore-not-found ?= false

# The newest MLflow, which the demo and the stories use, and the oldest that is
# promised; the contract suite runs against both.
MLFLOW_VERSION := 3.17.2
MLFLOW_OLDEST := 2.22.5

# The race detector needs a C compiler; `make test RACE=` does without both.
RACE ?= -race

# Tests in modules of their own, whose dependencies are not the operator's.
TEST_MODULES := test/alerts test/bench

# A command of a $(foreach) ends with it, so that each one is a line of its own.
define newline


endef

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/bin
CONTROLLER_GEN := $(BIN)/controller-gen
CRD_REF_DOCS := $(BIN)/crd-ref-docs
KUSTOMIZE := $(BIN)/kustomize
SETUP_ENVTEST := $(BIN)/setup-envtest
GOLANGCI_LINT := $(BIN)/golangci-lint

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN { FS = ":.*##"; print "Usage: make \033[36mtarget\033[0m" } \
		/^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*##/ { printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: clean
clean: ## Remove everything that make built or installed here.
	@# setup-envtest leaves its downloads read-only.
	[[ ! -d bin/k8s ]] || chmod -R u+w bin/k8s
	rm -rf bin dist .venv .demo .bench

##@ Development

.PHONY: generate
generate: $(CONTROLLER_GEN) $(CRD_REF_DOCS) ## Generate deep copies, apply configurations, CRDs, RBAC and docs/api.md.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...
	$(CONTROLLER_GEN) crd applyconfiguration:headerFile=hack/boilerplate.go.txt paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=manager-role paths=./internal/controller/... paths=./cmd/... output:rbac:artifacts:config=config/rbac
	$(CRD_REF_DOCS) --log-level=ERROR --config=hack/docs/config.yaml --source-path=api/v1alpha1 --renderer=markdown --output-path=bin/api.md
	@# The package comment's headings belong below the package's own.
	awk 'NR > 1 && /^# / { $$0 = "###" $$0 } { print }' bin/api.md > docs/api.md

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code and sort its imports.
	$(GOLANGCI_LINT) fmt

.PHONY: vet
vet: ## Run go vet.
	go vet ./...
	$(foreach module,$(TEST_MODULES),go -C $(module) vet ./...$(newline))

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters.
	$(GOLANGCI_LINT) config verify
	$(GOLANGCI_LINT) run
	$(foreach module,$(TEST_MODULES),cd $(module) && $(GOLANGCI_LINT) run$(newline))

.PHONY: lint-fix
lint-fix: $(GOLANGCI_LINT) ## Run the linters and let them repair what they can.
	$(GOLANGCI_LINT) run --fix
	$(foreach module,$(TEST_MODULES),cd $(module) && $(GOLANGCI_LINT) run --fix$(newline))

.PHONY: verify
verify: $(KUSTOMIZE) ## Check generated files, modules, words, linters and manifests.
	hack/verify.sh

##@ Test

.PHONY: test
test: envtest mlflow ## Run every test: units, CRD rules, user stories, and real MLflow servers.
	KUBEBUILDER_ASSETS=$(BIN)/k8s/current KUBEBUILDER_CONTROLPLANE_START_TIMEOUT=60s go test $(RACE) -timeout 25m ./...
	$(foreach module,$(TEST_MODULES),go -C $(module) test $(RACE) ./...$(newline))

.PHONY: test-unit
test-unit: ## Run the tests that start no server: seconds, not minutes.
	go test ./api/... ./cmd/... ./internal/...
	$(foreach module,$(TEST_MODULES),go -C $(module) test ./...$(newline))

.PHONY: envtest
envtest: $(SETUP_ENVTEST) ## Find, download or build kube-apiserver and etcd; print KUBEBUILDER_ASSETS.
	@echo "KUBEBUILDER_ASSETS=$$(hack/envtest.sh)"

.PHONY: mlflow
mlflow: mlflow-$(MLFLOW_VERSION) mlflow-$(MLFLOW_OLDEST) ## Install the MLflow servers that the tests start.

.PHONY: mlflow-$(MLFLOW_VERSION) mlflow-$(MLFLOW_OLDEST)
mlflow-$(MLFLOW_VERSION) mlflow-$(MLFLOW_OLDEST): mlflow-%:
	@hack/mlflow.sh $*

##@ Run

.PHONY: build
build: ## Build the operator: bin/manager.
	go build -o bin/manager ./cmd

.PHONY: run
run: ## Run the operator here, against the cluster of your kubeconfig.
	go run ./cmd --zap-devel

.PHONY: demo
demo: envtest mlflow-$(MLFLOW_VERSION) build ## Show the whole story on this machine; KEEP=1 leaves it running.
	KUBEBUILDER_ASSETS=$(BIN)/k8s/current go run ./hack/demo

.PHONY: bench
bench: envtest mlflow-$(MLFLOW_VERSION) build ## Benchmark the operator and its alternatives. BENCH_LARGE=1 and BENCH_POSTGRES=1 add to it; BENCH_FLAGS are its flags.
	@# Built and then run, so that paths in BENCH_FLAGS start here and not in test/bench.
	go -C test/bench build -o $(BIN)/bench .
	KUBEBUILDER_ASSETS=$(BIN)/k8s/current $(BIN)/bench $(BENCH_FLAGS)

.PHONY: docker-build
docker-build: ## Build the image $IMG.
	$(CONTAINER_TOOL) build -t $(IMG) .

.PHONY: docker-push
docker-push: ## Push the image $IMG.
	$(CONTAINER_TOOL) push $(IMG)

##@ Deploy

# The image is set in what is rendered, so that no file of the checkout changes.
RENDER := $(KUSTOMIZE) build config/default | sed 's|image: controller:latest|image: $(IMG)|'

.PHONY: install
install: $(KUSTOMIZE) ## Install the CRDs into the cluster of your kubeconfig.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) apply --server-side -f -

.PHONY: uninstall
uninstall: $(KUSTOMIZE) ## Remove the CRDs, and every object of theirs with them.
	$(KUSTOMIZE) build config/crd | $(KUBECTL) delete --ignore-not-found=$(ignore-not-found) -f -

.PHONY: deploy
deploy: $(KUSTOMIZE) ## Deploy the operator with the image $IMG.
	$(RENDER) | $(KUBECTL) apply --server-side -f -

.PHONY: undeploy
undeploy: $(KUSTOMIZE) ## Remove the operator and the CRDs.
	$(RENDER) | $(KUBECTL) delete --ignore-not-found=$(ignore-not-found) -f -

.PHONY: build-installer
build-installer: $(KUSTOMIZE) ## Write all of it as one manifest: dist/install.yaml.
	mkdir -p dist
	$(RENDER) > dist/install.yaml

##@ Tools

.PHONY: tools
tools: $(CONTROLLER_GEN) $(CRD_REF_DOCS) $(KUSTOMIZE) $(SETUP_ENVTEST) $(GOLANGCI_LINT) ## Build every tool that the targets above use.

# A tool is as new as the module that pins it. CGO is off so that no C compiler
# is needed, and touch because an unchanged binary is not written again.
build_tool = @echo "building bin/$(notdir $@)" >&2; CGO_ENABLED=0 go -C $(1) build -o $@ $(2) && touch $@
TOOLS_MODULE := hack/tools/go.mod hack/tools/go.sum

$(CONTROLLER_GEN): $(TOOLS_MODULE)
	$(call build_tool,hack/tools,sigs.k8s.io/controller-tools/cmd/controller-gen)
$(CRD_REF_DOCS): $(TOOLS_MODULE)
	$(call build_tool,hack/tools,github.com/elastic/crd-ref-docs)
$(KUSTOMIZE): $(TOOLS_MODULE)
	$(call build_tool,hack/tools,sigs.k8s.io/kustomize/kustomize/v5)
$(SETUP_ENVTEST): $(TOOLS_MODULE)
	$(call build_tool,hack/tools,sigs.k8s.io/controller-runtime/tools/setup-envtest)
$(GOLANGCI_LINT): hack/golangci/go.mod hack/golangci/go.sum hack/golangci/main.go
	$(call build_tool,hack/golangci,.)
