"""故事 story: how one hall lives from day to day, every step through the same services people use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from bulletins.models import Bulletin, Letter
from bulletins.services.drafting import submit_bulletin
from bulletins.services.letters import submit_letter, write_letter
from bulletins.services.signing import mark_read, sign_off
from config.demo.photos import draw_photo
from patrols.enums import DutyKind, RoundKind
from patrols.models import DutyDay
from patrols.services.notes import Glimpse, close_note, leave_note
from patrols.services.rounds import finish_round, start_round
from patrols.services.visits import Seen, Tap, note_finding, note_no_problem
from violations.enums import OPEN, RecordSource, RecordStatus, RectificationStatus
from violations.models import Act, ConductRecord, Rectification
from violations.services.appeals import decide_appeal, file_appeal
from violations.services.arranging import ask_extension, plan_recheck, plan_rectification
from violations.services.ledger import (
    Found,
    accept_record,
    confirm_record,
    dismiss_record,
    find_record,
    state_on_record,
)
from violations.services.rectify import order_rectification, recheck_rectification, submit_rectification
from windows import working_days
from windows.models import Posting, Staff, Window

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from config.demo.agenda import Agenda
    from config.demo.cast import Habit
    from patrols.models import Round

ERRS = {
    "absent_from_post": 12,
    "chatting_at_other_post": 8,
    "playing_games": 4,
    "eating": 6,
    "dozing": 4,
    "late_arrival": 6,
    "rude_attitude": 2,
    "bringing_outsiders": 2,
}
WINDOW_ERRS = {"unstaffed_window": 3, "untidy_window": 6}
SHINES = {"thanks_letter": 5, "good_deed": 2, "media_praise": 1}
WINDOW_SHINES = {"instant_conversion": 2, "shortened_promise": 2, "window_thanks": 3}
WORDS = {
    "absent_from_post": (
        "离开约十分钟，座位上没有留去向牌",
        "群众排队，窗口无人应答",
        "去向牌未摆，约八分钟后返回",
    ),
    "chatting_at_other_post": ("在邻窗聊天约五分钟", "与同事闲谈，群众等候"),
    "playing_games": ("用手机玩游戏", "电脑上开着小游戏"),
    "eating": ("柜台内吃早餐", "吃零食"),
    "untidy_window": ("台面堆放私人物品", "材料散放，有水渍"),
    "unstaffed_window": ("开窗时间无人在岗",),
}
DENIALS = (
    ("at_work", "当时在后台核对档案，是在办同一位群众的业务。"),
    ("on_leave", "当天上午请了半天公出，审批单在派驻单位。"),
    ("put_right", "值班员提醒后当场改正，没有影响办事。"),
    ("other", "群众情绪激动，我去大厅引导台请同事协助。"),
)
ROUND_STEPS = timedelta(seconds=40)


@dataclass
class HallStory:
    """One hall with the people who act in it.

    `until` is the moment the story stops; from `twice_since` on the hall is walked twice a day.
    """

    hall: Hall
    officers: list[User]
    managers: list[User]
    leader: User
    habits: dict[int, Habit]
    rng: Random
    agenda: Agenda
    until: datetime
    rounds: tuple[tuple[str, time], ...]
    twice_since: date
    acts: dict[str, Act] = field(default_factory=dict)

    def plan_day(self, day: date) -> None:
        """Put the day's rounds, praise and paperwork on the agenda; nothing on a day off."""
        if not working_days.is_working_day(self.hall, day):
            return
        for kind, start in self.rounds:
            if kind == RoundKind.AFTERNOON and day < self.twice_since:
                continue
            self._at(day, start, partial(self.walk, day, kind))
        if self.rng.random() < 0.35:
            self._at(day, time(11, 5), self.praise)
        self._at(day, time(14, 20), self.settle_papers)

    def _at(self, day: date, clock: time, act: object) -> None:
        moment = timezone.make_aware(datetime.combine(day, clock))
        jitter = timedelta(seconds=self.rng.randrange(60, 900))
        if moment + jitter <= self.until:
            self.agenda.at(moment + jitter, act)  # type: ignore[arg-type]

    # --- rounds ---------------------------------------------------------------------------

    def walk(self, day: date, kind: str) -> None:
        """One round: most windows are well, some findings, a window missed now and then."""
        officer = self.rng.choice(self.officers)
        on_duty = DutyDay.objects.of_day(self.hall, day).filter(kind=DutyKind.MANAGE).first()
        if on_duty is not None and on_duty.user is not None:
            officer = on_duty.user
        round_ = start_round(hall=self.hall, kind=kind, by=officer, client_uuid=self._uuid())
        missed = {}
        sitting = self._sitting(day)
        for window in Window.objects.filter(hall=self.hall).open_on(day).on_route():
            if self.agenda.clock.moment + ROUND_STEPS > self.until:
                return  # the story stops in the middle of a round
            self.agenda.clock.move_to(self.agenda.clock.moment + ROUND_STEPS)
            if self.rng.random() < 0.01:
                missed[window.pk] = "窗口当日停电检修"
            else:
                self._look(round_, window, officer, sitting.get(window.pk, []))
        finish_round(round_=round_, by=officer, reasons=missed)

    def _sitting(self, day: date) -> dict[int, list[Posting]]:
        """Who sits where, by window; read once a round."""
        people: dict[int, list[Posting]] = {}
        for posting in Posting.objects.on(day).filter(hall=self.hall).select_related("staff").order_by("pk"):
            people.setdefault(posting.window_id, []).append(posting)
        return people

    def _look(self, round_: Round, window: Window, officer: User, people: list[Posting]) -> None:
        tap = Tap(window=window, client_uuid=self._uuid(), at=self.agenda.clock.moment)
        seen = self._seen(people)
        if seen is None:
            note_no_problem(round_=round_, tap=tap, by=officer)
            return
        photos = [draw_photo(self.rng, window.code)] if self.rng.random() < 0.6 else []
        visit = note_finding(round_=round_, tap=tap, seen=seen, by=officer, uploads=photos)
        record = visit.finding.record
        self._later(timedelta(hours=self.rng.choice((2, 20, 26))), partial(self.answer, record.pk))

    def _seen(self, people: list[Posting]) -> Seen | None:
        if people and self.rng.random() < 0.006:
            code = self._pick(WINDOW_ERRS)
            return Seen(self.acts[code], words=self._words(code))
        for posting in people:
            if self.rng.random() < 0.008 * self.habits[posting.staff_id].errs:
                code = self._pick(ERRS)
                return Seen(self.acts[code], posting.staff, self._words(code))
        return None

    # --- answers, decisions, appeals ------------------------------------------------------

    def answer(self, record_id: int) -> None:
        """The person concerned accepts, states, or lets the time pass."""
        record = self._record(record_id)
        person = self._concerned(record)
        if record.status != RecordStatus.NOTIFIED or person is None:
            return
        choice = self.rng.random()
        if choice < 0.55:
            accept_record(record=record, by=person)
        elif choice < 0.85:
            reason, words = self.rng.choice(DENIALS)
            state_on_record(record=record, by=person, reason=reason, words=words)
            self._later(timedelta(hours=self.rng.choice((3, 19, 24))), partial(self.decide, record_id))

    def decide(self, record_id: int) -> None:
        """A manager who did not find it decides; some of the confirmed ones appeal."""
        record = self._record(record_id)
        if record.status not in (RecordStatus.STATED, RecordStatus.DRAFT):
            return
        manager = next(m for m in self.managers if m.pk != record.finder_id)
        if not record.act.is_bonus and self.rng.random() < 0.35:
            dismiss_record(record=record, by=manager, reason="经核实情况属实，当时确在办理业务，不予认定。")
            return
        confirm_record(record=record, by=manager, note="经核对巡查照片和当日安排，予以认定。")
        if not record.act.is_bonus and self.rng.random() < 0.4:
            self._later(timedelta(hours=21), partial(self.appeal, record_id))

    def appeal(self, record_id: int) -> None:
        """The person concerned asks somebody else to look again."""
        record = self._record(record_id)
        person = self._concerned(record)
        if record.status != RecordStatus.CONFIRMED or person is None:
            return
        words = "请再看当天的叫号记录，我当时正在给群众办件。"
        appeal = file_appeal(record=record, by=person, words=words)
        self._later(timedelta(hours=self.rng.choice((20, 26))), partial(self.review, appeal))

    def review(self, appeal: object) -> None:
        """The leader reviews."""
        is_allowed = self.rng.random() < 0.4
        opinion = "叫号记录显示正在办件，申诉成立。" if is_allowed else "叫号记录与照片不符，维持认定。"
        decide_appeal(appeal=appeal, by=self.leader, is_allowed=is_allowed, opinion=opinion)  # type: ignore[arg-type]

    def praise(self) -> None:
        """Somebody is thanked; a manager checks it the next day."""
        day = timezone.localdate()
        postings = list(Posting.objects.on(day).filter(hall=self.hall).select_related("staff", "window"))
        weights = [self.habits[p.staff_id].shines for p in postings]
        posting = self.rng.choices(postings, weights)[0]
        is_window = self.rng.random() < 0.4
        code = self._pick(WINDOW_SHINES if is_window else SHINES)
        found = Found(
            act=self.acts[code],
            at=self.agenda.clock.moment,
            window=posting.window,
            staff=None if is_window else posting.staff,
            note="群众送来感谢信，已留存原件。" if "thanks" in code else "材料已核对留存。",
            source=RecordSource.PRAISE,
        )
        record = find_record(found, hall=self.hall, by=self.rng.choice(self.officers))
        self._later(timedelta(hours=self.rng.choice((4, 22))), partial(self.decide, record.pk))

    # --- left for who looks at the demo ---------------------------------------------------

    def leave_unanswered(self, staff: Staff, officer: int = 0) -> ConductRecord:
        """A finding the person has not answered yet; noted by two officers it waits to be merged."""
        posting = Posting.objects.on(timezone.localdate()).select_related("window").get(staff=staff)
        found = Found(
            act=self.acts["chatting_at_other_post"],
            at=self.agenda.clock.moment,
            window=posting.window,
            staff=staff,
            note="与邻窗交谈约四分钟，有群众等候。",
        )
        photos = [draw_photo(self.rng, posting.window.code)]
        return find_record(found, hall=self.hall, by=self.officers[officer], uploads=photos)

    def leave_undecided(self, staff: Staff) -> None:
        """A statement the manager has not decided on yet."""
        record = self.leave_unanswered(staff)
        reason, words = DENIALS[0]
        state_on_record(record=record, by=staff.user, reason=reason, words=words)

    def leave_arranged(self) -> None:
        """One order with a plan and an extension asked for; one handed in, to be looked at on a round."""
        rows = ConductRecord.objects.filter(
            hall=self.hall, rectification=None, act__is_bonus=False
        ).counting()
        found = [
            (record, head)
            for record in rows.select_related("window", "hall", "act").order_by("-pk")[:20]
            if record.window is not None and (head := self._head(record.window)) is not None
        ]
        orders = [
            (order_rectification(record=record, by=self.managers[0]), head) for record, head in found[:2]
        ]
        for order, head in orders[:1]:
            words = "本周五前整理好柜台，晨会讲一次，由首席代表每天查。"
            plan_rectification(rectification=order, by=head, words=words)
            ask_extension(rectification=order, by=head, days=2, reason="新文件柜下周二才到货。")
        for order, head in orders[1:]:
            photos = [draw_photo(self.rng, "整改后")]
            submit_rectification(rectification=order, by=head, words="已整改，附照片。", uploads=photos)
            plan_recheck(rectification=order, by=self.officers[0], day=timezone.localdate())

    def leave_notes(self) -> None:
        """What the leader saw in passing: one closed with a word, one for the manager to decide on."""
        windows = list(Window.objects.filter(hall=self.hall).open_on(timezone.localdate()).on_route()[:2])
        for window, words in zip(
            windows, ("饮水机没水，群众问了两次。", "台面堆着杂物，意见簿找不到。"), strict=False
        ):
            glimpse = Glimpse(window, words=words, key=self._uuid())
            photos = [draw_photo(self.rng, window.code)]
            note = leave_note(glimpse, hall=self.hall, by=self.leader, uploads=photos)
            if window == windows[0]:
                close_note(note=note, by=self.managers[0], words="已请物业换水，每天上午查一次。")

    def leave_unreviewed(self) -> None:
        """An appeal the leader has not reviewed yet, when some decision can still be appealed."""
        rows = ConductRecord.objects.filter(
            hall=self.hall, status=RecordStatus.CONFIRMED, staff__isnull=False
        )
        rows = rows.filter(appeal_until__gt=self.agenda.clock.moment, act__is_bonus=False)
        record = rows.select_related("staff__user").order_by("-pk").first()
        if record is not None:
            file_appeal(record=record, by=record.staff.user, words="当时在引导群众填表，请调看大厅记录。")

    # --- paperwork ------------------------------------------------------------------------

    def settle_papers(self) -> None:
        """Bulletins wait for nobody: submit, sign, read; rectifications; letters."""
        self._bulletins()
        self._rectifications()
        self._letters()

    def _bulletins(self) -> None:
        for bulletin in Bulletin.objects.filter(hall=self.hall, status="draft"):
            if bulletin.until < self.agenda.clock.moment and not self._is_recent(bulletin.until):
                submit_bulletin(bulletin=bulletin, by=self.managers[0])
                self._later(timedelta(hours=1), partial(self.sign, bulletin.pk))

    def sign(self, bulletin_id: int) -> None:
        """The leader signs; the next day most of those asked have read it."""
        bulletin = sign_off(bulletin=Bulletin.objects.get(pk=bulletin_id), by=self.leader)
        self._later(timedelta(hours=20), partial(self.read, bulletin.pk))

    def read(self, bulletin_id: int) -> None:
        """Most have read it by the next day."""
        bulletin = Bulletin.objects.get(pk=bulletin_id)
        for receipt in list(bulletin.receipts.select_related("user").order_by("pk")):
            if self.rng.random() < 0.8:
                mark_read(bulletin=bulletin, by=receipt.user)

    def _is_recent(self, moment: datetime) -> bool:
        """The last issue is left on the manager's table when the story stops."""
        return self.until - moment < timedelta(days=4)

    def _rectifications(self) -> None:
        for order in (
            Rectification.objects.filter(hall=self.hall).unfinished().select_related("window", "record")
        ):
            head = self._head(order.window)
            if head is None or self.rng.random() < 0.4:
                continue
            if order.status == RectificationStatus.SUBMITTED:
                is_done = self.rng.random() < 0.85
                words = "现场复查合格。" if is_done else "台面仍有私人物品，请继续整改。"
                officer = self.rng.choice(self.officers)
                recheck_rectification(rectification=order, by=officer, is_done=is_done, words=words)
            else:
                photos = [draw_photo(self.rng, "整改后")]
                words = "已清理台面，明确每日开窗前自查。"
                submit_rectification(rectification=order, by=head, words=words, uploads=photos)

    def _letters(self) -> None:
        """The office writes; the leader's signature is left for who looks at the demo."""
        for letter in Letter.objects.filter(hall=self.hall, status="task").order_by("pk")[:1]:
            if self.rng.random() < 0.5:
                words = "该同志年内多次被通报，建议贵单位加强教育提醒，并将处理情况函告我中心。"
                submit_letter(
                    letter=write_letter(letter=letter, words=words, by=self.managers[0]), by=self.managers[0]
                )

    # --- small things ---------------------------------------------------------------------

    def _later(self, wait: timedelta, act: object) -> None:
        moment = self._in_hours(self.agenda.clock.moment + wait)
        if moment <= self.until:
            self.agenda.at(moment, act)  # type: ignore[arg-type]

    def _in_hours(self, moment: datetime) -> datetime:
        """The same moment, or soon after nine on the next working day when the hall is closed."""
        local = timezone.localtime(moment)
        is_open = working_days.is_working_day(self.hall, local.date()) and time(
            8, 30
        ) <= local.time() <= time(17)
        if is_open:
            return moment
        early = local.time() < time(8, 30) and working_days.is_working_day(self.hall, local.date())
        day = local.date() if early else working_days.add_working_days(self.hall, local.date(), 1)
        start = datetime.combine(day, time(9, 0)) + timedelta(seconds=self.rng.randrange(900))
        return timezone.make_aware(start)

    def _record(self, record_id: int) -> ConductRecord:
        rows = ConductRecord.objects.select_related("hall", "act", "staff__user", "window", "department")
        return rows.get(pk=record_id)

    def _concerned(self, record: ConductRecord) -> User | None:
        if record.staff is not None:
            return record.staff.user
        return self._head(record.window) if record.window else None

    def _head(self, window: Window) -> User | None:
        heads = Posting.objects.on(timezone.localdate()).filter(window=window, is_head=True)
        posting = heads.select_related("staff__user").first()
        return posting.staff.user if posting else None

    def _pick(self, weighted: dict[str, int]) -> str:
        known = {code: weight for code, weight in weighted.items() if code in self.acts}
        return self.rng.choices(list(known), list(known.values()))[0]

    def _words(self, code: str) -> str:
        return self.rng.choice(WORDS.get(code, ("",)))

    def _uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)


def open_count(hall: Hall) -> int:
    """Records that still wait for somebody, for the summary."""
    return ConductRecord.objects.filter(hall=hall, status__in=OPEN).count()


def kinds_of_rounds(*times: tuple[str, str]) -> tuple[tuple[str, time], ...]:
    """(kind, "09:20") pairs as the story wants them."""
    return tuple((RoundKind(kind), time.fromisoformat(clock)) for kind, clock in times)
