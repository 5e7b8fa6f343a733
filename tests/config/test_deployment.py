"""Production settings, the image and the guide, held against each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as house

ROOT = Path(house.BASE_DIR)
GUIDE = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
NOT_IN_PRODUCTION = ("DEBUG", "HTTPS", "DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW_ASYNC_UNSAFE")
WEB = "gunicorn -c python:config.gunicorn_conf config.wsgi"


def production(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in NOT_IN_PRODUCTION}
    given = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "kN3-x9Qw_7rTzLpV2mYc8sHjB5dGfAe6uW1oXi0KvR4tZq-and-more",
        "ALLOWED_HOSTS": "hall.example.gov.cn",
        "PROXY_COUNT": "1",
    }
    return {**kept, **given, **more}


def run(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_production_settings_leave_nothing_to_warn_of(tmp_path):
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", env=production(tmp_path))

    assert result.stderr == ""
    assert result.returncode == 0


def test_web_server_accepts_its_configuration(tmp_path):
    (tmp_path / "static").mkdir()

    result = run("-m", *WEB.split(), "--check-config", env=production(tmp_path))

    assert result.stderr == ""
    assert result.returncode == 0


def test_plain_http_leads_to_https_but_machines_may_ask(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True

    statuses = {path: client.get(path).status_code for path in ("/login/", "/healthz", "/metrics")}

    assert statuses == {"/login/": 301, "/healthz": 200, "/metrics": 404}


def test_image_and_guide_start_the_same_server():
    command = re.search(r"^CMD \[(.+)\]$", DOCKERFILE, re.MULTILINE)[1]

    assert " ".join(re.findall(r'"([^"]+)"', command)).startswith(WEB)
    assert GUIDE.count(f"{WEB} --bind 127.0.0.1:8000 --workers 2") == 2


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_compose_and_guide_start_the_same_process(process):
    assert f'"celery", "-A", "config.celery", "{process}", "-l", "INFO"' in COMPOSE
    assert f"celery -A config.celery {process} -l INFO" in GUIDE


def test_image_runs_as_nobody_in_particular_and_holds_no_secret():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    variables = " ".join(re.findall(r"^ENV (.+)$", last_stage, re.MULTILINE))

    assert re.findall(r"^USER (\w+)$", last_stage, re.MULTILINE) == ["mingchuang"]
    assert re.findall(r"^HEALTHCHECK .*config\.probe", last_stage, re.MULTILINE) != []
    assert re.findall(r"SECRET|PASSWORD|TOKEN|DEBUG", variables) == []


def test_image_leaves_out_what_is_private():
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {".git", ".env", "var", ".venv"} <= set(left_out)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_setting_is_in_the_table(readme):
    source = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) - {"BENCHMARK"}  # set by a command only

    rows = re.findall(r"^\| (`[A-Z_]+`.*?) \|", (ROOT / readme).read_text(encoding="utf-8"), re.MULTILINE)
    told = set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))

    assert names - told == set()


def test_proxy_sample_keeps_query_strings_out_of_its_log_and_tells_who_asks():
    sample = re.search(r"```nginx\n(.+?)```", GUIDE, re.DOTALL)[1]

    log_format = re.search(r"log_format \w+ (.+);", sample)[1]
    assert (
        re.findall(r"\$(?:request|request_uri|args|query_string|http_referer|remote_user)\b", log_format)
        == []
    )
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID"):
        assert f"proxy_set_header {header} " in sample


def test_guides_lead_to_pages_that_exist():
    pages = [ROOT / "docs" / name for name in ("deployment.md", "upgrading.md", "scaling.md")]
    for page in [*pages, *(ROOT / "docs/用户手册").glob("*.md")]:
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name
