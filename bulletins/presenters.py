"""What the pages show: text with links to the evidence, charts, and the one-minute summary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.charts import Chart, Series, line_chart
from accounts.words import day_words, time_words
from bulletins.enums import LETTERS_OPEN, LetterStatus
from bulletins.models import Bulletin, BulletinItem, Letter
from bulletins.services.composing import compose, span_words
from bulletins.services.letters import compose_letter, next_letter_number, times_named
from violations.models import ConductRecord

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User

TALK = "请督查科约谈{place}负责人，督促整改到位，并报告结果。"


@dataclass(frozen=True)
class Point:
    """One of the three things of 一分钟速览: what is the case, and what one can do about it."""

    lead: str
    text: str = ""
    url: str = ""
    button: str = ""


def content_of(bulletin: Bulletin) -> dict[str, Any]:
    """What was printed, or how the draft reads now."""
    return bulletin.content if bulletin.is_issued else compose(bulletin, moment=timezone.now())


@dataclass
class Paper:
    """An issue as one person reads it: links lead only where this person may go."""

    bulletin: Bulletin
    user: User
    content: dict[str, Any]

    @property
    def number(self) -> str:
        """第 47 期, or that it has none yet."""
        return f"第 {self.content['number']} 期" if self.content["number"] else "（草稿，签发时编号）"

    @property
    def dated(self) -> date:
        """The day it was, or will be, printed."""
        return date.fromisoformat(self.content["dated"])

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The sections with the numbers of their sentences linked."""
        return [
            {**section, "sentences": [[self._run(run) for run in runs] for runs in section["sentences"]]}
            for section in self.content["sections"]
        ]

    @property
    def figures(self) -> list[dict[str, str]]:
        """The four boxes under the first section."""
        return [{**one, "url": self.fact_url(one["fact"])} for one in self.content["figures"]]

    @property
    def trend(self) -> Chart:
        """Problems of up to eight issues."""
        rows = self.content["trend"]
        title = "近期问题数：" + "、".join(f"{row['label']} {row['count']} 个" for row in rows)
        labels = [row["label"] for row in rows]
        return line_chart("trend", title, labels, [Series("问题数", [row["count"] for row in rows])])

    @property
    def trend_links(self) -> list[dict[str, Any]]:
        """The issues behind the points of the trend."""
        return [
            {**row, "url": reverse("bulletins:bulletin", args=[row["bulletin"]])}
            for row in self.content["trend"]
        ]

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """The most frequent findings as bars."""
        items = reverse("bulletins:items", args=[self.bulletin.pk])
        return [
            {"label": kind["name"], "url": f"{items}?kind={kind['code']}", "value": kind["count"]}
            for kind in self.content["kinds"][:6]
        ]

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The table of findings; each leads to its record, or to what was printed of it."""
        rows = self.content["problems"]
        seen = visible_records(self.user, self.bulletin, [row["record"] for row in rows])
        return [
            {**row, "on": date.fromisoformat(row["day"]), "url": self._row_url(row, seen)} for row in rows
        ]

    def fact_url(self, key: str) -> str:
        """Where the evidence of a number is shown to this person; empty when he may not see it."""
        fact = self.content["facts"].get(key)
        if fact is None or fact["value"] == "0":
            return ""
        hall = self.bulletin.hall
        if "url" in fact:
            return fact["url"] if self.user.can("patrol.read", hall) else ""
        if key == "undecided" and not self.user.can("record.read_all", hall):
            return ""
        return f"{reverse('bulletins:items', args=[self.bulletin.pk])}?fact={key}"

    def _run(self, run: dict[str, Any]) -> dict[str, Any]:
        return {**run, "url": self.fact_url(run["fact"])} if "fact" in run else run

    def _row_url(self, row: dict[str, Any], seen: set[int]) -> str:
        if row["record"] in seen:
            return reverse("violations:finding", args=[row["record"]])
        return f"{reverse('bulletins:items', args=[self.bulletin.pk])}?q={row['number']}"


def visible_records(user: User, bulletin: Bulletin, records: list[int]) -> set[int]:
    """Which of the records this person may open."""
    if user.can("record.read_all", bulletin.hall):
        return set(records)
    rows = ConductRecord.objects.visible_to(user).filter(pk__in=records)
    return set(rows.values_list("pk", flat=True))


def evidence_of(bulletin: Bulletin, key: str, user: User) -> tuple[str, QuerySet[Any] | None]:
    """The words of a number and the rows it was counted from; no rows for an unknown number."""
    fact = content_of(bulletin)["facts"].get(key)
    if fact is None:
        return "", None
    if key == "undecided":
        rows = ConductRecord.objects.visible_to(user).filter(pk__in=fact["records"], hall=bulletin.hall)
        return fact["label"], rows.for_list()
    items = BulletinItem.objects.visible_to(user).select_related("bulletin")
    if "staff" in fact:
        issues = [*fact["bulletins"], bulletin.pk]
        return fact["label"], items.listed().filter(bulletin__in=issues, record__staff=fact["staff"])
    where = fact.get("bulletin", bulletin.pk)
    return fact["label"], items.filter(bulletin=where, record__in=fact["records"])


def brief(paper: Paper) -> list[Point]:
    """一分钟速览: better or worse, who needs a decision, what came again."""
    return [_trend_point(paper), *_people_points(paper)[:2], _again_point(paper)][:3]


def _trend_point(paper: Paper) -> Point:
    counts = [row["count"] for row in paper.content["trend"]]
    now, before = counts[-1], counts[:-1]
    lead = f"问题 {now} 个"
    if len(before) >= 2 and now < min(before):
        lead += f"，近 {len(counts)} 期最少"
    elif len(before) >= 2 and now > max(before):
        lead += f"，近 {len(counts)} 期最多"
    if not before:
        return Point(f"{lead}。", "这是第一期，还没有可比的数。", paper.fact_url("problems"), "")
    change = now - before[-1]
    words = "与上期持平。" if not change else f"比上期{'多' if change > 0 else '少'} {abs(change)} 个。"
    praised = paper.content["facts"]["praise"]["value"]
    return Point(f"{lead}。", f"{words}表扬 {praised} 件。")


def _people_points(paper: Paper) -> list[Point]:
    named = [one["staff"] for one in paper.content["repeated"]]
    waiting = Q(hall=paper.bulletin.hall, status__in=LETTERS_OPEN, staff__in=named)
    due_here = Q(pk__in=paper.bulletin.letters.values("pk"))
    letters = Letter.objects.visible_to(paper.user).in_force().filter(due_here | waiting)
    rows = letters.select_related("staff", "hall").order_by("-raised_at", "-pk")
    times = {one["staff"]: one["times"] for one in paper.content["repeated"]}
    points = [_letter_point(letter, times.get(letter.staff_id), paper.user) for letter in rows]
    if points:
        return points
    due = [one for one in paper.content["repeated"] if one["reaches"]]
    if due:
        names = "、".join(one["name"] for one in due)
        then = "已达到向派出单位反馈的条件。" if paper.bulletin.is_issued else "签发后会提出反馈函待办。"
        return [Point(f"{names}累计被通报 {due[0]['times']} 次。", then)]
    near = [one for one in paper.content["repeated"] if one["threshold"] == one["times"] + 1]
    if near:
        names = "、".join(one["name"] for one in near[:3])
        return [
            Point(f"{names}今年已被通报 {near[0]['times']} 次。", "再有一期就要向派出单位反馈，建议先谈话。")
        ]
    return [Point("没有人达到反馈条件。", "不需要签发反馈函。")]


def _letter_point(letter: Letter, times: int | None, user: User) -> Point:
    """`times` is what the paper itself says; a letter written for its own reason may name fewer."""
    lead = f"{letter.staff.name}今年累计被通报 {times or letter.threshold} 次。"
    url = letter.get_absolute_url()
    if letter.status == LetterStatus.SUBMITTED and user.can("letter.sign", letter.hall):
        return Point(lead, "达到向派出单位反馈的条件，反馈函已拟好。", url, "看函并签发")
    if letter.is_sent:
        return Point(lead, f"反馈函 {letter.reference} 已签发，{letter.state.label}。", url, "看反馈函")
    return Point(lead, f"达到向派出单位反馈的条件，反馈函{letter.state.label}。", url, "看反馈函")


def _again_point(paper: Paper) -> Point:
    left = paper.content["unfinished"]
    facts = paper.content["facts"]
    if left:
        lead = f"上期整改 {facts['asked']['value']} 项，完成 {facts['put_right']['value']} 项。"
        text = f"{left[0]['place']}“{left[0]['act']}”{left[0]['words']}。"
        if paper.user.can("bulletin.instruct", paper.bulletin.hall):
            return Point(lead, text, f"{paper.bulletin.get_absolute_url()}?talk=1#instruct", "批示约谈")
        return Point(lead, text, paper.fact_url("left_open"), "看未完成的")
    if paper.content["kinds"]:
        most = paper.content["kinds"][0]
        return Point(f"“{most['name']}”最多，{most['count']} 个。", _done_words(facts))
    return Point("没有重复出现的问题。", _done_words(facts))


def _done_words(facts: dict[str, Any]) -> str:
    asked = facts.get("asked", {}).get("value", "0")
    return f"上期整改 {asked} 项全部完成。" if asked != "0" else ""


def talk_words(content: dict[str, Any]) -> str:
    """The instruction suggested by 批示约谈."""
    left = content["unfinished"]
    return TALK.format(place=left[0]["place"]) if left else ""


def span_of_content(bulletin: Bulletin) -> str:
    """The working days an issue covers, in words."""
    return span_words(bulletin.first_day, bulletin.last_day)


class LetterPage:
    """A letter as one person reads it."""

    def __init__(self, letter: Letter, user: User) -> None:
        self.letter, self.user = letter, user
        self.content: dict[str, Any] = letter.content if letter.is_sent else compose_letter(letter)

    @property
    def dated(self) -> date:
        """The day it was, or will be, signed."""
        return date.fromisoformat(self.content["dated"])

    @property
    def issues(self) -> list[dict[str, Any]]:
        """The issues it rests on, with what they list about the person."""
        return [
            {**issue, "url": reverse("bulletins:bulletin", args=[issue["bulletin"]])}
            for issue in self.content["issues"]
        ]

    @property
    def next_reference(self) -> str:
        """The number the letter will draw, for the confirm dialog."""
        year = timezone.localdate().year
        number = next_letter_number(self.letter.hall, year)
        return f"{self.letter.hall.option('bulletins.agency_code')}〔{year}〕{number}号"

    @property
    def sign_text(self) -> str:
        """What signing means, for the confirm dialog: recipient, number, no way back."""
        return (
            f"签发后编号为 {self.next_reference}，{self.letter.department}联系人会收到消息。"
            "签发后不能修改，只能另发更正函。"
        )

    @property
    def still_named(self) -> int:
        """How many of the issues still count; fewer than asked while one is appealed or corrected."""
        return times_named(self.letter)

    @property
    def steps(self) -> list[tuple[str, str]]:
        """提出 → 起草 → 签发 → 送达 → 回函, each with its time."""
        letter = self.letter
        moments = (
            ("提出", letter.raised_at),
            ("起草", letter.drafted_at),
            ("送签", letter.submitted_at),
            ("签发", letter.signed_at),
            ("单位已看", letter.opened_at),
            ("回函", letter.replied_at),
        )
        return [(title, f"{day_words(at)} {time_words(at)}" if at else "") for title, at in moments]
