# Two commands on a fresh machine with Python 3.11-3.13: `make book` and `make test`. Each does its own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export OMP_NUM_THREADS ?= 1

.PHONY: help book test thorough lab bench notebooks student solutions slides assessment clean
.DEFAULT_GOAL := help

help:   ## show this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 20

.venv/pip:
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), "want Python 3.11, 3.12 or 3.13: make PYTHON=..."'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/book: .venv/pip requirements.txt pyproject.toml
	$(BIN)/pip install -q -r requirements.txt
	@touch $@

.venv/engine: .venv/book $(wildcard lib/engines/*.py)
	$(BIN)/python -m lib.engines
	@touch $@

.venv/test: .venv/engine requirements-test.txt
	$(BIN)/pip install -q -r requirements-test.txt
	@touch $@

book: .venv/engine   ## execute every chapter and write the pages to _build/html
	$(BIN)/jupyter-book build . -W --keep-going -n
	@echo "open _build/html/index.html"

test: .venv/test   ## unit and property tests, every chapter cell by cell, the book, its pages in a browser
	$(BIN)/pytest -n 2 --dist loadfile -m "not thorough" --ignore tests/pages
	$(BIN)/jupyter-book build . -W --keep-going -n -q
	$(BIN)/pytest -n 2 -m "not thorough" tests/pages

thorough: .venv/test   ## what takes longer: long properties, every page in a second browser
	$(BIN)/pytest -n 2 -m thorough tests --ignore tests/pages
	$(BIN)/jupyter-book build . -W --keep-going -n -q
	$(BIN)/pytest -n 2 --dist loadfile -m thorough tests/pages

lab: .venv/engine   ## JupyterLab; a double click opens a chapter as a notebook
	JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter $(BIN)/jupyter lab

notebooks: .venv/book   ## chapters and exercises as plain .ipynb, in _build/notebooks
	$(BIN)/python -m lib.course notebooks

student: .venv/book   ## the exercises without solutions, stubs and checkers kept, in _build/student
	$(BIN)/python -m lib.course student

solutions: .venv/engine   ## the exercises with solutions, executed, in _build/solutions
	$(BIN)/python -m lib.course solutions

slides: book   ## a deck for each chapter, in _build/html/slides
	$(BIN)/python -m lib.course slides

SEED ?= 1
STUDENTS ?= 30
assessment: .venv/book   ## a sheet for each student and a key: make assessment SEED=7 STUDENTS=30
	$(BIN)/python -m lib.course assessment --seed $(SEED) --students $(STUDENTS)

bench: .venv/book   ## time the training engine against its peers (installs JAX)
	$(BIN)/pip install -q -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.training

clean:  ## remove everything that is built; .venv stays
	rm -rf _build build .venv/engine
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
