# Everything a newcomer needs. `make` alone shows what there is.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
LOCK := $(PYTHON) -m uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-config --system-certs --custom-compile-command "make lock" --upgrade
.PHONY: help demo test test-thorough coverage scenarios lint types imports check format bench pictures lock clean runtime dev

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: runtime ## Start a simulator and watch one checkout (ARGS=--once: end after it)
	@exec $(PYTHON) -m src_system demo $(ARGS)

test: dev ## Run the tests (ARGS=… goes to pytest)
	@exec $(PYTHON) -m pytest -n auto --maxprocesses=4 --dist=loadfile $(ARGS)

test-thorough: dev ## The same, with what repeats a test on every network
	@exec $(PYTHON) -m pytest -n auto --maxprocesses=4 --dist=loadfile -m "thorough or not thorough" $(ARGS)

coverage: dev ## The same, and which lines and branches ran; the servers that tests start are counted
	@exec $(PYTHON) -m pytest -n auto --maxprocesses=4 --dist=loadfile --cov --cov-report=term $(ARGS)

scenarios: runtime ## Play every story in scenarios/ (ARGS=… goes to src-system run)
	@exec $(PYTHON) -m src_system run scenarios $(ARGS)

check: lint types imports ## Everything that needs no running

lint: dev ## Style: ruff, formatting included
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: dev ## Types: mypy, strict
	@$(PYTHON) -m mypy

imports: dev ## Layers: which room may import which
	@.venv/bin/lint-imports

format: dev ## Rewrite the sources in house style
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

bench: dev ## Measure the figures of bench/README.md (ARGS=… goes to the benchmark)
	@exec $(PYTHON) -m bench $(ARGS)

pictures: dev ## Take the docs' screenshots anew (needs Chromium)
	@exec $(PYTHON) -m tests.browser.pictures

lock: dev ## Renew the pins in requirements/ from the ranges in pyproject.toml
	@$(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean: ## Remove everything that can be made again
	@rm -rf .venv .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@requirements/install runtime

dev:
	@requirements/install dev
