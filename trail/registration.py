"""What the trail room shows of itself, and what it lends to the room below."""

from django.db.models import Count, OuterRef, QuerySet

from accounts.frame_parts import register_unread
from accounts.registry import MenuEntry, register_menu
from accounts.services.trace import register_trace
from trail.models import Notice
from trail.services import audit


def _unread(user: OuterRef) -> QuerySet[Notice]:
    waiting = Notice.objects.of_person(user).unread().order_by().values("user")
    return waiting.annotate(count=Count("pk"))


register_trace(audit.record)
register_unread(_unread)
register_menu(
    MenuEntry("jobs", "定时作业", "/jobs/", "clock", "设置", 98, ("jobs.read",)),
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
