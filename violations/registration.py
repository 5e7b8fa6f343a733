"""What the ledger shows of itself elsewhere: menu, to-do, search, cards, evidence, files, settings, jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, prefetch_related_objects

from accounts.options import Option, register_option
from accounts.registry import (
    Card,
    Found,
    MenuEntry,
    SearchSource,
    TodoSource,
    register_card,
    register_menu,
    register_search,
    register_todo,
)
from trail.enums import FileKind
from trail.services.files import register_file_access
from trail.services.jobs import register_job
from violations import cards, todos
from violations.enums import RecordSource
from violations.evidence import Evidence, register_evidence
from violations.models import Appeal, ConductRecord, Rectification
from violations.services import lapse

if TYPE_CHECKING:
    from accounts.models import User
    from trail.models import StoredFile

GROUP = "问题与申诉"
READ_ALL = ("record.read_all",)
ANSWER = ("record.answer", "record.read_unit")


def find_numbers(user: User, words: str, limit: int) -> list[Found]:
    """Records, appeals and rectifications by number: WT-…, SS-…, ZG-…."""
    kind = words.strip().upper()[:2]
    if kind == "SS":
        appeals = Appeal.objects.visible_to(user).select_related("record__act").order_by("-pk")
        rows = [(row, row.record) for row in appeals.filter(number__icontains=words)[:limit]]
    elif kind == "ZG":
        orders = Rectification.objects.visible_to(user).select_related("record__act").order_by("-pk")
        rows = [(row, row.record) for row in orders.filter(number__icontains=words)[:limit]]
    else:
        records = ConductRecord.objects.visible_to(user).for_list().order_by("-pk")
        rows = [(row, row) for row in records.filter(number__icontains=words)[:limit]]
    return [
        Found(f"{row.number} {record.act}", f"{row.state.label}", row.get_absolute_url())
        for row, record in rows
    ]


def show_photos(records: list[ConductRecord]) -> dict[int, Evidence]:
    """Photos added when a record was logged outside a round."""
    prefetch_related_objects(records, "photos")
    return {record.pk: Evidence("登记", photos=list(record.photos.all())) for record in records}


def may_open_statement(user: User, file: StoredFile) -> bool:
    """Whoever sees the record sees what was handed in with it."""
    attached = Q(statements__files=file) | Q(appeals__files=file)
    return ConductRecord.objects.visible_to(user).filter(attached).exists()


def may_open_record_photo(user: User, file: StoredFile) -> bool:
    """Whoever sees the record."""
    return ConductRecord.objects.visible_to(user).filter(photos=file).exists()


def may_open_rectification(user: User, file: StoredFile) -> bool:
    """Whoever sees the order, or the record it is about."""
    orders = Rectification.objects.visible_to(user).filter(steps__files=file)
    records = ConductRecord.objects.visible_to(user).filter(rectification__steps__files=file)
    return orders.exists() or records.exists()


register_option(
    Option("violations.statement_days", "陈述期限", 2, group=GROUP, unit="工作日", minimum=1, maximum=30)
)
register_option(
    Option("violations.appeal_days", "申诉期限", 5, group=GROUP, unit="工作日", minimum=1, maximum=60)
)
register_option(
    Option("violations.review_days", "复核期限", 3, group=GROUP, unit="工作日", minimum=1, maximum=60)
)
register_option(
    Option("violations.rectify_days", "整改期限", 5, group=GROUP, unit="工作日", minimum=1, maximum=60)
)

register_menu(
    MenuEntry(
        "findings",
        "问题台账",
        "/findings/",
        "list",
        "日常",
        12,
        READ_ALL,
        todo="records_decide",
        tab=3,
        tab_label="台账",
        tab_roles=("manager", "officer", "supervisor"),
    ),
    MenuEntry(
        "rectify",
        "整改",
        "/rectify/",
        "fix",
        "督办",
        42,
        ("rectify.read_all", "rectify.read_window", "rectify.read_unit"),
        todo="rectify_answer",
        tab=4,
        tab_roles=("head", "leader"),
    ),
    MenuEntry("appeals", "申诉", "/appeals/", "chat", "督办", 43, READ_ALL, todo="appeals"),
    MenuEntry("my_records", "我的记录", "/findings/", "list", "我的", 4, ("record.read_own",)),
    MenuEntry("unit_records", "本单位记录", "/findings/", "list", "我的", 4, ("record.read_unit",)),
)

register_todo(
    TodoSource(
        "records_answer", ANSWER, todos.records_waiting("answer", "等你确认或陈述", "期满不答复即计入")
    )
)
register_todo(
    TodoSource(
        "records_decide",
        ("record.confirm",),
        todos.records_waiting("decide", "问题认定", "已作陈述的扣分，和等核对的加分"),
    )
)
register_todo(
    TodoSource(
        "records_verify",
        ("record.find", "attendance.verify"),
        todos.records_waiting("verify", "草稿核实", "考勤、设备发现的，核实后请当事人答复"),
    )
)
register_todo(TodoSource("appeals", ("appeal.review",), todos.appeals_waiting))
register_todo(TodoSource("rectify_answer", ("rectify.answer",), todos.rectifications_to_answer))
register_todo(TodoSource("rectify_check", ("rectify.check",), todos.rectifications_to_check))

register_search(
    SearchSource(
        "numbers",
        "问题、申诉、整改",
        ("record.read_all", "record.read_own", "record.read_window", "record.read_unit"),
        find_numbers,
    )
)

PENDING, MONTH, ORDERS = (f"violations/_card_{name}.html" for name in ("pending", "month", "orders"))
for page, allowed in (("me", "record.answer"), ("window", "record.answer"), ("unit", "record.read_unit")):
    register_card(Card(page, "pending", 10, PENDING, cards.pending, (allowed,)))
register_card(Card("me", "records", 40, MONTH, cards.month, ("record.read_own",)))
register_card(Card("unit", "records", 30, MONTH, cards.unit_records, ("record.read_unit",)))
register_card(
    Card("window", "people", 20, "violations/_card_people.html", cards.people, ("record.read_window",))
)
register_card(Card("window", "orders", 30, ORDERS, cards.orders, ("rectify.read_window",)))
register_card(Card("unit", "orders", 35, ORDERS, cards.orders, ("rectify.read_unit",)))
register_card(
    Card("today", "log", 10, "violations/_card_log.html", cards.log_button, ("record.find",), "actions")
)
register_card(Card("today", "week", 10, "violations/_card_week.html", cards.week, READ_ALL, "aside"))
register_card(Card("today", "feed", 90, "violations/_card_feed.html", cards.feed, READ_ALL, "aside"))

register_evidence(RecordSource.MANUAL, show_photos)
register_file_access(FileKind.STATEMENT, may_open_statement)
register_file_access(FileKind.RECORD_PHOTO, may_open_record_photo)
register_file_access(FileKind.RECTIFICATION, may_open_rectification)
register_job(lapse.JOB)
