"""Forms of covert inspection: what is wrong is said in the person's words; the services keep the rules."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.db.models import Case, IntegerField, When
from django.utils import timezone

from patrols.enums import QuestionKind
from patrols.services.covert import MOST_QUESTIONS, Plan, Question, inspectors_of
from patrols.services.covert_reports import Adopted, HandOver, Said, Visited
from violations.forms import FilesField, GuardedForm, words_field
from violations.rule_enums import Subject
from violations.tariff import acts_for
from windows.models import Posting, Window

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from patrols.models import CovertReport, CovertTask
    from violations.models import Act

MOST_POINTS = 10
"""A choice of one tap on a phone holds no more."""
UNSEEN = "x"
SHOWN_ROWS = 4
"""Lines of the sheet that stand open; the rest is behind 更多题目."""
ADOPT, RETURN, DISMISS = "adopt", "return", "dismiss"
VERDICTS = [(ADOPT, "采用"), (RETURN, "退回补充"), (DISMISS, "不采用")]
NO_ACT = "只记分，不移交"


def time_field(label: str, **kwargs: Any) -> forms.TimeField:
    """A time of day."""
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "时间看不懂，请写成 14:31。", "required": "请写时间。"},
        **kwargs,
    )


def day_field(label: str) -> forms.DateField:
    """A day."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": f"请选{label}。", "invalid": "日期看不懂，请写成 2026-11-25。"},
    )


class QuestionForm(forms.Form):
    """评分题: a line of the score sheet; a line left empty is none."""

    words = forms.CharField(label="题目", max_length=120, error_messages={"required": "请写题目。"})
    kind = forms.ChoiceField(
        label="题型",
        choices=QuestionKind.choices,
        initial=QuestionKind.YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "请选题型。"},
    )
    most = forms.IntegerField(label="满分", min_value=1, max_value=MOST_POINTS, required=False)
    passed_from = forms.IntegerField(label="合格分", min_value=1, max_value=MOST_POINTS, required=False)
    act = forms.ChoiceField(label="不合格记什么", required=False)

    def __init__(self, *args: Any, acts: dict[int, Act], **kwargs: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self.acts = acts
        choices = [("", NO_ACT), *((str(pk), act.name) for pk, act in acts.items())]
        self.fields["act"].choices = choices  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """Whether the line was begun; the kind alone is no beginning."""
        return any(self[name].value() for name in ("words", "most", "passed_from", "act"))

    def clean(self) -> dict[str, Any]:
        """Points need a full mark and the mark from which they are good enough."""
        data = super().clean() or {}
        if data.get("kind") == QuestionKind.POINTS and not {"most", "passed_from"} & set(self.errors):
            most, passed = data.get("most"), data.get("passed_from")
            if not most or not passed or passed > most:
                self.add_error("most", "打分题要写满分和合格分，合格分不超过满分。")
        return data

    def question(self) -> Question:
        """As the service takes it."""
        data = self.cleaned_data
        act = self.acts[int(data["act"])] if data["act"] else None
        return Question(data["words"], data["kind"], data["most"], data["passed_from"], act)


class TaskForm(GuardedForm):
    """派发暗访任务: what to do, where, when, who, and the score sheet in `rows`."""

    refused_at = {"bad_span": "ends_on", "bad_choice": "inspector"}

    title = forms.CharField(label="任务", max_length=80, error_messages={"required": "请写任务名称。"})
    script = words_field(
        "暗访脚本",
        missing="请写暗访脚本：以什么身份去、问什么、看什么。",
        longest=2000,
        help_text="以什么身份去、问什么、看什么。只有被派的监督员看得到，最多 2000 字。",
    )
    windows = forms.MultipleChoiceField(
        label="窗口",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个也不选，就是任意窗口。",
    )
    starts_on = day_field("开始日")
    ends_on = day_field("截止日")
    opens = time_field("每天从", required=False)
    closes = time_field("每天到", required=False)
    inspector = forms.ChoiceField(
        label="派给",
        error_messages={"required": "请选监督员。"},
        help_text="派出以后，任何页面都不再显示是谁。",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, hall: Hall, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hall = hall
        rows = Window.objects.visible_to(user).filter(hall=hall).open_on(timezone.localdate())
        self.windows = {str(row.pk): row for row in rows.select_related("department").on_route()}
        self.people = {str(row.pk): row for row in inspectors_of(hall)}
        acts = {act.pk: act for act in acts_for(hall) if not act.is_bonus}
        self._offer("windows", [(pk, str(row)) for pk, row in self.windows.items()])
        self._offer("inspector", [("", "请选择"), *((pk, row.name) for pk, row in self.people.items())])
        first = (self.initial.get("questions") or []) + [{}] * MOST_QUESTIONS
        self.rows = [
            QuestionForm(
                self.data if self.is_bound else None,
                prefix=f"q{n}",
                acts=acts,
                initial=first[n - 1],
            )
            for n in range(1, MOST_QUESTIONS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """A sheet has at least one question, and every line that was begun is complete."""
        data = super().clean() or {}
        for number, row in enumerate(self.rows, start=1):
            for error in [words for errors in row.errors.values() for words in errors]:
                self.add_error(None, f"第 {number} 题：{error}")
        if not self.errors and not self._filled():
            self.add_error(None, "评分表至少要有一道题。")
        return data

    def plan(self) -> Plan:
        """As the service takes it."""
        data = self.cleaned_data
        return Plan(
            title=data["title"],
            script=data["script"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            opens=data["opens"],
            closes=data["closes"],
            windows=[self.windows[pk] for pk in data["windows"]],
            questions=[row.question() for row in self._filled()],
        )

    @property
    def chosen(self) -> User:
        """The volunteer."""
        return self.people[self.cleaned_data["inspector"]]

    @property
    def many(self) -> bool:
        """Whether the lines behind 更多题目 have something in them."""
        return any(
            any(row[name].value() for name in ("words", "most", "act")) for row in self.rows[SHOWN_ROWS:]
        )

    def _filled(self) -> list[QuestionForm]:
        return [row for row in self.rows if row.has_changed() and row.is_valid()]

    def _offer(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class ReportForm(GuardedForm):
    """暗访报告: one tap a question; words and photos where there is something to tell."""

    refused_at = {
        "window_missing": "window",
        "future": "time",
        "bad_time": "time",
        "bad_photo": "photos",
        "file_too_large": "photos",
        "too_many_photos": "photos",
    }

    window = forms.ChoiceField(label="去了哪个窗口", error_messages={"required": "请选窗口。"})
    day = day_field("哪天去的")
    time = time_field("几点", help_text="时间封存，大厅只看得到日期。")
    words = words_field("经过", missing="", longest=1000, required=False)
    photos = FilesField(label="照片", accept="image/*")
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, task: CovertTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task, self.questions = task, list(task.questions.all())
        rows = list(task.windows.select_related("department").all()) or list(
            Window.objects.filter(hall=task.hall_id).open_on(timezone.localdate()).on_route()
        )
        self.windows = {str(row.pk): row for row in rows}
        choices = [(pk, f"{row.code} {row.name}") for pk, row in self.windows.items()]
        self.fields["window"].choices = choices if len(choices) == 1 else [("", "请选择"), *choices]  # type: ignore[attr-defined]
        now = timezone.localtime()
        self.fields["day"].initial = min(max(now.date(), task.starts_on), task.ends_on)
        self.fields["time"].initial = now.replace(second=0, microsecond=0)
        for question in self.questions:
            self._ask(question)

    def visited(self) -> Visited:
        """As the service takes it."""
        data = self.cleaned_data
        return Visited(
            client_uuid=data["client_uuid"],
            window=self.windows[data["window"]],
            at=timezone.make_aware(datetime.combine(data["day"], data["time"])),
            answers={q.pk: self._said(q) for q in self.questions},
            words=data["words"],
            uploads=data["photos"],
        )

    @property
    def asked(self) -> list[tuple[int, Any, Any]]:
        """Number, answer and words of each question, for the page."""
        pairs = [(self[f"a{q.pk}"], self[f"w{q.pk}"]) for q in self.questions]
        return [(number, *pair) for number, pair in enumerate(pairs, start=1)]

    def _ask(self, question: Any) -> None:
        choices = [("1", "是"), ("0", "否")]
        if question.kind == QuestionKind.POINTS:
            choices = [(str(n), f"{n} 分") for n in range(question.most, -1, -1)]
        self.fields[f"a{question.pk}"] = forms.ChoiceField(
            label=question.words,
            choices=[*choices, (UNSEEN, "没有看到")],
            widget=forms.RadioSelect,
            error_messages={"required": f"请回答：{question.words}"},
        )
        self.fields[f"w{question.pk}"] = forms.CharField(
            label="看到了什么",
            max_length=300,
            required=False,
            widget=forms.TextInput(attrs={"placeholder": "看到了什么（可不填）"}),
        )

    def _said(self, question: Any) -> Said:
        value = self.cleaned_data[f"a{question.pk}"]
        return Said(None if value == UNSEEN else int(value), self.cleaned_data[f"w{question.pk}"])


class ReviewForm(GuardedForm):
    """审阅: adopt and hand over what failed, send back, or put aside with a reason."""

    verdict = forms.ChoiceField(
        label="审阅意见",
        choices=VERDICTS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选审阅意见。"},
    )
    photos = forms.MultipleChoiceField(
        label="随记录出示的照片",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="出示以前，先遮挡能认出监督员的地方；遮挡掉的，大厅打不开原件。",
    )
    words = words_field("说明", missing="", required=False, help_text="退回和不采用必须写，最多 500 字。")

    def __init__(self, *args: Any, report: CovertReport, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.report = report
        answers = report.answers.select_related("question__act__rulebook__hall", "question")
        self.failed = [a for a in answers if a.is_failed and a.question.act_id is not None]
        self.people = self._people(user) if self.failed else {}
        files = [(str(p.file_id), f"第 {n} 张") for n, p in enumerate(report.photos.all(), start=1)]
        self.fields["photos"].choices = files  # type: ignore[attr-defined]
        self.fields["photos"].initial = [pk for pk, _ in files]
        if not files:
            del self.fields["photos"]
        for answer in self.failed:
            self._offer(answer)

    def clean(self) -> dict[str, Any]:
        """A reason where one is needed; a person for acts about people."""
        data = super().clean() or {}
        if data.get("verdict") in (RETURN, DISMISS) and not data.get("words"):
            self.add_error("words", "请写明要补什么，或者不采用的理由。")
        for answer in self.failed if data.get("verdict") == ADOPT else ():
            is_about_staff = answer.question.act.subject == Subject.STAFF
            if data.get(f"take{answer.pk}") and is_about_staff and not data.get(f"staff{answer.pk}"):
                self.add_error(f"staff{answer.pk}", f"“{answer.question.act}”是记在人身上的，请选是谁。")
        return data

    def adopted(self) -> Adopted:
        """As the service takes it."""
        data = self.cleaned_data
        taken = [a for a in self.failed if data[f"take{a.pk}"]]
        items = [
            HandOver(a, self.people.get(data.get(f"staff{a.pk}", "")), data[f"note{a.pk}"]) for a in taken
        ]
        sent = {str(p.file_id): p.file_id for p in self.report.photos.all()}
        return Adopted(items, [sent[pk] for pk in data.get("photos", [])], data["words"])

    @property
    def offered(self) -> list[tuple[Any, Any, Any, Any]]:
        """Each failed answer with its fields, for the page."""
        return [
            (
                answer,
                self[f"take{answer.pk}"],
                self[f"staff{answer.pk}"] if f"staff{answer.pk}" in self.fields else None,
                self[f"note{answer.pk}"],
            )
            for answer in self.failed
        ]

    def _offer(self, answer: Any) -> None:
        act = answer.question.act
        self.fields[f"take{answer.pk}"] = forms.BooleanField(
            label=f"移交：{act}", required=False, initial=True
        )
        if act.subject == Subject.STAFF:
            people = [(pk, person.seat) for pk, person in self.people.items()]
            self.fields[f"staff{answer.pk}"] = forms.ChoiceField(
                label="谁", required=False, choices=[("", "—— 请选当天在岗的人 ——"), *people]
            )
        self.fields[f"note{answer.pk}"] = forms.CharField(
            label="记录上的说明",
            max_length=300,
            required=False,
            initial=answer.words,
            help_text="当事人看得到；不要写能认出监督员的话。",
        )

    def _people(self, user: User) -> dict[str, Any]:
        """People of the day, those of the window visited first."""
        here = Case(When(window=self.report.window_id, then=0), default=1, output_field=IntegerField())
        rows = Posting.objects.visible_to(user).of_hall(self.report.window.hall).on(self.report.visited_on)
        rows = rows.select_related("staff__department", "window").order_by(here, "window__code", "pk")
        people = {}
        for row in rows:
            row.staff.seat = f"{row.window.code} {row.staff.name}"
            people.setdefault(str(row.staff_id), row.staff)
        return people


class IdentityForm(GuardedForm):
    """查看监督员身份: on which appeal, and why."""

    refused_at = {"no_reason": "reason"}

    appeal = forms.ChoiceField(label="因哪件申诉", error_messages={"required": "请选申诉。"})
    reason = forms.CharField(
        label="理由",
        max_length=200,
        error_messages={"required": "请写明为什么要看身份。"},
        help_text="会记入操作留痕，并告知监督员本人。",
    )

    def __init__(self, *args: Any, appeals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(a.pk), f"{a.number} {a.record.who} {a.record.act}") for a in appeals]
        self.fields["appeal"].choices = choices  # type: ignore[attr-defined]
