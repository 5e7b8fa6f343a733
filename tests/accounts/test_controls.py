"""G26: what a role may not do is not offered. No link on the pages of a role leads to a refusal."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import resolve

from tests.addresses import CAST, pages_of, signed_in
from tests.sweep_world import build_world

LINK = re.compile(r'<a\b[^>]*\bhref="([^"#][^"]*)"')


def links_of(body: str, base: str) -> set[str]:
    """Addresses of this site in the page, without fragments and without external ones."""
    found = set()
    for href in LINK.findall(body):
        parts = urlsplit(urljoin(f"http://testserver{base}", href.replace("&amp;", "&")))
        if parts.scheme == "http" and parts.netloc == "testserver":
            found.add(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def kind_of(href: str) -> tuple[str, tuple[str, ...]]:
    """Links to one page with the same parameters lead to the same door."""
    parts = urlsplit(href)
    return resolve(parts.path).route, tuple(sorted(parse_qs(parts.query)))


@pytest.mark.parametrize("role", CAST)
def test_no_link_leads_to_a_refusal(role: str, request: Any, db: None) -> None:
    world = build_world(request)
    client = signed_in(role, world)
    refused, seen = [], set()

    for path in pages_of(role, world).values():
        body = client.get(path).content.decode()
        for href in sorted(links_of(body, path)):
            if (kind := kind_of(href)) in seen:
                continue
            seen.add(kind)
            status = client.get(href).status_code
            if status >= 400:
                refused.append(f"{path} → {href}: {status}")

    assert refused == []


@pytest.mark.parametrize(("role", "path"), [("clerk", "/settings/accounts/"), ("officer", "/settings/")])
def test_refusal_says_who_may(role: str, path: str, request: Any, client: Client) -> None:
    client.force_login(request.getfixturevalue(role))

    answer = client.get(path)

    assert answer.status_code == 403
    assert "可以打开" in answer.content.decode()
    assert "系统管理员" in answer.content.decode()
