# make: environment and quick study. make test: all tests that need no cluster, no GPU and no network.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin

.PHONY: all test test-slow lint clean

all: .venv/.installed
	$(BIN)/snakemake --cores $(CORES)
	@echo "Report: results/quick/report/index.html"

.venv/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@

test: .venv/.installed
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: .venv/.installed
	$(BIN)/python -m pytest -n 2 -m slow

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

clean:
	rm -rf .venv .snakemake results/quick
