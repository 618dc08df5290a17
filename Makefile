# `make` or `make help` lists what there is. Everything works in .venv, from the hashed locks in requirements/.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup test test-e2e test-random test-clients test-deploy hostile lint format bench bench-peers bench-self bench-training chaos soak quality reasons artifacts lock audit docker clean

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
MINUTES ?= 30
BUNDLE ?= artifacts/telco
IMAGE ?= churn-service

SECONDS ?= 15

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# A stamp is touched last. An installation that did not come to its end leaves a trace, and is begun anew.
SERVICE_READY := $(VENV)/.service-ready
EVERYTHING_READY := $(VENV)/.everything-ready
QUALITY_READY := $(VENV)/.quality-ready
AUDIT_READY := $(VENV)/.audit-ready
BROWSER_READY := $(VENV)/.browser-ready
CLIENTS_READY := $(VENV)/.clients-ready
DEPLOY_READY := $(VENV)/.deploy-ready
CLIENTS_NODE := $(VENV)/clients-node
HOSTILE_READY := $(VENV)/.hostile-ready
INTERRUPTED := $(VENV)/.installing

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(SERVICE_READY) ## Start the service: PORT=8000 BUNDLE=artifacts/telco
	@exec $(BIN)/churn-serve $(BUNDLE) --port $(PORT)

setup: $(EVERYTHING_READY) ## Install everything: training, tests, linters

# A file of tests stays in one process, and the files come in the order in which they were found.
test: $(EVERYTHING_READY) ## Run the tests, up to four files at a time: ARGS="-k name"
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

# Other examples in every run, thirty times as many. A failure prints the line that repeats it: pin it as an @example.
test-random: $(EVERYTHING_READY) ## Run the property tests on random examples, a quarter of an hour at the most: ARGS="-k name"
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=random --timeout=300 --session-timeout=900 $(ARGS)

test-e2e: $(BROWSER_READY) ## Use the page in Chromium as a person would, five minutes at the most: ARGS="-k name"
	@command -v chromium >/dev/null || { echo "Installing Chromium ..."; apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "The page is tested in Chromium: install it so that the command chromium is there." >&2; exit 2; }
	$(BIN)/python -m pytest tests/browser --session-timeout=300 $(ARGS)

# Without Java or Node.js, the clients that need them are skipped, and named.
test-clients: $(CLIENTS_READY) ## Have the clients of other platforms, and generated ones, call the service, eight minutes at the most: ARGS="-k name"
	$(BIN)/python -m pytest tests/clients --session-timeout=480 $(ARGS)

# What its seed and so many seconds reach is all that it tries; more seconds find more, by hand.
hostile: $(HOSTILE_READY) ## Send what nobody should, six minutes at the most: SECONDS=600 for each of the fuzzers' targets
	$(BIN)/python -m pytest tests/hostile --session-timeout=180 $(ARGS)
	$(BIN)/python -m tests.hostile.fuzz --seconds $(SECONDS)

test-deploy: $(DEPLOY_READY) ## Render the Helm chart and judge what is under deploy/, two minutes at the most: ARGS="-k name"
	$(BIN)/python -m pytest tests/unit/deploy --session-timeout=120 $(ARGS)

lint: $(EVERYTHING_READY) ## Check style, types and the arrows between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(EVERYTHING_READY) ## Mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(QUALITY_READY) ## Measure the service beside bare uvicorn and bare FastAPI, a quarter of an hour at the most
	$(BIN)/python -m benchmarks $(ARGS)

reasons: $(EVERYTHING_READY) ## How exact are the reasons, beside a long reference run? Ten minutes: DATA=folder/of/tables
	@test -n "$(DATA)" || { echo "Which tables? make reasons DATA=folder/of/tables" >&2; exit 2; }
	$(BIN)/python -m benchmarks.explanations "$(DATA)" $(ARGS)

bench-self: $(EVERYTHING_READY) ## Is the service as fast as when `make bench` ran last? Five minutes at the most
	$(BIN)/python -m benchmarks.self $(ARGS)

bench-peers: $(EVERYTHING_READY) ## Measure beside other model servers, half an hour at the most: ARGS="--only bentoml ray"
	$(BIN)/python -m benchmarks.peers $(ARGS)

bench-training: $(EVERYTHING_READY) ## Measure what training costs, up to a million customers
	$(BIN)/python -m benchmarks.training $(ARGS)

chaos: $(EVERYTHING_READY) ## Stops, kills, overload, rude callers and a soak, a quarter of an hour at the most: ARGS="--only kill"
	$(BIN)/python -m benchmarks.chaos $(ARGS)

soak: $(EVERYTHING_READY) ## Does the memory grow under a long mixed load? MINUTES=30
	$(BIN)/python -m benchmarks.chaos --only soak --soak-minutes $(MINUTES) $(ARGS)

quality: $(QUALITY_READY) ## Compare our models with tuned boosters, half an hour: DATA=folder/of/tables ARGS="--seeds 0 1 2 3 4"
	@test -n "$(DATA)" || { echo "Which tables? make quality DATA=folder/of/tables" >&2; exit 2; }
	$(BIN)/python -m benchmarks.quality "$(DATA)" $(ARGS)

artifacts: $(EVERYTHING_READY) ## Train the shipped bundle again: DATA=path/to/the/telco/table.csv
	@test -n "$(DATA)" || { echo "Which table? make artifacts DATA=path/to/the/telco/table.csv" >&2; exit 2; }
	$(BIN)/churn-train "$(DATA)" --label Churn --positive Yes --schema artifacts/telco.schema.yaml --out artifacts/telco --overwrite

# `all` decides the versions, the other two take them from it.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links
lock: $(EVERYTHING_READY) ## Write the locks again, keeping versions where possible: ARGS=--upgrade for the newest
	$(COMPILE) $(ARGS) pyproject.toml --all-extras --group build -o requirements/all.txt
	$(COMPILE) $(ARGS) pyproject.toml -c requirements/all.txt -o requirements/service.txt
	for extra in console storage; do \
		$(COMPILE) $(ARGS) pyproject.toml --extra $$extra -c requirements/all.txt -o requirements/$$extra.txt || exit 1; done
	$(COMPILE) $(ARGS) --group build -c requirements/all.txt -o requirements/build.txt
	for group in e2e quality hostile audit deploy clients; do \
		$(COMPILE) $(ARGS) --group $$group -c requirements/all.txt -o requirements/$$group.txt || exit 1; done
	for peer in $(basename $(wildcard requirements/peers/*.in)); do $(COMPILE) $(ARGS) $$peer.in -o $$peer.txt || exit 1; done

# Exit code 2 of make: something was found, or could not be read; `python -m deploy.supply` tells them apart as 1 and 2.
audit: $(AUDIT_READY) ## Look for what is known against what the locks pin, and list it all in build/sbom: ADVISORIES=file/or/folder
	@$(BIN)/python -m deploy.supply $(if $(ADVISORIES),--advisories "$(ADVISORIES)") $(ARGS)

docker: ## Build the image: IMAGE=churn-service
	docker build --tag $(IMAGE) .

clean: ## Remove caches and built files; the environment stays
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find churn service training tests benchmarks deploy -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# --- The environment -------------------------------------------------------------------------------

$(SERVICE_READY): requirements/console.txt requirements/build.txt pyproject.toml
	@$(MAKE_VENV)
	@echo "Installing what the service needs into $(VENV) ..."
	$(INSTALL)
	@touch $@

$(EVERYTHING_READY): requirements/all.txt pyproject.toml
	@$(MAKE_VENV)
	@echo "Installing everything into $(VENV), TensorFlow included: some minutes ..."
	$(INSTALL)
	@touch $(SERVICE_READY) $@

$(QUALITY_READY): $(EVERYTHING_READY) requirements/quality.txt
	@echo "Installing the boosters to compare with into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/quality.txt
	@touch $@

$(AUDIT_READY): $(EVERYTHING_READY) requirements/audit.txt
	@echo "Installing what reads the locks for an audit into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/audit.txt
	@touch $@

$(BROWSER_READY): $(EVERYTHING_READY) requirements/e2e.txt
	@echo "Installing what drives a browser into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/e2e.txt
	@touch $@

$(HOSTILE_READY): $(EVERYTHING_READY) requirements/hostile.txt
	@echo "Installing what sends hostile input into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/hostile.txt
	@touch $@

$(CLIENTS_READY): $(EVERYTHING_READY) requirements/clients.txt tests/clients/package.json tests/clients/package-lock.json
	@echo "Installing what makes clients into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/clients.txt
	@if command -v npm >/dev/null; then \
		mkdir -p $(CLIENTS_NODE) && cp tests/clients/package.json tests/clients/package-lock.json $(CLIENTS_NODE) && \
		npm ci --prefix $(CLIENTS_NODE) --ignore-scripts --no-audit --no-fund --silent; fi
	@touch $@

$(DEPLOY_READY): $(EVERYTHING_READY) requirements/deploy.txt
	@echo "Installing what judges a deployment into $(VENV) ..."
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/deploy.txt
	@touch $@

# What the locks among the prerequisites pin, which is all that is needed, then the project itself. Without --no-deps pip asks
# for a pin of "pydantic[email]" besides that of "pydantic".
define INSTALL
@touch $(INTERRUPTED)
@$(PIP) install --no-deps --require-hashes --only-binary :all: $(addprefix -r ,$(filter requirements/%,$^))
@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
@rm $(INTERRUPTED)
endef

# Keep an environment that works; else make one with the first Python that will do ($(PYTHON) if given).
# A plain python3 comes last, for it may be 3.14: the service runs on that, TensorFlow does not yet.
MAKE_VENV = { test ! -e $(INTERRUPTED) && \
	$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; } || { \
	for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			echo "Making $(VENV) with $$($$python --version) ..."; \
			exec $$python -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module was found: install one, or name it: make PYTHON=/path/to/python3" >&2; \
	exit 2; }
