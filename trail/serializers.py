"""Traces as programs read them."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from trail.audit_words import action_words
from trail.enums import ChannelKind, MaskStyle
from trail.models import (
    AuditEntry,
    Channel,
    Delivery,
    ImportRun,
    JobRun,
    LongRun,
    Notice,
    PhotoMask,
    StoredFile,
    UndoStep,
)
from trail.services.outbox import event_of


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A line of the inbox."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    kind = serializers.SerializerMethodField(help_text="种类，与条件 kind 的取值相同")

    class Meta:
        model = Notice
        fields = ["id", "hall", "kind", "title", "url", "due_at", "created_at", "read_at"]

    def get_kind(self, row: Notice) -> str:
        """What it is about."""
        return event_of(row)


class UndoStepSerializer(serializers.ModelSerializer[UndoStep]):
    """A change that its author may take back."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    words = serializers.CharField(read_only=True)

    class Meta:
        model = UndoStep
        fields = [
            "id",
            "hall",
            "at",
            "action",
            "words",
            "target_kind",
            "target_id",
            "target_label",
            "undone_at",
            "reason",
        ]


class UndoInput(serializers.Serializer[Any]):
    """Why; may be left out in the first ten seconds."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class JobRunSerializer(serializers.ModelSerializer[JobRun]):
    """A run of a job."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = JobRun
        fields = [
            "id",
            "job",
            "hall",
            "period",
            "status",
            "status_name",
            "attempts",
            "started_at",
            "finished_at",
            "result",
            "error",
        ]


class LongRunSerializer(serializers.ModelSerializer[LongRun]):
    """A long run: how far it is, and what came of it."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)
    seconds_left = serializers.SerializerMethodField(help_text="估计还要的秒数；看不出时为 null")
    page = serializers.CharField(source="get_absolute_url", read_only=True)
    file = serializers.SerializerMethodField(help_text="结果文件的地址；没有或已过期时为 null")

    class Meta:
        model = LongRun
        fields = [
            "id",
            "kind",
            "title",
            "hall",
            "status",
            "status_name",
            "done",
            "total",
            "step",
            "seconds_left",
            "words",
            "detail",
            "page",
            "url",
            "file",
            "expires_at",
            "created_at",
            "started_at",
            "finished_at",
        ]

    def get_seconds_left(self, run: LongRun) -> int | None:
        """Whole seconds."""
        left = run.time_left()
        return None if left is None else round(left.total_seconds())

    def get_file(self, run: LongRun) -> str | None:
        """Fetched with the same sign-in as the page, or with the token."""
        return reverse("api:run-file", args=[run.pk]) if run.result_id else None


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    """A channel; its address and secret are never told."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Channel
        fields = ["id", "hall", "kind", "name", "host", "events", "with_title", "is_active", "created_at"]


class NewChannelSerializer(ChannelSerializer):
    """A channel, and the secret that has just been made for it."""

    secret = serializers.CharField(read_only=True, required=False, help_text="签名密钥，只在这一次给出")

    class Meta(ChannelSerializer.Meta):
        fields = [*ChannelSerializer.Meta.fields, "secret"]


class ChannelInput(serializers.Serializer[Any]):
    """What a channel hears; `trail.outbox_forms` checks it for page and API alike."""

    name = serializers.CharField(required=False, max_length=60)
    events = serializers.ListField(child=serializers.CharField(), required=False, help_text="空的就是全部")
    with_title = serializers.BooleanField(required=False, help_text="标题里可能有人名")
    is_active = serializers.BooleanField(required=False)


class NewChannelInput(serializers.Serializer[Any]):
    """A new channel."""

    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    name = serializers.CharField(max_length=60)
    url = serializers.CharField(max_length=500, help_text="加密保存，不再给出")
    secret = serializers.CharField(
        required=False, max_length=200, help_text="只用于钉钉加签；接口推送的由系统生成"
    )
    events = serializers.ListField(child=serializers.CharField(), required=False, help_text="空的就是全部")
    with_title = serializers.BooleanField(required=False)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A message on its way out, and what became of it."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    status_name = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "hall",
            "channel",
            "event",
            "title",
            "status",
            "status_name",
            "attempts",
            "next_at",
            "created_at",
            "sent_at",
            "last_words",
        ]


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    """What a file brought in, and the rows that were refused."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    by = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = ImportRun
        fields = [
            "id",
            "kind",
            "hall",
            "file_name",
            "sha256",
            "by",
            "at",
            "created",
            "updated",
            "unchanged",
            "rejected",
        ]


class ImportInput(serializers.Serializer[Any]):
    """A file to bring in; `trail.import_forms.ImportForm` checks it for page and API alike."""

    kind = serializers.CharField(help_text="roster、punches、leave、patrols")
    file = serializers.FileField()
    month = serializers.CharField(required=False, help_text="2026-10：没有写年份的日期按它取年")
    all_or_nothing = serializers.BooleanField(required=False)
    dry_run = serializers.BooleanField(required=False, help_text="只检查，不保存")
    as_proposals = serializers.BooleanField(required=False, help_text="只用于 patrols：记为草稿")


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    """An audit row."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    by = serializers.SlugRelatedField(slug_field="username", read_only=True)
    action_name = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "hall",
            "at",
            "by",
            "job",
            "address",
            "action",
            "action_name",
            "target_kind",
            "target_id",
            "target_label",
            "before",
            "after",
            "reason",
        ]

    def get_action_name(self, entry: AuditEntry) -> str:
        """What the page calls the action."""
        return action_words(entry.action)


class MaskSerializer(serializers.ModelSerializer[PhotoMask]):
    """A mask of a photo; regions in thousandths of its width and height."""

    by = serializers.SlugRelatedField(slug_field="username", read_only=True)
    lifted_by = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = PhotoMask
        fields = ["id", "regions", "style", "reason", "by", "at", "lifted_by", "lifted_at", "lift_reason"]


class FileSerializer(serializers.ModelSerializer[StoredFile]):
    """A photo or attachment: its facts, and the addresses of its bytes."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    url = serializers.SerializerMethodField()
    thumb_url = serializers.SerializerMethodField()
    is_masked = serializers.SerializerMethodField()

    class Meta:
        model = StoredFile
        fields = [
            *("id", "hall", "kind", "kind_name", "name", "content_type", "size", "width", "height"),
            *("taken_at", "created_at", "url", "thumb_url", "is_masked", "quarantined_at"),
        ]

    def get_url(self, stored: StoredFile) -> str:
        """Where the bytes are, for the same readers."""
        return stored.get_absolute_url()

    def get_thumb_url(self, stored: StoredFile) -> str:
        """The small picture; empty for what is no photo."""
        return reverse("trail:thumb", args=[stored.pk]) if stored.is_photo else ""

    def get_is_masked(self, stored: StoredFile) -> bool:
        """Whether parts of it are hidden."""
        return any(mask.lifted_at is None for mask in stored.masks.all())


class RegionSerializer(serializers.Serializer[Any]):
    """A rectangle in thousandths of the photo's width and height."""

    x = serializers.IntegerField(min_value=0, max_value=1000)
    y = serializers.IntegerField(min_value=0, max_value=1000)
    w = serializers.IntegerField(min_value=1, max_value=1000)
    h = serializers.IntegerField(min_value=1, max_value=1000)


class MaskRequestSerializer(serializers.Serializer[Any]):
    """What to hide, how, and why."""

    regions = RegionSerializer(many=True)
    style = serializers.ChoiceField(choices=MaskStyle.choices, default=MaskStyle.BLACK)
    reason = serializers.CharField(max_length=200)


class LiftRequestSerializer(serializers.Serializer[Any]):
    """Which mask goes, and why."""

    mask = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=200)


class WhySerializer(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=200)
