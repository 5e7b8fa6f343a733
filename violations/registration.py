"""What the ledger shows of itself elsewhere: menu, to-do, search, cards, evidence, files, settings, jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.models import Q, prefetch_related_objects
from django.urls import reverse

from accounts.options import Option, register_option
from accounts.querysets import holding
from accounts.registry import (
    Card,
    Found,
    Hits,
    MenuEntry,
    SearchSource,
    TodoSource,
    register_card,
    register_menu,
    register_search,
    register_todo,
)
from accounts.searching import as_number, hits, list_of
from trail.enums import FileKind
from trail.services.exports import register_export
from trail.services.files import register_file_access
from trail.services.jobs import register_job
from violations import audit_words, cards, measure_registration, repeats, todos
from violations.enums import RecordSource
from violations.evidence import Evidence, register_evidence
from violations.lists import EXPORTS
from violations.models import Appeal, Clause, ConductRecord, Rectification
from violations.rule_enums import VersionStatus
from violations.services import arranging, escalating, lapse

if TYPE_CHECKING:
    from accounts.models import User
    from trail.models import StoredFile

GROUP = "问题与申诉"
READ_ALL = ("record.read_all",)
ANSWER = ("record.answer", "record.read_unit")


NUMBER = r"(WT|SS|ZG)-?[\d-]*"
"""What numbers of the ledger look like: a record, an appeal, an order to put right."""


def find_numbers(user: User, words: str, limit: int) -> Hits:
    """Records, appeals and rectifications by number: WT-…, SS-…, ZG-…, or three digits of one and more."""
    number = as_number(words)
    kind = number[:2]
    if not re.fullmatch(NUMBER, number) and not re.fullmatch(r"[\d-]{3,}", number):
        return Hits()
    if kind == "SS":
        rows = Appeal.objects.visible_to(user).select_related("record__act")
    elif kind == "ZG":
        rows = Rectification.objects.visible_to(user).select_related("record__act")
    else:
        rows = ConductRecord.objects.visible_to(user).for_list()

    def shown(row: Any) -> Found:
        record = row if isinstance(row, ConductRecord) else row.record
        label = f"{row.number} {record.act}"
        return Found(label, f"{row.state.label}", row.get_absolute_url(), is_exact=row.number == number)

    return hits(rows.filter(number__icontains=number).order_by("-pk"), limit, shown)


def list_of_numbers(words: str) -> str:
    """The list in which a number of this kind is found."""
    number = as_number(words)
    path = {"SS": "/appeals/", "ZG": "/rectify/"}.get(number[:2], "/findings/")
    return list_of(path)(number)


def find_clauses(user: User, words: str, limit: int) -> Hits:
    """Clauses in force by their number, article or wording."""
    seen = Clause.objects.visible_to(user).filter(version__status=VersionStatus.IN_FORCE)
    wanted = seen.filter(holding(words, "code", "article", "wording")).order_by().values("pk")
    rows = Clause.objects.visible_to(user).model._base_manager.filter(pk__in=wanted)

    def shown(row: Clause) -> Found:
        url = f"{reverse('violations:rulebook_version', args=[row.version_id])}#{row.code}"
        return Found(f"{row.code} {row.article}", row.wording[:60], url)

    return hits(rows.order_by("version", "sort", "pk"), limit, shown)


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
register_option(
    Option(
        escalating.DECIDE_DAYS,
        "认定期限",
        3,
        group=GROUP,
        unit="工作日",
        minimum=1,
        maximum=30,
        help="当事人陈述以后几个工作日内认定；过了期限提醒管理员。",
    )
)
register_option(
    Option(
        arranging.EXTENSIONS,
        "整改可申请延期",
        1,
        group=GROUP,
        unit="次",
        minimum=0,
        maximum=9,
        help="一件整改最多申请几次延期；0 是不能延期。",
    )
)
register_option(
    Option(
        arranging.EXTENSION_DAYS,
        "一次最多延期",
        5,
        group=GROUP,
        unit="工作日",
        minimum=1,
        maximum=60,
    )
)
register_option(
    Option(
        escalating.RECHECK_DAYS,
        "整改复查期限",
        2,
        group=GROUP,
        unit="工作日",
        minimum=1,
        maximum=30,
        help="窗口提交整改以后几个工作日内复查；过了期限提醒值班员和管理员。",
    )
)
register_option(
    Option(
        escalating.RAISE_DAYS,
        "逾期后升级",
        2,
        group=GROUP,
        unit="工作日",
        minimum=1,
        maximum=30,
        help="逾期后再过几个工作日还没办：认定、复核、复查告知领导，整改告知派驻单位联系人。",
    )
)
register_option(
    Option(
        repeats.REPEAT_DAYS,
        "重复发生看几天",
        30,
        group=GROUP,
        unit="天",
        minimum=1,
        maximum=366,
        help="同一窗口同一事项在这些天内再次发生，记录页和巡查页上互相指明。",
    )
)
register_option(
    Option(
        repeats.MERGE_MINUTES,
        "重复登记看几分钟",
        10,
        group=GROUP,
        unit="分钟",
        minimum=1,
        maximum=120,
        help="两个人在这些分钟内记了同一人同一事项，提示合并。",
    )
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
        todos=("records_decide", "records_verify"),
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
        todos=("rectify_answer", "rectify_check", "rectify_extend"),
        tab=4,
        tab_roles=("head", "leader"),
    ),
    MenuEntry("appeals", "申诉", "/appeals/", "chat", "督办", 43, READ_ALL, todos=("appeals",)),
    MenuEntry(
        "my_records",
        "我的记录",
        "/findings/",
        "list",
        "我的",
        4,
        ("record.read_own",),
        roles=("clerk",),
        todos=("records_answer",),
    ),
    MenuEntry(
        "window_records",
        "本窗口记录",
        "/findings/",
        "list",
        "我的",
        4,
        ("record.read_window",),
        roles=("head",),
        todos=("records_answer",),
    ),
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
register_todo(TodoSource("rectify_extend", ("record.confirm",), todos.extensions_to_decide))
register_todo(TodoSource("rectify_check", ("rectify.check",), todos.rectifications_to_check))

register_search(
    SearchSource(
        "numbers",
        "问题、申诉、整改",
        ("record.read_all", "record.read_own", "record.read_window", "record.read_unit"),
        find_numbers,
        number=NUMBER,
        more=list_of_numbers,
        room="violations",
        order=5,
    )
)
register_search(
    SearchSource("clauses", "考核细则", ("rules.read",), find_clauses, room="violations", order=60)
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
register_card(Card("today", "feed", 90, "violations/_card_feed.html", cards.live_feed, READ_ALL, "aside"))

register_evidence(RecordSource.MANUAL, show_photos)
register_file_access(FileKind.STATEMENT, may_open_statement)
register_file_access(FileKind.RECORD_PHOTO, may_open_record_photo)
register_file_access(FileKind.RECTIFICATION, may_open_rectification)
register_job(lapse.JOB)
register_job(escalating.JOB)
register_export(*EXPORTS)
measure_registration.register()
audit_words.register()
