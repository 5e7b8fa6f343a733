"""The whole API against its own schema: what it says it takes and answers is what it takes and answers."""

from __future__ import annotations

import re

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import close_old_connections, connection
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection

from accounts.problems import MEDIA_TYPE
from accounts.services import throttle
from tests.factories.accounts import token_of
from tests.sweep_world import build_world

CHINESE = re.compile("[\u4e00-\u9fff]")
JSON = "application/json"
BULK = ("/bulk/", "/bulk-confirm/", "/bulk-dismiss/", "/bulk-verify/", "/bulk-withdraw/", "/bulk-move/")
"""Answers 200 with a result per item: what is wrong with an item is told there."""
EXAMPLES = 1
SEED = 20261122


@pytest.fixture
def one_connection(db):
    """A request of a real server would close the connection, and with it the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def api_schema(request, one_connection, manager, monkeypatch):
    """The schema as the manager's program reads it, over one of everything in the hall.

    For each address the frame also asks with a wrong token and wants to hear 401: more than a hundred of
    them from one place, which the count of failures would, rightly, begin to answer with 429. So only
    its numbers are out of reach here, not the count itself; tests/accounts/test_throttles.py has them.
    """
    for limit in ("LIMIT", "ADDRESS_LIMIT", "SLOW_AFTER"):
        monkeypatch.setattr(throttle, limit, 1_000_000)
    build_world(request)
    _, secret = token_of(manager, ["*:read", "*:write"])
    headers = {"Authorization": f"Bearer {secret}"}
    config = SchemathesisConfig(seed=SEED)
    config.projects.default.headers = headers
    found = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json", WSGIHandler(), config=config, headers=headers
    )
    simplify(found.raw_schema)
    accepted = config.projects.default.checks.positive_data_acceptance
    accepted.expected_statuses = [*accepted.expected_statuses, "400", "422"]
    return found


def simplify(raw):
    """Without what has tests of its own: one idempotency key for every example would answer all but the
    first from memory, and forms take the same fields as JSON.
    """
    for methods in raw["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [p for p in operation.get("parameters", []) if p["in"] != "header"]
            kinds = operation.get("requestBody", {}).get("content", {})
            if JSON in kinds:
                operation["requestBody"]["content"] = {JSON: kinds[JSON]}


def is_another_type_in_the_body(case) -> bool:
    """0 for "0", "true" for true: the frame takes a value that reads as the right type, on purpose."""
    if not case.meta or not case.meta.generation.mode.is_negative:
        return False
    body = case.meta.components.get(ParameterLocation.BODY)
    words = getattr(case.meta.phase.data, "description", "") or ""
    return bool(body and body.mode.is_negative and "type" in words.lower())


few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
reads = schemathesis.pytest.from_fixture("api_schema").include(method="GET")
writes = schemathesis.pytest.from_fixture("api_schema").exclude(method="GET")


once = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="只在 SQLite 上跑一遍：问的是进出的形状，与数据库无关"
)


@once
@reads.parametrize()
@few
def test_every_read_keeps_to_the_schema(case):
    case.call_and_validate()


@once
@writes.parametrize()
@few
def test_every_write_keeps_to_the_schema(case):
    """A value of the right shape may still be refused (no such person, a day in the future): 400, 422."""
    is_taken = case.path.endswith(BULK) or is_another_type_in_the_body(case)
    case.call_and_validate(excluded_checks=[negative_data_rejection] if is_taken else [])


# --- the schema itself ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator(api_version="1").get_schema(request=None, public=True)


def operations(document):
    return [(f"{method} {path}", one) for path, ms in document["paths"].items() for method, one in ms.items()]


def test_schema_is_valid_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yml"))


def test_every_operation_is_told_in_chinese(document):
    silent = [name for name, one in operations(document) if not CHINESE.search(one.get("summary", ""))]

    assert silent == []
    assert [name for name, one in operations(document) if not CHINESE.search(one["description"])] == []


def test_every_operation_tells_its_errors(document):
    missing = [
        (name, code)
        for name, one in operations(document)
        for code in ("400", "401", "403", "404", "429")
        if MEDIA_TYPE not in one["responses"].get(code, {}).get("content", {})
    ]

    assert missing == []


def test_no_english_and_no_made_up_enum_name_in_the_components(document):
    shapes = document["components"]["schemas"]

    assert [name for name in shapes if name.endswith("Enum") and name != "BlankEnum"] == []
    assert [name for name, s in shapes.items() if re.search("[a-z] [a-z]", s.get("description", ""))] == []


def test_how_programs_sign_in(document):
    assert sorted(document["components"]["securitySchemes"]) == ["cookieAuth", "token"]
