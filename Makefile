# The same verbs for people and for automation; `.ci/run` calls `test` and `check`.
PYTHON ?= python3
INSTALLED := .venv/.installed

.DEFAULT_GOAL := help
# Threads that wait give the processor up soon, as in the command line: a busy machine is shared, not fought over.
export GOMP_SPINCOUNT ?= 1000

.PHONY: help setup demo test check check-native bench docs models

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(INSTALLED)  ## make .venv with the pinned packages, the kernels and the page's viewer; again only after a change of them

# The stamp is written last, so an interrupted installation is repeated.
$(INSTALLED): pyproject.toml constraints.txt hatch_build.py package-lock.json $(wildcard src/intaglio/runtime/*.cpp src/native/*)
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q -c constraints.txt -e '.[dev,web]'
	@# What only tests of the page need; they are skipped without it.
	@if command -v npm > /dev/null; then npm ci --silent --ignore-scripts --no-audit --no-fund || true; fi
	@touch $@

demo: setup  ## a photo in three styles and a distillation, on a page; a few minutes
	.venv/bin/intaglio demo

test: setup  ## run the tests: offline, on the CPU
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n auto --maxprocesses 8 --dist worksteal

check: setup  ## formatting, lint, types, architecture, and that the docs are current
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q tests/test_architecture.py tests/test_docs.py -k "not block_of_the_readme_runs"

check-native:  ## run the compiled convolutions under the address and undefined-behavior sanitizers
	cmake -S src/native -B build/check-native -DINTAGLIO_CHECKS=ON -DCMAKE_BUILD_TYPE=None
	cmake --build build/check-native
	build/check-native/check_convolution

bench: setup  ## measure speed and memory on this machine
	.venv/bin/python benchmarks/stylize.py --huge

# Where the published weights and the pictures to learn from lie; nothing of them enters the package.
PUBLISHED ?= ../shared/published/collaborative-distillation-16x
CONTENT ?= ../shared/data/content
STYLE ?= ../shared/data/style
CIFAR ?= ../shared/data/cifar-10-batches-py
UNPAIRED ?= ../shared/data/unpaired/photo2painting

models: setup  ## train the networks that come with the package anew: hours; data as named above are needed
	.venv/bin/python recipes/make_models.py --published $(PUBLISHED) --content $(CONTENT) --style $(STYLE) --cifar $(CIFAR) \
		--unpaired $(UNPAIRED) --work models

docs: setup  ## write the generated pages of docs/ anew
	.venv/bin/python docs/generate.py
