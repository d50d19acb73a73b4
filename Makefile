# Every target sets up what it needs: Python 3.11 or newer and make are all a machine must have.

.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.PHONY: help demo test coverage bench lint clean
unexport PYTHONPATH PYTHONHOME

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
DEMO  := build/demo

# The Python that makes the environment: PYTHON=… picks one by hand.
PYTHON ?=
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## *(.*)/  make \1\t\2/' | expand -t 16

demo: $(READY)  ## solve the sample district of the cep domain and write its report
	@rm -rf $(DEMO)
	@$(BIN)/evenhand example cep $(DEMO)
	@$(BIN)/evenhand solve $(DEMO)/spec.toml --out $(DEMO)/result
	@echo "The report: $(DEMO)/result/report.html"

test: $(READY)  ## the whole test suite
	@$(BIN)/python -m pytest -n 2

coverage: $(READY)  ## the same, counting which lines ran: nearly twice as slow
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term --cov-report=html

bench: $(READY)  ## run every benchmark and write build/benchmarks.md
	@$(BIN)/python -m tests.benchmarks

lint: $(READY)  ## style, types, floors of the house, dependencies
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry framework plugins

clean:  ## remove the environment, caches and everything built
	@rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment stands when $(READY) does; it is brought up to date when the dependencies change. The first pip is
# the one Python ships: it may be too old for dependency groups, so it installs its own successor before the rest.
$(READY): pyproject.toml constraints.txt
	@chosen=; lacking=; \
	for candidate in $(CANDIDATES); do \
	    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    if "$$candidate" -c 'import venv, ensurepip' 2>/dev/null; then chosen=$$candidate; break; fi; \
	    lacking=$$candidate; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$lacking" ]; then \
	    echo "$$lacking lacks the venv module. Install it (Debian: python3-venv), or name another: make PYTHON=python3.12" >&2; exit 1; \
	elif [ -z "$$chosen" ]; then \
	    echo "No Python 3.11 or newer among: $(CANDIDATES). Install one, or name it: make PYTHON=python3.12" >&2; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$chosen" --version) (a few minutes the first time) ..."; \
	"$$chosen" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt pip
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt \
	    --build-constraint constraints.txt -e '.[all]' --group dev
	@touch $@
