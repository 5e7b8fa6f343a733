# Desk and CI run the same recipes. Only Python 3.11+, pip and make are presumed; nothing leaves .venv/.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$p && break; done)
PIP = $$([ -x $(BIN)/pip ] && echo "$(BIN)/python -m pip" || echo "$(PYTHON) -m pip --python $(BIN)/python")

# A stamp carries the checksum of its lock: the same lock is never installed twice.
RUN_STAMP := $(VENV)/.run-$(shell cksum < requirements/run.txt | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cksum < requirements/dev.txt | cut -d' ' -f1)

HOST ?= 127.0.0.1
PORT ?= 8000
DEMO ?= 1
WORKERS ?= 2
BROWSER ?= 1

# Checks and tests must not depend on what the shell happens to have set for a running hall.
CHECK := env -u DATABASE_URL -u REDIS_URL DJANGO_SETTINGS_MODULE=config.settings_test
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check fix lock benchmark clean

help:
	@echo "make setup      安装运行环境到 .venv/"
	@echo "make run        启动（网页、后台作业、定时器），HOST=$(HOST) PORT=$(PORT) DEMO=$(DEMO)"
	@echo "make test       全部测试（DATABASE_URL=postgresql://… 时在 PostgreSQL 上跑；BROWSER=0 跳过浏览器）"
	@echo "make check      代码、类型、引用方向、迁移、模板检查"
	@echo "make fix        自动整理格式"
	@echo "make lock       由 pyproject.toml 重新生成 requirements/*.txt"

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "需要 Python 3.11 或更新版本 (Python 3.11+ not found; set PYTHON=…)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --without-pip $(VENV)

$(RUN_STAMP): | $(BIN)/python
	$(PIP) install --disable-pip-version-check --require-hashes --progress-bar off --quiet -r requirements/run.txt
	@touch $@

$(DEV_STAMP): | $(BIN)/python
	$(PIP) install --disable-pip-version-check --require-hashes --progress-bar off --quiet -r requirements/dev.txt
	@touch $@ $(RUN_STAMP)

setup: $(RUN_STAMP)

setup-dev: $(DEV_STAMP)

run: $(RUN_STAMP)
	@DEBUG=$${DEBUG:-1} DEMO=$(DEMO) exec $(BIN)/python manage.py up --host $(HOST) --port $(PORT)

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not browser" $(ARGS)
	@if [ "$(BROWSER)" = 0 ]; then \
		echo "浏览器测试：按要求跳过 (BROWSER=0)"; \
	elif command -v chromium chromium-browser google-chrome >/dev/null 2>&1; then \
		$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m browser $(ARGS); \
	else \
		echo "浏览器测试：没有找到 Chromium，跳过 (apt-get install chromium fonts-noto-cjk)"; \
	fi

check: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -co --exclude-standard 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	$(BIN)/lint-imports --no-logo
	$(CHECK) $(BIN)/mypy
	$(CHECK) $(BIN)/python manage.py check
	$(CHECK) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK) $(BIN)/python -m pytest -q -p no:cacheprovider tests/test_architecture.py

fix: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -co --exclude-standard 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2

lock: $(DEV_STAMP)
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

benchmark: $(RUN_STAMP)
	$(BIN)/python manage.py benchmark pages

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
