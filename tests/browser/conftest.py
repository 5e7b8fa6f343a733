"""Chromium for the browser tests: screens, signing in, and what every page must keep (host, weight, axe)."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

from accounts.session_store import SessionStore

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {
    "viewport": {"width": 360, "height": 780},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
HARMLESS = ("status of 4",)
"""A refusal that is the point of a test."""
CUT_OFF = ("htmx:sendError", "htmx:sendAbort", "htmx:afterRequest")
"""What htmx writes, one after the other, about a request that never had an answer: the page was left, or the
next letter of a search came first."""
WEIGHED = ("document", "stylesheet", "script")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a browser test; without Chromium it is skipped, or fails where it must run."""
    for item in items:
        if "tests/browser/" not in str(item.path):
            continue
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM and not os.environ.get("REQUIRE_SERVICES"):
            item.add_marker(
                pytest.mark.skip(reason="没有找到 Chromium：apt-get install chromium，或设置 CHROMIUM")
            )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, as root, without a screen."""
    if not CHROMIUM:
        pytest.fail("REQUIRE_SERVICES=1，但没有找到 Chromium")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@dataclass
class Traffic:
    """What a page asked for: other hosts, errors of the console (a broken CSP is one), and responses."""

    host: str
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen from now on."""
        page.on("request", lambda request: self._ask(request.url))
        page.on("response", self._answer)
        page.on("requestfailed", self._fail)
        page.on(
            "console", lambda m: self.errors.append(f"{page.url}: {m.text}") if m.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))

    def _ask(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.elsewhere.append(url)

    def _answer(self, response: Response) -> None:
        self.responses.append(response)

    def _fail(self, request: Request) -> None:
        if request.failure == "net::ERR_ABORTED" and request.resource_type in ("xhr", "fetch"):
            self.left.append(request.url)

    def complaints(self) -> list[str]:
        """Errors of the console. A page that is left while it still asks for something is none: the browser
        drops the request (and only then calls it aborted), and htmx says so in two lines.
        """
        errors = [e for e in self.errors if not any(words in e for words in HARMLESS)]
        for words in CUT_OFF:
            about_it = [n for n, error in enumerate(errors) if words in error][: len(self.left)]
            errors = [error for n, error in enumerate(errors) if n not in about_it]
        return errors

    def forget(self) -> None:
        """Start counting again."""
        self.responses.clear()

    def weight(self) -> int:
        """Bytes of HTML, CSS and JS as gzip sends them."""
        return sum(
            len(gzip.compress(r.body(), 6))
            for r in self.responses
            if r.request.resource_type in WEIGHED and r.ok
        )


@pytest.fixture
def traffic(live_server: Any) -> Traffic:
    return Traffic(host=urlsplit(live_server.url).netloc)


@pytest.fixture
def open_page(browser: Browser, live_server: Any, traffic: Traffic) -> Iterator[Callable[..., Page]]:
    """`open_page(user, phone=True)`: a page of a fresh browser, signed in as `user` if one is given.

    At the end: no request left the host, and the console is clean.
    """
    contexts: list[BrowserContext] = []

    def open_(user: Any = None, *, phone: bool = False, **options: Any) -> Page:
        screen = PHONE if phone else DESKTOP
        context = browser.new_context(**{**screen, "base_url": live_server.url, "locale": "zh-CN", **options})
        contexts.append(context)
        if user is not None:
            sign_in(context, user, live_server.url)
        page = context.new_page()
        page.set_default_timeout(15000)
        traffic.watch(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert traffic.elsewhere == []
    assert traffic.complaints() == []


def sign_in(context: BrowserContext, user: Any, url: str) -> None:
    """A session for the user without the login form, which has a test of its own."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}])


def axe_violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe-core finds wrong with the page as it is, one line each."""
    found = Axe().run(page, options=options or AXE_RULES).response["violations"]
    return [
        f"{urlsplit(page.url).path} {rule['id']}: {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> int:
    """How far the page scrolls sideways, in pixels."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def until(page: Page, script: str, *, seconds: float = 20) -> None:
    """Wait until `script` is true in the page; of an async function, what it promises.

    `Page.wait_for_function` fits neither: it evaluates an expression anew at each try, which the policy of
    our pages forbids, and takes the promise of an async function for true at once.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < deadline, f"not true after {seconds} s: {script}"
        page.wait_for_timeout(50)
