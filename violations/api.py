"""The second door to the ledger: the same filters, forms and services as the pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.bulk_api import BulkAnswerSerializer, answer_each, answer_each_row, bulk_input
from accounts.errors import NotPermitted, Refused
from accounts.halls import current_hall
from accounts.models import Hall
from accounts.rest import ScopedViewSet, checked_form
from violations import serializers as shapes
from violations.api_calls import HALL, HallListMixin, plain
from violations.evidence import evidence_for
from violations.filters import ActFilters, AppealFilters, FindingFilters
from violations.forms import (
    AnswerForm,
    AppealDecisionForm,
    AppealForm,
    DecisionForm,
    FindingForm,
    MergeForm,
    ReasonForm,
)
from violations.lists import APPEALS, FINDINGS
from violations.measure_api import measure_routes
from violations.models import Act, Appeal, ConductRecord
from violations.presenters import price
from violations.pricing import range_of
from violations.rectify_api import order_response, rectification_routes
from violations.rule_api import rule_routes
from violations.services import appeals, ledger, rectify
from violations.services.merging import merge_record
from violations.tariff import tariff_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from accounts.models import User

READERS = ("record.read_all", "record.read_own", "record.read_window", "record.read_unit")
ANSWERERS = ("record.answer", "record.read_unit")
SHOWN = ("hall", "act", "staff", "window", "department", "finder")
EXAMPLE = {"act": "talk", "day": "2026-11-20", "time": "14:31", "staff": "ZW0001", "note": "两人聊天"}
RECORD_ID = serializers.IntegerField(help_text="记录的 id")


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
        "bulk": "record.find",
        "bulk_confirm": "record.confirm",
        "bulk_dismiss": "record.confirm",
        "bulk_withdraw": "record.withdraw",
        "bulk_verify": ("record.find", "attendance.verify"),
        "rectify": "rectify.check",
        "merge": "record.withdraw",
        "undo": ("record.find", "record.confirm", "appeal.review", *ANSWERERS),
    }
    kinds = (FINDINGS,)
    serializer_class = shapes.FindingSerializer
    pulls_changes = True
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
        examples=[OpenApiExample("在窗口看到串岗聊天", value=EXAMPLE, request_only=True)],
        responses={201: shapes.FindingDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """A deduction waits for the person's answer, a bonus for the manager."""
        return _record(_find(request, plain(request)), 201)

    @extend_schema(
        summary="批量记问题、记表扬",
        request=bulk_input("BulkFindings", shapes.NewFindingInput, photos=None),
        responses=BulkAnswerSerializer,
        examples=[
            OpenApiExample(
                "离线攒下的一条", value={"items": [{"client_id": "离线-17", **EXAMPLE}]}, request_only=True
            )
        ],
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """From the queue of a program that was offline; each item as if sent alone, without photos."""
        return answer_each(request, lambda item: _find(request, item))

    @extend_schema(summary="确认，无异议", request=None, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """The person concerned accepts."""
        return _record(ledger.accept_record(record=self.get_object(), by=request.user))

    @extend_schema(summary="陈述", request=shapes.StatementInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def state(self, request: Request, pk: str) -> Response:
        """The person concerned says his side."""
        form = AnswerForm({**plain(request), "reply": "state"}, request.FILES)
        data = checked_form(form)
        record = self.get_object()
        ledger.state_on_record(
            record=record, by=request.user, reason=data["reason"], words=data["words"], uploads=data["files"]
        )
        return _record(self.get_object())

    @extend_schema(summary="认定", request=shapes.ConfirmInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """The manager decides that it stands."""
        return _record(_confirm(self.get_object(), plain(request), request.user))

    @extend_schema(summary="不予认定", request=shapes.ReasonInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """The manager decides in favour of the person."""
        return _record(_dismiss(self.get_object(), plain(request), request.user))

    @extend_schema(summary="撤回", request=shapes.ReasonInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The finder or a manager takes it back."""
        return _record(_withdraw(self.get_object(), plain(request), request.user))

    @extend_schema(
        summary="批量认定",
        request=bulk_input("BulkConfirm", shapes.ConfirmInput, id=RECORD_ID),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk-confirm")
    def bulk_confirm(self, request: Request) -> Response:
        """The manager decides on each; recusal holds for each."""
        return self._each(request, _confirm)

    @extend_schema(
        summary="批量不予认定",
        request=bulk_input("BulkDismiss", shapes.ReasonInput, id=RECORD_ID),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk-dismiss")
    def bulk_dismiss(self, request: Request) -> Response:
        """In favour of the people, with a reason each."""
        return self._each(request, _dismiss)

    @extend_schema(
        summary="批量撤回",
        request=bulk_input("BulkWithdraw", shapes.ReasonInput, id=RECORD_ID),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk-withdraw")
    def bulk_withdraw(self, request: Request) -> Response:
        """Taken back, with a reason each."""
        return self._each(request, _withdraw)

    @extend_schema(
        summary="批量核实草稿",
        request=bulk_input("BulkVerify", shapes.NoteInput, id=RECORD_ID),
        responses=BulkAnswerSerializer,
    )
    @action(detail=False, methods=["post"], url_path="bulk-verify")
    def bulk_verify(self, request: Request) -> Response:
        """A person stands behind each of the machine's proposals."""
        return self._each(request, _verify)

    def _each(self, request: Request, step: Callable[[ConductRecord, Any, User], ConductRecord]) -> Response:
        return answer_each_row(
            request, self.get_queryset(), lambda record, item: step(record, item, request.user)
        )

    @extend_schema(summary="核实草稿", request=shapes.NoteInput, responses=shapes.FindingDetailSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """A person stands behind a machine's proposal."""
        return _record(_verify(self.get_object(), plain(request), request.user))

    @extend_schema(summary="申诉", request=shapes.AppealInput, responses={201: shapes.AppealDetailSerializer})
    @action(detail=True, methods=["post"])
    def appeal(self, request: Request, pk: str) -> Response:
        """Ask somebody who took no part to look again."""
        data = checked_form(AppealForm(plain(request), request.FILES))
        filed = appeals.file_appeal(
            record=self.get_object(), by=request.user, words=data["words"], uploads=data["files"]
        )
        return _appeal(filed, 201)

    @extend_schema(summary="下整改", request=None, responses={201: shapes.RectificationDetailSerializer})
    @action(detail=True, methods=["post"])
    def rectify(self, request: Request, pk: str) -> Response:
        """Ask the window to put it right; once a record."""
        return order_response(rectify.order_rectification(record=self.get_object(), by=request.user), 201)

    @extend_schema(
        summary="并入重复登记的另一条", request=shapes.MergeInput, responses=shapes.FindingDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """This record is withdrawn; the other one of the same matter stays."""
        into = checked_form(MergeForm(plain(request)))["into"]
        kept = get_object_or_404(self.get_queryset(), pk=into)
        return _record(merge_record(record=self.get_object(), into=kept, by=request.user))

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
    kinds = (APPEALS,)
    serializer_class = shapes.AppealSerializer
    pulls_changes = True
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
        data = checked_form(AppealDecisionForm(plain(request)))
        decided = appeals.decide_appeal(
            appeal=self.get_object(),
            by=request.user,
            is_allowed=data["verdict"] == "allow",
            opinion=data["opinion"],
        )
        return _appeal(decided)


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
        tariff = tariff_for(current_hall(request), _day(request, {}))
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


def _confirm(record: ConductRecord, sent: Mapping[str, Any], by: User) -> ConductRecord:
    choice, judged = range_of(record), sent.get("judged")
    if judged is not None and choice is None:
        raise Refused("这一条没有酌情分值的范围。", code="out_of_bounds", status=422)
    form = {"verdict": "confirm", "reason": sent.get("note"), "judged": judged}
    data = checked_form(DecisionForm(form, choice=choice))
    return ledger.confirm_record(record=record, by=by, note=data["reason"], judged=data["judged"])


def _dismiss(record: ConductRecord, sent: Mapping[str, Any], by: User) -> ConductRecord:
    data = checked_form(DecisionForm({"verdict": "dismiss", "reason": sent.get("reason")}))
    return ledger.dismiss_record(record=record, by=by, reason=data["reason"])


def _withdraw(record: ConductRecord, sent: Mapping[str, Any], by: User) -> ConductRecord:
    reason = checked_form(ReasonForm(sent))["reason"]
    return ledger.withdraw_record(record=record, by=by, reason=reason)


def _verify(record: ConductRecord, sent: Mapping[str, Any], by: User) -> ConductRecord:
    return ledger.verify_draft(record=record, by=by, note=str(sent.get("note") or ""))


def _find(request: Request, sent: Mapping[str, Any]) -> ConductRecord:
    """One finding as sent, alone or among others."""
    hall, day = _hall(request, sent), _day(request, sent)
    form = FindingForm(
        _with_keys(request.user, sent, hall, day), request.FILES, hall=hall, user=request.user, day=day
    )
    uploads = checked_form(form)["photos"]
    return ledger.find_record(form.found(), hall=hall, by=request.user, uploads=uploads)


def _hall(request: Request, sent: Mapping[str, Any]) -> Hall:
    """The hall to record in: named in the body, or the caller's own."""
    code = sent.get("hall")
    known = Hall.objects.visible_to(request.user)
    hall = known.filter(code=str(code)).first() if code else current_hall(request)
    if hall is None or not request.user.can("record.find", hall):
        raise NotPermitted("你没有在这个大厅记录的权限。")
    return hall


def _day(request: Request, sent: Mapping[str, Any]) -> date:
    """The day sent, else that of the address, else today; the form says what is wrong with the one sent."""
    asked = request.query_params.get("day", "")
    if asked and _parsed(asked) is None:
        raise serializers.ValidationError({"day": ["请用 2026-11-22 这样的日期。"]})
    return _parsed(str(sent.get("day") or asked)) or timezone.localdate()


def _parsed(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _with_keys(user: User, sent: Mapping[str, Any], hall: Hall, day: date) -> dict[str, Any]:
    """The sent values with codes and numbers exchanged for the keys the form offers."""
    form = FindingForm(hall=hall, user=user, day=day)
    acts = {act.code: pk for pk, act in form.acts.items()}
    people = {posting.staff.no: pk for pk, posting in form.people.items()}
    windows = {window.code: pk for pk, window in form.windows.items()}
    given = {"quantity": 1, "key": uuid4(), **sent}
    for name, known in (("act", acts), ("staff", people), ("window", windows)):
        if given.get(name):
            given[name] = known.get(str(given[name]), given[name])
    return given


routes = [
    ("findings", FindingViewSet, "finding"),
    ("appeals", AppealViewSet, "appeal"),
    ("acts", ActViewSet, "act"),
    *measure_routes,
    *rectification_routes,
    *rule_routes,
]
