# What a person could type, with the set-up done first. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_OF_DEMO := cspr-demo

.PHONY: help pictures demo demo-graph test lint types contracts unit coverage test-slow simulate fuzz bench bench-mail mutate wheel clean
.DEFAULT_GOAL := help

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/cspr-bot: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip check --quiet --disable-pip-version-check
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(BIN)/cspr-bot ## the main job, from a referral in the mailbox to publication
	rm -rf $(HOME_OF_DEMO)
	$(BIN)/cspr-bot demo --home $(HOME_OF_DEMO)

demo-graph: $(BIN)/cspr-bot ## the same over Microsoft Graph, on a simulated Microsoft 365
	rm -rf $(HOME_OF_DEMO)-graph
	$(BIN)/python -m tests.graph_demonstration $(HOME_OF_DEMO)-graph

test: lint types contracts unit ## lint, types, import contracts and every test

lint: $(BIN)/cspr-bot ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/cspr-bot ## mypy, strict
	$(BIN)/mypy

contracts: $(BIN)/cspr-bot ## which room may import which
	$(BIN)/lint-imports

unit: $(BIN)/cspr-bot ## every test that is not slow
	$(BIN)/pytest -m 'not slow' -n 2

coverage: $(BIN)/cspr-bot ## the same, and which lines and branches no test comes to; takes twice as long
	$(BIN)/pytest -m 'not slow' -n 2 --cov --cov-report=term:skip-covered

test-slow: $(BIN)/cspr-bot ## the long ones, and every scenario on the other database
	$(BIN)/pytest -m slow
	$(BIN)/pytest -m 'not slow' tests/scenarios --database=postgresql

SEEDS ?= 200
DEPTH ?= short

simulate: $(BIN)/cspr-bot ## seeded lives in a world that fails: SEEDS=n, DEPTH=short or long
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --depth $(DEPTH)

fuzz: $(BIN)/cspr-bot ## every reader on a million odd inputs (files: a hundred thousand, LibreOffice: 500); takes hours, and goes on where it was stopped
	$(BIN)/python -m tests.forms.fuzz_run

bench: $(BIN)/cspr-bot ## how long a form takes to read, beside the least there is
	$(BIN)/python benchmarks/bench_forms.py
	$(BIN)/python benchmarks/bench_start.py

bench-mail: $(BIN)/cspr-bot ## what is understood of real mails, beside plain libraries
	$(BIN)/python benchmarks/bench_mail.py

mutate: $(BIN)/cspr-bot ## which changes to the code of trust no test would notice (tests/mutants.md); takes half an hour
	$(PYTHON) -m venv $(VENV)-mutate
	$(VENV)-mutate/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(VENV)-mutate/bin/python -m pip install --quiet --disable-pip-version-check "mutmut>=3.8,<4"
	$(VENV)-mutate/bin/mutmut run --max-children 2
	$(VENV)-mutate/bin/mutmut results

pictures: $(BIN)/cspr-bot ## the pictures of docs/board.md; needs chromium
	$(BIN)/python -m tests.board.pictures

wheel: $(BIN)/cspr-bot ## the program as one file, with its configuration and templates
	$(BIN)/python -m hatchling build -t wheel

clean: ## away with everything that was made
	rm -rf $(VENV) $(VENV)-mutate mutants $(HOME_OF_DEMO) $(HOME_OF_DEMO)-graph dist .coverage* .fuzz .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
