"""The second door to the ledger: the same filters, forms and services as the pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.errors import NotPermitted
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.rest import ScopedViewSet
from violations import serializers as shapes
from violations.evidence import evidence_for
from violations.filters import ActFilters, AppealFilters, FindingFilters, RectificationFilters
from violations.forms import (
    AnswerForm,
    AppealDecisionForm,
    AppealForm,
    DecisionForm,
    FindingForm,
    ReasonForm,
    RecheckForm,
    SubmitForm,
)
from violations.models import Act, Appeal, ConductRecord, Rectification
from violations.presenters import price
from violations.rule_api import rule_routes
from violations.services import appeals, ledger, rectify
from violations.tariff import tariff_for

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form
    from rest_framework.request import Request

READERS = ("record.read_all", "record.read_own", "record.read_window", "record.read_unit")
ANSWERERS = ("record.answer", "record.read_unit")
SHOWN = ("hall", "act", "staff", "window", "department", "finder")
HALL = OpenApiParameter("hall", OpenApiTypes.STR, description="大厅代码，默认自己的大厅")


def checked(form: Form) -> dict[str, Any]:
    """The clean values of the page's own form; raises the API's error of bad input."""
    if not form.is_valid():
        raise serializers.ValidationError(form.errors)
    return form.cleaned_data


class HallListMixin(mixins.ListModelMixin):
    """A list is of one hall, as on the page."""

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The conditions of the address."""
        if self.action == "list":
            queryset = queryset.filter(hall=current_hall(self.request))
        return super().filter_queryset(queryset)


@extend_schema_view(list=extend_schema(summary="问题台账", parameters=[HALL]))
class FindingViewSet(HallListMixin, ScopedViewSet):
    """操行记录: the ledger, and every step one may take on a record."""

    room = "violations"
    permissions_by_action = {
        "list": READERS,
        "retrieve": READERS,
        "create": "record.find",
        "accept": ANSWERERS,
        "state": ANSWERERS,
        "confirm": "record.confirm",
        "dismiss": "record.confirm",
        "withdraw": "record.withdraw",
        "verify": ("record.find", "attendance.verify"),
        "appeal": ("appeal.file", "record.read_unit"),
        "undo": ("record.find", "record.confirm", "appeal.review", *ANSWERERS),
    }
    serializer_class = shapes.FindingSerializer
    filterset_class = FindingFilters
    ordering_fields = ["at", "number", "created_at", "status_at"]
    ordering = ["-at", "-pk"]

    def get_queryset(self) -> QuerySet[ConductRecord]:
        """Visible records."""
        return ConductRecord.objects.visible_to(self.request.user).for_list()

    def paginate_queryset(self, queryset: QuerySet[ConductRecord]) -> list[ConductRecord]:
        """With points."""
        return price(super().paginate_queryset(queryset) or [])

    @extend_schema(summary="一条记录", responses=shapes.FindingDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Everything that stands on the record's page."""
        return _record(self.get_object())

    @extend_schema(
        summary="记问题、记表扬",
        request=shapes.NewFindingInput,
        responses={201: shapes.FindingDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """A deduction waits for the person's answer, a bonus for the manager."""
        hall = _hall(request)
        form = FindingForm(
            _with_keys(request, hall), request.FILES, hall=hall, user=request.user, day=_day(request)
        )
        uploads = checked(form)["photos"]
        return _record(ledger.find_record(form.found(), hall=hall, by=request.user, uploads=uploads), 201)

    @extend_schema(summary="确认，无异议", request=None, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """The person concerned accepts."""
        return _record(ledger.accept_record(record=self.get_object(), by=request.user))

    @extend_schema(summary="陈述", request=shapes.StatementInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def state(self, request: Request, pk: str) -> Response:
        """The person concerned says his side."""
        form = AnswerForm({**_plain(request), "reply": "state"}, request.FILES)
        data = checked(form)
        record = self.get_object()
        ledger.state_on_record(
            record=record, by=request.user, reason=data["reason"], words=data["words"], uploads=data["files"]
        )
        return _record(self.get_object())

    @extend_schema(summary="认定", request=shapes.NoteInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The manager decides that it stands."""
        data = checked(DecisionForm({"verdict": "confirm", "reason": _plain(request).get("note")}))
        return _record(ledger.confirm_record(record=self.get_object(), by=request.user, note=data["reason"]))

    @extend_schema(summary="不予认定", request=shapes.ReasonInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """The manager decides in favour of the person."""
        data = checked(DecisionForm({"verdict": "dismiss", "reason": _plain(request).get("reason")}))
        return _record(
            ledger.dismiss_record(record=self.get_object(), by=request.user, reason=data["reason"])
        )

    @extend_schema(summary="撤回", request=shapes.ReasonInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The finder or a manager takes it back."""
        reason = checked(ReasonForm(_plain(request)))["reason"]
        return _record(ledger.withdraw_record(record=self.get_object(), by=request.user, reason=reason))

    @extend_schema(summary="核实草稿", request=shapes.NoteInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """A person stands behind a machine's proposal."""
        note = str(_plain(request).get("note") or "")
        return _record(ledger.verify_draft(record=self.get_object(), by=request.user, note=note))

    @extend_schema(summary="申诉", request=shapes.AppealInput, responses={201: shapes.AppealDetailSerializer})
    @action(detail=True, methods=["post"])
    def appeal(self, request: Request, pk: str) -> Response:
        """Ask somebody who took no part to look again."""
        data = checked(AppealForm(_plain(request), request.FILES))
        filed = appeals.file_appeal(
            record=self.get_object(), by=request.user, words=data["words"], uploads=data["files"]
        )
        return _appeal(filed, 201)

    @extend_schema(summary="撤销上一步（10 秒内）", request=None, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the own last step back within ten seconds."""
        return _record(ledger.undo_last_step(record=self.get_object(), by=request.user))


@extend_schema_view(list=extend_schema(summary="申诉", parameters=[HALL]))
class AppealViewSet(HallListMixin, ScopedViewSet):
    """申诉: read and decide."""

    room = "violations"
    permissions_by_action = {"list": READERS, "retrieve": READERS, "decide": "appeal.review"}
    serializer_class = shapes.AppealSerializer
    filterset_class = AppealFilters
    ordering_fields = ["filed_at", "due_at", "number"]
    ordering = ["-filed_at", "-pk"]

    def get_queryset(self) -> QuerySet[Appeal]:
        """Those of visible records."""
        rows = Appeal.objects.visible_to(self.request.user).select_related("hall", "by", "reviewer")
        return rows.select_related(*(f"record__{name}" for name in SHOWN))

    def paginate_queryset(self, queryset: QuerySet[Appeal]) -> list[Appeal]:
        """With points."""
        page = super().paginate_queryset(queryset) or []
        price(appeal.record for appeal in page)
        return page

    @extend_schema(summary="一件申诉", responses=shapes.AppealDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One appeal."""
        return _appeal(self.get_object())

    @extend_schema(
        summary="裁定", request=shapes.AppealDecisionInput, responses=shapes.AppealDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """By somebody who neither recorded nor decided."""
        data = checked(AppealDecisionForm(_plain(request)))
        decided = appeals.decide_appeal(
            appeal=self.get_object(),
            by=request.user,
            is_allowed=data["verdict"] == "allow",
            opinion=data["opinion"],
        )
        return _appeal(decided)


@extend_schema_view(list=extend_schema(summary="整改", parameters=[HALL]))
class RectificationViewSet(HallListMixin, ScopedViewSet):
    """整改: read, answer and recheck."""

    room = "violations"
    permissions_by_action = {
        "list": ("rectify.read_all", "rectify.read_window", "rectify.read_unit"),
        "retrieve": ("rectify.read_all", "rectify.read_window", "rectify.read_unit"),
        "submit": "rectify.answer",
        "recheck": "rectify.check",
    }
    serializer_class = shapes.RectificationSerializer
    filterset_class = RectificationFilters
    ordering_fields = ["due_on", "number", "ordered_at"]
    ordering = ["due_on", "pk"]

    def get_queryset(self) -> QuerySet[Rectification]:
        """Visible orders."""
        return Rectification.objects.visible_to(self.request.user).for_list()

    @extend_schema(summary="一件整改", responses=shapes.RectificationDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One order with its steps."""
        return _order(self.get_object())

    @extend_schema(
        summary="提交整改", request=shapes.SubmitInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """The head of the window says and shows what was done."""
        data = checked(SubmitForm(_plain(request), request.FILES))
        return _order(
            rectify.submit_rectification(
                rectification=self.get_object(),
                by=request.user,
                words=data["words"],
                uploads=data["photos"],
            )
        )

    @extend_schema(
        summary="复查", request=shapes.RecheckInput, responses=shapes.RectificationDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def recheck(self, request: Request, pk: str) -> Response:
        """The office finds it done, or sends it back."""
        data = checked(RecheckForm(_plain(request), request.FILES))
        return _order(
            rectify.recheck_rectification(
                rectification=self.get_object(),
                by=request.user,
                is_done=data["verdict"] == "done",
                words=data["words"],
                uploads=data["photos"],
            )
        )


class ActViewSet(ScopedViewSet):
    """事项: what may be recorded in the hall on a day, for picking."""

    room = "violations"
    permissions_by_action = {"list": ("rules.read",)}
    serializer_class = shapes.ActSerializer
    filterset_class = ActFilters
    pagination_class = None

    def get_queryset(self) -> QuerySet[Act]:
        """Acts of rulebooks in sight."""
        return Act.objects.visible_to(self.request.user).usable()

    @extend_schema(
        summary="可记的事项",
        parameters=[HALL, OpenApiParameter("day", OpenApiTypes.DATE, description="按哪一天的细则，默认今天")],
        responses=shapes.ActSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """Those some clause judges on the day, in the order of the rulebook."""
        tariff = tariff_for(current_hall(request), _day(request))
        acts = list(self.filter_queryset(self.get_queryset().filter(pk__in=tariff.act_ids)))
        for act in acts:
            quote = tariff.quote(act.pk)
            act.points, act.per, act.clause = (
                (quote.points, quote.per, quote.clause_code) if quote else (None, "", "")
            )
        return Response(shapes.ActSerializer(acts, many=True).data)


def _record(record: ConductRecord, status: int = 200) -> Response:
    price([record])
    context = {"evidence": evidence_for([record])}
    return Response(shapes.FindingDetailSerializer(record, context=context).data, status=status)


def _appeal(appeal: Appeal, status: int = 200) -> Response:
    price([appeal.record])
    return Response(shapes.AppealDetailSerializer(appeal).data, status=status)


def _order(order: Rectification) -> Response:
    return Response(shapes.RectificationDetailSerializer(order).data)


def _plain(request: Request) -> dict[str, Any]:
    """The sent values without files, as a form takes them."""
    if not hasattr(request.data, "items"):
        raise serializers.ValidationError("请发送一个 JSON 对象。")
    return {name: value for name, value in request.data.items() if name not in request.FILES}


def _hall(request: Request) -> Hall:
    """The hall to record in: named in the body, or the caller's own."""
    code = _plain(request).get("hall")
    hall = Hall.objects.visible_to(request.user).filter(code=code).first() if code else current_hall(request)
    if hall is None or not request.user.can("record.find", hall):
        raise NotPermitted("你没有在这个大厅记录的权限。")
    return hall


def _day(request: Request) -> date:
    asked = str(_plain(request).get("day") or request.query_params.get("day", ""))
    try:
        return parse_date(asked) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _with_keys(request: Request, hall: Hall) -> dict[str, Any]:
    """The sent values with codes and numbers exchanged for the keys the form offers."""
    form = FindingForm(hall=hall, user=request.user, day=_day(request))
    acts = {act.code: pk for pk, act in form.acts.items()}
    people = {posting.staff.no: pk for pk, posting in form.people.items()}
    windows = {window.code: pk for pk, window in form.windows.items()}
    sent = {"quantity": 1, "key": uuid4(), **_plain(request)}
    for name, known in (("act", acts), ("staff", people), ("window", windows)):
        if sent.get(name):
            sent[name] = known.get(str(sent[name]), sent[name])
    return sent


routes = [
    ("findings", FindingViewSet, "finding"),
    ("appeals", AppealViewSet, "appeal"),
    ("rectifications", RectificationViewSet, "rectification"),
    ("acts", ActViewSet, "act"),
    *rule_routes,
]
