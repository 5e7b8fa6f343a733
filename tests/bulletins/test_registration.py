import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.registry import menu_for, searches_for, todos_for
from bulletins.models import Bulletin, Letter
from bulletins.services.drafting import draft_bulletin, submit_bulletin
from bulletins.services.letters import sign_letter, submit_letter, write_letter
from bulletins.services.signing import sign_off
from tests.factories.bulletins import counting_record, issue
from trail.actors import Robot
from violations.uses import uses_of


@pytest.fixture
def letter(hall, rulebook, manager, leader, staff):
    for week, since in (("45", "2026-11-04"), ("46", "2026-11-11"), ("47", "2026-11-18")):
        counting_record(hall, since=f"{since} 10:00", by=manager, staff=staff)
        issue(hall, f"2026-W{week}", writer=manager, signer=leader)
    return Letter.objects.get()


def ours(user, hall):
    found = todos_for(user, hall, timezone.now())
    return {todo.key: todo.count for todo in found if todo.key.startswith(("bulletin_", "letter_"))}


# --- the command --------------------------------------------------------------------------------


def run(*args):
    out = io.StringIO()
    call_command("generate_bulletin", *args, stdout=out)
    return out.getvalue()


def test_command_prints_one_object(hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)

    found = json.loads(run("--hall", "qinghe", "--week", "2026-W47", "--json"))

    assert found == {
        "bulletin": Bulletin.objects.get().pk,
        "hall": "qinghe",
        "week": "2026-W47",
        "status": "draft",
        "number": None,
        "since": "2026-11-13T17:30:00+08:00",
        "until": "2026-11-20T17:30:00+08:00",
        "problems": 1,
        "praise": 0,
    }


def test_command_twice_is_one_issue(hall, rulebook):
    first, second = (run("--hall", "qinghe", "--week", "2026-W47", "--json") for _ in range(2))

    assert (first, Bulletin.objects.count()) == (second, 1)


@pytest.mark.parametrize(
    ("hall_code", "week", "words"),
    [
        ("nowhere", "2026-W47", "没有代码为“nowhere”的大厅。"),
        ("qinghe", "W47", "“W47”不是周次，请写成 2026-W47 这样（年份和 ISO 周号）。"),
        ("qinghe", "2026-W48", "2026-W48 要到 11月27日 17:30 才截稿，现在还不能起草。"),
        ("qinghe", "2026-W08", "2026-W08 整周没有工作日，不出通报，内容并入下一期。"),
    ],
)
def test_command_says_what_is_wrong(hall, rulebook, hall_code, week, words):
    with pytest.raises(CommandError) as error:
        run("--hall", hall_code, "--week", week)

    assert str(error.value) == words


# --- what waits for whom ------------------------------------------------------------------------


def test_todo_of_manager_leader_and_head_along_the_way(hall, rulebook, manager, leader, head):
    draft = draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin"))
    drafted = [ours(user, hall) for user in (manager, leader, head)]
    submit_bulletin(bulletin=draft, by=manager)
    submitted = [ours(user, hall) for user in (manager, leader, head)]
    sign_off(bulletin=Bulletin.objects.get(), by=leader)
    printed = [ours(user, hall) for user in (manager, leader, head)]

    assert drafted == [{"bulletin_drafts": 1}, {}, {}]
    assert submitted == [{}, {"bulletin_sign": 1}, {}]
    assert printed == [{}, {"bulletin_read": 1}, {"bulletin_read": 1}]


def test_todo_of_letters_along_the_way(hall, letter, manager, leader, unit):
    task = ours(manager, hall)["letter_drafts"]
    written = submit_letter(letter=write_letter(letter=letter, words="", by=manager), by=manager)
    waiting = ours(leader, hall)["letter_sign"]
    sign_letter(letter=written, by=leader)

    assert (task, waiting, ours(unit, hall)) == (1, 1, {"letter_reply": 1})


@pytest.mark.parametrize(
    ("who", "urls"),
    [
        ("manager", ["/bulletins/", "/letters/"]),
        ("officer", ["/bulletins/"]),
        ("leader", ["/bulletins/", "/letters/"]),
        ("supervisor", ["/bulletins/", "/letters/"]),
        ("clerk", ["/bulletins/"]),
        ("head", ["/bulletins/"]),
        ("unit", ["/letters/", "/bulletins/"]),
        ("inspector", []),
    ],
)
def test_menu_of_each_role(request, hall, who, urls):
    entries = menu_for(request.getfixturevalue(who), hall)

    assert [e.url for e in entries if e.url in ("/bulletins/", "/letters/")] == urls


@pytest.mark.parametrize(
    ("who", "path", "words"),
    [
        ("manager", "/today/", "已归集 0 个问题、0 件表扬"),
        ("clerk", "/me/", "最近一期通报"),
        ("unit", "/unit/", "没有发给本单位的反馈函"),
    ],
)
def test_cards_of_assembled_pages(client, request, letter, who, path, words):
    client.force_login(request.getfixturevalue(who))

    assert words in client.get(path).content.decode()


def test_today_card_shows_the_draft(client, hall, rulebook, manager, staff):
    counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)
    draft_bulletin(hall=hall, iso_week="2026-W47", by=Robot("weekly_bulletin"))
    client.force_login(manager)

    page = client.get("/today/").content.decode()

    assert ("2026年第47周通报" in page, "收录 1 个问题、0 件表扬" in page) == (True, True)


def test_record_tells_its_issue(hall, letter):
    record = letter.bulletins.order_by("number").first().items.get().record

    assert [use.label for use in uses_of([record])[record.pk]] == ["第1期周通报"]


def test_search_finds_issues_by_number_and_letters_by_name(letter, manager, clerk):
    found = {
        source.key: [hit.label for hit in source.find(manager, words, 5)]
        for source, words in zip(
            [s for s in searches_for(manager) if s.key in ("bulletins", "letters")],
            ("第2期", "王丽"),
            strict=True,
        )
    }

    assert found == {"bulletins": ["第2期周通报"], "letters": ["反馈函 王丽（自然资源局）"]}
    assert [s.key for s in searches_for(clerk) if s.key == "letters"] == []
