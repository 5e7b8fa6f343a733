"""Windows and people as programs read and send them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from windows.enums import Category, DayKind, StaffEventKind
from windows.models import CalendarDay, Department, Posting, ServiceHours, Staff, StaffEvent, Window

GENDERS = [("男", "男"), ("女", "女")]
LEAVING_KINDS = [(kind.value, kind.label) for kind in (StaffEventKind.LEFT, StaffEventKind.SENT_BACK)]
LOCAL_DAY_KINDS = [(kind.value, kind.label) for kind in (DayKind.LOCAL_OFF, DayKind.LOCAL_ON)]


class Visible(serializers.PrimaryKeyRelatedField[Any]):
    """A row by its id, among those the caller may see."""

    def __init__(self, model: Any = None, **kwargs: Any) -> None:
        self.model = model
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", model.objects.none())
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows one may name."""
        return self.model.objects.visible_to(self.context["request"].user)


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department of a hall."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    category_name = serializers.CharField(source="get_category_display", read_only=True)

    class Meta:
        model = Department
        fields = [
            "id",
            "hall",
            "name",
            "category",
            "category_name",
            "sort",
            "is_active",
            "hides_photo",
            "hides_duty",
            "hides_pledge",
        ]


class DepartmentInput(serializers.Serializer[Any]):
    """What may be said of a department."""

    name = serializers.CharField(max_length=60)
    category = serializers.ChoiceField(choices=Category.choices)
    sort = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    hides_photo = serializers.BooleanField(required=False)
    hides_duty = serializers.BooleanField(required=False)
    hides_pledge = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class SittingSerializer(serializers.ModelSerializer[Posting]):
    """Who sits at a window today."""

    staff = serializers.IntegerField(source="staff_id", read_only=True)
    name = serializers.CharField(source="staff.name", read_only=True)

    class Meta:
        model = Posting
        fields = ["staff", "name", "starts_on", "is_chief", "is_head"]


class WindowSerializer(serializers.ModelSerializer[Window]):
    """A window and who sits there today."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    department_name = serializers.CharField(source="department.name", read_only=True)
    category_name = serializers.CharField(source="get_category_display", read_only=True)
    people = SittingSerializer(source="today", many=True, read_only=True)
    services = serializers.SerializerMethodField()

    class Meta:
        model = Window
        fields = [
            "id",
            "hall",
            "code",
            "name",
            "department",
            "department_name",
            "category",
            "category_name",
            "floor",
            "zone",
            "sort",
            "opened_on",
            "closed_on",
            "duty",
            "pledge",
            "flow",
            "services",
            "people",
        ]

    def get_services(self, window: Window) -> list[str]:
        """The services offered now."""
        return [item.name for item in window.services.all() if item.is_active]


class WindowInput(serializers.Serializer[Any]):
    """What may be said of a window."""

    name = serializers.CharField(max_length=60)
    department = Visible(Department)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    floor = serializers.CharField(max_length=12, required=False, allow_blank=True)
    zone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    sort = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    duty = serializers.CharField(required=False, allow_blank=True)
    pledge = serializers.CharField(required=False, allow_blank=True)
    flow = serializers.CharField(required=False, allow_blank=True)


class NewWindowInput(WindowInput):
    """A new window."""

    code = serializers.CharField(max_length=12)
    opened_on = serializers.DateField(required=False, allow_null=True)


class CloseInput(serializers.Serializer[Any]):
    """The last day of a window."""

    day = serializers.DateField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class HeadInput(serializers.Serializer[Any]):
    """Who is to head the window."""

    staff = Visible(Staff)


class EventSerializer(serializers.ModelSerializer[StaffEvent]):
    """A dated step of a person's stay."""

    kind_name = serializers.CharField(source="get_kind_display", read_only=True)
    window = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = StaffEvent
        fields = ["kind", "kind_name", "day", "window", "reason"]


class StaffSerializer(serializers.ModelSerializer[Staff]):
    """A person, where the person sits today, and what happened."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    department_name = serializers.CharField(source="department.name", read_only=True)
    window = serializers.SerializerMethodField()
    events = EventSerializer(many=True, read_only=True)

    class Meta:
        model = Staff
        fields = [
            "id",
            "hall",
            "no",
            "name",
            "department",
            "department_name",
            "attendance_no",
            "gender",
            "phone",
            "political_status",
            "post",
            "joined_on",
            "left_on",
            "note",
            "window",
            "events",
        ]

    def get_window(self, staff: Staff) -> str | None:
        """The code of today's window."""
        return next((posting.window.code for posting in staff.today), None)  # type: ignore[attr-defined]


class StaffInput(serializers.Serializer[Any]):
    """What may be corrected about a person."""

    name = serializers.CharField(max_length=40)
    department = Visible(Department)
    attendance_no = serializers.CharField(max_length=30, required=False, allow_blank=True)
    gender = serializers.ChoiceField(choices=GENDERS, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    political_status = serializers.CharField(max_length=20, required=False, allow_blank=True)
    post = serializers.CharField(max_length=30, required=False, allow_blank=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class JoinInput(StaffInput):
    """A person who comes to the hall."""

    no = serializers.CharField(max_length=30)
    window = Visible(Window)
    day = serializers.DateField()
    is_chief = serializers.BooleanField(required=False)


class MoveInput(serializers.Serializer[Any]):
    """To which window, from when."""

    window = Visible(Window)
    starts_on = serializers.DateField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class LeaveInput(serializers.Serializer[Any]):
    """The last day in the hall, and how the person left."""

    kind = serializers.ChoiceField(choices=LEAVING_KINDS)
    day = serializers.DateField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class ReturnInput(serializers.Serializer[Any]):
    """Where and when a person comes again."""

    window = Visible(Window)
    day = serializers.DateField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class PostingSerializer(serializers.ModelSerializer[Posting]):
    """Who sat where, from when to when (both days inclusive)."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    window = serializers.SlugRelatedField(slug_field="code", read_only=True)
    staff_name = serializers.CharField(source="staff.name", read_only=True)

    class Meta:
        model = Posting
        fields = [
            "id",
            "hall",
            "staff",
            "staff_name",
            "window",
            "starts_on",
            "ends_on",
            "is_chief",
            "is_head",
        ]


class CalendarDaySerializer(serializers.ModelSerializer[CalendarDay]):
    """A day that is not what its weekday says; `hall` is null for the state's days."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    kind_name = serializers.CharField(source="get_kind_display", read_only=True)

    class Meta:
        model = CalendarDay
        fields = ["id", "hall", "day", "kind", "kind_name", "name", "source"]


class LocalDayChange(serializers.Serializer[Any]):
    """Another decision about a day."""

    kind = serializers.ChoiceField(choices=LOCAL_DAY_KINDS)
    name = serializers.CharField(max_length=40)


class LocalDayInput(LocalDayChange):
    """The hall's own decision about a day."""

    day = serializers.DateField()


class ServiceHoursSerializer(serializers.ModelSerializer[ServiceHours]):
    """A stretch of a weekday's service; `window` is null for the hall's own."""

    hall = serializers.SlugRelatedField(slug_field="code", read_only=True)
    window = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    weekday = serializers.IntegerField(read_only=True, help_text="0 是周一，6 是周日")
    opens = serializers.SerializerMethodField(help_text="大厅当地时间，08:30")
    closes = serializers.SerializerMethodField(help_text="大厅当地时间，12:00")

    class Meta:
        model = ServiceHours
        fields = ["id", "hall", "window", "weekday", "opens", "closes", "starts_on", "ends_on"]

    def get_opens(self, row: ServiceHours) -> str:
        """As a clock on the wall shows it: JSON Schema's `time` would name a zone."""
        return f"{row.opens:%H:%M}"

    def get_closes(self, row: ServiceHours) -> str:
        """As above."""
        return f"{row.closes:%H:%M}"


class DaysSerializer(serializers.Serializer[Any]):
    """The stretches of each weekday, as one types them: "08:30-12:00 13:30-17:30"; empty for a closed day."""

    day0 = serializers.CharField(label="周一", required=False, allow_blank=True, max_length=100)
    day1 = serializers.CharField(label="周二", required=False, allow_blank=True, max_length=100)
    day2 = serializers.CharField(label="周三", required=False, allow_blank=True, max_length=100)
    day3 = serializers.CharField(label="周四", required=False, allow_blank=True, max_length=100)
    day4 = serializers.CharField(label="周五", required=False, allow_blank=True, max_length=100)
    day5 = serializers.CharField(label="周六", required=False, allow_blank=True, max_length=100)
    day6 = serializers.CharField(label="周日", required=False, allow_blank=True, max_length=100)


class WeekSerializer(DaysSerializer):
    """The week as it stands today, and what is set for later."""

    hall = serializers.CharField(label="大厅代码")
    coming = serializers.CharField(label="已排好的", allow_blank=True)


class WeekInput(DaysSerializer):
    """Another whole week, from a day on or for a season; a day that is not sent is closed."""

    starts_on = serializers.DateField(label="从哪天起")
    ends_on = serializers.DateField(label="到哪天", required=False, allow_null=True)
