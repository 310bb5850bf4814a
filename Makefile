# The same verbs for people and for automation; `.ci/run` calls `test` and `check`.
PYTHON ?= python3
INSTALLED := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(INSTALLED)  ## make .venv with the pinned packages and the kernels; again only after a change of them

# The stamp is written last, so an interrupted installation is repeated.
$(INSTALLED): pyproject.toml constraints.txt hatch_build.py $(wildcard src/intaglio/runtime/*.cpp)
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup  ## a photo in three styles and a distillation, on a page; a few minutes
	.venv/bin/intaglio demo

test: setup  ## run the tests: offline, on the CPU
	.venv/bin/python -m pytest

check: setup  ## formatting, lint, types, architecture, and that the docs are current
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q tests/test_architecture.py tests/test_docs.py

bench: setup  ## measure speed and memory on this machine
	.venv/bin/python benchmarks/stylize.py --huge

docs: setup  ## write the generated pages of docs/ anew
	.venv/bin/python docs/generate.py
