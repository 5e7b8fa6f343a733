"""What the trail room shows of itself, and what it lends to the room below."""

from django.db.models import Count, OuterRef, QuerySet

from accounts.frame_parts import register_unread
from accounts.options import Option, register_option
from accounts.registry import MenuEntry, register_menu
from accounts.services.trace import register_trace
from accounts.services.undoing import register_undoing
from accounts.tidying import register_tidying
from accounts.versions import register_changes
from trail import room_words
from trail.actors import Robot
from trail.lists import EXPORTS
from trail.models import Notice
from trail.services import audit, exporting, readings, sealing, undo
from trail.services.exports import register_export
from trail.services.jobs import register_job
from trail.services.outbox import BY_MAIL, register_event
from trail.services.runs import KEEP_OPTION, register_run


def _unread(user: OuterRef) -> QuerySet[Notice]:
    waiting = Notice.objects.of_person(user).unread().order_by().values("user")
    return waiting.annotate(count=Count("pk"))


register_trace(audit.record, Robot)
room_words.register()
register_changes(audit.changes_since)
register_undoing(undo.keep)
register_tidying("undo steps", undo.purge)
register_unread(_unread)
readings.register()
register_option(
    Option(
        KEEP_OPTION,
        "任务结果文件保留",
        7,
        group="任务",
        unit="天",
        help="导出等任务做好的文件，过了这些天自动删除；任务记录保留。",
        minimum=1,
        maximum=90,
    )
)
register_job(sealing.JOB)
register_export(*EXPORTS)
register_run(exporting.KIND)
register_option(
    Option(
        BY_MAIL,
        "消息也发邮件",
        False,
        kind="bool",
        group="消息",
        help="开启后，本人填了邮箱的，消息同时发到邮箱。要由部署人员配好邮件服务器。",
    )
)
for _code, _label in (
    ("record", "问题台账"),
    ("rectification", "整改"),
    ("bulletin", "通报"),
    ("letter", "约谈与反馈函"),
):
    register_event(_code, _label)
register_menu(
    MenuEntry("outbox", "消息外发", "/settings/outbox/", "send", "设置", 97, ("hall.settings",)),
    MenuEntry("imports", "导入数据", "/settings/import/", "upload", "设置", 96, ("imports.run",)),
    MenuEntry("jobs", "任务进度", "/jobs/", "clock", "设置", 98, ("jobs.read", "imports.run")),
    MenuEntry(
        "audit",
        "操作留痕",
        "/audit/",
        "list",
        "设置",
        99,
        ("audit.read",),
        tab=1,
        tab_label="查阅",
        tab_roles=("supervisor",),
    ),
)
