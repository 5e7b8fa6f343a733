"""Counts beside the entries of the side navigation."""

import re

import pytest

from tests.factories.violations import record_of

BADGE = re.compile(r'id="badge-(\w+)"[^>]*>(\d*)')


def badges(answer):
    return {key: int(count or 0) for key, count in BADGE.findall(answer.content.decode())}


@pytest.fixture
def three_bonuses(rules, staff, officer):
    """Bonuses wait for the manager's decision."""
    return [record_of(rules.thanks, staff=staff, by=officer) for _ in range(3)]


def test_home_page_counts_what_waits(three_bonuses, client, manager):
    client.force_login(manager)

    answer = client.get("/today/")

    assert badges(answer)["findings"] == 3
    assert 'data-badges="/badges/' not in answer.content.decode()


def test_other_pages_ask_afterwards(three_bonuses, client, manager, hall):
    client.force_login(manager)

    page = client.get("/findings/")
    asked = re.search(r'data-badges="(/badges/[^"]*)"', page.content.decode())[1]
    answer = client.get(asked)

    assert (asked, badges(page)["findings"]) == (f"/badges/?hall={hall.code}", 0)
    assert badges(answer)["findings"] == 3
    assert answer["Cache-Control"] == "private, max-age=20"


def test_counts_are_the_persons_own(three_bonuses, client, outsider, clerk, staff):
    for user in (outsider, clerk):
        client.force_login(user)
        found = badges(client.get("/badges/"))
        assert found.get("findings", 0) + found.get("my_records", 0) == 0


def test_badge_is_the_length_of_the_lines_behind_it(rules, staff, officer, clerk, client):
    for _ in range(2):
        record_of(rules.talk, staff=staff, by=officer)
    client.force_login(clerk)

    answer = client.get("/me/")

    assert badges(answer)["my_records"] == 2
