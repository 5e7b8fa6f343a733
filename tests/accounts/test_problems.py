"""Problem details: one shape for every answer of the API that says no, and a table that tells all codes."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.problems import BY_STATUS, FRAME, REFUSALS, catalogue, flat
from tests.factories.accounts import token_of

HALLS, ACCOUNTS = "/api/v1/halls/", "/api/v1/accounts/"
MEMBERS = ["type", "title", "status", "detail", "code", "instance"]


def shape(answer):
    return answer.status_code, answer.headers["Content-Type"], answer.json().get("code")


def problem_of(status, code):
    return status, "application/problem+json", code


@pytest.mark.django_db
def test_members_of_a_problem(client, manager):
    client.force_login(manager)

    body = client.get(f"{HALLS}nowhere/").json()

    assert body.pop("request_id")
    assert body == {
        "type": "/api/v1/problems/#not_found",
        "title": "没有这个地址或这一条",
        "status": 404,
        "detail": "没有这一条，或者你无权查看。",
        "code": "not_found",
        "instance": "/api/v1/halls/nowhere/",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "url", "sent", "status", "code"),
    [
        ("get", "/api/v1/nothing/", {}, 404, "not_found"),
        ("get", "/api/v2/", {}, 404, "not_found"),
        ("delete", HALLS, {}, 405, "method_not_allowed"),
        ("post", ACCOUNTS, {"data": "<x/>", "content_type": "text/xml"}, 415, "unsupported_media_type"),
        ("post", ACCOUNTS, {"data": "{", "content_type": "application/json"}, 400, "parse_error"),
        ("post", ACCOUNTS, {"data": b"\xff\xfe{", "content_type": "application/json"}, 400, "parse_error"),
        ("post", ACCOUNTS, {"data": "[1]", "content_type": "application/json"}, 400, "invalid"),
        ("post", ACCOUNTS, {"data": "{}", "content_type": "application/json"}, 400, "invalid"),
        ("get", f"{HALLS}?cursor=zzz", {}, 400, "bad_cursor"),
        ("get", HALLS, {"HTTP_ACCEPT": "text/csv"}, 406, "not_acceptable"),
        ("get", HALLS, {"HTTP_HOST": "evil.example"}, 400, "bad_request"),
        ("get", "/api/v1/audit/999999/", {}, 403, "permission_denied"),
    ],
)
def test_every_error_is_a_problem(client, hall, method, url, sent, status, code, request):
    client.force_login(request.getfixturevalue("clerk" if "audit" in url else "admin"))

    assert shape(getattr(client, method)(url, **sent)) == problem_of(status, code)


@pytest.mark.django_db
def test_stranger_is_told_how_to_sign_in(client):
    answer = client.get(HALLS)

    assert shape(answer) == problem_of(401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_bad_input_names_the_fields(client, admin):
    client.force_login(admin)

    body = client.post(ACCOUNTS, {"username": "", "role": "king"}).json()

    assert sorted(body["errors"]) == ["hall", "name", "role", "username"]
    assert all(isinstance(words, list) for words in body["errors"].values())


@pytest.mark.django_db
@pytest.mark.parametrize("value", [True, 5, 1.5, [None], {"a": 1}, "2026-13-01"])
def test_value_of_another_kind_than_a_form_sends(client, admin, value):
    client.force_login(admin)
    body = {"name": "对接", "scopes": ["*:read"], "expires_on": value}

    answer = client.post("/api/v1/tokens/", body, content_type="application/json")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["expires_on"])


@pytest.mark.django_db
def test_refusal_of_a_service(client, admin, hall):
    client.force_login(admin)
    body = {"username": "admin", "name": "新人", "role": "clerk", "hall": hall.code}

    answer = client.post(ACCOUNTS, body, HTTP_IDEMPOTENCY_KEY="x" * 121)

    assert shape(answer) == problem_of(422, "idempotency_key_bad")


@pytest.mark.django_db
def test_write_of_a_page_without_its_csrf_token(manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)

    answer = client.post("/api/v1/tokens/", {}, content_type="application/json")

    assert shape(answer) == problem_of(403, "csrf_failed")


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_failure_of_ours_tells_no_trace(client, manager, monkeypatch, settings, debug):
    settings.DEBUG = debug
    client.force_login(manager)
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.api.HallViewSet.get_queryset", lambda self: 1 / 0)

    answer = client.get(HALLS)

    assert shape(answer) == problem_of(500, "server_error")
    assert "ZeroDivision" not in answer.content.decode()


@pytest.mark.django_db
def test_error_page_for_people_stays_a_page(client):
    assert client.get("/nothing/").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("errors", "shown"),
    [
        ({"a": ["x"]}, {"a": ["x"]}),
        (["x"], {"non_field_errors": ["x"]}),
        ({"__all__": ["x"]}, {"non_field_errors": ["x"]}),
        ({"items": [{}, {"no": ["x"]}]}, {"items.1.no": ["x"]}),
        ({"a": {"b": {"c": ["x", "y"]}}}, {"a.b.c": ["x", "y"]}),
    ],
)
def test_errors_are_flat(errors, shown):
    assert flat(errors) == shown


# --- the table of codes ---------------------------------------------------------------------------


def codes_in_the_source() -> set[str]:
    """Every `code=` of a refusal and every `code` of a class of refusals."""
    found = set()
    for room in settings.ROOMS:
        for path in (settings.BASE_DIR / room).rglob("*.py"):
            if "migrations" not in path.parts:
                found |= set(_codes(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _codes(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and {"code"} & {key.arg for key in node.keywords}:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("Refused", "NotPermitted", "TransitionNotAllowed", "__init__"):
                yield from (k.value.value for k in node.keywords if k.arg == "code" and is_word(k.value))
        if isinstance(node, ast.ClassDef) and _is_refusal(node):
            for row in node.body:
                if isinstance(row, ast.Assign) and row.targets[0].id == "code":
                    yield row.value.value


def is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_refusal(node: ast.ClassDef) -> bool:
    names = {getattr(base, "id", "") for base in node.bases}
    return node.name == "Refused" or bool(names & {"Refused", "NotPermitted", "TransitionNotAllowed"})


def test_every_code_of_the_source_has_a_title():
    assert codes_in_the_source() - set(FRAME) - set(REFUSALS) == set()


def test_no_title_without_a_code():
    assert set(REFUSALS) - codes_in_the_source() == set()


def test_every_status_has_a_code():
    assert [code for code in BY_STATUS.values() if code not in FRAME] == []


def test_the_page_of_the_docs_tells_the_same_table():
    text = Path(settings.BASE_DIR / "docs/接口说明.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d 或]+) \| (.+?) \|$", text, re.MULTILINE)

    told = [(code, status, title) for code, status, title in rows]
    assert told == [(row["code"], " 或 ".join(map(str, row["status"])), row["title"]) for row in catalogue()]


@pytest.mark.django_db
def test_catalogue_for_programs(client, manager):
    _, secret = token_of(manager, ["windows:read"])

    answer = client.get("/api/v1/problems/", headers={"Authorization": f"Bearer {secret}"})

    assert answer.json() == catalogue()
