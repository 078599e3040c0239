# Two commands do everything on a fresh machine: `make check` and `make test`. They need Python 3.11+ with venv.
PYTHON3 ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
REPORTS ?= reports
RUN_ARGS ?=
QUALIFY_ARGS ?=
FAULTS ?= docs/faults.md
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: site help check test lint unit safety docs wheel-test newest qualify faults mutants bench false-alarms comparisons clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "volcheck needs Python 3.11 or newer: set PYTHON3 to one."; exit 1; }
	@$(PYTHON3) -m venv $(VENV)
	@$(BIN)/pip install -qq --constraint constraints.txt --editable '.[dev,openstack,cluster]'
	@touch $@

check: $(VENV)/.ready ## run the suites on the embedded reference endpoint and write the reports
	@$(BIN)/volcheck run --reports $(REPORTS) $(RUN_ARGS)

test: lint unit check ## pass volcheck's own tests, and the suites on the reference endpoint

lint: $(VENV)/.ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache

# Plays tests, three at a time. Some play whole runs against time limits, and a busy machine may make them miss one: what
# failed beside others must pass alone.
define play
	@$(BIN)/pytest -q -n 3 --dist worksteal $(1) || { \
	  echo "What failed is played again, alone:"; \
	  $(BIN)/pytest -q --last-failed --last-failed-no-failures none $(1); }
endef

unit: $(VENV)/.ready
	$(call play,tests --ignore=tests/safety --ignore=tests/results/test_compare_defects.py)
	@$(BIN)/pytest -q endpoints/cinder

safety: $(VENV)/.ready ## prove that a run hurts nothing and leaks nothing: kills, secrets, hostile endpoints (a quarter of an hour)
	$(call play,tests/safety)
	@$(BIN)/pytest -q tests/results/test_compare_defects.py

docs: $(VENV)/.ready ## write the API reference of each edition, and what it rests on, from the contract
	@for lang in ko en; do \
	  $(BIN)/volcheck document render --lang $$lang -o docs/api.$$lang.md && \
	  $(BIN)/volcheck document render --lang $$lang --edition 2026 -o docs/api-2026.$$lang.md && \
	  $(BIN)/volcheck document render --lang $$lang --layout trace -o docs/trace.$$lang.md || exit 1; done

site: $(VENV)/.ready ## build a static site of references, requirements and errata in build/site
	@$(BIN)/pip install -qq --constraint constraints.txt '.[site]'
	@rm -rf build/pages build/site
	@$(BIN)/volcheck document site -o build/pages
	@$(BIN)/mkdocs build --quiet --strict

wheel-test: $(VENV)/.ready ## build the wheel and run it from an empty venv, in a foreign folder
	@PYTHON3=$(PYTHON3) BIN=$(BIN) sh tests/wheel.sh

newest: ## draw requests with the newest schemathesis and Hypothesis that our bounds allow
	@$(PYTHON3) -m venv build/newest
	@build/newest/bin/pip install -qq --upgrade --upgrade-strategy eager . pytest
	@build/newest/bin/pip list 2>/dev/null | grep -iE '^(schemathesis|hypothesis) '
	@build/newest/bin/python -m pytest -q -p no:schemathesis tests/fixtures/generation

qualify: $(VENV)/.ready ## put the suites to the test: one run for each defect of the reference endpoint
	@$(BIN)/volcheck qualify --json docs/qualification.json --html docs/qualification.html $(QUALIFY_ARGS)

faults: $(VENV)/.ready ## play every broken and hostile endpoint to real runs, and write docs/faults.md
	@$(PYTHON) tests/safety/faults.py --markdown $(FAULTS)

mutants: $(VENV)/.ready ## break the door and the checks in every small way, and count what the unit tests notice (half an hour)
	@rm -rf mutants
	@$(BIN)/mutmut run | cat # by a pipe, as one of the tests limits the size of files
	@$(PYTHON) tests/mutants.py --markdown docs/mutants.md

bench: $(VENV)/.ready ## measure: the gateway, reports of 100,000 exchanges, volcheck beside `st run`
	@$(PYTHON) benchmarks/gateway.py
	@$(PYTHON) benchmarks/report_scale.py
	@$(PYTHON) benchmarks/st_run.py

false-alarms: $(VENV)/.ready ## run the suites on the honest endpoint with 50 seeds, other delays, another concurrency and foreign volumes
	@$(PYTHON) benchmarks/false_alarms.py

comparisons: $(VENV)/.ready ## compare runs: unchanged ones must show nothing, and each defect itself alone
	@$(PYTHON) benchmarks/compare_defects.py --unchanged 20
	@$(PYTHON) benchmarks/compare_defects.py

clean: ## remove what the targets have made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist build mutants $(REPORTS)/*

include endpoints/cinder/Makefile.inc

cinder check-cinder cinder-matrix: $(VENV)/.ready
