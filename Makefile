# make demo     sets up .venv, compares the bundled exhibits (or two forms of IAM-OnDB: make demo IAM=PATH), writes a PDF
# make test     sets up .venv, runs the tests
# make serve    sets up .venv, serves the page at http://127.0.0.1:8000/
# make check    format, lint, types, tests: what CI runs
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test serve check format
demo: $(VENV)/.run
	$(RUN) cli.py demo $(if $(IAM),--iam "$(IAM)")

serve: $(VENV)/.run
	$(RUN) cli.py serve

test: $(VENV)/.dev
	$(RUN) -m pytest -n 2 --dist loadgroup

check: $(VENV)/.dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m pytest -n 2 --dist loadgroup

format: $(VENV)/.dev
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

$(VENV)/.run: requirements.txt
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
