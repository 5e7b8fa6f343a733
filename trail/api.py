"""The second door to traces."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import ScopedViewSet
from accounts.roles import ROLES
from trail.models import AuditEntry, JobRun, Notice
from trail.serializers import AuditSerializer, JobRunSerializer, NoticeSerializer
from trail.services import notices

ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))


@extend_schema_view(list=extend_schema(summary="我的消息"), retrieve=extend_schema(summary="一条消息"))
class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """消息: the caller's own inbox."""

    room = "trail"
    permissions_by_action = {"*": ANYONE}
    serializer_class = NoticeSerializer
    ordering_fields = ["created_at", "due_at"]

    def get_queryset(self) -> QuerySet[Notice]:
        """Own notices, once the seconds of undo are over."""
        return Notice.objects.visible_to(self.request.user).select_related("hall")

    @extend_schema(summary="标为已读", request=None, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark as read."""
        notice = self.get_object()
        notices.mark_read(user=request.user, notices=[notice])
        notice.refresh_from_db()
        return Response(NoticeSerializer(notice).data)


@extend_schema_view(list=extend_schema(summary="定时作业记录"), retrieve=extend_schema(summary="一次作业"))
class JobRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """作业记录: once per hall and period."""

    room = "trail"
    permissions_by_action = {"*": "jobs.read"}
    serializer_class = JobRunSerializer
    filterset_fields = ["job", "status", "period", "hall__code"]
    ordering_fields = ["started_at", "finished_at"]

    def get_queryset(self) -> QuerySet[JobRun]:
        """Runs of visible halls."""
        return JobRun.objects.visible_to(self.request.user).select_related("hall")


@extend_schema_view(list=extend_schema(summary="操作留痕"), retrieve=extend_schema(summary="一条留痕"))
class AuditViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """操作留痕: for the administrator and the supervision office."""

    room = "trail"
    permissions_by_action = {"*": "audit.read"}
    serializer_class = AuditSerializer
    filterset_fields = ["action", "target_kind", "target_id", "by__username", "hall__code"]
    ordering_fields = ["at"]

    def get_queryset(self) -> QuerySet[AuditEntry]:
        """Rows of halls whose audit the caller reads."""
        return AuditEntry.objects.visible_to(self.request.user).select_related("hall", "by")


routes = [
    ("notices", NoticeViewSet, "notice"),
    ("jobs", JobRunViewSet, "job"),
    ("audit", AuditViewSet, "audit"),
]
