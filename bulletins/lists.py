"""The lists of this room: conditions, orders and rows, shared by page, API twin and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.halls import current_hall
from accounts.lists import ListKind, Sort, by_time
from bulletins.enums import BulletinStatus, LetterStatus, ReplyOutcome, Section
from bulletins.filters import BulletinFilters, ItemFilters, LetterFilters, UndecidedFilters
from bulletins.models import Bulletin, BulletinItem, Letter
from bulletins.presenters import evidence_of
from trail.services import exports as x
from trail.services.exports import Export
from violations.enums import RecordStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

READERS = ("bulletin.read",)
LETTER_READERS = ("letter.read_all", "letter.read_unit")
UNDECIDED = "undecided"
BULLETINS = ListKind(
    "bulletins",
    {
        "until": by_time("时间", "until"),
        "problems": Sort("问题数", "problem_count", up="从少到多", down="从多到少"),
    },
    "-until",
    BulletinFilters,
    noun="通报",
)
ITEMS = ListKind(
    "bulletin-items",
    {
        "day": by_time("日期", ("record__at", "position")),
        "section": Sort("栏目", ("section", "position")),
    },
    "day",
    ItemFilters,
    noun="事项",
    fixed=("fact",),
)
UNDECIDED_RECORDS = ListKind(
    "bulletin-undecided",
    {"day": by_time("日期", "at")},
    "day",
    UndecidedFilters,
    noun="事项",
    fixed=("fact",),
)
LETTERS = ListKind(
    "letters",
    {"raised": by_time("提出时间", "raised_at"), "due": by_time("回函期限", "reply_due_at")},
    "-raised",
    LetterFilters,
    noun="反馈函",
)


def bulletin_rows(request: Any) -> QuerySet[Bulletin]:
    """All issues of the hall, with how many have read them."""
    rows = Bulletin.objects.visible_to(request.user).filter(hall=current_hall(request))
    return rows.for_list().with_read_rate()


def find_bulletin(request: Any, pk: Any) -> Bulletin:
    """An issue the person may see; 404 for any other."""
    rows = Bulletin.objects.visible_to(request.user).select_related("hall", "signed_by", "drafted_by")
    found: Bulletin = get_object_or_404(rows, pk=pk if str(pk).isdecimal() else 0)
    return found


def item_rows(request: Any, found: Bulletin) -> tuple[str, QuerySet[Any]]:
    """The rows behind the number `?fact=`, or all items; with the words of the number."""
    key = request.GET.get("fact", "")
    if not key:
        rows = BulletinItem.objects.visible_to(request.user).filter(bulletin=found)
        return "全部事项", rows.select_related("bulletin", "record")
    label, evidence = evidence_of(found, key, request.user)
    if evidence is None:
        raise Http404("这期通报里没有这个数。")
    return label, evidence if key == UNDECIDED else evidence.select_related("bulletin", "record")


def _items(request: Any, bulletin: str) -> QuerySet[Any]:
    rows = item_rows(request, find_bulletin(request, bulletin))[1]
    if rows.model is not BulletinItem:
        raise Http404
    return rows


def _undecided(request: Any, bulletin: str) -> QuerySet[Any]:
    rows = item_rows(request, find_bulletin(request, bulletin))[1]
    if rows.model is BulletinItem:
        raise Http404
    return rows


def letter_rows(request: Any) -> QuerySet[Letter]:
    """All letters this person may see in the hall."""
    return Letter.objects.visible_to(request.user).filter(hall=current_hall(request)).for_list()


EXPORTS = (
    Export(
        BULLETINS,
        "周通报",
        READERS,
        bulletin_rows,
        (
            x.text("标题", "title"),
            x.number("年", "year"),
            x.number("期号", "number"),
            x.day("起", "first_day"),
            x.day("止", "last_day"),
            x.choice("状态", "status", BulletinStatus.choices),
            x.number("问题数", "problem_count"),
            x.number("表扬数", "praise_count"),
            x.hundredths("合计分值", "points"),
            x.moment("签发时间", "signed_at"),
            x.number("应阅", "asked"),
            x.number("已阅", "read"),
        ),
    ),
    Export(
        ITEMS,
        "通报事项",
        READERS,
        _items,
        (
            x.choice("栏目", "section", Section.choices),
            x.text("编号", "shown__number"),
            x.text("日期", "shown__day"),
            x.text("事项", "shown__act"),
            x.text("窗口号", "shown__window_code"),
            x.text("窗口", "shown__window_name"),
            x.text("派驻单位", "shown__department"),
            x.text("人员", "shown__staff_name"),
            x.hundredths("分值", "shown__points"),
            x.text("刊登时状态", "shown__status_words"),
            x.text("暂不刊登的理由", "held_reason"),
        ),
        params=("bulletin",),
    ),
    Export(
        UNDECIDED_RECORDS,
        "尚未认定的事项",
        READERS,
        _undecided,
        (
            x.text("编号", "number"),
            x.day("日期", "day"),
            x.text("事项", "act__name"),
            x.text("窗口号", "window__code"),
            x.text("人员", "staff__name"),
            x.choice("状态", "status", RecordStatus.choices),
        ),
        params=("bulletin",),
    ),
    Export(
        LETTERS,
        "反馈函",
        LETTER_READERS,
        letter_rows,
        (
            x.text("派出单位", "department__name"),
            x.text("人员", "staff__name"),
            x.number("年度", "year"),
            x.number("达到期数", "threshold"),
            x.number("编号年份", "number_year"),
            x.number("编号", "number"),
            x.choice("状态", "status", LetterStatus.choices),
            x.moment("提出时间", "raised_at"),
            x.moment("签发时间", "signed_at"),
            x.moment("回函期限", "reply_due_at"),
            x.choice("回函结果", "outcome", ReplyOutcome.choices),
            x.moment("回函时间", "replied_at"),
        ),
    ),
)
