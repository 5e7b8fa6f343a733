"""Pages of the assessment room: who sees what, and where numbers lead."""

import re
from datetime import date

import pytest
from django.urls import reverse

from assessments.models import AssessmentMonth, Award, AwardResult, Scorecard
from assessments.services.months import publish_month, score_month
from tests.assessments.conftest import card_of
from tests.factories.assessments import OCTOBER, record, window_with
from trail.models import LongRun

URL = "/assess/2026-10/"


@pytest.fixture
def world(acts, hall, window, department, staff, colleague, head):
    """A05 with three people, of whom the clerk came late twice and a game cost the window; and A06."""
    window_with(hall, "B06", people=2)
    record(acts("late"), date(2026, 10, 9), staff=staff, window=window)
    record(acts("absence"), date(2026, 10, 12), staff=staff, window=window)
    record(acts("rude"), date(2026, 10, 13), staff=colleague.staff, window=window)
    return hall


@pytest.fixture
def draft(world, manager):
    return score_month(hall=world, month=OCTOBER, by=manager)


@pytest.fixture
def published(draft, manager):
    return publish_month(month=draft, by=manager)


def get(client, user, url):
    client.force_login(user)
    return client.get(url)


# --- months ---------------------------------------------------------------------------------


def test_months_without_any_says_when(client, hall, manager):
    assert "每月第一个工作日自动计算" in get(client, manager, "/assess/").content.decode()


def test_draft_is_seen_by_the_office_only(client, draft, manager, clerk):
    pages = [get(client, user, "/assess/").content.decode() for user in (manager, clerk)]

    assert ["2026年10月" in page.replace("10月</b>", "2026年10月</b>") for page in pages] == [True, False]
    assert get(client, clerk, URL).status_code == 404


def test_published_month_is_seen_by_all_of_the_hall(client, published, manager, clerk, unit, outsider):
    codes = [get(client, user, URL).status_code for user in (manager, clerk, unit, outsider)]

    assert codes == [200, 200, 200, 404]


@pytest.mark.parametrize("slug", ["2026-13", "2026-1", "abc", "2026-09"])
def test_month_that_does_not_exist(client, published, manager, slug):
    assert get(client, manager, f"/assess/{slug}/").status_code == 404


def test_score_button_starts_a_run_that_leads_to_the_month(client, world, manager):
    client.force_login(manager)

    response = client.post("/assess/score/", {"month": "2026-10"})

    run = LongRun.objects.get(by=manager)
    assert (response.status_code, response.headers["Location"]) == (302, run.get_absolute_url())
    assert (run.status, run.url, run.done, run.total) == ("done", f"{URL}?hall={world.code}", 7, 7)
    assert AssessmentMonth.objects.get().status == "scored"


@pytest.mark.parametrize("role", ["clerk", "leader", "admin", "officer"])
def test_score_and_publish_refuse_other_roles(client, draft, request, role):
    client.force_login(request.getfixturevalue(role))

    codes = [
        client.post(f"{URL}publish/").status_code,
        client.post("/assess/score/", {"month": "2026-10"}).status_code,
    ]

    assert codes == [403, 403]


def test_publish_asks_once_more_without_script(client, draft, manager):
    page = get(client, manager, f"{URL}publish/").content.decode()

    assert "不能再改" in page
    assert client.post(f"{URL}publish/").status_code == 302
    assert AssessmentMonth.objects.get().status == "published"


def test_publish_that_is_refused_says_why(client, draft, manager, acts, staff):
    record(acts("late"), date(2026, 10, 14), staff=staff, created_at=draft.scored_at.replace(year=2027))
    client.force_login(manager)

    response = client.post(f"{URL}publish/")

    assert response.status_code == 409
    assert "请先重新计算" in response.content.decode()


def test_month_that_must_be_scored_again_offers_that_instead_of_publishing(
    client, draft, manager, acts, staff
):
    before = get(client, manager, URL).content.decode()
    record(acts("late"), date(2026, 10, 14), staff=staff, created_at=draft.scored_at.replace(year=2027))

    after = get(client, manager, URL).content.decode()

    words = "有 1 条变化，重新计算后才能发布"
    assert (f"{URL}publish/" in before, words in before) == (True, False)
    assert (f"{URL}publish/" in after, words in after) == (False, True)


# --- ranking --------------------------------------------------------------------------------


def test_ranking_has_tabs_honours_and_the_tie_rule(client, published, manager):
    page = get(client, manager, URL).content.decode()

    assert re.findall(r"(窗口 \d+|个人 \d+|派驻单位 \d+|不参评 \d+)</a>", page) == [
        "窗口 2",
        "个人 5",
        "派驻单位 2",
        "不参评 1",
    ]
    assert "总分相同的并列" in page
    assert "流动红旗" in page


def test_ranking_of_windows_has_a_heading_for_each_category_while_it_is_by_rank(client, published, manager):
    pages = [get(client, manager, f"{URL}{query}").content.decode() for query in ("", "?sort=total")]

    found = [re.findall(r'<th colspan="5" scope="rowgroup">([^<]+)</th>', page) for page in pages]
    categories = {card.window.get_category_display() for card in client.get(URL).context["listing"].rows}
    assert (sorted(found[0]), found[1]) == (sorted(categories), [])


def test_clerk_reads_the_ranking_without_others_sheets_and_reasons(
    client, published, clerk, staff, colleague
):
    page = get(client, clerk, f"{URL}?tab=people").content.decode()

    assert (f"/people/{staff.pk}/" in page, f"/people/{colleague.staff.pk}/" in page) == (True, False)
    assert "不参评" not in page


def test_barred_tab_is_for_who_reads_all(client, published, manager, clerk):
    url = f"{URL}?tab=barred"

    pages = [get(client, user, url).content.decode() for user in (manager, clerk)]

    assert ["第九条，不参评" in page for page in pages] == [True, False]


def test_ranking_can_be_filtered_by_address(client, published, manager):
    page = get(client, manager, f"{URL}?tab=windows&q=B06").content.decode()

    assert ("B06" in page, "A05 不动产" in page.split("<tbody>")[1]) == (True, False)


def test_ranking_shows_the_change_against_last_month(client, world, manager, acts, staff, time_machine):
    time_machine.move_to("2026-12-02T10:00:00+08:00")
    publish_month(month=score_month(hall=world, month=OCTOBER, by=manager), by=manager)
    score_month(hall=world, month=date(2026, 11, 1), by=manager)

    page = get(client, manager, "/assess/2026-11/?tab=people").content.decode()

    assert re.search(r"升 \d", page)


@pytest.mark.parametrize("more", [0, 40])
def test_ranking_takes_few_queries(client, world, manager, more, django_assert_num_queries):
    if more:
        window_with(world, "C01", people=more)
    publish_month(month=score_month(hall=world, month=OCTOBER, by=manager), by=manager)
    client.force_login(manager)
    client.get(URL)

    with django_assert_num_queries(8):
        client.get(f"{URL}?tab=people")


# --- sheets ---------------------------------------------------------------------------------


def test_sheet_of_a_person_shows_each_line_with_its_record(client, published, manager, staff):
    page = get(client, manager, f"{URL}people/{staff.pk}/").content.decode()

    lines = re.findall(r'<a class="score-line__ev" href="(/findings/\d+/)">', page)
    assert len(lines) == 2
    assert "迟到" in page
    assert "细则 1" in page


def test_sheet_of_a_window_names_the_person_behind_the_cascade(client, published, head, window):
    page = get(client, head, f"{URL}windows/{window.code}/").content.decode()

    assert "连带扣分：王丽 旷工" in page


def test_lines_lead_to_records_the_reader_may_open(client, published, clerk, staff):
    page = get(client, clerk, f"{URL}people/{staff.pk}/").content.decode()

    urls = set(re.findall(r'href="(/findings/\d+/)"', page))
    assert {client.get(url).status_code for url in urls} == {200}


def test_clerk_opens_the_own_sheet_only(client, published, clerk, staff, colleague, window):
    urls = [f"{URL}people/{staff.pk}/", f"{URL}people/{colleague.staff.pk}/", f"{URL}windows/{window.code}/"]

    assert [get(client, clerk, url).status_code for url in urls] == [200, 404, 404]


def test_head_opens_sheets_of_the_own_window(client, published, head, staff, window):
    other = Scorecard.objects.get(run=published.run, kind="window", window__code="B06")
    urls = [f"{URL}windows/{window.code}/", f"{URL}people/{staff.pk}/", f"{URL}windows/{other.window.code}/"]

    assert [get(client, head, url).status_code for url in urls] == [200, 200, 404]


def test_unit_opens_sheets_of_its_people(client, published, unit, staff, department):
    stranger = Scorecard.objects.filter(run=published.run, kind="staff", window__code="B06").first()
    urls = [
        f"{URL}people/{staff.pk}/",
        f"{URL}units/{department.pk}/",
        f"{URL}people/{stranger.subject_id}/",
    ]

    assert [get(client, unit, url).status_code for url in urls] == [200, 200, 404]


def test_draft_sheet_is_not_shown_to_the_person(client, draft, clerk, staff):
    assert get(client, clerk, f"{URL}people/{staff.pk}/").status_code == 404


def test_sheet_takes_the_same_queries_with_many_lines(
    client, world, manager, acts, staff, django_assert_max_num_queries
):
    for day in range(14, 30):
        record(acts("late"), date(2026, 10, day), staff=staff)
    publish_month(month=score_month(hall=world, month=OCTOBER, by=manager), by=manager)
    client.force_login(manager)

    with django_assert_max_num_queries(16):
        client.get(f"{URL}people/{staff.pk}/")


def test_decision_by_hand_is_noted_on_the_sheet(client, draft, manager):
    card = AwardResult.objects.get(card__run=draft.run, award__code="flag").card
    award = Award.objects.get(code="flag")
    client.force_login(manager)

    response = client.post(
        f"{URL}decide/{card.pk}/", {"award": award.pk, "decision": "out", "reason": "正在核查"}
    )

    assert response.status_code == 302
    assert "不评，正在核查" in client.get(response.headers["Location"]).content.decode()


# --- my score -------------------------------------------------------------------------------


def test_my_score_of_a_published_month_is_the_sheet(client, published, clerk):
    page = get(client, clerk, "/me/score/2026-10/").content.decode()

    assert ("王丽 得分单" in page, "暂定" in page) == (True, False)


def test_my_score_of_a_month_under_way_is_provisional(client, world, acts, clerk, staff):
    record(acts("late"), date(2026, 10, 14), staff=staff, status="notified")

    page = get(client, clerk, "/me/score/2026-10/").content.decode()

    assert "暂定" in page
    assert re.search(r'figure--lg num" href="#lines">93<', page)
    assert "如都成立，为 91 分" in page


def test_my_score_without_rules_says_so(client, clerk, staff):
    assert "还没有生效的考核办法" in get(client, clerk, "/me/score/2026-10/").content.decode()


def test_my_score_of_who_is_no_staff(client, manager, hall):
    assert get(client, manager, "/me/score/2026-10/").status_code == 403


def test_home_of_a_clerk_shows_the_month_so_far(client, world, clerk, time_machine):
    time_machine.move_to("2026-10-15T10:00:00+08:00")

    page = get(client, clerk, "/me/").content.decode()

    assert re.search(r'href="/me/score/2026-10/">93<', page)


def test_home_of_the_manager_shows_what_waits(client, draft, manager):
    page = get(client, manager, "/today/").content.decode()

    assert "考核待发布" in page


# --- honour board ---------------------------------------------------------------------------


def test_board_without_published_months_is_honest(client, draft, hall):
    assert "还没有发布过月度考核" in client.get(f"/honour/{hall.code}/").content.decode()


def test_board_shows_winners_only_to_everybody(client, published, hall, colleague):
    page = client.get(f"/honour/{hall.code}/").content.decode()

    winner = AwardResult.objects.get(card__run=published.run, award__code="flag").card.window
    assert (winner.code in page, colleague.name in page, "不参评" in page) == (True, False, False)


def test_board_of_a_month_and_of_the_own_hall(client, published, hall, clerk):
    assert client.get(f"/honour/{hall.code}/2026-10/").status_code == 200
    assert client.get(f"/honour/{hall.code}/2026-09/").status_code == 404
    assert get(client, clerk, "/honour/").headers["Location"] == f"/honour/{hall.code}/"


# --- rules ----------------------------------------------------------------------------------


def test_rules_without_a_rulebook(client, hall, clerk):
    assert "还没有生效的考核办法" in get(client, clerk, "/rules/").content.decode()


def test_rules_have_permanent_anchors_gates_and_awards(client, rulebook, clerk):
    page = get(client, clerk, "/rules/").content.decode()

    assert all(f'id="{code}"' in page for code in ("12-1", "17-2", "20-3", "20-7", "24-4"))
    assert "一件超时 3 天以上" in page
    assert "优质服务标兵" in page


def test_rules_of_another_hall_are_not_found(client, rulebook, outsider):
    assert (
        get(client, outsider, reverse("violations:rulebook_version", args=[rulebook.pk])).status_code == 404
    )


def test_rules_take_few_queries(client, rulebook, clerk, django_assert_max_num_queries):
    client.force_login(clerk)

    with django_assert_max_num_queries(15):
        client.get(f"/rules/{rulebook.pk}/")


def test_phrases_can_be_added_changed_and_removed(client, small, hall, manager, acts):
    client.force_login(manager)
    late, rude = acts("late"), acts("rude")

    client.post("/settings/phrases/new/", {"pattern": "磨蹭", "act": late.pk})
    row = hall.act_phrases.get(pattern="磨蹭")
    client.post(f"/settings/phrases/{row.pk}/", {"pattern": "磨蹭", "act": rude.pk})
    page = client.get("/settings/phrases/?q=磨蹭").content.decode()
    client.post(f"/settings/phrases/{row.pk}/remove/")

    assert "态度生硬" in page.split("<tbody>")[1]
    assert not hall.act_phrases.filter(pattern="磨蹭").exists()


def test_phrase_that_is_taken_is_told_beside_the_field(client, small, manager, acts):
    client.force_login(manager)

    response = client.post("/settings/phrases/new/", {"pattern": "来晚了", "act": acts("rude").pk})

    assert (response.status_code, "已经对应“迟到”" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("role", ["clerk", "officer", "leader"])
def test_phrases_refuse_other_roles(client, small, request, role):
    assert get(client, request.getfixturevalue(role), "/settings/phrases/").status_code == 403


def test_card_of_helper_finds_units(published, department):
    assert card_of(published, department).kind == "unit"
