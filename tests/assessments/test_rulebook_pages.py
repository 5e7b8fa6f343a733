"""The rulebook as people read it: meaning and cost of each clause, versions and their differences."""

from __future__ import annotations

import re
from html import unescape

import pytest
import time_machine

from assessments.services.months import publish_month
from tests.factories.assessments import OCTOBER, record
from tests.factories.rulebook import load, small_pack

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def page(client, user, path: str):
    client.force_login(user)
    return client.get(path)


@pytest.fixture
def published(small, hall, staff, window, acts, score, manager):
    record(acts("late"), OCTOBER, staff=staff)
    record(acts("late"), OCTOBER, staff=staff)
    month = score()
    return publish_month(month=month, by=manager)


@pytest.fixture
def second(small, hall):
    """A later version in which the first clause costs more."""
    data = small_pack()
    data["version"] = {"number": "2", "title": "小制度", "effective_on": "2027-01-01"}
    data["clauses"][0]["points"] = -3
    return load(data, hall)


@time_machine.travel("2026-11-22 10:00+08:00", tick=False)
def test_each_clause_says_what_it_means_and_has_cost(client, published, small, manager):
    said = text_of(page(client, manager, f"/rules/{small.pk}/"))

    assert "系统按这样计：人员，迟到、旷工；每次扣 2 分" in said
    assert "2026 年已计 2 笔，−4 分" in said


@time_machine.travel("2026-11-22 10:00+08:00", tick=False)
def test_cost_opens_the_evidence_line_by_line(client, published, small, manager, staff):
    listing = page(client, manager, f"/rules/{small.pk}/clauses/1/").context["listing"]

    assert [(row.card.subject, row.points) for row in listing.rows] == [(staff, -200)] * 2
    assert len(page(client, manager, f"/rules/{small.pk}/clauses/2/").context["listing"].rows) == 0


@time_machine.travel("2026-11-22 10:00+08:00", tick=False)
def test_evidence_shows_only_sheets_one_may_open(client, published, small, clerk, unit, head, outsider):
    assert len(page(client, clerk, f"/rules/{small.pk}/clauses/1/").context["listing"].rows) == 2
    assert page(client, outsider, f"/rules/{small.pk}/clauses/1/").status_code == 404


@time_machine.travel("2026-11-22 10:00+08:00", tick=False)
def test_a_version_to_come_is_not_called_in_force(client, second, small, manager):
    said = text_of(page(client, manager, f"/rules/{small.pk}/"))

    assert "2 版 待施行" in said
    assert "1 版 现行" in said


def test_differences_are_told_in_words(client, second, small, manager):
    said = text_of(page(client, manager, f"/rules/{second.pk}/differences/{small.pk}/"))

    assert "改动条款 1 第一条" in said
    assert "每次扣 2 分" in said.split("现在：")[0]
    assert "每次扣 3 分" in said.split("现在：")[1]


def test_same_rules_are_said_to_be_the_same(client, small, manager):
    said = text_of(page(client, manager, f"/rules/{small.pk}/differences/{small.pk}/"))

    assert "两版的规则相同" in said


def test_rulebooks_of_other_halls_are_not_compared(client, small, manager, other_hall):
    strange = load(small_pack(), other_hall)

    assert page(client, manager, f"/rules/{small.pk}/differences/{strange.pk}/").status_code == 404
