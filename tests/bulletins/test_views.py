import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document

from bulletins.models import Bulletin, Letter
from bulletins.services.drafting import draft_bulletin, submit_bulletin
from bulletins.services.letters import sign_letter, submit_letter, write_letter
from tests.factories.accounts import person_with
from tests.factories.bulletins import counting_record, issue, moment
from trail.actors import Robot
from violations.services.ledger import withdraw_record

JOB = Robot("weekly_bulletin")


@pytest.fixture
def findings(hall, rulebook, manager, staff):
    return [
        counting_record(hall, since=f"2026-11-18 10:0{minute}", by=manager, staff=staff)
        for minute in range(2)
    ]


@pytest.fixture
def draft(hall, findings):
    return draft_bulletin(hall=hall, iso_week="2026-W47", by=JOB)


@pytest.fixture
def printed(hall, findings, manager, leader, head):
    return issue(hall, "2026-W47", writer=manager, signer=leader)


@pytest.fixture
def letter(hall, rulebook, manager, leader, staff):
    for week, since in (("45", "2026-11-04"), ("46", "2026-11-11"), ("47", "2026-11-18")):
        counting_record(hall, since=f"{since} 10:00", by=manager, staff=staff)
        issue(hall, f"2026-W{week}", writer=manager, signer=leader)
    return Letter.objects.get()


def get(client, user, name, *args, query=""):
    client.force_login(user)
    return client.get(reverse(f"bulletins:{name}", args=args) + query)


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"bulletins:{name}", args=args), data)


PEOPLE = ("admin", "manager", "officer", "head", "clerk", "leader", "supervisor", "inspector", "unit")


@pytest.fixture
def cast(request):
    return {name: request.getfixturevalue(name) for name in (*PEOPLE, "outsider")}


# --- who sees what ------------------------------------------------------------------------------


def test_draft_is_for_who_writes_signs_and_supervises(client, draft, cast):
    codes = {name: get(client, user, "bulletin", draft.pk).status_code for name, user in cast.items()}

    assert codes == {
        **dict.fromkeys(("manager", "leader", "supervisor"), 200),
        **dict.fromkeys(("admin", "officer", "head", "clerk", "unit", "outsider"), 404),
        "inspector": 403,
    }


def test_printed_issue_is_for_everybody_of_the_hall(client, printed, cast):
    codes = {name: get(client, user, "bulletin", printed.pk).status_code for name, user in cast.items()}

    assert codes == {**dict.fromkeys(PEOPLE, 200), "outsider": 404, "inspector": 403}


def test_list_shows_drafts_to_the_office_only(client, draft, manager, clerk):
    for user, number in ((manager, 1), (clerk, 0)):
        assert len(get(client, user, "bulletins").context["listing"].rows) == number


def test_issue_of_a_township_is_read_from_the_district(client, township, rulebook, leader):
    writer, signer = person_with("manager", township), person_with("leader", township)
    printed = issue(township, "2026-W47", writer=writer, signer=signer)

    assert get(client, leader, "bulletin", printed.pk).status_code == 200


def test_issue_of_the_district_is_not_read_from_a_township(client, township, printed):
    assert get(client, person_with("manager", township), "bulletin", printed.pk).status_code == 404


def test_letter_pages_as_each_person(client, letter, cast):
    codes = {name: get(client, user, "letter", letter.pk).status_code for name, user in cast.items()}

    assert codes == {
        **dict.fromkeys(("manager", "leader", "supervisor"), 200),
        **dict.fromkeys(("unit", "outsider"), 404),
        **dict.fromkeys(("admin", "officer", "head", "clerk", "inspector"), 403),
    }


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("submit", {"manager"}),
        ("refresh", {"manager"}),
        ("withdraw", {"manager"}),
        ("sign", {"leader"}),
        ("return", {"leader", "manager"}),
    ],
)
def test_steps_of_a_draft_by_each_person(client, draft, cast, name, may):
    for who, user in cast.items():
        if who not in may:
            assert post(client, user, name, draft.pk, reason="x").status_code in (403, 404)

    draft.refresh_from_db()
    assert (draft.status, draft.returned_reason) == ("draft", "")


# --- the page -----------------------------------------------------------------------------------


def test_page_says_the_three_things_first(client, printed, leader):
    points = get(client, leader, "bulletin", printed.pk).context["points"]

    assert [point.lead for point in points] == [
        "问题 2 个。",
        "没有人达到反馈条件。",
        "“无故离岗”最多，2 个。",
    ]


def test_page_names_who_needs_a_decision_with_a_button(client, letter, leader, manager):
    submit_letter(letter=write_letter(letter=letter, words="", by=manager), by=manager)

    page = get(client, leader, "bulletin", letter.bulletins.latest("until").pk)

    point = page.context["points"][1]
    assert (point.lead, point.button, point.url) == (
        "王丽今年累计被通报 3 次。",
        "看函并签发",
        f"/letters/{letter.pk}/",
    )


def test_page_counts_the_issues_of_today_not_those_the_letter_was_raised_for(
    client, letter, leader, manager, hall, staff, monday
):
    monday.move_to(moment("2026-11-30 08:30"))
    counting_record(hall, since="2026-11-25 10:00", by=manager, staff=staff)
    fourth = issue(hall, "2026-W48", writer=manager, signer=leader)

    point = get(client, leader, "bulletin", fourth.pk).context["points"][1]

    assert (point.lead, point.url) == ("王丽今年累计被通报 4 次。", f"/letters/{letter.pk}/")


def test_numbers_of_the_page_lead_to_as_many_rows(client, printed, manager):
    paper = get(client, manager, "bulletin", printed.pk).context["paper"]

    for key, fact in paper.content["facts"].items():
        url = paper.fact_url(key)
        if url and key in ("problems", "praise"):
            assert str(client.get(url).context["listing"].page.paginator.count) == fact["value"]


def test_every_link_of_the_paper_opens_for_a_clerk(client, printed, colleague):
    paper = get(client, colleague, "bulletin", printed.pk).context["paper"]
    urls = {one["url"] for one in (*paper.figures, *paper.problems, *paper.kinds, *paper.trend_links)}
    urls |= {run["url"] for s in paper.sections for runs in s["sentences"] for run in runs if run.get("url")}

    assert {url: client.get(url).status_code for url in urls - {""}} == dict.fromkeys(urls - {""}, 200)


def test_items_of_an_unknown_number(client, printed, manager):
    assert get(client, manager, "items", printed.pk, query="?fact=x").status_code == 404


def test_controls_are_absent_where_they_may_not_be_used(client, printed, clerk, manager, leader):
    pages = {
        user.username: get(client, user, "bulletin", printed.pk).content.decode()
        for user in (clerk, manager, leader)
    }

    words = {"clerk": (), "manager": ("提醒他们",), "leader": ("提交批示", "提醒他们", "已阅</button>")}
    for who, page in pages.items():
        for word in ("提交批示", "提醒他们", "已阅</button>"):
            assert (word in page) == (word in words[who]), (who, word)


def test_instruction_is_prefilled_for_a_talk(client, printed, leader, monday, hall, rulebook):
    page = get(client, leader, "bulletin", printed.pk, query="?talk=1")

    assert page.context["form"].initial == {"words": ""}  # nothing was left undone


# --- walking through ----------------------------------------------------------------------------


def test_week_from_draft_to_receipt(client, hall, findings, manager, leader, head):
    post(client, manager, "draft", week="2026-W47")
    bulletin = Bulletin.objects.get()
    post(client, manager, "edit", bulletin.pk, problems="离岗仍是主要问题。")
    item = bulletin.items.first()
    post(client, manager, "hold", bulletin.pk, item.pk, reason="核实中")
    post(client, manager, "submit", bulletin.pk)
    signing = post(client, leader, "sign", bulletin.pk)
    post(client, head, "mark_read", bulletin.pk)

    bulletin.refresh_from_db()
    assert (signing.status_code, bulletin.status, bulletin.problem_count) == (302, "issued", 1)
    assert bulletin.receipts.get(user=head).at is not None
    section = next(s for s in bulletin.content["sections"] if s["key"] == "problems")
    assert section["words"] == ["离岗仍是主要问题。"]


def test_sign_page_tells_what_is_left_out(client, draft, findings, manager, leader):
    submit_bulletin(bulletin=draft, by=manager)
    withdraw_record(record=findings[0], by=manager, reason="记重了")

    page = get(client, leader, "sign", draft.pk)

    assert [item.record for item in page.context["dropped"]] == [findings[0]]


def test_edit_keeps_what_was_typed_when_it_is_too_long(client, draft, manager):
    response = post(client, manager, "edit", draft.pk, title="长" * 101, problems="留着")

    assert (response.status_code, response.context["form"]["problems"].value()) == (422, "留着")
    assert "有错误" in response.content.decode()


def test_edit_of_a_printed_issue_goes_to_its_page(client, printed, manager):
    assert get(client, manager, "edit", printed.pk).headers["Location"] == f"/bulletins/{printed.pk}/"


def test_draft_button_of_a_bad_week(client, hall, rulebook, manager):
    response = post(client, manager, "draft", week="2026-W99")

    assert (response.status_code, "不是周次" in response.content.decode()) == (422, True)


def test_docx_opens_with_its_name(client, printed, clerk):
    response = get(client, clerk, "docx", printed.pk)

    document = Document(io.BytesIO(response.content))
    assert "第 1 期" in [p.text for p in document.paragraphs]
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")


def test_letter_from_task_to_answer(client, letter, manager, leader, unit):
    post(client, manager, "write_letter", letter.pk, words="正文")
    post(client, manager, "submit_letter", letter.pk)
    post(client, leader, "sign_letter", letter.pk)
    opened = get(client, unit, "letter", letter.pk)
    post(client, unit, "reply_letter", letter.pk, outcome="educated", words="已批评教育")

    letter.refresh_from_db()
    assert (opened.status_code, letter.status, letter.content["paragraphs"]) == (200, "replied", ["正文"])


def test_reply_without_an_outcome_says_so(client, letter, manager, leader, unit):
    sign_letter(
        letter=submit_letter(letter=write_letter(letter=letter, words="", by=manager), by=manager), by=leader
    )

    response = post(client, unit, "reply_letter", letter.pk, words="写了")

    assert (response.status_code, response.context["form"].errors["outcome"]) == (422, ["请选处理结果"])


# --- queries ------------------------------------------------------------------------------------


def queries_of(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_list_costs_the_same_with_one_issue_and_three(client, hall, rulebook, manager, leader):
    issue(hall, "2026-W45", writer=manager, signer=leader)
    client.force_login(leader)
    one = queries_of(client, "/bulletins/")
    for week in ("2026-W46", "2026-W47"):
        issue(hall, week, writer=manager, signer=leader)

    assert (queries_of(client, "/bulletins/"), one <= 10) == (one, True)


@pytest.mark.parametrize("path", ["", "items/", "docx/"])
def test_page_costs_the_same_with_one_finding_and_many(
    client, hall, rulebook, manager, leader, staff, colleague, path
):
    counting_record(hall, since="2026-11-11 10:00", by=manager, staff=staff)
    first = issue(hall, "2026-W46", writer=manager, signer=leader)
    for minute in range(8):
        person = staff if minute % 2 else colleague.staff
        counting_record(hall, since=f"2026-11-18 10:0{minute}", by=manager, staff=person)
    second = issue(hall, "2026-W47", writer=manager, signer=leader)
    client.force_login(colleague)

    one = queries_of(client, f"/bulletins/{first.pk}/{path}")

    assert (queries_of(client, f"/bulletins/{second.pk}/{path}"), one <= 15) == (one, True)


def test_letters_cost_the_same_with_one_and_two(client, letter, hall, department, manager):
    client.force_login(manager)
    one = queries_of(client, "/letters/")
    Letter.objects.create(hall=hall, department=department, staff=letter.staff, year=2025, threshold=3)

    assert (queries_of(client, "/letters/"), one <= 10) == (one, True)


def test_empty_list_says_when_the_next_comes(client, hall, clerk):
    assert "每周截稿后系统自动起草" in get(client, clerk, "bulletins").content.decode()
