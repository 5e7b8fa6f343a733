"""The second door to walk-by notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.halls import current_hall
from accounts.rest import ScopedViewSet, checked_form
from patrols.filters import WalkNoteFilters
from patrols.lists import NOTE_READERS, WALK_NOTES
from patrols.models import WalkNote
from patrols.note_forms import CloseNoteForm, RecordNoteForm, WalkNoteForm
from patrols.services.notes import close_note, leave_note, record_note
from violations.api_calls import HALL, plain

if TYPE_CHECKING:
    from collections.abc import Mapping


class WalkNoteSerializer(serializers.ModelSerializer[WalkNote]):
    """走访随记."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, label="大厅代码")
    writer = serializers.CharField(source="writer.name", read_only=True, label="记的人")
    window = serializers.SlugRelatedField(slug_field="code", read_only=True, label="窗口号")
    staff = serializers.SlugRelatedField(slug_field="no", read_only=True, allow_null=True, label="工号")
    state_name = serializers.CharField(source="get_state_display", read_only=True)
    record = serializers.SlugRelatedField(
        slug_field="number", read_only=True, allow_null=True, label="记录编号"
    )
    record_id = serializers.IntegerField(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = WalkNote
        fields = [
            "id",
            "hall",
            "writer",
            "window",
            "staff",
            "words",
            "at",
            "client_uuid",
            "state",
            "state_name",
            "record",
            "record_id",
            "answer",
            "settled_at",
            "url",
        ]
        read_only_fields = fields


class RecordNoteInput(serializers.Serializer[Any]):
    """记入台账."""

    act = serializers.CharField(help_text="事项代码，见 /api/v1/acts/")
    staff = serializers.CharField(required=False, help_text="工号；记在人身上的事项必填")
    note = serializers.CharField(required=False, max_length=500, help_text="说明")


class NewNoteInput(RecordNoteInput):
    """走访随记：有事项直接记入台账，没有的由大厅管理员处理."""

    act = serializers.CharField(required=False, help_text="事项代码；不写就要写说明")
    window = serializers.CharField(required=False, help_text="窗口号；写了工号可以不写")
    key = serializers.UUIDField(required=False, help_text="客户端编号，重复发送只记一次")
    photos = serializers.ListField(child=serializers.FileField(), required=False)


class CloseNoteInput(serializers.Serializer[Any]):
    """了结."""

    words = serializers.CharField(max_length=500, help_text="怎么处理的，记的人看得到")


class WalkNoteApiFilters(WalkNoteFilters):
    """Filters of walk-by notes."""

    hall = django_filters.CharFilter(field_name="hall__code", label="大厅代码")


@extend_schema_view(list=extend_schema(summary="走访随记"), retrieve=extend_schema(summary="一条走访随记"))
class WalkNoteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """走访随记."""

    room = "patrols"
    permissions_by_action = {
        "create": "record.find",
        "record": "record.confirm",
        "close": "record.confirm",
        "*": NOTE_READERS,
    }
    parser_classes = [JSONParser, FormParser, MultiPartParser]
    kinds = (WALK_NOTES,)
    serializer_class = WalkNoteSerializer
    filterset_class = WalkNoteApiFilters
    ordering_fields = ["at", "id"]

    def get_queryset(self) -> QuerySet[WalkNote]:
        """Visible notes."""
        return WalkNote.objects.visible_to(self.request.user).for_list().order_by("-pk")

    @extend_schema(
        summary="记走访随记", parameters=[HALL], request=NewNoteInput, responses={201: WalkNoteSerializer}
    )
    def create(self, request: Request) -> Response:
        """As the page, by a leader or manager of the hall; the same key is the same note."""
        sent, hall, day = _checked(NewNoteInput, request), current_hall(request), timezone.localdate()
        asked = {"hall": hall, "user": request.user, "day": day}
        form = WalkNoteForm(
            _with_keys({"key": uuid4(), **sent}, WalkNoteForm(**asked)), request.FILES, **asked
        )
        uploads = checked_form(form)["photos"]
        note = leave_note(form.glimpse(), hall=hall, by=request.user, uploads=uploads)
        return self._shown(note, 201)

    @extend_schema(summary="走访随记记入台账", request=RecordNoteInput, responses=WalkNoteSerializer)
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        """The manager names the act."""
        note, sent = self.get_object(), _checked(RecordNoteInput, request)
        asked = {"note": note, "hall": note.hall, "user": request.user, "day": timezone.localdate(note.at)}
        form = RecordNoteForm(_with_keys(sent, RecordNoteForm(**asked)), **asked)
        words = checked_form(form)["note"]
        done = record_note(note=note, by=request.user, act=form.act, staff=form.staff, words=words)
        return self._shown(done)

    @extend_schema(summary="了结走访随记", request=CloseNoteInput, responses=WalkNoteSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """With a word for its writer."""
        words = checked_form(CloseNoteForm(_checked(CloseNoteInput, request)))["words"]
        return self._shown(close_note(note=self.get_object(), by=request.user, words=words))

    def _shown(self, note: WalkNote, status: int = 200) -> Response:
        return Response(WalkNoteSerializer(self.get_queryset().get(pk=note.pk)).data, status=status)


def _checked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """What was sent, once its shape is right; the form says the rest."""
    shape(data=request.data).is_valid(raise_exception=True)
    return dict(plain(request))


def _with_keys(sent: Mapping[str, Any], form: WalkNoteForm) -> dict[str, Any]:
    """Codes and numbers exchanged for the keys the form offers; what is unknown stays no choice."""
    known: dict[str, dict[str, int]] = {
        "act": {act.code: pk for pk, act in form.acts.items()},
        "staff": {posting.staff.no: pk for pk, posting in form.people.items()},
        "window": {window.code: pk for pk, window in form.windows.items()},
    }
    named = {name: keys.get(str(sent[name]), "?") for name, keys in known.items() if sent.get(name)}
    return {**sent, **named}


note_routes = [("walk-notes", WalkNoteViewSet, "walk-note")]
