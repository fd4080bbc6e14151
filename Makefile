# Two commands: make demo, make test. Each sets up what it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo-city
PYTEST ?= -n auto --dist loadgroup --no-loadscope-reorder

.PHONY: demo test lint types layers check papers sbom clean

demo: $(VENV)/run
	$(BIN)/ldt demo --dir $(DEMO)

# A command that a test starts reads modules that were compiled once, whatever the shell says of that.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/test
	$(BIN)/python -m pytest $(PYTEST)

lint: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/lint
	$(BIN)/ty check

layers: $(VENV)/lint
	$(BIN)/lint-imports

check: lint types layers

# Licences by the REUSE specification, and what the twin is made of.
papers: $(VENV)/papers sbom
	$(BIN)/reuse lint --quiet || $(BIN)/reuse lint

sbom: $(VENV)/papers
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --validate --of JSON -o sbom.cdx.json
	@echo "sbom.cdx.json: what ldt-graph is made of, in CycloneDX."

# A stamp per set of packages: what a command does not need is not downloaded.
$(VENV)/run $(VENV)/test $(VENV)/lint $(VENV)/papers: $(VENV)/%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) for '$*' ..."
	@$(BIN)/python -m pip install --progress-bar on --disable-pip-version-check -q -r requirements/$*.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@
	@echo "Set up. 'source $(VENV)/bin/activate' puts ldt on the path of this shell."

clean:
	rm -rf $(VENV) demo-city
