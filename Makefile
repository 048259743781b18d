# make demo     sets up .venv, compares the bundled exhibits (or two forms of IAM-OnDB: make demo IAM=PATH), writes a PDF
# make test     sets up .venv, runs the tests but for the slow ones
# make serve    sets up .venv, serves the page at http://127.0.0.1:8000/
# make check    format, lint, types, tests: what CI runs
# make lock     pins what requirements.txt needs, with hashes, in requirements.lock
# make dependencies   licences, and a bill of materials (CycloneDX), of what requirements.lock installs, in docs/dependencies
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test serve check format lock dependencies
demo: $(VENV)/.run
	$(RUN) cli.py demo $(if $(IAM),--iam "$(IAM)")

serve: $(VENV)/.run
	$(RUN) cli.py serve

test: $(VENV)/.dev
	$(RUN) -m pytest -n 2 --dist loadgroup -m "not slow"

check: $(VENV)/.dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m pytest -n 2 --dist loadgroup

format: $(VENV)/.dev
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

lock: $(VENV)/.dev
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --output-file requirements.lock requirements.txt

# The environment holds what the lock file installs and nothing else; addresses are left out, they change and say nothing.
LOCKED := build/locked
define PLAIN
import json, sys
bom = json.load(sys.stdin)
for part in (*bom["components"], *bom["metadata"]["tools"]["components"]):
    part.pop("externalReferences", None)
json.dump(bom, sys.stdout, indent=1, sort_keys=True)
endef
export PLAIN
dependencies: $(LOCKED)/.run
	mkdir -p docs/dependencies
	$(VENV)/bin/pip-licenses --python $(LOCKED)/bin/python --with-system --from=mixed --format=markdown \
		--output-file docs/dependencies/licences.md
	$(VENV)/bin/cyclonedx-py environment --output-reproducible --of JSON $(LOCKED)/bin/python | $(RUN) -c "$$PLAIN" \
		> docs/dependencies/bom.cdx.json

$(LOCKED)/.run: requirements.lock $(VENV)/.dev
	rm -rf $(LOCKED)
	$(PYTHON) -m venv --without-pip $(LOCKED)
	$(RUN) -m pip --python $(LOCKED)/bin/python install --quiet --disable-pip-version-check \
		--require-hashes -r requirements.lock
	touch $@

$(VENV)/.run: requirements.txt
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
