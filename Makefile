# Comity from a fresh clone. GNU make 3.81 is enough (macOS), and any POSIX sh.
#
# `scripts/setup` decides by itself whether there is anything to do, so that no rule here
# depends on the times of files: a second run costs a few milliseconds.

VENV := .venv
BIN := $(VENV)/bin

# make demo DEMO=--once          passed to `comity demo`
# make test T="-k erasure -x"    passed to pytest
# make bench BENCH="..."         passed to the benchmark
DEMO ?=
T ?=
BENCH ?=

MAKE_VECTORS := $(wildcard scripts/make-vectors)

.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo "Comity: the working system of a standing security dialogue between two governments"
	@echo
	@echo "  make demo     two nodes on this computer, their stories played, two pages to look at"
	@echo "                (make demo DEMO=--once plays them, prints a summary and ends)"
	@echo "  make setup    only make .venv with comity in it"
	@echo "  make test     the tests; COMITY_TEST=full widens them, T='...' goes to pytest"
	@echo "  make check    before a commit: format, lint, types, arrows, vectors, quick tests"
	@echo "  make bench    how fast two nodes exchange turns, and where the time goes"
	@echo "  make lock     write the lock files anew from pyproject.toml (needs uv)"
	@echo "  make clean    remove .venv and every cache; touches nobody's records"

.PHONY: setup
setup:
	@scripts/setup runtime

.PHONY: setup-dev
setup-dev:
	@scripts/setup dev

.PHONY: demo
demo: setup
	@$(BIN)/comity demo $(DEMO)

.PHONY: test
test: setup-dev
	@$(BIN)/python -m pytest -q $(T)

.PHONY: check
check: static
	@$(BIN)/python -m pytest -q -m "not browser and not full" $(T)

# What can be said of the code without running it.
.PHONY: static
static: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
ifneq ($(MAKE_VECTORS),)
	$(BIN)/python $(MAKE_VECTORS)
	@# Without git (a tarball) there is nothing to compare with.
	! git rev-parse --git-dir >/dev/null 2>&1 || git diff --exit-code -- docs/spec/vectors
endif

.PHONY: format
format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: setup-dev
	@$(BIN)/python bench/exchange.py $(BENCH)

.PHONY: lock
lock:
	@requirements/make-locks

.PHONY: clean
clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
