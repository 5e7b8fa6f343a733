"""暗访 in the demo: one visit adopted, one that waits for review, one the volunteer has still to make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from config.demo.photos import draw_photo
from patrols.enums import QuestionKind
from patrols.models import CovertTask
from patrols.services.covert import Plan, Question, give_task
from patrols.services.covert_reports import (
    Adopted,
    HandOver,
    Said,
    Visited,
    adopt_report,
    latest_report,
    send_report,
)
from windows.models import Window

if TYPE_CHECKING:
    from random import Random

    from accounts.models import Hall, User
    from patrols.models import CovertReport
    from violations.models import Act

SCRIPT = (
    "以普通市民的身份去，不要说明来意。\n"
    "先在引导台问该去哪个窗口，再到窗口问要带哪些材料、几天办完。\n"
    "留意有没有人在岗、是否一次说清；不要与工作人员争执，觉得不方便就离开。"
)


@dataclass
class CovertStory:
    """The supervision office and its volunteer in one hall."""

    hall: Hall
    supervisor: User
    inspector: User
    acts: dict[str, Act]
    rng: Random

    def visited(self, code: str) -> None:
        """A visit with a finding at the window."""
        window = Window.objects.get(hall=self.hall, code=code)
        self._report(self._task("咨询业务办理", window), window, (1, 4, 0), "台面上堆着材料，态度不错。")

    def adopt(self) -> None:
        """What was found goes its way into the ledger."""
        task = CovertTask.objects.to_review().filter(hall=self.hall).earliest("pk")
        report = latest_report(task)
        untidy = report.answers.get(question__act=self.acts["untidy_window"])
        item = HandOver(untidy, note="台面堆放材料和私人物品。")
        photos = [photo.file_id for photo in report.photos.all()]
        adopt_report(task=task, adopted=Adopted([item], photos), by=self.supervisor)

    def reported(self, code: str) -> None:
        """A report that nobody has reviewed yet."""
        window = Window.objects.get(hall=self.hall, code=code)
        self._report(self._task("咨询材料清单", window), window, (0, None, 1), "等了十分钟，窗口没有人。")

    def open(self) -> None:
        """A task that waits for the volunteer."""
        self._task("任选一个窗口办事")

    def _task(self, title: str, *windows: Window) -> CovertTask:
        today = timezone.localdate()
        questions = [
            Question("窗口有人在岗吗", act=self.acts["unstaffed_window"]),
            Question("说话和气、一次说清吗", QuestionKind.POINTS, 5, 3),
            Question("台面整洁吗", act=self.acts["untidy_window"]),
        ]
        plan = Plan(title, SCRIPT, today, today + timedelta(days=7), questions, windows)
        return give_task(
            hall=self.hall, plan=plan, inspector=self.inspector, by=self.supervisor, client_uuid=self._uuid()
        )

    def _report(
        self, task: CovertTask, window: Window, values: tuple[int | None, ...], words: str
    ) -> CovertReport:
        asked = task.questions.all()
        visited = Visited(
            client_uuid=self._uuid(),
            window=window,
            at=timezone.now() - timedelta(minutes=40),
            answers={q.pk: Said(value) for q, value in zip(asked, values, strict=True)},
            words=words,
            uploads=[draw_photo(self.rng, window.code)],
        )
        return send_report(task=task, visited=visited, by=self.inspector)

    def _uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)
