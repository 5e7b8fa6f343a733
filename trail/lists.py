"""The lists of this room, and the exports of the room below: it keeps no files and no audit of its own."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from accounts.list_filters import ListFilters
from accounts.lists import ListKind, Sort, by_time
from accounts.own_lists import ACCOUNTS, TOKENS, account_rows, token_rows
from trail.audit_filters import AuditFilters
from trail.audit_presenter import values_in_words
from trail.audit_words import action_words
from trail.enums import ChannelKind, DeliveryStatus, LongRunStatus, RunStatus
from trail.models import AuditEntry, Delivery, JobRun, LongRun, Notice
from trail.services import exports as x
from trail.services.exports import Export
from trail.services.outbox import notice_kinds

UNREAD, READ = "unread", "read"


class NoticeFilters(ListFilters):
    """Filters of the inbox."""

    search = ("title",)
    period = "created_at"
    status = django_filters.ChoiceFilter(
        label="状态", choices=[(UNREAD, "未读"), (READ, "已读")], method="in_state"
    )

    due = django_filters.ChoiceFilter(
        label="期限",
        choices=[("any", "有期限"), ("soon", "三天内到期"), ("late", "已超期")],
        method="in_time",
    )
    kind = django_filters.ChoiceFilter(label="种类", choices=notice_kinds, method="of_kind")

    def in_time(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """With a deadline: any, one that is near, or one that is over."""
        return {"any": rows.due(), "soon": rows.due_soon(), "late": rows.overdue()}[value]

    def of_kind(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """About one kind of thing."""
        return rows.filter(key__startswith=f"{value}:")

    def in_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Opened, or not yet."""
        return rows.filter(read_at__isnull=value == UNREAD)


class JobFilters(ListFilters):
    """Filters of the job history."""

    search = ("job", "period")
    period = "started_at"
    status = django_filters.ChoiceFilter(label="状态", choices=RunStatus.choices)


class RunFilters(ListFilters):
    """Filters of one's own runs."""

    search = ("title", "words")
    period = "created_at"
    status = django_filters.ChoiceFilter(label="状态", choices=LongRunStatus.choices)


class DeliveryFilters(ListFilters):
    """Filters of what was sent."""

    search = ("title", "last_words")
    period = "created_at"
    status = django_filters.ChoiceFilter(label="状态", choices=DeliveryStatus.choices)
    kind = django_filters.ChoiceFilter(field_name="channel__kind", label="种类", choices=ChannelKind.choices)


INBOX = ListKind(
    "notices",
    {"at": by_time("时间", "created_at"), "due": by_time("截止", "due_at")},
    "-at",
    NoticeFilters,
    noun="消息",
    todo={"status": (UNREAD,)},
)
JOBS = ListKind(
    "jobs",
    {"at": by_time("开始", "started_at"), "job": Sort("作业", "job")},
    "-at",
    JobFilters,
    noun="作业记录",
    fixed=("tab",),
)
RUNS = ListKind(
    "runs",
    {"at": by_time("发起", "created_at")},
    "-at",
    RunFilters,
    noun="任务",
    fixed=("tab",),
)
DELIVERIES = ListKind(
    "deliveries", {"at": by_time("时间", "created_at")}, "-at", DeliveryFilters, noun="外发消息"
)
AUDIT = ListKind("audit", {"at": by_time("时间", "at")}, "-at", AuditFilters, noun="操作")


def notice_rows(request: Any) -> QuerySet[Notice]:
    """What the person was told."""
    return Notice.objects.visible_to(request.user).select_related("hall")


def job_rows(request: Any) -> QuerySet[JobRun]:
    """Runs of the halls where the person reads job history."""
    return JobRun.objects.visible_to(request.user).select_related("hall")


def run_rows(request: Any) -> QuerySet[LongRun]:
    """The own runs."""
    return LongRun.objects.visible_to(request.user).select_related("hall")


def delivery_rows(request: Any) -> QuerySet[Delivery]:
    """What left by the channels of halls whose settings the person keeps."""
    return Delivery.objects.visible_to(request.user).select_related("channel", "user", "hall")


def audit_rows(request: Any) -> QuerySet[AuditEntry]:
    """Rows of the halls where the person reads the audit."""
    return AuditEntry.objects.visible_to(request.user).select_related("by", "hall")


def _action_cells() -> x.Cells:
    return lambda actions: [x.harmless(action_words(action)) for action in actions]


def _value_cells() -> x.Cells:
    """Values under their names, as the page tells them: 状态：已确认；事项：迟到."""
    return lambda actions, kinds, values: [
        x.harmless(values_in_words(*row)) for row in zip(actions, kinds, values, strict=True)
    ]


EXPORTS = (
    Export(
        INBOX,
        "消息",
        (),
        notice_rows,
        (
            x.moment("时间", "created_at"),
            x.text("标题", "title"),
            x.text("大厅", "hall__name"),
            x.moment("截止", "due_at"),
            x.moment("已读时间", "read_at"),
        ),
    ),
    Export(
        JOBS,
        "作业记录",
        ("jobs.read",),
        job_rows,
        (
            x.text("作业", "job"),
            x.text("大厅", "hall__name"),
            x.text("期间", "period"),
            x.choice("状态", "status", RunStatus.choices),
            x.number("次数", "attempts"),
            x.moment("开始", "started_at"),
            x.moment("结束", "finished_at"),
            x.text("错误", "error"),
        ),
    ),
    Export(
        RUNS,
        "任务",
        (),
        run_rows,
        (
            x.text("任务", "title"),
            x.text("大厅", "hall__name"),
            x.choice("状态", "status", LongRunStatus.choices),
            x.moment("发起", "created_at"),
            x.moment("结束", "finished_at"),
            x.text("结果", "words"),
        ),
    ),
    Export(
        DELIVERIES,
        "外发消息",
        ("hall.settings",),
        delivery_rows,
        (
            x.moment("时间", "created_at"),
            x.text("标题", "title"),
            x.text("大厅", "hall__name"),
            x.text("渠道", "channel__name"),
            x.choice("状态", "status", DeliveryStatus.choices),
            x.number("次数", "attempts"),
            x.text("最近一次回应", "last_words"),
        ),
    ),
    Export(
        AUDIT,
        "操作留痕",
        ("audit.read",),
        audit_rows,
        (
            x.moment("时间", "at"),
            x.text("操作人", "by__name"),
            x.text("作业", "job"),
            x.text("来源地址", "address"),
            x.text("大厅", "hall__name"),
            x.computed("动作", ("action",), _action_cells),
            x.text("对象", "target_label"),
            x.text("对象编号", "target_id"),
            x.computed("改动前", ("action", "target_kind", "before"), _value_cells),
            x.computed("改动后", ("action", "target_kind", "after"), _value_cells),
            x.text("理由", "reason"),
        ),
    ),
    Export(
        ACCOUNTS,
        "账号",
        ("accounts.edit",),
        account_rows,
        (
            x.text("账号", "username"),
            x.text("姓名", "name"),
            x.text("职务", "title"),
            x.yes_no("启用", "is_active"),
            x.moment("建立时间", "created_at"),
        ),
    ),
    Export(
        TOKENS,
        "接口令牌",
        ("tokens.edit", "bulletin.read"),
        token_rows,
        (
            x.text("用途", "name"),
            x.text("前缀", "prefix"),
            x.text("以谁的身份", "user__name"),
            x.moment("建立时间", "created_at"),
            x.moment("到期", "expires_at"),
            x.moment("最近使用", "last_used_at"),
            x.moment("停用时间", "revoked_at"),
        ),
    ),
)
