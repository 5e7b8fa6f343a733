"""One of everything in our hall, for the sweep over all addresses."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import time_machine
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from accounts.models import KeptForm
from accounts.services.tokens import issue_token
from accounts.session_store import SessionStore
from assessments.models import Figure, TrialRow, Vote
from assessments.services.drafts import make_draft
from assessments.services.months import score_month
from attendance.models import DayResult
from bulletins.models import Letter
from bulletins.services.drafting import draft_bulletin
from bulletins.services.letters import raise_due_letters
from patrols.models import PatrolDay, RandomRound
from patrols.services.notes import Glimpse, leave_note
from patrols.services.periods import add_period
from patrols.services.rota import set_day
from patrols.services.rounds import start_round
from patrols.services.swaps import ask_swap
from tests.factories.attendance import DayResultFactory, LeaveFactory, PunchFactory
from tests.factories.bulletins import counting_record, issue
from tests.factories.covert import given
from tests.factories.patrols import found, photo
from trail.enums import FileKind, RunStatus
from trail.models import AuditEntry, JobRun, LongRun, Notice, UndoStep
from trail.services.channels import open_channel, order_test
from trail.services.files import store_photo
from trail.services.masking import mask_photo
from trail.services.notices import tell
from violations.models import Act, ActPhrase
from violations.services.appeals import file_appeal
from violations.services.measures import propose_measure
from violations.services.rectify import order_rectification
from windows.enums import DayKind
from windows.models import BackupPair, Department, ServiceHours
from windows.services.calendar import set_local_day

WEEKS = ("2026-W40", "2026-W42", "2026-W43", "2026-W44")
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef"
NEXT_YEAR = date(2027, 1, 1)
SCORED, OPEN_WEEK = date(2026, 10, 1), "2026-W45"

PLACES: list[tuple[str, str, str]] = [
    # address (a regular expression), key in the address, name in the world
    (r"/(api/v1/)?bulletins/", "pk", "bulletin"),
    (r"/bulletins/.*items/", "item", "item"),
    (r"/api/v1/bulletin-items/", "pk", "item"),
    (r"/(api/v1/)?letters/", "pk", "letter"),
    (r"/api/v1/punches/", "pk", "punch"),
    (r"/api/v1/leaves/", "pk", "leave"),
    (r"/api/v1/day-results/", "pk", "day_result"),
    (r"/attendance/months/", "month", "month"),
    (r"/attendance/", "pk", "staff"),
    (r"/attendance/", "day", "day"),
    (r"/api/v1/rounds/", "pk", "round"),
    (r"/api/v1/visits/", "pk", "visit"),
    (r"/covert/", "pk", "covert_task"),
    (r"/t/", "pk", "covert_task"),
    (r"/api/v1/covert-tasks/", "pk", "covert_task"),
    (r"/patrol/w/", "token", "qr_token"),
    (r"/w/", "token", "qr_token"),
    (r"/patrol/visits/", "pk", "visit"),
    (r"/patrol/.*recheck/", "order", "rectification"),
    (r"/patrol/", "pk", "round"),
    (r"/(api/v1/)?duty[/-]swaps/", "pk", "duty_swap"),
    (r"/duty/on/", "on", "duty_date"),
    (r"/duty/periods/", "pk", "special_period"),
    (r"/api/v1/special-periods/", "pk", "special_period"),
    (r"/api/v1/random-rounds/", "pk", "random_round"),
    (r"/api/v1/patrol-days/", "pk", "patrol_day"),
    (r"/api/v1/duty-days/", "pk", "duty_day"),
    (r"/duty/", "pk", "duty_day"),
    (r"/notes/", "pk", "walk_note"),
    (r"/api/v1/walk-notes/", "pk", "walk_note"),
    (r"/(api/v1/)?findings/", "pk", "record"),
    (r"/(api/v1/)?appeals/", "pk", "appeal"),
    (r"/measures/", "pk", "measure"),
    (r"/api/v1/measures/", "pk", "measure"),
    (r"/rectify/", "pk", "rectification"),
    (r"/api/v1/rectifications/", "pk", "rectification"),
    (r"/api/v1/acts/", "pk", "act"),
    (r"/api/v1/statements/", "pk", "statement"),
    (r"/hall/.*photos/", "pk", "staff"),
    (r"/hall/", "code", "hall"),
    (r"/honour/", "hall", "hall"),
    (r"/honour/", "code", "hall"),
    (r"/honour/", "month", "month"),
    (r"/(api/v1/)?windows/", "pk", "window"),
    (r"/people/", "pk", "staff"),
    (r"/api/v1/people/", "pk", "staff"),
    (r"/api/v1/postings/", "pk", "posting"),
    (r"/api/v1/departments/", "pk", "department"),
    (r"/api/v1/calendar-days/", "pk", "local_day"),
    (r"/api/v1/calendar/", "pk", "local_day"),
    (r"/api/v1/service-hours/", "pk", "hours"),
    (r"/settings/departments/", "pk", "department"),
    (r"/settings/calendar/days/", "pk", "local_day"),
    (r"/settings/phrases/", "pk", "phrase"),
    (r"/exports/", "key", "list"),
    (r"/exports/", "form", "form"),
    (r"/(api/v1/)?files/", "pk", "file"),
    (r"/files/", "mask", "mask"),
    (r"/(api/v1/)?notices/", "pk", "notice"),
    (r"/settings/outbox/channels/", "pk", "channel"),
    (r"/settings/outbox/", "pk", "delivery"),
    (r"/api/v1/channels/", "pk", "channel"),
    (r"/api/v1/deliveries/", "pk", "delivery"),
    (r"/settings/import/check/", "pk", "import_check"),
    (r"/jobs/runs/", "pk", "long_run"),
    (r"/api/v1/runs/", "pk", "long_run"),
    (r"/(api/v1/)?jobs/", "pk", "job_run"),
    (r"/(api/v1/)?audit/", "pk", "audit"),
    (r"/api/v1/halls/", "code", "hall"),
    (r"/drafts/", "pk", "kept"),
    (r"/(api/v1/)?undo(-steps)?/", "pk", "undo"),
    (r"/settings/accounts/", "pk", "account"),
    (r"/api/v1/accounts/", "pk", "account"),
    (r"/settings/grants/", "pk", "grant"),
    (r"/(profile|api/v1)/tokens/", "pk", "token"),
    (r"/profile/devices/", "uid", "session"),
    (r"/api/v1/sessions/", "uid", "session"),
    (r"/assess/", "month", "month"),
    (r"/assess/", "code", "window_code"),
    (r"/assess/", "pk", "staff"),
    (r"/assess/", "unit", "department"),
    (r"/assess/", "card", "scorecard"),
    (r"/me/score/", "month", "month"),
    (r"/rules/<int:pk>/(edit|enforce|discard|trial)/", "pk", "draft_version"),
    (r"/awards/", "pk", "award"),
    (r"/api/v1/figures/", "pk", "figure"),
    (r"/api/v1/votes/", "pk", "vote"),
    (r"/rules/trials/", "run", "trial_run"),
    (r"/api/v1/rulebook-trials/", "pk", "trial_row"),
    (r"/rules/", "section", "section"),
    (r"/rules/", "number", "number"),
    (r"/api/v1/rulebook-drafts/", "pk", "draft_version"),
    (r"/api/v1/rulebook-readings/", "pk", "version"),
    (r"/rules/", "version", "version"),
    (r"/rules/", "pk", "version"),
    (r"/rules/", "other", "version"),
    (r"/rules/", "code", "clause_code"),
    (r"/api/v1/(assessment-)?months/", "pk", "assessment"),
    (r"/api/v1/scorecards/", "pk", "scorecard"),
    (r"/api/v1/lines/", "pk", "line"),
    (r"/api/v1/rulebooks/", "pk", "rulebook"),
    (r"/api/v1/(rulebook-)?versions/", "pk", "version"),
    (r"/api/v1/clauses/", "pk", "clause"),
    (r"/api/v1/phrases/", "pk", "phrase"),
    (r"/api/v1/awards/", "pk", "award"),
]


def place_of(route: str, key: str) -> str:
    """The name in the world of what stands in the address; empty when the sweep does not know it."""
    for pattern, name, thing in PLACES:
        if name == key and re.match(pattern, route):
            return thing
    return ""


def build_world(request: Any) -> dict[str, Any]:
    """Our hall's objects by name, and `marks`: words that nobody of another hall may read."""
    cast = {
        name: request.getfixturevalue(name)
        for name in (
            "hall",
            "rulebook",
            "admin",
            "manager",
            "officer",
            "leader",
            "unit",
            "window",
            "department",
            "clerk",
            "staff",
            "head",
            "colleague",
            "supervisor",
            "inspector",
        )
    }
    hall, manager, leader, staff = (cast[name] for name in ("hall", "manager", "leader", "staff"))
    for week, day in zip(WEEKS, ("09-28", "10-14", "10-21", "10-28"), strict=True):
        counting_record(hall, since=f"2026-{day} 10:00", by=manager, staff=staff)
        bulletin = issue(hall, week, writer=manager, signer=leader, at=f"2026-{day} 18:00")
    with time_machine.travel("2026-11-05 10:00+08:00", tick=True):
        month = score_month(hall=hall, month=SCORED, by=manager)
    draft = _draft(hall, manager, staff)
    stored = store_photo(photo(), hall=hall, by=manager, kind=FileKind.DOCUMENT)
    return {
        "cast": cast,
        **_windows(cast),
        **_ledger(cast, bulletin),
        **_patrol(cast),
        **_covert(cast),
        **_duty(cast),
        **_attendance(staff),
        **_trail(cast),
        **_assessments(month, cast["admin"]),
        **_facts(hall, cast["window"]),
        **_tried(month.version, hall, cast["admin"], staff),
        "bulletin": draft.pk,
        "item": draft.items.first().pk,
        "letter": _letter(hall, staff, manager).pk,
        "file": stored.pk,
        "list": "findings",
        "form": "csv",
        "mask": _masked(stored, manager).pk,
        "month": "2026-10",
        "day": "2026-10-12",
        "marks": [
            "王丽",
            "赵磊",
            "孙婷",
            "青禾区政务服务中心",
            "不动产登记窗口",
            "暗访不动产",
            "WT-20261014-001",
        ],
    }


def _masked(stored: Any, by: Any) -> Any:
    region = {"x": 100, "y": 100, "w": 200, "h": 200}
    return mask_photo(stored=stored, regions=[region], style="black", reason="路人", by=by)


def _draft(hall: Any, manager: Any, staff: Any) -> Any:
    counting_record(hall, since="2026-11-04 10:00", by=manager, staff=staff)
    return draft_bulletin(hall=hall, iso_week=OPEN_WEEK, by=manager)


def _letter(hall: Any, staff: Any, by: Any) -> Letter:
    raise_due_letters(hall=hall, staff_ids=[staff.pk], day=date(2026, 10, 30), by=by)
    return Letter.objects.get(hall=hall)


def _patrol(cast: dict[str, Any]) -> dict[str, Any]:
    officer, hall = cast["officer"], cast["hall"]
    round_ = start_round(hall=hall, kind="morning", by=officer)
    visit = found(round_, cast["window"], Act.objects.get(code="absent_from_post"), staff=cast["staff"])
    note = leave_note(Glimpse(cast["window"], words="台面堆着杂物"), hall=hall, by=cast["leader"])
    return {
        "round": round_.pk,
        "visit": visit.pk,
        "record": visit.finding.record.pk,
        "walk_note": note.pk,
    }


def _covert(cast: dict[str, Any]) -> dict[str, Any]:
    task = given(cast["hall"], by=cast["supervisor"], to=cast["inspector"], title="暗访不动产")
    return {"covert_task": task.pk}


def _duty(cast: dict[str, Any]) -> dict[str, Any]:
    hall, officer, manager = cast["hall"], cast["officer"], cast["manager"]
    day = timezone.localdate()
    rows = set_day(hall=hall, day=day, manage=[officer], lead=[cast["leader"]], units=[], by=manager)
    mine = next(row for row in rows if row.user_id == officer.pk)
    later = day + timedelta(days=2)
    theirs = set_day(hall=hall, day=later, manage=[manager], lead=[], units=[], by=manager)[0]
    swap = ask_swap(duty=mine, other=theirs, words="家里有事", by=officer)
    period = add_period(hall=hall, name="迎检周", starts_on=day, ends_on=later, rounds=4, by=manager)
    now = timezone.now()
    call = RandomRound.objects.create(hall=hall, day=day, serial=1, called_at=now, due_until=now)
    closed = PatrolDay.objects.create(hall=hall, day=day, due=2, missed=1, windows=1, visited=1)
    return {
        "duty_day": mine.pk,
        "duty_swap": swap.pk,
        "duty_date": later.isoformat(),
        "special_period": period.pk,
        "random_round": call.pk,
        "patrol_day": closed.pk,
    }


def _ledger(cast: dict[str, Any], bulletin: Any) -> dict[str, Any]:
    record = bulletin.items.first().record
    record.appeal_until = timezone.now() + timedelta(days=1)
    record.save(update_fields=["appeal_until"])
    appeal = file_appeal(record=record, by=cast["clerk"], words="请再看")
    untidy = counting_record(
        cast["hall"], since="2026-11-03 10:00", by=cast["manager"], window=cast["window"], act="untidy_window"
    )
    act = Act.objects.get(code="eating")
    phrase = ActPhrase.objects.filter(hall=cast["hall"]).first()
    return {
        "appeal": appeal.pk,
        "measure": propose_measure(
            hall=cast["hall"], kind="remind", reason="本周两次", by=cast["manager"], staff=cast["staff"]
        ).pk,
        "rectification": order_rectification(record=untidy, by=cast["manager"]).pk,
        "act": act.pk,
        "phrase": phrase.pk if phrase else 0,
    }


def _windows(cast: dict[str, Any]) -> dict[str, Any]:
    window, staff, hall = cast["window"], cast["staff"], cast["hall"]
    local_day = set_local_day(
        hall=hall, day=date(2026, 12, 1), kind=DayKind.LOCAL_OFF, name="停电", by=cast["admin"]
    )
    hours = ServiceHours.objects.create(
        hall=hall, window=window, weekday=5, opens=time(9), closes=time(12), starts_on=NEXT_YEAR
    )
    assert Department.objects.filter(hall=hall).exists()
    assert not BackupPair.objects.filter(hall=hall).exists()
    return {
        "hall": hall.code,
        "window": window.pk,
        "window_code": window.code,
        "qr_token": window.qr_token,
        "staff": staff.pk,
        "posting": staff.postings.get().pk,
        "department": cast["department"].pk,
        "local_day": local_day.pk,
        "hours": hours.pk,
        "account": cast["clerk"].pk,
        "grant": cast["clerk"].role_grants.get().pk,
    }


def _attendance(staff: Any) -> dict[str, Any]:
    result = DayResultFactory(staff=staff, hall=staff.hall)
    assert DayResult.objects.count() == 1
    punch, leave = PunchFactory(staff=staff, hall=staff.hall), LeaveFactory(staff=staff, hall=staff.hall)
    return {"punch": punch.pk, "leave": leave.pk, "day_result": result.pk}


def _trail(cast: dict[str, Any]) -> dict[str, Any]:
    hall, clerk = cast["hall"], cast["clerk"]
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        tell([clerk], title="等你确认", url="/me/", hall=hall)
    run = JobRun.objects.create(job="x", hall=hall, period="2026", worker="x:1:1:1", status=RunStatus.FAILED)
    token, _ = issue_token(
        user=clerk,
        name="取数",
        scopes=["*:read"],
        expires_at=timezone.now() + timedelta(days=9),
        by=clerk,
    )
    kept = KeptForm.objects.create(user=clerk, page="/me/", action="/me/", fields=[["words", "王丽"]])
    undo = UndoStep.objects.create(
        hall=hall, by=clerk, action="x", target_kind="accounts.hall", target_id="1", target_label="王丽"
    )
    notice = Notice.objects.filter(user=clerk).order_by("pk").last()
    audit = AuditEntry.objects.filter(hall=hall).first()
    long_run = LongRun.objects.create(kind="x", title="导入王丽的记录", hall=hall, by=clerk)
    session = SessionStore()
    session[SESSION_KEY] = str(clerk.pk)
    session.save()
    check = LongRun.objects.create(
        kind="import_roster",
        title="检查花名册",
        hall=hall,
        by=cast["manager"],
        status="done",
        params={"dry_run": True, "all_or_nothing": False},
        detail={"created": 1, "updated": 0, "unchanged": 0, "rejected": [], "notes": ["王丽"]},
    )
    channel, _ = open_channel(
        hall=hall, kind="wecom", name="青禾区政务服务中心值班群", url=ROBOT, by=cast["admin"]
    )
    delivery = order_test(channel=channel, by=cast["admin"])
    return {
        "kept": kept.pk,
        "undo": undo.pk,
        "channel": channel.pk,
        "delivery": delivery.pk,
        "import_check": check.pk,
        "notice": notice.pk,
        "job_run": run.pk,
        "long_run": long_run.pk,
        "audit": audit.pk,
        "token": token.pk,
        "session": session.uid,
    }


def _facts(hall: Any, window: Any) -> dict[str, Any]:
    whose = {"hall": hall, "month": SCORED, "kind": "window", "subject_id": window.pk, "value": 9500}
    figure = Figure.objects.create(code="satisfaction", **whose)
    vote = Vote.objects.create(ballot="public", group="phone", **whose)
    return {"figure": figure.pk, "vote": vote.pk}


def _tried(version: Any, hall: Any, by: Any, staff: Any) -> dict[str, Any]:
    run = LongRun.objects.create(
        kind="try_rulebook", title="试算", hall=hall, by=by, params={"version": version.pk, "months": []}
    )
    row = TrialRow.objects.create(
        run=run, hall=hall, month=SCORED, kind="staff", subject_id=staff.pk, staff=staff
    )
    return {"trial_run": run.pk, "trial_row": row.pk}


def _assessments(month: Any, admin: Any) -> dict[str, Any]:
    cards = month.run.scorecards.all() if hasattr(month.run, "scorecards") else []
    card = next(iter(cards), None)
    version = month.version
    return {
        "assessment": month.pk,
        "scorecard": card.pk if card else 0,
        "line": 0,
        "version": version.pk,
        "rulebook": version.rulebook.pk,
        "clause": version.clauses.first().pk,
        "clause_code": version.clauses.first().code,
        "draft_version": make_draft(base=version, number="next", effective_on=NEXT_YEAR, by=admin).pk,
        "section": "clauses",
        "number": 1,
        "award": 0,
    }
