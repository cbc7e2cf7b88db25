# Everything a person types here. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help demo up test check lint bench chaos format histories constraints
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHONS := $(PYTHON) python3.11 python3.12 python3.13 python3 python3.14

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## the whole product on this machine in a minute: LEADS=file.csv ARGS="--limit 500 --json"
	@$(BIN)/nurture demo $(if $(LEADS),--leads $(LEADS)) $(ARGS)

up: $(READY) ## the same stack, without simulated people, until Ctrl-C
	@$(BIN)/nurture up $(ARGS)

test: $(READY) ## the whole test suite; ARGS="tests/intake -k phone" for a part
	@$(BIN)/pytest $(ARGS)

check: lint ## what CI checks before it breaks things: format, lint, types, layers, sequences, tests
	@$(BIN)/pytest $(ARGS)

lint: $(READY)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/nurture validate

bench: $(READY) ## measure every claim of the README against a baseline in the same run; ARGS=--json
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: $(READY) ## kill, drop, lie and race, and count what was lost or sent twice: ARGS="--subset ci --json", ARGS="--cell A3,A4"
	@$(BIN)/nurture chaos $(ARGS)

format: $(READY) ## let ruff put the code in order
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

histories: $(READY) ## record histories of new workflow branches; those in the repository are never recorded again
	@$(BIN)/python -m tests.replay.record

constraints: $(READY) ## pin every dependency again, with hashes, from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --quiet --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o constraints.txt

# What is said on the way goes to stderr: `make demo ARGS=--json | tail -1` must be JSON on the first run too.
$(READY): constraints.txt pyproject.toml
	@for name in $(PYTHONS); do \
		if $$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Nurture needs Python 3.11 or later with its venv module, and found none among: $(PYTHONS)." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3." >&2; \
		exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Making $(VENV) with $$($$python --version) …" >&2; \
		$$python -m venv --clear $(VENV) >&2 || exit 1; \
	fi; \
	echo "Installing the pinned dependencies (a minute or two the first time) …" >&2; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt >&2 && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2 && \
	touch $@
