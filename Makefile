# Everything a developer does. Python (3.11 to 3.13) and make are all that `make setup` needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup
WAIT ?= 1200
# Seconds before a whole pytest run is stopped; a single test has its own limit in pyproject.toml.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint unit integration chart chart-docs evaluate crises bench chaos model cluster-test image image-test docs requirements test-deps clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  \1\t/' | expand -t 16

setup: $(SETUP) ## Make .venv with the pinned requirements and the command harbinger

# The stamp is written last: a set-up that was cut off starts again. It reruns only when its inputs change.
$(SETUP): requirements-dev.txt pyproject.toml
	@echo "setup: making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 14)))' \
		|| { echo "setup: Python 3.11, 3.12 or 3.13 is needed (make setup PYTHON=...)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setup: installing the pinned requirements, checked against their hashes"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@echo "setup: installing harbinger itself, editable"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	@echo "setup: done; try $(BIN)/harbinger --help, or make demo"

demo: $(SETUP) ## Start Kafka, enrich the sample articles, show what comes out
	$(BIN)/harbinger demo

test: lint unit integration chart image-test ## Everything that must be green: lint, unit and integration tests, the image

lint: $(SETUP) ## Style, types (strict) and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: $(SETUP) ## Tests without input or output; seconds
	timeout $(WAIT) $(BIN)/python -m pytest -q tests/unit

integration: $(SETUP) ## Tests against a real Kafka, started for them (KAFKA_BOOTSTRAP_SERVERS names another)
	timeout $(WAIT) $(BIN)/python -m pytest -q tests/integration tests/prometheus

evaluate: $(SETUP) ## Accuracy of the analysis on held-out data
	$(BIN)/python -m benchmarks.evaluate

crises: $(SETUP) ## How early the monitor sees a crisis of the past; writes docs/evaluation.md
	$(BIN)/python -m benchmarks.crises --write docs/evaluation.md

bench: $(SETUP) ## Throughput, from Kafka to Kafka, beside the bare analysis
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.reducer
	$(BIN)/python -m benchmarks.monitor
	$(BIN)/python -m benchmarks.reload

chaos: $(SETUP) ## Kill, stop, slow down: workers, then monitors (CHAOS_ARGS, CHAOS_MONITOR_ARGS); upgrade and roll back
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)
	$(BIN)/python -m tests.chaos.monitor $(CHAOS_MONITOR_ARGS)
	$(BIN)/python -m tests.chaos.upgrade

chart: $(SETUP) ## The chart, with helm, kubeconform, kube-score, checkov and helm-docs (built or fetched the first time: minutes)
	-$(BIN)/python -m tests.kube.tools helm kubeconform kube-score helm-docs && $(BIN)/python -m tests.kube.schemas \
		&& $(BIN)/python -m tests.chart.checkov
	TEST_TOOLS_FETCH=no timeout $(WAIT) $(BIN)/python -m pytest -q tests/chart

chart-docs: $(SETUP) ## Write the chart's README.md again, with helm-docs
	$(BIN)/python -m tests.chart.readme

cluster-test: $(SETUP) ## The chart on a real Kubernetes control plane, built the first time (minutes), then started in seconds
	$(BIN)/python -m tests.kube.tools helm
	$(BIN)/python -m tests.kube.build
	timeout $(WAIT) $(BIN)/python -m pytest -q --durations=3 tests/cluster

image: $(SETUP) ## Build the container image (BASE_IMAGE, IMAGE); without a registry, on a base made from Debian's packages
	$(BIN)/python -m tests.image.build

image-test: $(SETUP) ## Build the image, run worker and monitor from it under the chart's restrictions, check compose.yaml
	timeout $(WAIT) $(BIN)/python -m pytest -q tests/image

model: $(SETUP) ## Train the language model again (hours)
	$(BIN)/python -m training.make_model

docs: $(SETUP) ## Write the generated files again: docs/configuration.md, docs/metrics.md, the chart's values.schema.json, the dashboards
	$(BIN)/python -m docs.generate
	$(BIN)/python -m monitoring.dashboards

requirements: $(SETUP) ## Resolve and pin the requirements again
	$(BIN)/uv pip compile pyproject.toml --extra tracing --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url -c requirements.txt -o requirements-dev.txt
	echo 'hatchling>=1.27' | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url -c requirements-dev.txt -o requirements-build.txt

test-deps: $(SETUP) ## System packages and tools that only some tests need
	@command -v openssl >/dev/null && echo "test-deps: openssl is there" \
		|| { echo "test-deps: installing openssl"; apt-get update -qq && apt-get install -y -qq --no-install-recommends openssl; }
	@{ command -v prometheus-alertmanager || command -v alertmanager; } >/dev/null && echo "test-deps: alertmanager is there" \
		|| { echo "test-deps: installing prometheus-alertmanager"; \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus-alertmanager; }
	@command -v prometheus >/dev/null && command -v promtool >/dev/null && echo "test-deps: prometheus is there" \
		|| { echo "test-deps: installing prometheus"; apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus; }
	@command -v podman >/dev/null && command -v runc >/dev/null && command -v mmdebstrap >/dev/null \
		&& echo "test-deps: podman, runc and mmdebstrap are there" \
		|| { echo "test-deps: installing podman, runc and mmdebstrap"; \
			apt-get update -qq && apt-get install -y -qq --no-install-recommends podman runc mmdebstrap; }
	@echo "test-deps: tools and schemas for the chart"
	@$(BIN)/python -m tests.kube.tools helm kubeconform kube-score helm-docs compose-go
	@$(BIN)/python -m tests.kube.schemas >/dev/null
	@$(BIN)/python -m tests.chart.checkov >/dev/null

clean: ## Remove what was built; .venv stays (remove it by hand to start anew)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
