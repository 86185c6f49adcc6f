# Every task of the project, for a machine that has Python 3.11 and make. `make help` lists them.

PYTHON ?= python3.11
VENV ?= .venv
ARGS ?=
BENCH ?= $(filter-out __init__,$(basename $(notdir $(wildcard benchmarks/*.py))))

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# One process a core: tests are single-threaded for the most part. Four hold what memory a desk has to spare.
PYTEST := $(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: conform help setup demo test test-s3 pandas-suite lint types bench docs clean

help:  ## List the tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Create .venv with the pinned versions (does nothing when up to date)

# Installed again only when what it was built from changed. -qq keeps pip's errors and drops its chatter.
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or run make PYTHON=…"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "==> creating $(VENV) with $$($(PYTHON) --version)"; \
	    $(PYTHON) -m venv --clear $(VENV); }
	@echo "==> installing bigframe[dev,demo,torch] into $(VENV); the first time takes a few minutes"
	@$(PIP) install -qq -c constraints.txt -e '.[dev,demo,torch]'
	@touch $@
	@echo "==> ready"

demo: setup  ## Run the main job on a corpus of this machine's packages (ARGS="--engine dask --out DIR")
	@$(BIN)/bigframe demo $(ARGS)

test: lint types  ## Everything that CI decides by: style, layers, types, tests (ARGS="-k name")
	@echo "==> pytest"
	@$(PYTEST) $(ARGS)

conform: setup  ## Every conformance case in every session, every line and parameter, TPC-H everywhere, pandas' docstrings replayed; `make test` takes a sample
	@BIGFRAME_CONFORMANCE=all $(PYTEST) tests/conformance tests/tpch tests/everyday tests/parameters $(ARGS)
	@$(BIN)/python -m tests.docstring_replay

pandas-suite: setup  ## pandas' own tests against bigframe; writes the page of scores (ARGS="--sample 0.05 --partitions 1")
	@$(BIN)/python -m tests.pandas_suite $(ARGS)

test-s3: setup  ## The S3 tests on Ceph's gateway instead of moto (Debian: ceph-mon ceph-osd radosgw ceph-common)
	@$(BIN)/python -m tests.s3.ceph $(BIN)/python -m pytest -q tests/s3 $(ARGS)

lint: setup  ## Style (ruff) and layers (import-linter)
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@echo "==> import-linter"
	@$(BIN)/lint-imports

# A stub hides its module's source from a check of the package, so these are named.
STUBBED := bigframe/api/accessors/strings.py bigframe/api/accessors/datetimes.py bigframe/api/shared/gathered.py

types: setup  ## mypy --strict over bigframe and engine
	@echo "==> mypy"
	@$(BIN)/mypy
	@$(BIN)/mypy $(STUBBED)

bench: setup  ## Run the measurements in benchmarks/ (BENCH=name for one); they assert nothing about time
	@for name in $(BENCH); do echo "==> $$name"; $(BIN)/python -m benchmarks.$$name $(ARGS) || exit 1; done

docs: setup  ## Write the references that are generated from the code
	@$(BIN)/python -m bigframe.coverage
	@$(BIN)/python -m bigframe.stubs

clean:  ## Remove caches and build outputs; .venv and demo outputs stay
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find bigframe engine tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
