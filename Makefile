# One verb each, and each does its own set-up: from a fresh clone, Python 3.11 or newer and make are enough.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
IN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: test-outside test-inside test-exhaustive help setup run test check fix bench replay stack-test package deploy destroy

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv and install the exact requirements

run: $(READY) ## everything on this machine: page, API, local AWS (PORT=8000, DEMO=1 for a story)
	@$(IN)/python -m chalicelib run

test: $(READY) ## the whole suite, with coverage (95 %; the domain 100 %)
	@$(IN)/coverage erase
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target test-exhaustive test-outside test-inside
	@$(IN)/coverage combine --quiet
	@$(IN)/coverage report --fail-under=95
	@$(IN)/coverage report --fail-under=100 --include='chalicelib/domain/*'

# Side by side: what is tried from outside, as processes and stacks, which often waits; all the rest; and what is
# the same at every place where it may go wrong, of which no coverage is measured, for it takes half of the time.
OUTSIDE := tests/deploy tests/local tests/stack tests/test_package.py
test-outside:
	$(IN)/coverage run -m pytest -m "not exhaustive" $(OUTSIDE)
test-inside:
	$(IN)/coverage run -m pytest -m "not exhaustive" $(OUTSIDE:%=--ignore=%) tests
test-exhaustive:
	$(IN)/pytest -m exhaustive tests

check: $(READY) ## form, lint, types, directions of imports
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy
	$(IN)/lint-imports --no-logo

fix: $(READY) ## put form and lint right where a tool can
	$(IN)/ruff check --fix .
	$(IN)/ruff format .

bench: $(READY) ## measure; one line per figure, all in bench/results.json
	$(IN)/python bench/run.py

replay: $(READY) ## publish every recorded Statuspage document and compare
	$(IN)/python -m tests.conformance.replay

stack-test: $(READY) ## the deployable in an emulated AWS account, right by right
	$(IN)/python -m pytest tests/test_package.py tests/stack

# What a shell may have exported for something else counts only where it is typed behind make.
TYPED = $(filter command line,$(origin $(1)))
ARCH_SAID = $(if $(call TYPED,ARCH),$(ARCH))

package: $(READY) ## the deployable for Lambda, into out/ (ARCH=arm64 or x86_64)
	$(IN)/python .chalice/package.py out $(if $(ARCH_SAID),--arch $(ARCH_SAID))

# Quotes and blanks in what a person says reach the scripts as they are: through the environment.
SAID = --stage="$$STAGE" --region="$$REGION" --stack="$$STACK" --params="$$PARAMS"

deploy: $(READY) ## into AWS: STAGE=prod REGION=eu-central-1 PARAMS="Name='Acme Cloud' TimeZone=Europe/Berlin" ($ is $$)
	@$(IN)/python .chalice/deploy.py $(SAID) --arch="$(if $(call TYPED,ARCH),$$ARCH)" --artifacts="$$ARTIFACTS" --built="$$BUILT"

destroy: $(READY) ## out of AWS: STAGE=prod REGION=eu-central-1; table and bucket stay (DATA=delete: they go too)
	@$(IN)/python .chalice/destroy.py $(SAID) --data="$(if $(call TYPED,DATA),$$DATA)"

$(READY): requirements.txt requirements-dev.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed (Debian: apt-get install python3)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
	  { echo "$(PYTHON) will not do: Python 3.11 to 3.14 is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv or no ensurepip (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@test -x $(IN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing the requirements into .venv ..."
	@$(IN)/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements-dev.txt
	@touch $@
