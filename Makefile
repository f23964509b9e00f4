# Two commands are enough: `make run` and `make test`. Each sets up .venv by itself.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; print("$(name)") if (3, 11) <= sys.version_info < (3, 14) else None' 2>/dev/null \
	| grep -v None)))
BIN = .venv/bin
PIP = $(BIN)/pip --disable-pip-version-check install --quiet --no-deps
# uv knows nothing of how pip is set up here: it is told of another index; where that is not enough, pip does it.
UV = UV_DEFAULT_INDEX="$${PIP_INDEX_URL:-$$(2>/dev/null $(BIN)/pip config get global.index-url)}" $(BIN)/uv pip
install = $(UV) install --python $(BIN)/python --quiet --no-deps $(1) || $(PIP) $(1)
SCENARIO ?= plans/scenarios/hai-phong-2024.yaml
KILLS ?= 200
FAULTS ?= 200
SEED ?= 1
JOBS ?= 2
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))  # of tests: some wait for servers
export PYTHONDONTWRITEBYTECODE =  # where it is set, each of the many processes would compile all that it imports, and pytest all tests
RULES = tests/test_layers.py tests/test_prefect_yaml.py tests/test_house.py  # of `make check`: CI runs it before the tests
CATALOGUES = $(wildcard locale/*/LC_MESSAGES/bloc.po)

.PHONY: setup run test unit fuzz check soak simulate clean-data readme pictures messages lock

setup: .venv/ready  ## set up .venv, as `make run` does by itself

run: export BLOC_DIE_WITH_PARENT = 1
run: .venv/ready  ## replay the scenario's year and leave the service up; ONCE=1 ends after it, AT=2024-12-06 stops the year there
	@exec $(BIN)/bloc replay $(SCENARIO) $(if $(ONCE),--once) $(if $(AT),--at $(AT))

test: .venv/ready-dev  ## run all tests; those that need a part this machine lacks are skipped, with the reason
	@$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder -m "not soak" $(if $(CI),$(RULES:%=--ignore=%))

unit: .venv/ready-dev  ## run the tests that take less than half a minute
	@$(BIN)/python -m pytest -n auto -m "not (prefect or postgres or browser or process or replay or server or door or paper or database or slow or soak or office)" $(RULES:%=--ignore=%)

fuzz: .venv/ready-dev  ## change sheets, plans and scenarios, and send anything to the portal, at random, some thousand times; FUZZ=N for N of a kind
	@BLOC_FUZZ=$(or $(FUZZ),2000) $(BIN)/python -m pytest -n auto -q tests/sheets/test_fuzz.py tests/portal/test_fuzz.py \
		tests/actions/test_plan_properties.py tests/replay/test_scenario.py

check: .venv/ready-dev  ## lint, format, types, layers, prefect.yaml, the rules of the house
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@# Beside one another. CI has all tests compiled too, once: else each worker of `make test`, begun anew there, would do so.
	@$(BIN)/mypy & types=$$!; $(BIN)/python -m pytest -q $(RULES); rules=$$?; \
		$(if $(CI),$(BIN)/python -m pytest --collect-only >/dev/null;) wait $$types && exit $$rules

soak: .venv/ready-dev  ## kill deliveries, then replays, KILLS=200 times each, after FAULTS=200 random days; stops at what is lost, doubled or left
	@BLOC_FAULTS=$(FAULTS) $(BIN)/python -m pytest -q -n $(JOBS) tests/notifications/test_fault_sequences.py
	@$(BIN)/python -m pytest -q -n $(JOBS) -m soak
	@$(BIN)/python -m tests.soak --deliveries $(KILLS) --kills $(KILLS) --seed $(SEED) --jobs $(JOBS)

simulate: .venv/ready-dev  ## play the deadline night of 35 blocs and of 1,200 (BLOCS=N), beside one another, on PostgreSQL
	@$(BIN)/python -m benchmarks.simulate $(if $(BLOCS),--many $(BLOCS))

clean-data:  ## forget all that `make run` has kept: database, mails, results, Prefect's own
	@rm -rf var
	@echo "var/ is gone; make run begins anew."

readme: .venv/ready-dev  ## write the excerpt in README.md anew, from a replay
	@$(BIN)/python docs/excerpt.py

pictures: .venv/ready-dev  ## write the pictures of mails, score sheet, portal, Prefect's pages and documents in docs/images anew
	@$(BIN)/python docs/mail_pictures.py
	@$(BIN)/python docs/picture.py
	@$(BIN)/python docs/portal_pictures.py
	@$(BIN)/python docs/prefect_pictures.py
	@$(BIN)/python docs/document_pictures.py

messages: .venv/ready-dev  ## bring the translations in step with the texts in the code
	@# Without a header, which would be of placeholders, Babel takes the whole catalogue for fuzzy: hence --use-fuzzy in .venv/ready.
	@$(BIN)/pybabel -q extract -F locale/babel.cfg -k say --no-wrap --omit-header --add-location=file \
		--sort-by-file -o .venv/bloc.pot bloc flows notifications models templates/portal
	@$(BIN)/pybabel -q update -i .venv/bloc.pot -d locale -D bloc -w 0 --omit-header --no-fuzzy-matching --ignore-obsolete

lock: .venv/ready-dev  ## resolve the dependencies anew
	@$(UV) compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras \
		--python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@$(UV) compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras \
		--python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group dev -c requirements.lock \
		-o requirements-dev.lock

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Bloc needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/ready: requirements.lock pyproject.toml $(CATALOGUES) | .venv/bin/python
	@echo "Setting up .venv (once) ..."
	@awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements.lock > .venv/uv.lock
	@$(PIP) --require-hashes -r .venv/uv.lock
	@$(call install,--require-hashes -r requirements.lock)
	@$(call install,--no-build-isolation --editable .)
	@$(BIN)/pybabel -q compile --use-fuzzy -d locale -D bloc
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	@$(call install,--require-hashes -r requirements-dev.lock)
	@touch $@
