"""No line of the log holds personal data, and none can be forged."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re

import pytest
import structlog
from django.core.exceptions import BadRequest

from config.logs import logging_config
from tests.factories.bulletins import counting_record

REAL_ID = re.compile(r"[0-9a-f]{16}")


def capture(*, debug: bool) -> tuple[logging.Handler, io.StringIO]:
    """The handler of production (or of DEBUG) writing into memory."""
    config = logging_config(debug=debug)
    maker = logging.config.DictConfigurator(config)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(maker.configure_formatter(config["formatters"]["event"]))
    handler.addFilter(maker.configure_filter(config["filters"]["request_words"]))
    return handler, out


@pytest.fixture
def listen():
    handlers = []

    def start(*, debug: bool = False) -> io.StringIO:
        handler, out = capture(debug=debug)
        handlers.append(handler)
        logging.getLogger().addHandler(handler)
        return out

    yield start
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


def events(out: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


# --- request ids ------------------------------------------------------------------------------


def test_answer_and_line_carry_the_same_number(client, db, listen):
    out = listen()

    answer = client.get("/login/")

    number = answer.headers["X-Request-ID"]
    (line,) = events(out)
    assert REAL_ID.fullmatch(number)
    assert {key: line[key] for key in ("event", "request_id", "method", "route", "status")} == {
        "event": "request",
        "request_id": number,
        "method": "GET",
        "route": "accounts:login",
        "status": 200,
    }


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (1, "5f0a2b1c9d8e7f605f0a2b1c9d8e7f60", True),
        (0, "5f0a2b1c9d8e7f605f0a2b1c9d8e7f60", False),
        (1, "short", False),
        (1, "5f0a2b1c9d8e7f60 forged=1", False),
        (1, "5f0a2b1c9d8e7f60\r\nX-Evil: 1", False),
        (1, "王丽的编号王丽的编号王丽的编号", False),
        (1, "a" * 65, False),
    ],
)
def test_number_is_taken_from_our_proxy_only(client, db, settings, proxies, given, is_taken):
    settings.PROXY_COUNT = proxies

    answer = client.get("/login/", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) is is_taken


def test_numbers_of_two_requests_differ(client, db):
    assert client.get("/login/").headers["X-Request-ID"] != client.get("/login/").headers["X-Request-ID"]


def test_error_page_shows_the_number(client, manager, monkeypatch):
    client.force_login(manager)
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.views.cards_for", broken)

    answer = client.get("/today/")

    assert answer.status_code == 500
    assert f"问题编号 <code>{answer.headers['X-Request-ID']}</code>" in answer.content.decode()


@pytest.mark.parametrize(("address", "status"), [("/no-such-page/", 404), ("/settings/people/?%00", 400)])
def test_pages_of_a_wrong_address_show_the_number(client, manager, address, status, monkeypatch):
    client.force_login(manager)
    if status == 400:
        monkeypatch.setattr("windows.views.people.people_rows", unreadable)

    answer = client.get(address)

    assert answer.status_code == status
    assert f"问题编号 <code>{answer.headers['X-Request-ID']}</code>" in answer.content.decode()


def unreadable(*args: object) -> None:
    raise BadRequest


def broken(*args: object, **kwargs: object) -> None:
    raise RuntimeError("王丽 13812345678")


def test_refused_page_shows_the_number(client, clerk, staff):
    client.force_login(clerk)

    answer = client.get("/settings/")

    assert answer.status_code == 403
    assert f"问题编号 <code>{answer.headers['X-Request-ID']}</code>" in answer.content.decode()


# --- personal data ----------------------------------------------------------------------------


def test_journey_leaves_no_name_phone_account_or_query(
    client, rulebook, manager, clerk, staff, hall, settings, listen, monkeypatch
):
    """Signing in well and badly, searching, reading, writing, being refused, failing."""
    settings.AXES_ENABLED = True
    manager.phone = "13812345678"
    manager.set_password("a-long-pass-2026")
    manager.save()
    record = counting_record(hall, since="2026-10-14 10:00", by=manager, staff=staff)
    out = listen()

    for _ in range(6):
        client.post("/login/", {"username": "ZW0001", "password": "not-the-password"})
    client.post("/login/", {"username": manager.username, "password": "a-long-pass-2026"})
    client.get("/search/", {"q": "王丽"})
    client.get("/findings/", {"q": "脱岗 王丽", "staff": staff.pk})
    client.get(f"/findings/{record.pk}/", headers={"User-Agent": "王丽的手机", "Referer": "/?q=王丽"})
    client.get("/people/王丽/?phone=13812345678")
    client.post("/settings/accounts/new/", {"username": "sunting", "name": "孙婷", "phone": "13900000001"})
    client.force_login(clerk)
    client.get("/settings/", {"q": "赵磊"})
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.views.cards_for", broken)
    client.force_login(manager)
    client.get("/today/?who=王丽")

    told = out.getvalue()
    private = [
        "王丽",
        "孙婷",
        "赵磊",
        "周敏",
        "脱岗",
        "13812345678",
        "13900000001",
        "ZW0001",
        "sunting",
        "q=",
    ]
    assert [words for words in private if words in told] == []
    assert [line for line in events(out) if line.get("username") or "'manager'" in str(line)] == []
    assert {line["status"] for line in events(out) if line["event"] == "request"} >= {200, 403, 404, 429, 500}
    failed = [line for line in events(out) if "exception" in line]
    assert [line["exception"][0] for line in failed] == ["RuntimeError"]
    assert any("test_logs.py" in frame for frame in failed[0]["exception"])


def test_exception_keeps_words_about_code_only(listen):
    out = listen()
    log = structlog.get_logger("x")

    for error in (ImportError("No module named 'lxml'"), ValueError("13812345678"), KeyError("王丽")):
        log.error("broken", exc_info=error)

    told = [line["exception"] for line in events(out)]
    assert told == [["ImportError: No module named 'lxml'"], ["ValueError"], ["KeyError"]]


def test_cause_of_an_error_is_told_with_it(listen):
    out = listen()

    try:
        try:
            raise ValueError("王丽")
        except ValueError as cause:
            raise LookupError("赵磊") from cause
    except LookupError as error:
        logging.getLogger("x").exception("broken", exc_info=error)

    (line,) = events(out)
    assert [part for part in line["exception"] if not part.startswith("  ")] == ["LookupError", "ValueError"]


def test_address_in_a_library_line_loses_its_query(listen):
    out = listen()

    logging.getLogger("gunicorn.error").error("Error handling request %s", "/search/?q=王丽&x=1")

    assert events(out)[0]["event"] == "Error handling request /search/?…"


def test_refused_origin_is_told_without_its_query(client, db, listen):
    client.handler.enforce_csrf_checks = True
    out = listen()

    client.post("/login/", {"username": "王丽"}, headers={"Origin": "https://evil.example/?q=王丽"})

    refused, _ = events(out)
    assert refused["event"] == (
        "django.security.csrf accounts:login: "
        "Origin checking failed - https://evil.example/ does not match any trusted origins."
    )


# --- forged lines -----------------------------------------------------------------------------

FORGED = '\n{"event": "login.ok"}\r\n\u2028\x85\x1b[2J2026-11-22 [info] forged'


@pytest.mark.parametrize("debug", [False, True])
def test_no_value_can_begin_a_line(listen, debug):
    out = listen(debug=debug)

    structlog.get_logger("x").warning(f"seen{FORGED}", agent=FORGED, nested={"path": FORGED})
    logging.getLogger("django.security").warning("Invalid header: %s", FORGED)

    told = out.getvalue()
    assert len(told.splitlines()) == told.count("\n") == 2
    assert "\x1b" not in told


def test_no_request_can_begin_a_line(client, db, settings, listen):
    out = listen()

    client.get(f"/nowhere{FORGED}/", {"q": FORGED}, headers={"User-Agent": FORGED, "X-Request-ID": FORGED})
    client.get("/login/", headers={"Host": "evil\nforged"})
    client.generic("FORGED\n{}", "/login/")

    assert [line["event"] for line in events(out) if line["event"] == "request"] == ["request"] * 3
    assert "forged" not in out.getvalue().lower()


def test_servers_write_no_access_lines():
    levels = {name: logger["level"] for name, logger in logging_config(debug=False)["loggers"].items()}

    assert [levels[name] for name in ("gunicorn.access", "django.server")] == ["CRITICAL"] * 2


def test_traceback_on_the_console_is_marked(listen):
    out = listen(debug=True)

    structlog.get_logger("x").error("broken", exc_info=ValueError("a\n2026-11-22 [info] forged"))

    first, *rest = out.getvalue().splitlines()
    assert "broken" in first
    assert [line for line in rest if not line.startswith("  | ")] == []
