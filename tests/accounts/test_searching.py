"""One field for everything: by permission, by registration, one query a source, numbers open their thing."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.registry import searches_for
from accounts.searching import cleaned, search
from accounts.services.tokens import issue_token
from bulletins.services.drafting import draft_bulletin
from patrols.services.rounds import start_round
from tests.factories.bulletins import counting_record, moment
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from tests.test_conflict import text_of
from violations.services.rectify import order_rectification

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(hall, rulebook, manager, staff):
    return counting_record(hall, since="2026-11-18 10:00", by=manager, staff=staff)


def found(user, words: str) -> dict[str, list[str]]:
    return {group.key: [one.label for one in group.found] for group in search(user, words).groups}


@pytest.mark.parametrize(
    ("typed", "read"),
    [("Ａ０５", "A05"), ("　王丽　 A05 ", "王丽 A05"), ("WT－２０２６", "WT-2026"), ("", ""), ("　", "")],
)
def test_full_width_and_blanks_are_read_as_meant(typed, read):
    assert cleaned(typed) == read


@pytest.mark.parametrize(
    ("words", "key", "label"),
    [
        ("a05", "windows", "A05 不动产登记窗口"),
        ("Ａ０５", "windows", "A05 不动产登记窗口"),
        ("不动产 自然", "windows", "A05 不动产登记窗口"),
        ("王丽", "people", "王丽"),
        ("zw0001", "people", "王丽"),
        ("王丽 自然资源", "people", "王丽"),
        ("自然资源", "departments", "自然资源局"),
        ("台账", "pages", "问题台账"),
    ],
)
def test_manager_finds_by_what_he_would_type(manager, staff, window, words, key, label):
    assert label in found(manager, words)[key]


def test_record_is_found_by_number_in_any_writing(manager, record):
    label = f"{record.number} {record.act}"

    for words in (record.number, record.number.lower(), record.number.replace("-", "－"), record.number[3:]):
        assert found(manager, words)["numbers"] == [label]


def test_clauses_in_force_are_found_by_number_and_wording(manager, rulebook):
    clause = rulebook.clauses.order_by("sort").first()

    for words in (clause.code, clause.wording[:6]):
        group = next(g for g in search(manager, words).groups if g.key == "clauses")
        assert f"/rules/{rulebook.pk}/#{clause.code}" in [one.url for one in group.found]


def test_issue_and_round_are_found(hall, rulebook, manager, officer, record):
    draft = draft_bulletin(hall=hall, iso_week="2026-W46", by=manager)
    round_ = start_round(hall=hall, kind="morning", by=officer)

    assert found(manager, "2026-w46") == {"bulletins": [draft.name]}
    assert found(manager, round_.number) == {"rounds": [str(round_)]}


@pytest.mark.parametrize("words", ["2026-10", "2026年10月", "10月", "２０２６年１０月考核"])
def test_month_is_found_by_its_name(hall, rulebook, manager, record, words):
    from assessments.models import AssessmentMonth  # noqa: PLC0415

    AssessmentMonth.objects.create(hall=hall, month=date(2026, 10, 1))

    assert found(manager, words)["months"] == ["2026年10月考核"]


def test_accounts_are_found_by_who_keeps_them(admin, manager, clerk):
    assert found(admin, "王丽") == {"accounts": ["王丽"]}
    assert "accounts" not in found(manager, "王丽")


# --- an exact number --------------------------------------------------------------------------


def test_exact_number_opens_the_thing(client, manager, record):
    client.force_login(manager)

    answer = client.get("/search/", {"q": record.number.lower()})

    assert (answer.status_code, answer.headers["Location"]) == (302, record.get_absolute_url())


def test_exact_number_of_an_order(client, hall, manager, record):
    order = order_rectification(record=record, by=manager)
    client.force_login(manager)

    assert client.get("/search/", {"q": order.number}).headers["Location"] == order.get_absolute_url()


def test_part_of_a_number_is_no_jump(client, manager, record):
    client.force_login(manager)

    assert client.get("/search/", {"q": record.number[:-1]}).status_code == 200


def test_number_of_somebody_elses_record_finds_nothing(client, colleague, record):
    client.force_login(colleague)

    answer = client.get("/search/", {"q": record.number})

    assert (answer.status_code, "没有找到" in text_of(answer)) == (200, True)


# --- scope ------------------------------------------------------------------------------------

TRIED = ["王丽", "ZW0001", "WT-", "2026", "自然资源", "离岗", "登记", "A05", "号", "第", "1", "不动产"]


@pytest.mark.parametrize("role", ["clerk", "colleague", "head", "unit", "officer", "leader", "supervisor"])
def test_nobody_finds_what_he_may_not_open(client, request, record, staff, head, colleague, unit, role):
    """Whatever is found can be opened by the finder."""
    user = request.getfixturevalue(role)
    client.force_login(user)

    urls = {one.url for words in TRIED for group in search(user, words).groups for one in group.found}
    more = {group.more_url for words in TRIED for group in search(user, words).groups if group.has_more}

    assert {url: client.get(url).status_code for url in urls | more} == dict.fromkeys(urls | more, 200)


@pytest.mark.parametrize("who", ["colleague", "inspector"])
def test_clerk_finds_no_other_persons_records(request, hall, record, staff, colleague, who):
    user = request.getfixturevalue(who)
    foreign = StaffFactory(department=DepartmentFactory(hall=hall, name="税务局"), no="ZW0900", name="他局")
    PostingFactory(staff=foreign, window=WindowFactory(department=foreign.department))

    labels = [label for words in (*TRIED, "他局") for some in found(user, words).values() for label in some]

    assert [label for label in labels if "WT-" in label or "他局" in label or label == "王丽"] == []


def test_another_hall_finds_nothing_of_ours(outsider, record, staff, rulebook):
    every = {key for words in TRIED for key in found(outsider, words)}

    assert every <= {"pages"}


def test_inspector_finds_only_pages(inspector, record):
    assert {key for words in TRIED for key in found(inspector, words)} <= {"pages"}


# --- cost -------------------------------------------------------------------------------------


def queries(user, words: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        search(user, words)
    return len(captured)


def test_one_query_a_source_however_much_there_is(hall, department, manager, record):
    manager.grants  # noqa: B018  asked once a request, not by the search
    sources = [source for source in searches_for(manager) if source.key != "pages"]
    before = queries(manager, "登记")
    for n in range(12):
        person = StaffFactory(department=department, no=f"Z{n:03d}", name=f"登记{n}")
        PostingFactory(staff=person, window=WindowFactory(department=department, code=f"Z{n:02d}"))

    assert queries(manager, "登记") <= before <= len(sources)


def test_words_like_a_number_ask_one_source(manager, record):
    """One query for the rows, and for records one that says what the person is to them."""
    manager.grants  # noqa: B018

    assert [queries(manager, words) for words in (record.number, "WT-2026", "XC-20261125-001")] == [2, 2, 1]


def test_counts_are_of_all_and_lead_to_the_list(client, department, manager, rulebook):
    for n in range(12):
        WindowFactory(department=department, code=f"Z{n:02d}")

    group = next(group for group in search(manager, "Z").groups if group.key == "windows")

    assert (len(group.found), group.total, group.more_url) == (8, 12, "/settings/windows/?q=Z")
    client.force_login(manager)
    assert "看全部 12 条窗口" in text_of(client.get("/search/?q=Z"))
    assert "共 12 条" in text_of(client.get(group.more_url))


# --- as one types, and as programs ask --------------------------------------------------------


def test_fragment_for_the_page_that_types(client, manager, record):
    client.force_login(manager)

    answer = client.get("/search/", {"q": record.number}, headers={"HX-Request": "true"})

    assert (answer.status_code, "<html" in answer.content.decode()) == (200, False)
    assert f'href="{record.get_absolute_url()}"' in answer.content.decode()


def test_program_asks_the_same(client, manager, record):
    client.force_login(manager)

    answer = client.get("/api/v1/search/", {"q": record.number}).json()

    assert (answer["jump"], answer["groups"][0]["key"], answer["total"]) == (
        record.get_absolute_url(),
        "numbers",
        1,
    )


@pytest.mark.parametrize(
    ("scopes", "keys"),
    [(["windows:read"], ["windows", "departments"]), (["violations:read"], []), (["bulletins:write"], [])],
)
def test_token_finds_within_its_scopes(client, manager, window, scopes, keys):
    expires = moment("2027-01-01 00:00")
    _, secret = issue_token(user=manager, name="取数", scopes=scopes, expires_at=expires, by=manager)

    answer = client.get("/api/v1/search/", {"q": "自然资源"}, headers={"Authorization": f"Bearer {secret}"})

    assert [group["key"] for group in answer.json()["groups"]] == keys
