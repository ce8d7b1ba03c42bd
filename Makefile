# `make demo` and `make test` need Python 3.10 or newer; both make their own .venv. With a C compiler, tagging and counting are fast.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
LOCK := --quiet --universal --python-version 3.10 --generate-hashes --no-header --no-emit-index-url --no-annotate

.PHONY: demo test check bench lock clean

demo: .venv/installed
	$(BIN)/ketamine-watch demo $(ARGS)

# the tests start many processes: each would compile every module anew where no bytecode may be kept
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

# ours beside the peers; installs these into build/peers, which needs the package registry
bench: .venv/installed-dev
	$(BIN)/python -m benchmarks $(ARGS)

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# exactly the versions of requirements.lock, hashes checked; then this project itself, editable, compiled in part
.venv/installed: requirements.lock pyproject.toml hatch_build.py $(wildcard crawler/tagging/*.pyx crawler/tagging/*.pxd store/*.pyx)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

lock:
	uv pip compile $(LOCK) --group build --output-file requirements.lock pyproject.toml
	uv pip compile $(LOCK) --group dev --extra scale --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv build dist
