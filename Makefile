# Every verb makes the environment first where it is missing. PYTHON picks the interpreter (3.11 or 3.12).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := 0.13.9

export PYTHONPATH := $(CURDIR)
# Where pip is told of local wheels, uv is told too (a CPU build of torch, for instance).
comma := ,
empty :=
export UV_FIND_LINKS ?= $(subst $(empty) $(empty),$(comma),$(strip $(PIP_FIND_LINKS)))

.DEFAULT_GOAL := help
.PHONY: help setup demo test up down bench lint

help: ## what each verb does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(VENV)/.ready ## make .venv with everything one machine needs

$(VENV)/.ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 12) else f"Python 3.11 or 3.12 is needed, this is {v}: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv==$(UV)
	@# Compiled once, here: every process of a flow imports thousands of files, and where Python may write no bytecode each
	@# would compile them again.
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: setup ## speech to a promoted, served model: package, train, gate, bundle, serve, transcribe
	$(BIN)/python -m flows run_demo --config configs/demo.yaml

test: setup ## every test
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

up: setup ## start MLflow, Prefect with the deployments, and the champion's service
	$(BIN)/tiengnoi up

down: setup ## stop what `make up` started
	$(BIN)/tiengnoi down

bench: setup ## side by side with the peers, which it installs; prints ratios
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --editable '.[bench]'
	$(BIN)/python -m tests.bench

lint: setup ## ruff, pyright and the laws of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-cache
