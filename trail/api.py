"""The second door to traces."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.models import ApiToken
from accounts.rest import ScopedViewSet
from accounts.roles import ROLES
from trail.audit_filters import AuditFilters
from trail.file_api import FileViewSet
from trail.import_forms import ImportForm
from trail.lists import (
    AUDIT,
    INBOX,
    JOBS,
    RUNS,
    JobFilters,
    NoticeFilters,
    RunFilters,
)
from trail.models import AuditEntry, ImportRun, JobRun, LongRun, Notice, UndoStep
from trail.outbox_api import outbox_routes
from trail.run_answers import result_response, run_started
from trail.serializers import (
    AuditSerializer,
    ImportInput,
    ImportRunSerializer,
    JobRunSerializer,
    LongRunSerializer,
    NoticeSerializer,
    UndoInput,
    UndoStepSerializer,
)
from trail.services import notices, runs, undo
from trail.services.import_kinds import import_kinds
from trail.services.uploads import keep_upload
from trail.tasks import start_run

ANYONE = tuple(dict.fromkeys(p for role in ROLES.values() for p in role.permissions))


MARKED = inline_serializer("NoticesMarked", {"marked": serializers.IntegerField(help_text="标了几条")})
COUNTS = inline_serializer(
    "NoticeCounts",
    {
        "unread": serializers.IntegerField(help_text="未读"),
        "soon": serializers.IntegerField(help_text="未读的里面三天内到期的"),
        "late": serializers.IntegerField(help_text="未读的里面已超期的"),
    },
)


class JobApiFilters(JobFilters):
    """Filters of the job history: those of the page and fields."""

    class Meta:
        model = JobRun
        fields = ["job", "period", "hall__code"]


class RunApiFilters(RunFilters):
    """Filters of long runs: those of the page and fields."""

    class Meta:
        model = LongRun
        fields = ["kind", "hall__code"]


@extend_schema_view(list=extend_schema(summary="我的消息"), retrieve=extend_schema(summary="一条消息"))
class NoticeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """消息: the caller's own inbox."""

    room = "trail"
    permissions_by_action = {"*": ANYONE}
    kinds = (INBOX,)
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilters
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

    @extend_schema(summary="全部标为已读", request=None, responses=MARKED)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """How many were unread."""
        return Response({"marked": notices.mark_all_read(user=request.user)})

    @extend_schema(summary="未读、快到期、已超期各几条", responses=COUNTS)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def counts(self, request: Request) -> Response:
        """Of the unread ones."""
        return Response(self.get_queryset().counts())


@extend_schema_view(list=extend_schema(summary="定时作业记录"), retrieve=extend_schema(summary="一次作业"))
class JobRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """作业记录: once per hall and period."""

    room = "trail"
    permissions_by_action = {"*": "jobs.read"}
    kinds = (JOBS,)
    serializer_class = JobRunSerializer
    filterset_class = JobApiFilters
    ordering_fields = ["started_at", "finished_at"]

    def get_queryset(self) -> QuerySet[JobRun]:
        """Runs of visible halls."""
        return JobRun.objects.visible_to(self.request.user).select_related("hall")


@extend_schema_view(list=extend_schema(summary="我最近的改动"), retrieve=extend_schema(summary="一次改动"))
class UndoViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """最近的改动: what the caller did in the last days and may take back."""

    room = "trail"
    permissions_by_action = {"*": ANYONE}
    serializer_class = UndoStepSerializer
    filterset_fields = ["action", "target_kind", "target_id"]
    ordering_fields = ["at"]

    def get_queryset(self) -> QuerySet[UndoStep]:
        """Own steps of the last seven days."""
        return undo.recent_steps(self.request.user).select_related("hall")

    @extend_schema(summary="撤销一次改动", request=UndoInput, responses=UndoStepSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """After ten seconds with a reason. A token needs the write scope of each room whose rows go back."""
        form, step = UndoInput(data=request.data), self.get_object()
        form.is_valid(raise_exception=True)
        if isinstance(request.auth, ApiToken) and not all(
            request.auth.allows(f"{room}:write") for room in step.rooms
        ):
            raise NotPermitted("这个令牌没有被改动内容的写入范围。")
        reason = form.validated_data.get("reason", "")
        return Response(
            UndoStepSerializer(undo.take_step_back(step=step, by=request.user, reason=reason)).data
        )


@extend_schema_view(list=extend_schema(summary="我的任务"), retrieve=extend_schema(summary="一个任务的进度"))
class LongRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """任务: the caller's own long runs; other rooms' addresses start them and answer 202."""

    room = "trail"
    permissions_by_action = {"*": ANYONE}
    kinds = (RUNS,)
    serializer_class = LongRunSerializer
    filterset_class = RunApiFilters
    ordering_fields = ["created_at", "finished_at"]

    def get_queryset(self) -> QuerySet[LongRun]:
        """Own runs."""
        return LongRun.objects.visible_to(self.request.user).select_related("hall", "result")

    @extend_schema(summary="一个任务的进度")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With the latest count, also while the work's transaction is open."""
        run = self.get_object()
        return Response(LongRunSerializer(runs.with_progress([run])[0]).data)

    @extend_schema(summary="取消任务", request=None, responses={202: LongRunSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Asked to stop; what it did is rolled back. Ask again until `status` is `cancelled`."""
        run = runs.cancel_run(run=self.get_object(), by=request.user)
        return Response(LongRunSerializer(run).data, status=202)

    @extend_schema(summary="任务的结果文件", responses={200: OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> FileResponse:
        """The file; 404 when there is none, or its time is over."""
        run = self.get_object()
        if run.result is None:
            raise NotFound("这个任务没有结果文件，或者文件已过期删除。")
        return result_response(run)


@extend_schema_view(list=extend_schema(summary="导入记录"))
class ImportViewSet(mixins.ListModelMixin, ScopedViewSet):
    """导入: paper files in; each is a long run."""

    room = "trail"
    permissions_by_action = {"*": "imports.run"}
    serializer_class = ImportRunSerializer
    filterset_fields = ["kind", "hall__code"]
    ordering_fields = ["at"]

    def get_queryset(self) -> QuerySet[ImportRun]:
        """Imports of halls where the caller may import."""
        return ImportRun.objects.visible_to(self.request.user).select_related("hall", "by")

    @extend_schema(
        summary="导入一个文件",
        request={"multipart/form-data": ImportInput},
        responses={202: LongRunSerializer},
    )
    def create(self, request: Request) -> Response:
        """202 with the run's address; its `detail` has the counts and the refused rows at the end."""
        hall = current_hall(request)
        kinds = {kind.name: kind for kind in import_kinds(request.user, hall)}
        kind = kinds.get(str(request.data.get("kind", "")))
        if kind is None:
            raise ValidationError({"kind": [f"可用的种类：{'、'.join(kinds) or '没有'}。"]})
        form = ImportForm(request.data, request.FILES, kind=kind)
        if not form.is_valid():
            raise ValidationError(form.errors)
        token = keep_upload(form.cleaned_data["file"], by=request.user)
        params = form.params(token, dry_run=str(request.data.get("dry_run", "")).lower() in ("1", "true"))
        return run_started(start_run(kind.run_name, hall=hall, by=request.user, params=params))


@extend_schema_view(list=extend_schema(summary="操作留痕"), retrieve=extend_schema(summary="一条留痕"))
class AuditViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """操作留痕: for the administrator and the supervision office."""

    room = "trail"
    permissions_by_action = {"*": "audit.read"}
    kinds = (AUDIT,)
    serializer_class = AuditSerializer
    filterset_class = AuditFilters
    ordering_fields = ["at"]

    def get_queryset(self) -> QuerySet[AuditEntry]:
        """Rows of halls whose audit the caller reads."""
        return AuditEntry.objects.visible_to(self.request.user).select_related("hall", "by")


routes = [
    ("notices", NoticeViewSet, "notice"),
    ("jobs", JobRunViewSet, "job"),
    ("runs", LongRunViewSet, "run"),
    ("undo-steps", UndoViewSet, "undo-step"),
    ("imports", ImportViewSet, "import"),
    *outbox_routes,
    ("audit", AuditViewSet, "audit"),
    ("files", FileViewSet, "file"),
]
