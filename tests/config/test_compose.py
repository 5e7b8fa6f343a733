"""docker-compose.yml read as data: no engine is needed to see these mistakes."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

TEXT = (Path(settings.BASE_DIR) / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
APPLICATION = {"web", "worker", "beat"}


def test_services():
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "db", "redis"}


@pytest.mark.parametrize("secret", ["SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"])
def test_secret_stops_the_start_when_missing(secret):
    uses = re.findall(r"\$\{" + secret + r"(.)([?-])", TEXT)

    assert set(uses) == {(":", "?")}


def test_long_running_services_have_a_health_check():
    by_image = {"web"}  # HEALTHCHECK of the Dockerfile

    missing = {n for n, s in SERVICES.items() if n not in by_image and not s.get("healthcheck")}

    assert missing == set()


def test_named_volumes_are_declared():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith((".", "/"))
    }

    assert used == set(COMPOSE["volumes"])


def test_database_and_broker_are_not_published():
    assert [n for n, s in SERVICES.items() if s.get("ports")] == ["web"]


def test_pages_wait_for_the_migration():
    waits = {n: s["depends_on"]["migrate"]["condition"] for n, s in SERVICES.items() if n in APPLICATION}

    assert set(waits.values()) == {"service_completed_successfully"}
