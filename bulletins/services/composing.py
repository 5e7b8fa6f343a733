"""成文 composing: the text of an issue as plain data, the same for the page, the document and the API.

Every number in a sentence names a fact, and each fact keeps what it was counted from, so that the page
can link the number to its evidence. The manager's own words stand beside the sentences, never in them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.words import plain_number
from bulletins.enums import Section
from bulletins.models import Bulletin, BulletinItem
from bulletins.services.gathering import place_of, undecided_records, walked
from trail.models import NumberSeries
from violations.enums import RectificationStatus
from violations.models import Rectification
from violations.services.ledger import APPEAL_DAYS
from violations.services.rectify import RECTIFY_DAYS
from violations.services.rulebook import letter_threshold
from windows import working_days

if TYPE_CHECKING:
    from accounts.models import Hall

Run = dict[str, Any]
"""A piece of a sentence: {"text"} or {"text", "fact"}; a fact's piece is a link on the page."""
HEADINGS = {
    "overview": "总体情况",
    "problems": "发现的主要问题",
    "praise": "表扬",
    "follow_up": "上期整改情况",
    "errata": "更正",
    "requirements": "整改要求",
}
NUMERALS = "一二三四五六七八九"
TREND_ISSUES = 8
SCHEMA = 1


@dataclass
class Facts:
    """The numbers of an issue; each remembers the records it was counted from, and of which issue."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(
        self, key: str, label: str, records: list[int], value: int | str | None = None, **more: Any
    ) -> Run:
        """Note a number and give the piece of a sentence that says it."""
        shown = str(len(records) if value is None else value)
        self.found[key] = {"label": label, "value": shown, "records": records, **more}
        return {"text": shown, "fact": key}


@dataclass
class Draft:
    """All that one composition reads, fetched once."""

    bulletin: Bulletin
    hall: Hall
    moment: datetime
    problems: list[BulletinItem]
    praise: list[BulletinItem]
    errata: list[BulletinItem]
    earlier: list[Bulletin]
    facts: Facts = field(default_factory=Facts)

    @property
    def last(self) -> Bulletin | None:
        """The printed issue before this one."""
        return self.earlier[-1] if self.earlier else None

    @property
    def year(self) -> int:
        """The year in which the issue is, or will be, printed."""
        return timezone.localtime(self.moment).year


def compose(bulletin: Bulletin, *, moment: datetime) -> dict[str, Any]:
    """The issue as it reads at `moment`: what a draft shows, and what sign-off freezes."""
    draft = _read(bulletin, moment)
    overview = _overview(draft)
    repeated = repeat_offenders(draft)
    follow_up, unfinished = _follow_up(draft)
    sections = {
        "overview": [overview],
        "problems": [*_kind_words(draft), *(_repeat_words(draft, one) for one in repeated)],
        "praise": _praise(draft),
        "follow_up": follow_up,
        "errata": [_erratum(item) for item in draft.errata],
        "requirements": [],
    }
    return {
        "schema": SCHEMA,
        "hall": {"code": draft.hall.code, "name": draft.hall.name},
        "masthead": draft.hall.option("bulletins.masthead"),
        "office": draft.hall.option("bulletins.office"),
        "copy_to": draft.hall.option("bulletins.copy_to"),
        "iso_week": bulletin.iso_week,
        "year": bulletin.year,
        "number": bulletin.number,
        "since": bulletin.since.astimezone(timezone.get_default_timezone()).isoformat(),
        "until": bulletin.until.astimezone(timezone.get_default_timezone()).isoformat(),
        "dated": timezone.localdate(moment).isoformat(),
        "title": bulletin.words.get("title") or bulletin.title,
        "salutation": "各进驻单位、各窗口：",
        "opening": f"按照日巡查、周通报、月考核制度，现将{span_of(bulletin)}大厅巡查情况通报如下。",
        "sections": _numbered(sections, texts_of(bulletin, draft.hall, moment)),
        "figures": _figures(draft),
        "trend": _trend(draft),
        "kinds": _kinds(draft),
        "problems": [{"record": item.record_id, **item.shown} for item in draft.problems],
        "praise": [{"record": item.record_id, **item.shown} for item in draft.praise],
        "errata": [{"record": item.record_id, **item.shown} for item in draft.errata],
        "repeated": repeated,
        "unfinished": unfinished,
        "facts": draft.facts.found,
    }


def canonical(content: dict[str, Any]) -> str:
    """The one spelling of a content, over which its hash is taken."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical spelling."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def span_of(bulletin: Bulletin) -> str:
    """11月16日至20日, with months and years only where they differ."""
    return span_words(bulletin.first_day, bulletin.last_day)


def span_words(first: date, last: date) -> str:
    """From a day to a day as a title says it."""
    if first == last:
        return f"{first.month}月{first.day}日"
    if first.year != last.year:
        return f"{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"
    end = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日至{end}"


def expected_number(hall: Hall, year: int) -> int:
    """The number the next issue signed in the year will draw."""
    row = NumberSeries.objects.filter(hall=hall, series=series_of(year)).first()
    return row.last + 1 if row else 1


def series_of(year: int) -> str:
    """The series issues of a year are numbered in."""
    return f"bulletin-{year}"


def texts_of(bulletin: Bulletin, hall: Hall, moment: datetime) -> dict[str, str]:
    """The free text of each section: the manager's words, else the standing ones."""
    return {**standing_words(hall, moment), **{k: v for k, v in bulletin.words.items() if k in HEADINGS}}


def standing_words(hall: Hall, moment: datetime) -> dict[str, str]:
    """What stands in an issue until the manager writes something else."""
    due = working_days.add_working_days(hall, timezone.localdate(moment), hall.option(RECTIFY_DAYS))
    return {
        "requirements": (
            f"请有关窗口于{due.month}月{due.day}日前完成整改，并在系统中提交整改说明和照片。"
            f"对通报内容有异议的，自通报之日起 {hall.option(APPEAL_DAYS)} 个工作日内提出申诉。"
        )
    }


def repeat_offenders(draft: Draft) -> list[dict[str, Any]]:
    """People of this issue whom printed issues of the year have named, each issue counted once."""
    named = {item.shown["staff"]: item.shown for item in draft.problems if item.shown["staff"]}
    if not named:
        return []
    earlier: dict[int, dict[int, int]] = {}
    before = BulletinItem.objects.naming(list(named), hall=draft.hall, year=draft.year)
    rows = before.exclude(bulletin=draft.bulletin).order_by("bulletin__number")
    for staff, pk, number in rows.values_list("record__staff", "bulletin", "bulletin__number"):
        earlier.setdefault(staff, {})[pk] = number
    rule = letter_threshold(draft.hall, timezone.localdate(draft.moment)) if earlier else None
    return [
        {
            "staff": staff,
            "name": named[staff]["staff_name"],
            "place": place_of(named[staff]),
            "issues": [{"bulletin": pk, "number": number} for pk, number in issues.items()],
            "times": len(issues) + 1,
            "threshold": rule.threshold if rule else None,
            "reaches": rule is not None and len(issues) + 1 == rule.threshold,
        }
        for staff, issues in sorted(earlier.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _read(bulletin: Bulletin, moment: datetime) -> Draft:
    items = list(bulletin.items.filter(held_reason=""))
    by_section = {section: [i for i in items if i.section == section] for section in Section}
    before = Bulletin.objects.filter(hall=bulletin.hall).issued().before(bulletin.until)
    earlier = list(before.defer("content", "words")[: TREND_ISSUES - 1])[::-1]
    return Draft(
        bulletin=bulletin,
        hall=bulletin.hall,
        moment=moment,
        problems=by_section[Section.PROBLEM],
        praise=by_section[Section.PRAISE],
        errata=by_section[Section.ERRATUM],
        earlier=earlier,
    )


def _overview(draft: Draft) -> list[Run]:
    facts, found = draft.facts, draft.problems
    records = [item.record_id for item in found]
    runs = _walked(draft)
    if not found:
        facts.count("problems", "发现问题", [])
        runs.append({"text": "本期没有需要通报的问题。"})
    else:
        runs += [{"text": "本期通报问题 "}, facts.count("problems", "发现问题", records), {"text": " 个"}]
        runs += _touched(draft)
        points = sum(item.shown["points"] for item in found)
        said = facts.count("points", "合计扣分", records, plain_number(abs(points)))
        runs += [{"text": "，合计扣 "}, said, {"text": " 分"}]
        runs += _compared(draft)
    praised = facts.count("praise", "表扬", [item.record_id for item in draft.praise])
    if draft.praise:
        runs += [{"text": "表扬 "}, praised, {"text": " 件。"}]
    undecided = undecided_records(draft.bulletin)
    if undecided:
        said = facts.count("undecided", "尚在陈述、申诉程序中", undecided)
        runs += [{"text": "另有 "}, said, {"text": " 条尚在陈述、申诉程序中，裁定前不计入、不列名。"}]
    return runs


def _walked(draft: Draft) -> list[Run]:
    rounds, visits = walked(draft.hall, draft.bulletin.first_day, draft.bulletin.last_day)
    if not rounds:
        return []
    period = {
        "url": f"/patrol/?from={draft.bulletin.first_day:%Y-%m-%d}&to={draft.bulletin.last_day:%Y-%m-%d}"
    }
    return [
        {"text": "巡查 "},
        draft.facts.count("rounds", "巡查（轮）", [], rounds, **period),
        {"text": " 轮、"},
        draft.facts.count("visits", "巡查（窗次）", [], visits, **period),
        {"text": " 窗次。"},
    ]


def _touched(draft: Draft) -> list[Run]:
    windows = {item.shown["window"] for item in draft.problems if item.shown["window"]}
    people = {item.shown["staff"] for item in draft.problems if item.shown["staff"]}
    at_windows = [item.record_id for item in draft.problems if item.shown["window"]]
    of_people = [item.record_id for item in draft.problems if item.shown["staff"]]
    runs: list[Run] = []
    if windows:
        said = draft.facts.count("windows", "涉及窗口", at_windows, len(windows))
        runs += [{"text": "，涉及 "}, said, {"text": " 个窗口"}]
    if people:
        said = draft.facts.count("people", "涉及工作人员", of_people, len(people))
        runs += [{"text": "、" if windows else "，涉及 "}, said, {"text": " 名工作人员"}]
    return runs


def _compared(draft: Draft) -> list[Run]:
    if draft.last is None:
        return [{"text": "。"}]
    change = len(draft.problems) - draft.last.problem_count
    words = "与上期持平" if not change else f"比上期{'增加' if change > 0 else '减少'} {abs(change)} 个"
    return [{"text": f"，{words}。"}]


def _kind_words(draft: Draft) -> list[list[Run]]:
    kinds = _kinds(draft)
    if not kinds:
        return []
    runs: list[Run] = []
    for kind in kinds[:4]:
        ids = [item.record_id for item in draft.problems if item.shown["act_code"] == kind["code"]]
        said = draft.facts.count(f"kind-{kind['code']}", kind["name"], ids)
        runs += [{"text": f"{'，' if runs else ''}{kind['name']} "}, said, {"text": " 个"}]
    rest = "，其余见清单" if len(kinds) > 4 else ""
    return [[*runs, {"text": f"{rest}。问题清单如下。"}]]


def _repeat_words(draft: Draft, one: dict[str, Any]) -> list[Run]:
    issues = "、".join(f"第{issue['number']}期" for issue in one["issues"])
    ids = [item.record_id for item in draft.problems if item.shown["staff"] == one["staff"]]
    said = draft.facts.count(
        f"named-{one['staff']}",
        f"{one['name']} 被通报的期数",
        ids,
        one["times"],
        staff=one["staff"],
        bulletins=[issue["bulletin"] for issue in one["issues"]],
    )
    end = "，按规定向其派出单位反馈。" if one["reaches"] else "。"
    start = f"{one['place']}{one['name']}连同{issues}，今年累计被通报 "
    return [{"text": start}, said, {"text": f" 次{end}"}]


def _praise(draft: Draft) -> list[list[Run]]:
    sentences = []
    for item in draft.praise:
        shown = item.shown
        who = f"{place_of(shown)}{shown['staff_name']}"
        story = f"：{shown['note'].rstrip('。')}" if shown["note"] else ""
        key = f"praise-{item.record_id}"
        said = draft.facts.count(key, f"表扬 {shown['number']}", [item.record_id])
        points = f"，加 {plain_number(shown['points'])} 分" if shown["points"] else ""
        sentences.append(
            [{"text": f"{who}，"}, {**said, "text": shown["act"]}, {"text": f"{story}{points}。"}]
        )
    return sentences


def _follow_up(draft: Draft) -> tuple[list[list[Run]], list[dict[str, Any]]]:
    """What the last issue asked to put right, and whether it is."""
    last = draft.last
    if last is None:
        return [], []
    items = {item.record_id: item for item in last.items.listed()}
    orders = list(Rectification.objects.filter(record__in=list(items)).order_by("record__at", "pk"))
    if not orders:
        return [[{"text": f"第{last.number}期没有要求整改的事项。"}]], []
    done = [order.record_id for order in orders if order.status == RectificationStatus.DONE]
    asked = [order.record_id for order in orders]
    of = {"bulletin": last.pk}
    said = draft.facts.count("asked", "上期要求整改", asked, **of)
    put_right = draft.facts.count("put_right", "上期整改完成", done, **of)
    runs = [
        {"text": f"第{last.number}期要求整改 "},
        said,
        {"text": " 项，已完成 "},
        put_right,
        {"text": " 项。"},
    ]
    unfinished = [_left_open(items[o.record_id].shown, o) for o in orders if o.record_id not in set(done)]
    if unfinished:
        left = [order.record_id for order in orders if order.record_id not in set(done)]
        draft.facts.count("left_open", "上期整改未完成", left, **of)
        names = "；".join(f"{one['place']}“{one['act']}”（{one['words']}）" for one in unfinished)
        runs.append({"text": f"未完成的：{names}。"})
    return [runs], unfinished


def _left_open(shown: dict[str, Any], order: Rectification) -> dict[str, Any]:
    return {
        "rectification": order.pk,
        "number": order.number,
        "place": place_of(shown),
        "act": shown["act"],
        "words": f"{order.get_status_display()}，期限{order.due_on.month}月{order.due_on.day}日",
        "window": shown["window"],
    }


def _erratum(item: BulletinItem) -> list[Run]:
    shown = item.shown
    day = date.fromisoformat(shown["day"])
    who = f"{place_of(shown)}{shown['staff_name']}"
    return [
        {
            "text": (
                f"第{shown['corrects']['number']}期通报所列{day.month}月{day.day}日{who}“{shown['act']}”"
                f"（{shown['number']}）一事，{_overturned_words(shown)}，特此更正。"
            )
        }
    ]


def _overturned_words(shown: dict[str, Any]) -> str:
    words: str = shown["status_words"]
    return f"经复核{words}" if words.startswith("申诉成立") else f"{words}，不再计入"


def _figures(draft: Draft) -> list[dict[str, str]]:
    facts = draft.facts.found
    figures = [{"fact": "problems", "value": facts["problems"]["value"], "label": "通报问题（个）"}]
    if "visits" in facts:
        figures.append({"fact": "visits", "value": facts["visits"]["value"], "label": "巡查（窗次）"})
    elif "windows" in facts:
        figures.append({"fact": "windows", "value": facts["windows"]["value"], "label": "涉及窗口（个）"})
    figures.append({"fact": "praise", "value": facts["praise"]["value"], "label": "表扬（件）"})
    if "asked" in facts:
        done = f"{facts['put_right']['value']}/{facts['asked']['value']}"
        figures.append({"fact": "asked", "value": done, "label": "上期整改完成"})
    return figures


def _trend(draft: Draft) -> list[dict[str, Any]]:
    before = [{"bulletin": b.pk, "label": f"{b.number}期", "count": b.problem_count} for b in draft.earlier]
    label = f"{draft.bulletin.number}期" if draft.bulletin.number else "本期"
    return [*before, {"bulletin": draft.bulletin.pk, "label": label, "count": len(draft.problems)}]


def _kinds(draft: Draft) -> list[dict[str, Any]]:
    names = {item.shown["act_code"]: item.shown["act"] for item in draft.problems}
    tally = Counter(item.shown["act_code"] for item in draft.problems)
    return [{"code": code, "name": names[code], "count": n} for code, n in tally.most_common()]


def _numbered(sections: dict[str, list[list[Run]]], texts: dict[str, str]) -> list[dict[str, Any]]:
    """The sections that have something to say, numbered in order."""
    written = {key: _paragraphs(texts.get(key, "")) for key in sections}
    filled = [key for key in sections if sections[key] or written[key]]
    return [
        {
            "key": key,
            "heading": f"{NUMERALS[n]}、{HEADINGS[key]}",
            "sentences": sections[key],
            "words": written[key],
        }
        for n, key in enumerate(filled)
    ]


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
