# irqlab: see README.md.  Needs make, Python >= 3.11 with venv, and a package index.

PYTHON ?= python3
#: The lock is made with the oldest Python there is to serve.
LOCK_PYTHON ?= python3.11
PIP_TOOLS ?= 7.6.2

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BINDINGS := $(VENV)/.bindings
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# These explore millions of steps, which tracing would make three times as slow: they run without coverage.
EXPLORING := tests/docs tests/explore tests/facts tests/properties tests/verdict

# What tests/real needs: a kernel tree, and what builds and links its drivers.
REAL := tests/real
PACKAGES := git linux-source-6.12 linux-source-6.1 gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-riscv64-linux-gnu device-tree-compiler bc bison flex libelf-dev libssl-dev make xz-utils

# What tests/browser needs.
BROWSER := tests/browser
BROWSER_PACKAGES := chromium chromium-driver

.PHONY: demo test test-guest test-browser packages bench manual lock clean
.DEFAULT_GOAL := demo

demo: $(STAMP)
	@$(BIN)/irqlab thread

test: $(BINDINGS)
	@echo "== ruff check"
	@$(BIN)/ruff check .
	@echo "== ruff format --check"
	@$(BIN)/ruff format --check --quiet .
	@echo "== mypy"
	@$(BIN)/mypy
	@echo "== pytest: explorations"
	@$(BIN)/pytest -n 2 $(EXPLORING)
	@echo "== pytest: the rest, with coverage"
	@$(BIN)/pytest -n 2 --cov --cov-report=term $(addprefix --ignore=,$(EXPLORING) $(REAL) $(BROWSER))
	@echo "== not run here: $(REAL), drivers compiled from a kernel tree: make test-guest"
	@echo "== not run here: $(BROWSER), pages in a browser: make test-browser"

test-guest: packages $(BINDINGS)
	@echo "== pytest: drivers compiled from a kernel tree"
	@$(BIN)/pytest -n 2 $(REAL)

test-browser: PACKAGES := $(BROWSER_PACKAGES)
test-browser: packages $(STAMP)
	@echo "== pytest: pages in a browser"
	@$(BIN)/pytest $(BROWSER)

# pylibfdt, which dtschema needs, is built here.
$(BINDINGS): $(STAMP) requirements-bindings.lock
	@echo "== installing dtschema into $(VENV)"
	@$(PIP) install --require-hashes --only-binary :all: --no-binary pylibfdt -r requirements-bindings.lock
	@touch $@

# Installed where that is allowed; said in one line where not.
packages:
	@missing=$$(for package in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q "ok installed" || echo $$package; done); \
	if [ -n "$$missing" ]; then \
		echo "== installing" $$missing; \
		if [ "$$(id -u)" = 0 ]; then \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $$missing >/dev/null; \
		else \
			echo "make $(MAKECMDGOALS): needs packages that only root may install: apt-get install" $$missing >&2; exit 2; \
		fi; \
	fi

bench: $(STAMP)
	@$(BIN)/python -m bench

# The pages of docs that irqlab writes itself.
manual: $(STAMP)
	@$(BIN)/python -m manual

# Everything comes from the lock, by hash; the package itself is built with the hatchling from there.
$(STAMP): pyproject.toml requirements.lock
	@echo "== installing into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("irqlab needs Python 3.11 or newer; this is " + sys.version.split()[0] + ": make PYTHON=python3.x") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	@echo "== writing requirements.lock, requirements-bindings.lock"
	@set -e; venv=$$(mktemp -d); trap 'rm -rf "$$venv"' EXIT; \
	$(LOCK_PYTHON) -m venv $$venv; \
	$$venv/bin/python -m pip --disable-pip-version-check --quiet install pip-tools==$(PIP_TOOLS); \
	export PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= CUSTOM_COMPILE_COMMAND="make lock"; \
	compile="$$venv/bin/pip-compile --quiet --no-config --generate-hashes --allow-unsafe --no-strip-extras --no-emit-options \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host pyproject.toml"; \
	$$compile --extra dev --output-file requirements.lock; \
	$$compile --extra dev --extra bindings --output-file requirements-bindings.lock

clean:
	@rm -rf $(VENV) build dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests bench manual docs -name __pycache__ -type d -prune -exec rm -rf {} +
