# `make help` explains the targets. Every target first makes sure that .venv is what uv.lock says (under a second when it is).
PYTHON ?= python3
export PORT_BASE KAFKA DATABASE_URL
# Every process of a stack would compile 400 modules at its start, a second of processor time each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up down reset status logs doctor demo scenario test test-unit simulate fuzz examples chaos mutants lint types format migrate topics token bench
REDRESS := .venv/bin/redress
# Measuring branch coverage doubles the time of the first half; its floor is in pyproject.toml.
MEASURED = $(if $(COVERAGE),--cov --cov-report=)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the locked packages into .venv (every other target does this first)
	@$(PYTHON) deploy/bootstrap.py

up: setup ## start PostgreSQL, Kafka, the sinks and the services, or what is missing, and restart services whose code has changed; your own servers: KAFKA=host:port DATABASE_URL=postgresql://…; PORT_BASE=… moves the ports
	@$(REDRESS) up

down: setup ## stop what `up` or `demo` started; data stays
	@$(REDRESS) down

reset: setup ## stop everything and delete its data
	@$(REDRESS) reset

status: setup ## what runs, and where
	@$(REDRESS) status

logs: setup ## the last log lines as JSON objects, for jq; NAME=kafka for one, F=1 to follow
	@$(REDRESS) logs $(NAME) $(if $(F),--follow)

doctor: setup ## check the running stack and say what to do where something is not well; JSON=1 for programs
	@$(REDRESS) doctor $(if $(JSON),--json)

demo: setup ## play one complaint from registration to paid compensation and leave the stack up
	@$(REDRESS) demo

scenario: setup ## play a scenario file: FILE=path, V=1 for the whole timeline
	@if [ -f "$(FILE)" ]; then set -- "$(FILE)"; else set -- $(FILE); fi; $(REDRESS) scenario "$$@" $(if $(V),--verbose)

test: setup ## every test, PostgreSQL and Kafka included; ARGS=… is passed to pytest; COVERAGE=1 also measures branch coverage of the first half, and fails below its floor
	@failed=0; \
	.venv/bin/pytest -n 2 --dist loadscope $(MEASURED) tests/unit tests/integration tests/contract tests/house tests/deploy $(ARGS) || failed=1; \
	$(if $(COVERAGE),.venv/bin/coverage report --skip-covered || failed=1;) \
	.venv/bin/pytest -n 2 --dist loadscope --no-loadscope-reorder tests/scenarios tests/mishaps tests/monitoring tests/upgrade tests/e2e tests/chaos tests/simulation $(ARGS) || failed=1; \
	exit $$failed

test-unit: setup ## the tests that need no server
	@.venv/bin/pytest tests/unit $(ARGS)

simulate: setup ## run seeds of the model of outbox, inbox, leases and timers under faults: SEEDS=1000, FROM=0; a failing seed is printed with the line that runs it again
	@SEEDS=$(SEEDS) FROM=$(FROM) .venv/bin/python -m tests.simulation

chaos: setup ## play complaints while everything is killed, frozen, slowed, filled and lied to, and check the books: MINUTES=15, SEED=n, RATE=1 complaints a second, PAUSE=6 seconds between faults
	@MINUTES=$(MINUTES) SEED=$(SEED) RATE=$(RATE) PAUSE=$(PAUSE) .venv/bin/python -m tests.chaos.suite

fuzz: setup ## look for answers that the OpenAPI documents do not allow (schemathesis, half an hour): EXAMPLES=n for each operation, SEED=n, ARGS=service
	@SEED=$(SEED) EXAMPLES=$(EXAMPLES) .venv/bin/python -m tests.fuzz $(ARGS)

examples: setup ## play every operation and record its answer again as the documents' example (two minutes)
	@.venv/bin/python -m tests.examples && $(REDRESS) documents

mutants: setup ## change the pure rules one expression at a time and list the changes that no unit test notices (an hour)
	@.venv/bin/mutmut run $(ARGS) && .venv/bin/mutmut results

lint: setup ## formatting, ruff, import rules, migrations that would hold up what runs
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports
	@.venv/bin/python -m operate.migration_lint

types: setup ## mypy --strict
	@.venv/bin/mypy

format: setup ## format the code and mend what ruff can mend
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

migrate: setup ## bring every service's schema to its newest version
	@$(REDRESS) migrate

topics: setup ## create the Kafka topics that are missing
	@$(REDRESS) topics

token: setup ## print a development token: ROLE=clerk, ORG=…, SCOPE="a b", SUBJECT=…
	@$(REDRESS) token $(foreach role,$(ROLE),--role $(role)) $(if $(ORG),--org $(ORG)) $(foreach scope,$(SCOPE),--scope $(scope)) $(if $(SUBJECT),--subject $(SUBJECT))

bench: setup ## measure, print and write .redress/bench.json
	@.venv/bin/python -m tests.bench $(ARGS)
