"""G8: a number that is not 0 leads to its evidence, and the evidence opens for whoever sees the number."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from bulletins.models import Bulletin
from tests.browser.pages import NUMBERS
from tests.sweep_world import build_world

pytestmark = pytest.mark.django_db

COUNTED = {"num", "score", "minus", "plus", "score-line"}
AGAIN = "chart-data"
"""The table of a chart repeats numbers that stand beside it."""
VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "line", "rect", "circle", "polyline"}
NUMBER = re.compile(r"^[+\u2212]?\d+(\.\d+)?$")


class Numbers(HTMLParser):
    """Collects numbers that should lead somewhere, those that do not, and where the others lead."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, set[str], str]] = []
        self.loose: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in."""
        if tag not in VOID:
            found = dict(attrs)
            self.open.append((tag, set((found.get("class") or "").split()), found.get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        """Come out again."""
        while tag not in VOID and self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """A number alone in an element of ours."""
        text = data.strip()
        if not NUMBER.match(text) or not text.strip("+\u2212.0"):
            return
        if not any(tag == "main" for tag, _, _ in self.open) or not self._is_counted():
            return
        href = next((href for tag, _, href in self.open if tag == "a"), "")
        if href:
            self.links.add(href)
        else:
            self.loose.append(text)

    def _is_counted(self) -> bool:
        if any(AGAIN in css for _, css, _ in self.open):
            return False
        inner = self.open[-3:]
        return any(COUNTED & css or (tag == "td" and "r" in css) for tag, css, _ in inner)


@pytest.mark.parametrize(("path", "role"), NUMBERS.items())
def test_numbers_lead_to_evidence(path: str, role: str, request: Any, client: Client) -> None:
    world = build_world(request)
    world["issued"] = Bulletin.objects.filter(status="issued").latest("pk").pk
    client.force_login(request.getfixturevalue(role))
    address = path.format(**world)
    page = Numbers()

    answer = client.get(address)
    page.feed(answer.content.decode())

    assert answer.status_code == 200
    assert page.loose == []
    assert page.links
    broken = {href: client.get(href).status_code for href in page.links if href.startswith(("/", "?"))}
    assert {href: status for href, status in broken.items() if status != 200} == {}
