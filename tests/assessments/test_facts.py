"""Figures, votes and revoked titles: entered by people, read by the engine."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.errors import NotPermitted, Refused
from assessments.models import AwardResult, AwardRevocation, Figure, Scorecard, Vote
from assessments.services import facts
from assessments.services.facts import RowsWrong, entries_of_text
from assessments.services.months import publish_month, score_month
from assessments.services.revoking import revoke_award
from tests.factories.assessments import OCTOBER, window_with
from tests.factories.rulebook import load, small_pack
from trail.actors import Robot
from trail.models import AuditEntry, UndoStep

pytestmark = pytest.mark.django_db
OPTIONS = {"满意": 100, "基本满意": 70, "不满意": 0}


@pytest.fixture
def rules(hall):
    """Windows are scored by a metric; people by a self-evaluation and a ballot of two groups."""
    pack = small_pack()
    mine = {"self": "monthly", "missing": "zero"}
    public = {"ballot": "public", "missing": "zero"}
    components = [
        {"code": "mine", "name": "自评", "part": "own", "cap": 100, "source": mine},
        {"code": "public", "name": "群众测评", "part": "own", "cap": 100, "source": public},
    ]
    scheme = {"kind": "staff", "base": 0, "floor": 0, "cap": None, "components": components}
    others = [item for item in pack["schemes"] if item["kind"] != "staff"]
    rounding = {"to": 0.01, "how": "half_up"}
    pack["schemes"] = [{**item, "rounding": rounding} for item in (scheme, *others)]
    pack["clauses"].append(
        {
            "code": "90",
            "article": "满意率",
            "wording": "满意率不满 95 扣 3 分。",
            "subject": "window",
            "metric": {"code": "satisfaction", "missing": "full"},
            "table": [{"from": 95, "points": 0}, {"under": 95, "points": -3}],
        }
    )
    device = {"code": "device", "name": "评价器", "weight": 75}
    phone = {"code": "phone", "name": "电话", "weight": 25}
    pack["ballots"] = [{"code": "public", "name": "群众测评", "options": OPTIONS, "groups": [device, phone]}]
    return load(pack, hall)


@pytest.fixture
def place(hall, rules):
    window, (person,) = window_with(hall, "A01")
    return window, person


def metric(hall):
    return next(one for one in facts.figures_asked(hall) if one.code == "satisfaction")


def ballot(hall):
    return facts.ballots_asked(hall)[0]


def enter(hall, by, text, month=OCTOBER, asked=None):
    return facts.enter_figures(
        hall=hall, asked=asked or metric(hall), month=month, entries=entries_of_text(text), by=by
    )


def own(hall, kind):
    month = score_month(hall=hall, month=OCTOBER, by=Robot("test"))
    return Scorecard.objects.get(run=month.run, kind=kind).own


def test_what_the_rulebook_reads_is_asked_for(hall, rules):
    asked = {one.key for one in facts.asked_of(rules)}

    assert asked == {
        "metric:satisfaction:window:month",
        "self:monthly:staff:month",
        "ballot:public:staff:month",
    }


def test_engine_reads_what_was_entered_and_the_newest_counts(hall, place, manager):
    before = own(hall, "window")
    enter(hall, manager, "A01\t94.99")
    low = own(hall, "window")
    enter(hall, manager, "A01 95")

    assert (before - low, own(hall, "window")) == (300, before)
    assert Figure.objects.count() == 2


def test_self_evaluation_is_read(hall, place, manager):
    mine = next(one for one in facts.figures_asked(hall) if one.origin == "self")
    enter(hall, manager, f"{place[1].no},88.5", asked=mine)

    assert own(hall, "staff") == 8850


def test_votes_use_the_options_and_weights(hall, place, manager):
    votes = [("device", "A 满意 3\nA 不满意 1"), ("phone", "A 基本满意")]
    for group, text in votes:
        rows = entries_of_text(text.replace("A ", f"{place[1].no} "))
        facts.enter_votes(hall=hall, asked=ballot(hall), group=group, month=OCTOBER, entries=rows, by=manager)

    assert own(hall, "staff") == (7500 * 75 + 7000 * 25) // 100
    assert list(Vote.objects.values_list("value", "times")) == [(10000, 3), (0, 1), (7000, 1)]


def test_what_is_no_option_is_refused_with_the_options(hall, place, manager):
    rows = entries_of_text(f"{place[1].no} 非常好\n{place[1].no} 满意 0")

    with pytest.raises(RowsWrong) as refused:
        facts.enter_votes(
            hall=hall, asked=ballot(hall), group="phone", month=OCTOBER, entries=rows, by=manager
        )

    assert [error.line for error in refused.value.errors] == [1, 2]
    assert "满意、基本满意、不满意" in refused.value.errors[0].reason
    assert Vote.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("A01\t九十", ["不是数字"]),
        ("A99\t90", ["大厅里没有"]),
        ("A01\t90\nA01\t91", ["前面已经有"]),
        ("A01\t90.555", ["小数多于两位"]),
        ("A01\tNaN\nB77\t1e99", ["不是数字", "不是数字", "大厅里没有"]),
        ("A01", ["没有数值"]),
    ],
)
def test_wrong_rows_are_all_named_and_none_is_kept(hall, place, manager, text, reasons):
    with pytest.raises(RowsWrong) as refused:
        enter(hall, manager, text)

    said = sorted(error.reason for error in refused.value.errors)
    assert len(said) == len(reasons)
    assert all(any(reason in one for one in said) for reason in reasons)
    assert Figure.objects.count() == 0


def test_months_to_come_and_published_ones_are_closed(hall, place, manager):
    with pytest.raises(Refused, match="还没到"):
        enter(hall, manager, "A01 90", month=date(2099, 1, 1))
    publish_month(month=score_month(hall=hall, month=OCTOBER, by=manager), by=manager)
    with pytest.raises(Refused, match="已经发布"):
        enter(hall, manager, "A01 90")


def test_only_the_manager_enters(hall, place, clerk, admin):
    for user in (clerk, admin):
        with pytest.raises(NotPermitted):
            enter(hall, user, "A01 90")


def test_a_month_is_scored_again_when_a_figure_came_later(hall, place, manager):
    month = score_month(hall=hall, month=OCTOBER, by=manager)
    enter(hall, manager, "A01 90")

    with pytest.raises(Refused, match="重新计算"):
        publish_month(month=month, by=manager)


# --- pages and the API -------------------------------------------------------------------------


def test_page_shows_wrong_rows_keeps_what_was_pasted_and_can_be_taken_back(client, hall, place, manager):
    client.force_login(manager)
    sent = {"asked": metric(hall).key, "month": "2026-10", "rows": "窗口号\t满意率\nA01\t90\nA77\t91"}

    wrong = client.post("/assess/figures/new/", sent)
    right = client.post("/assess/figures/new/", {**sent, "rows": "窗口号\t满意率\nA01\t90"})
    kept = Figure.objects.get()
    client.post(UndoStep.objects.latest("pk").get_absolute_url())

    page = wrong.content.decode()
    assert (wrong.status_code, right.status_code, kept.value) == (422, 302, 9000)
    assert "<td>3</td>" in page
    assert "大厅里没有“A77”" in page
    assert "A77\t91" in page
    assert not Figure.objects.exists()
    assert AuditEntry.objects.filter(action="figures.entered").count() == 1


def test_figures_from_an_excel_file(client, hall, place, manager):
    book = Workbook()
    for row in (["窗口号", "满意率"], ["A01", 93.5]):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    upload = SimpleUploadedFile("满意率.xlsx", content.getvalue())
    client.force_login(manager)

    client.post("/assess/figures/new/", {"asked": metric(hall).key, "month": "2026-10", "file": upload})

    assert Figure.objects.get().value == 9350
    listing = client.get("/assess/figures/").context["listing"]
    assert [(row.subject_code, row.value) for row in listing.rows] == [("A01", 9350)]


def test_votes_by_page_and_api(client, hall, place, manager):
    client.force_login(manager)
    key = ballot(hall).key
    sent = {"asked": key, "group": "public:phone", "month": "2026-10", "rows": f"{place[1].no}\t满意\t2"}
    page = client.post("/assess/votes/new/", sent)
    asked = client.get("/api/v1/votes/asked/").json()
    row = {"subject": place[1].no, "value": "不满意", "times": 1}
    body = {"asked": key, "group": "device", "month": "2026-10", "rows": [row]}
    made = client.post("/api/v1/votes/", body, content_type="application/json")
    wrong = client.post(
        "/api/v1/votes/", {**body, "rows": [{**row, "value": "差"}]}, content_type="application/json"
    )

    assert (page.status_code, made.status_code, made.json()) == (302, 201, {"entered": 1})
    assert asked[0]["options"] == OPTIONS
    assert asked[0]["groups"] == ["device", "phone"]
    assert (wrong.status_code, wrong.json()["code"]) == (422, "rows_wrong")
    assert [vote["times"] for vote in client.get("/api/v1/votes/").json()["results"]] == [1, 2]


# --- revoked titles ----------------------------------------------------------------------------


@pytest.fixture
def title(hall, small, manager):
    window_with(hall, "A01")
    month = score_month(hall=hall, month=OCTOBER, by=manager)
    publish_month(month=month, by=manager)
    return AwardResult.objects.filter(outcome="won").first()


def test_revoked_title_leaves_the_board_and_stays_on_the_sheet(client, hall, title, manager):
    name = str(title.card.subject)
    assert title.award.name in client.get(f"/honour/{hall.code}/").content.decode()
    client.force_login(manager)

    asks = client.get(f"/awards/{title.pk}/revoke/").content.decode()
    client.post(f"/awards/{title.pk}/revoke/", {"revoked_on": "2026-11-20", "reason": "弄虚作假"})

    page = client.get(f"{title.card.get_absolute_url()}").content.decode()
    board = client.get(f"/honour/{hall.code}/")
    assert "不递补" in asks
    assert "已撤销" in page
    assert "弄虚作假" in page
    assert title.pk not in [row.pk for honour in board.context["honours"] for row in honour.won], name
    assert AuditEntry.objects.filter(action="award.revoked", reason="弄虚作假").exists()


@pytest.mark.parametrize(
    ("day", "reason", "words"), [(date(2026, 9, 30), "x", "不能早于"), (date(2026, 11, 1), " ", "理由")]
)
def test_revoking_needs_a_reason_and_a_day_after(title, manager, day, reason, words):
    with pytest.raises(Refused, match=words):
        revoke_award(result=title, reason=reason, revoked_on=day, by=manager)


def test_title_is_revoked_once_by_the_manager(client, title, manager, leader):
    with pytest.raises(NotPermitted):
        revoke_award(result=title, reason="x", revoked_on=date(2026, 11, 1), by=leader)
    client.force_login(manager)
    body = {"revoked_on": "2026-11-01", "reason": "x"}
    answers = [
        client.post(f"/api/v1/awards/{title.pk}/revoke/", body, content_type="application/json")
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[0].json()[0]["revoked_on"] == "2026-11-01"
    assert AwardRevocation.objects.filter(result=title).count() == 1
