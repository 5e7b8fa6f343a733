"""G16: an empty list says why it is empty, and what one can do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.browser.pages import LISTS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "role"), LISTS.items())
def test_filtered_list_names_its_conditions(path: str, role: str, request: Any, client: Client) -> None:
    client.force_login(request.getfixturevalue(role))

    body = client.get(path, {"q": "不会有的词"}).content.decode()

    assert "没有符合条件的" in body
    assert "关键词：不会有的词" in body
    assert "清除全部条件" in body


@pytest.mark.parametrize(
    "path", ["/findings/", "/appeals/", "/rectify/", "/bulletins/", "/letters/", "/notices/"]
)
def test_list_without_rows_says_what_will_come(path: str, manager: Any, client: Client) -> None:
    client.force_login(manager)

    body = client.get(path).content.decode()

    title, text = body.split('class="empty__title">')[1].split("</p>")[:2]
    assert title
    assert len(text.split("<p>")[-1]) > 10
