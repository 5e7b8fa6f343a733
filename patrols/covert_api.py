"""The second door to covert inspection: for the supervision, and for the one a task was given to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.recent import require_recent
from accounts.rest import ScopedViewSet, checked_form
from patrols import covert_serializers as shapes
from patrols.covert_forms import ADOPT, UNSEEN, IdentityForm, ReportForm, ReviewForm, TaskForm
from patrols.covert_lists import COVERT, CovertFilters
from patrols.covert_querysets import ASSIGN, OWN
from patrols.models import CovertTask
from patrols.services import covert, covert_reports
from patrols.services.covert_identity import appeals_of, open_identity

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from accounts.models import Hall

HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")
BOTH = (ASSIGN, OWN)
NAMES = ("name", "username")


@extend_schema_view(list=extend_schema(summary="暗访任务", parameters=[HALL]))
class CovertTaskViewSet(mixins.ListModelMixin, ScopedViewSet):
    """暗访任务: those of the halls one supervises, or those one was given; nobody else sees any."""

    room = "patrols"
    permissions_by_action = {"list": BOTH, "retrieve": BOTH, "report": OWN, "*": ASSIGN}
    kinds = (COVERT,)
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    serializer_class = shapes.CovertTaskSerializer
    filterset_class = CovertFilters
    ordering_fields = ["ends_on", "number"]
    ordering = ["-ends_on", "-pk"]

    @property
    def shown_once(self) -> tuple[str, ...]:  # type: ignore[override]
        """A remembered answer says whose task it was: a report is known by its client_uuid instead."""
        return tuple(shapes.CovertTaskDetailSerializer.Meta.fields) if self.action == "report" else NAMES

    def get_queryset(self) -> QuerySet[CovertTask]:
        """Visible tasks; those one was given are not read as those one oversees."""
        rows = CovertTask.objects.visible_to(self.request.user)
        if self.action == "report":
            rows = rows.given_to(self.request.user)
        elif self.action not in ("list", "retrieve"):
            rows = rows.overseen_by(self.request.user)
        return rows.select_related("hall").distinct()

    def filter_queryset(self, queryset: QuerySet[CovertTask]) -> QuerySet[CovertTask]:
        """A list is of one hall, as on the page."""
        if self.action == "list":
            queryset = queryset.filter(hall=current_hall(self.request))
        return super().filter_queryset(queryset)

    @extend_schema(summary="一项暗访任务", responses=shapes.CovertTaskDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """With script and score sheet."""
        return self._told(self.get_object())

    @extend_schema(
        summary="派发暗访任务",
        parameters=[HALL],
        request=shapes.NewCovertTaskInput,
        responses={201: shapes.CovertTaskDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """As the page; the same client_uuid gives the same task."""
        hall = self._hall()
        data = _facts(shapes.NewCovertTaskInput, request)
        form = TaskForm(_task_fields(data, hall, request.user), hall=hall, user=request.user)
        checked_form(form)
        task = covert.give_task(
            hall=hall,
            plan=form.plan(),
            inspector=form.chosen,
            by=request.user,
            client_uuid=form.cleaned_data["key"],
        )
        return self._told(task, 201)

    @extend_schema(
        summary="可以派的义务监督员",
        parameters=[HALL],
        responses=shapes.CovertInspectorSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def inspectors(self, request: Request) -> Response:
        """Volunteers of the hall today."""
        return Response(shapes.CovertInspectorSerializer(covert.inspectors_of(self._hall()), many=True).data)

    @extend_schema(
        summary="提交暗访报告",
        request=shapes.CovertReportInput,
        responses=shapes.CovertTaskDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str) -> Response:
        """By the one who was sent; the same client_uuid gives the same receipt."""
        task = self.get_object()
        data = _facts(shapes.CovertReportInput, request)
        form = ReportForm(_report_fields(data, task), request.FILES, task=task)
        checked_form(form)
        covert_reports.send_report(task=task, visited=form.visited(), by=request.user)
        return self._told(task)

    @extend_schema(
        summary="退回补充", request=shapes.CovertWordsInput, responses=shapes.CovertTaskDetailSerializer
    )
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """The volunteer adds what is missing."""
        words = _facts(shapes.CovertWordsInput, request)["words"]
        return self._told(covert_reports.return_report(task=self.get_object(), by=request.user, words=words))

    @extend_schema(
        summary="不采用", request=shapes.CovertWordsInput, responses=shapes.CovertTaskDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Nothing comes of it."""
        words = _facts(shapes.CovertWordsInput, request)["words"]
        return self._told(covert_reports.dismiss_report(task=self.get_object(), by=request.user, words=words))

    @extend_schema(
        summary="采用并移交", request=shapes.CovertAdoptInput, responses=shapes.CovertTaskDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str) -> Response:
        """Each item becomes a finding that waits for the one concerned."""
        task = self.get_object()
        data = _facts(shapes.CovertAdoptInput, request)
        report = covert_reports.latest_report(task)
        form = ReviewForm(_review_fields(data, report, request.user), report=report, user=request.user)
        checked_form(form)
        return self._told(covert_reports.adopt_report(task=task, adopted=form.adopted(), by=request.user))

    @extend_schema(
        summary="收回任务", request=shapes.CovertWordsInput, responses=shapes.CovertTaskDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The visit is no longer wanted."""
        words = _facts(shapes.CovertWordsInput, request)["words"]
        return self._told(covert.withdraw_task(task=self.get_object(), by=request.user, reason=words))

    @extend_schema(summary="撤销上一步（10 秒内）", request=None, responses=shapes.CovertTaskDetailSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the own last step back."""
        return self._told(covert_reports.undo_covert_step(task=self.get_object(), by=request.user))

    @extend_schema(
        summary="因申诉查看监督员身份（须刚输过密码，记入留痕）",
        request=shapes.CovertIdentityInput,
        responses=shapes.CovertIdentitySerializer,
    )
    @action(detail=True, methods=["post"])
    def identity(self, request: Request, pk: str) -> Response:
        """For a person who has just shown the password; a token never opens it."""
        require_recent(request)
        task = self.get_object()
        data = _facts(shapes.CovertIdentityInput, request)
        form = IdentityForm(data, appeals=appeals_of(task))
        checked_form(form)
        found = open_identity(task=task, appeal=data["appeal"], reason=data["reason"], by=request.user)
        answer = Response(shapes.CovertIdentitySerializer(found).data)
        answer["Cache-Control"] = "no-store"
        return answer

    def _hall(self) -> Hall:
        hall = current_hall(self.request)
        if not self.request.user.can(ASSIGN, hall):
            raise NotPermitted("暗访任务由纪检监察派发。")
        return hall

    def _told(self, task: CovertTask, status: int = 200) -> Response:
        rows = CovertTask.objects.visible_to(self.request.user).select_related("hall")
        shown = rows.prefetch_related("windows", "questions__act").get(pk=task.pk)
        context = {"oversees": self.request.user.can(ASSIGN, shown.hall)}
        return Response(shapes.CovertTaskDetailSerializer(shown, context=context).data, status=status)


def _facts(shape: type[Any], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    facts: dict[str, Any] = given.validated_data
    return facts


def _task_fields(data: dict[str, Any], hall: Hall, user: Any) -> dict[str, Any]:
    """The sent values as the form of the page takes them: codes exchanged for the keys it offers."""
    offered = TaskForm(hall=hall, user=user)
    windows = {row.code: pk for pk, row in offered.windows.items()}
    acts = {act.code: pk for pk, act in offered.rows[0].acts.items()}
    fields = {name: data.get(name) for name in ("title", "script", "starts_on", "ends_on")}
    fields |= {name: data.get(name) or "" for name in ("opens", "closes")}
    fields["windows"] = [windows.get(code, code) for code in data.get("windows", [])]
    fields["inspector"] = str(data["inspector"])
    fields["key"] = str(data.get("client_uuid") or uuid4())
    for number, asked in enumerate(data["questions"], start=1):
        code = asked.get("act") or ""
        row = {**asked, "act": str(acts.get(code, code))}
        fields |= {f"q{number}-{name}": "" if value is None else value for name, value in row.items()}
    return fields


def _report_fields(data: dict[str, Any], task: CovertTask) -> dict[str, Any]:
    offered = ReportForm(task=task)
    windows = {row.code: pk for pk, row in offered.windows.items()}
    known = {question.pk for question in offered.questions}
    at: datetime = timezone.localtime(data["at"])
    fields = {
        "client_uuid": str(data["client_uuid"]),
        "window": windows.get(data["window"], data["window"]),
        "day": at.date(),
        "time": at.time(),
        "words": data.get("words", ""),
    }
    for said in data["answers"]:
        if said["question"] not in known:
            raise ValidationError({"answers": [f"没有题目 {said['question']}。"]})
        value = UNSEEN if said["value"] is None else str(said["value"])
        fields |= {f"a{said['question']}": value, f"w{said['question']}": said.get("words", "")}
    return fields


def _review_fields(data: dict[str, Any], report: Any, user: Any) -> dict[str, Any]:
    offered = ReviewForm(report=report, user=user)
    known = {answer.pk for answer in offered.failed}
    people = {person.no: pk for pk, person in offered.people.items()}
    fields: dict[str, Any] = {
        "verdict": ADOPT,
        "words": data.get("words", ""),
        "photos": [str(pk) for pk in data.get("photos", [])],
    }
    for item in data.get("items", []):
        key = item["answer"]
        if key not in known:
            raise ValidationError({"items": [f"{key} 不是可以移交的题。"]})
        staff = item.get("staff", "")
        fields |= {f"take{key}": "on", f"staff{key}": people.get(staff, staff)}
        fields[f"note{key}"] = item.get("note", "")
    return fields


covert_routes = [("covert-tasks", CovertTaskViewSet, "covert-task")]
