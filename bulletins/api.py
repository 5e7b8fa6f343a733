"""The second door to issues and letters, through the same services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.etags import MUST_MATCH, if_match, with_etag
from accounts.halls import current_hall
from accounts.rest import ScopedViewSet
from bulletins.documents import DOCX_TYPE, download
from bulletins.documents.issue import issue_docx
from bulletins.documents.letter import letter_docx
from bulletins.filters import BulletinFilters, ItemFilters, LetterFilters
from bulletins.lists import BULLETINS, ITEMS, LETTERS
from bulletins.models import Bulletin, BulletinItem, Letter
from bulletins.presenters import LetterPage, content_of
from bulletins.serializers import (
    BulletinDetailSerializer,
    BulletinSerializer,
    InstructionSerializer,
    ItemSerializer,
    LetterDetailSerializer,
    LetterSerializer,
    LetterWordsSerializer,
    NewBulletinSerializer,
    ReasonSerializer,
    ReplySerializer,
    WordsSerializer,
)
from bulletins.services import drafting, letters, signing

DOCX = OpenApiResponse(OpenApiTypes.BINARY, description=f"Word 文件（{DOCX_TYPE}）")


class BulletinApiFilters(BulletinFilters):
    """Filters of issues."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")
    day_from = django_filters.DateFilter(field_name="last_day", lookup_expr="gte")
    day_to = django_filters.DateFilter(field_name="last_day", lookup_expr="lte")

    class Meta:
        model = Bulletin
        fields = ["iso_week", "year", "number"]


class ItemApiFilters(ItemFilters):
    """Filters of items."""

    hall = django_filters.CharFilter(field_name="bulletin__hall__code", label="大厅代码")
    staff = django_filters.NumberFilter(field_name="record__staff", label="人员")
    window = django_filters.CharFilter(field_name="record__window__code", label="窗口号")
    is_held = django_filters.BooleanFilter(
        field_name="held_reason", lookup_expr="exact", method="filter_held", label="暂不刊登"
    )

    class Meta:
        model = BulletinItem
        fields = ["bulletin", "record"]

    def filter_held(self, rows: Any, name: str, value: bool) -> Any:
        """Held back, or not."""
        return rows.held() if value else rows.filter(held_reason="")


class LetterApiFilters(LetterFilters):
    """Filters of letters."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")

    class Meta:
        model = Letter
        fields = ["year", "department", "staff"]


def checked(serializer: Any) -> dict[str, Any]:
    """The clean values; raises the API's error of bad input."""
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@extend_schema_view(list=extend_schema(summary="周通报"))
class BulletinViewSet(mixins.ListModelMixin, ScopedViewSet):
    """周通报."""

    room = "bulletins"
    permissions_by_action = {
        "list": "bulletin.read",
        "retrieve": "bulletin.read",
        "docx": "bulletin.read",
        "read": "bulletin.read",
        "create": "bulletin.draft",
        "words": "bulletin.draft",
        "submit": "bulletin.draft",
        "withdraw": "bulletin.draft",
        "return_to_draft": ("bulletin.sign", "bulletin.draft"),
        "sign": "bulletin.sign",
        "remind": ("bulletin.draft", "bulletin.sign"),
        "instruct": "bulletin.instruct",
    }
    kinds = (BULLETINS,)
    serializer_class = BulletinSerializer
    pulls_changes = True
    filterset_class = BulletinApiFilters
    ordering_fields = ["until", "number", "problem_count", "id"]

    def get_queryset(self) -> QuerySet[Bulletin]:
        """Visible issues with their read rate."""
        return Bulletin.objects.visible_to(self.request.user).for_list().with_read_rate().order_by("-pk")

    @extend_schema(summary="一期通报", responses=BulletinDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its text: what was printed, or how the draft reads now."""
        return self._answer(self.get_object())

    @extend_schema(
        summary="起草（或刷新）一期", request=NewBulletinSerializer, responses={201: BulletinDetailSerializer}
    )
    def create(self, request: Request) -> Response:
        """As the job; `?hall=` picks the hall. An issue sent to be signed or printed is returned as it is."""
        week = checked(NewBulletinSerializer(data=request.data))["week"]
        made = drafting.draft_bulletin(hall=current_hall(request), iso_week=week, by=request.user)
        return self._answer(made, status=201)

    @extend_schema(
        summary="编写文字",
        parameters=[MUST_MATCH],
        request=WordsSerializer,
        responses=BulletinDetailSerializer,
    )
    @action(detail=True, methods=["patch"])
    def words(self, request: Request, pk: str) -> Response:
        """Only the sections that are sent change."""
        words = checked(WordsSerializer(data=request.data))
        row, seen = self.get_object(), if_match(request, required=True)
        with drafting.undoable_draft("bulletin.edited", row, by=request.user):
            drafting.edit_words(bulletin=row, words=words, by=request.user, seen=seen)
        return self._answer(row)

    @extend_schema(summary="送签", request=None, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """The manager sends the draft to the leader."""
        row = self.get_object()
        with drafting.undoable_draft("bulletin.submitted", row, by=request.user):
            drafting.submit_bulletin(bulletin=row, by=request.user)
        return self._answer(row)

    @extend_schema(summary="退回修改", request=ReasonSerializer, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_to_draft(self, request: Request, pk: str) -> Response:
        """The leader sends it back with what should change."""
        data = checked(ReasonSerializer(data=request.data))
        return self._answer(drafting.return_to_draft(bulletin=self.get_object(), by=request.user, **data))

    @extend_schema(summary="本周不出通报", request=ReasonSerializer, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """The next issue covers its time as well."""
        data = checked(ReasonSerializer(data=request.data))
        return self._answer(drafting.withdraw_bulletin(bulletin=self.get_object(), by=request.user, **data))

    @extend_schema(summary="签发", request=None, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Numbered, frozen and hashed; it never changes again."""
        return self._answer(signing.sign_off(bulletin=self.get_object(), by=request.user))

    @extend_schema(summary="已阅", request=None, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """The first time counts."""
        found = self.get_object()
        signing.mark_read(bulletin=found, by=request.user)
        return self._answer(found)

    @extend_schema(summary="提醒没有签阅的人", request=None, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: str) -> Response:
        """Each of them gets a notice."""
        found = self.get_object()
        signing.remind_readers(bulletin=found, by=request.user)
        return self._answer(found)

    @extend_schema(summary="批示", request=InstructionSerializer, responses=BulletinDetailSerializer)
    @action(detail=True, methods=["post"])
    def instruct(self, request: Request, pk: str) -> Response:
        """The office is told."""
        found, data = self.get_object(), checked(InstructionSerializer(data=request.data))
        signing.instruct(bulletin=found, by=request.user, **data)
        return self._answer(found)

    @extend_schema(summary="下载 Word 文件", responses=DOCX)
    @action(detail=True, methods=["get"])
    def docx(self, request: Request, pk: str) -> HttpResponse:
        """As the page's 下载."""
        found = self.get_object()
        return download(issue_docx(content_of(found)), f"{found.hall.name}{found.name}.docx")

    def _answer(self, bulletin: Bulletin, status: int = 200) -> Response:
        row = get_object_or_404(self.get_queryset(), pk=bulletin.pk)
        context = {**self.get_serializer_context(), "content_of": content_of}
        answer = Response(BulletinDetailSerializer(row, context=context).data, status=status)
        return with_etag(answer, drafting.words_facts(row))


@extend_schema_view(list=extend_schema(summary="通报事项"), retrieve=extend_schema(summary="一条通报事项"))
class ItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """通报事项."""

    room = "bulletins"
    permissions_by_action = {
        "list": "bulletin.read",
        "retrieve": "bulletin.read",
        "hold": "bulletin.draft",
        "unhold": "bulletin.draft",
    }
    kinds = (ITEMS,)
    serializer_class = ItemSerializer
    filterset_class = ItemApiFilters
    ordering_fields = ["position", "id"]

    def get_queryset(self) -> QuerySet[BulletinItem]:
        """Items of visible issues."""
        rows = BulletinItem.objects.visible_to(self.request.user).select_related("bulletin__hall")
        return rows.defer("bulletin__content", "bulletin__words").order_by("-pk")

    @extend_schema(summary="暂不刊登", request=ReasonSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """With a reason; it comes up again in the next issue."""
        data = checked(ReasonSerializer(data=request.data))
        item = self.get_object()
        with drafting.undoable_draft("bulletin.item_held", item.bulletin, by=request.user):
            item = drafting.hold_item(item=item, by=request.user, **data)
        return Response(ItemSerializer(item).data)

    @extend_schema(summary="恢复刊登", request=None, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def unhold(self, request: Request, pk: str) -> Response:
        """Listed again."""
        item = self.get_object()
        with drafting.undoable_draft("bulletin.item_listed", item.bulletin, by=request.user):
            item = drafting.unhold_item(item=item, by=request.user)
        return Response(ItemSerializer(item).data)


@extend_schema_view(list=extend_schema(summary="反馈函"))
class LetterViewSet(mixins.ListModelMixin, ScopedViewSet):
    """反馈函."""

    room = "bulletins"
    permissions_by_action = {
        "list": ("letter.read_all", "letter.read_unit"),
        "retrieve": ("letter.read_all", "letter.read_unit"),
        "docx": ("letter.read_all", "letter.read_unit"),
        "words": "letter.draft",
        "submit": "letter.draft",
        "return_to_draft": ("letter.sign", "letter.draft"),
        "sign": "letter.sign",
        "reply": ("letter.reply", "letter.draft"),
    }
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    kinds = (LETTERS,)
    serializer_class = LetterSerializer
    pulls_changes = True
    filterset_class = LetterApiFilters
    ordering_fields = ["raised_at", "reply_due_at", "id"]

    def get_queryset(self) -> QuerySet[Letter]:
        """Visible letters."""
        return Letter.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(summary="一份反馈函", responses=LetterDetailSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its text; a contact's first look is kept."""
        found = self.get_object()
        letters.note_opening(letter=found, by=request.user)
        return self._answer(found)

    @extend_schema(
        summary="起草正文",
        parameters=[MUST_MATCH],
        request=LetterWordsSerializer,
        responses=LetterDetailSerializer,
    )
    @action(detail=True, methods=["patch"])
    def words(self, request: Request, pk: str) -> Response:
        """An empty text takes the suggested one."""
        data = checked(LetterWordsSerializer(data=request.data))
        row, seen = self.get_object(), if_match(request, required=True)
        with letters.undoable_letter("letter.written", row, by=request.user):
            letters.write_letter(letter=row, by=request.user, seen=seen, **data)
        return self._answer(row)

    @extend_schema(summary="送签", request=None, responses=LetterDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """The manager sends the letter to the leader."""
        row = self.get_object()
        with letters.undoable_letter("letter.submitted", row, by=request.user):
            letters.submit_letter(letter=row, by=request.user)
        return self._answer(row)

    @extend_schema(summary="退回修改", request=ReasonSerializer, responses=LetterDetailSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def return_to_draft(self, request: Request, pk: str) -> Response:
        """With what should change."""
        data = checked(ReasonSerializer(data=request.data))
        return self._answer(letters.return_letter(letter=self.get_object(), by=request.user, **data))

    @extend_schema(summary="签发", request=None, responses=LetterDetailSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Numbered, frozen and hashed; it never changes again."""
        return self._answer(letters.sign_letter(letter=self.get_object(), by=request.user))

    @extend_schema(summary="登记回函", request=ReplySerializer, responses=LetterDetailSerializer)
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str) -> Response:
        """By the unit's contact, or by the office from paper."""
        data = checked(ReplySerializer(data=request.data))
        return self._answer(letters.reply_to_letter(letter=self.get_object(), by=request.user, **data))

    @extend_schema(summary="下载 Word 文件", responses=DOCX)
    @action(detail=True, methods=["get"])
    def docx(self, request: Request, pk: str) -> HttpResponse:
        """As the page's 下载."""
        page = LetterPage(self.get_object(), request.user)
        return download(letter_docx(page.content), f"{page.content['title']}.docx")

    def _answer(self, letter: Letter) -> Response:
        row = get_object_or_404(self.get_queryset(), pk=letter.pk)
        user: Any = self.request.user
        context = {
            **self.get_serializer_context(),
            "content_of": lambda found: LetterPage(found, user).content,
        }
        answer = Response(LetterDetailSerializer(row, context=context).data)
        return with_etag(answer, letters.letter_facts(row))


routes = [
    ("bulletins", BulletinViewSet, "bulletin"),
    ("bulletin-items", ItemViewSet, "bulletin-item"),
    ("letters", LetterViewSet, "letter"),
]
