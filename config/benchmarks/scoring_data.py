"""Invented halls to score: N people in N/300 halls under three rulebooks, two records a head."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from accounts.models import Hall
from assessments.services.loading import load_pack
from config.benchmarks.result import Size
from trail.actors import Robot
from violations.enums import RecordSource, RecordStatus
from violations.models import Act, ConductRecord
from violations.packs import parse_pack
from windows.enums import Category
from windows.models import Department, Posting, Staff, Window

MONTH = date(2026, 10, 1)
PER_HALL, WINDOWS, UNITS = 300, 30, 9
RULEBOOKS = 3
BATCH = 2000
FIRST_HOUR = datetime(2026, 10, 1, 2, tzinfo=UTC)
ACTS = """
  - {code: late, name: 迟到, subject: staff}
  - {code: away, name: 离岗, subject: staff}
  - {code: absence, name: 旷工, subject: staff, meter: half_day}
  - {code: rude, name: 态度生硬, subject: staff}
  - {code: thanks, name: 感谢, subject: staff, bonus: true}
  - {code: empty, name: 无人值守, subject: window}
"""
PLAIN = """
format: 1
rulebook: {{code: bench, name: 测量用办法}}
version: {{number: "1", title: 测量用办法, effective_on: 2020-01-01}}
acts: {acts}
clauses:
  - {{code: "1", article: 一, wording: 迟到、离岗。, subject: staff, points: -{a}, acts: [late, away]}}
  - {{code: "2", article: 二, wording: 旷工。, subject: staff, points: -{b}, acts: [absence]}}
  - {{code: "3", article: 三, wording: 态度。, subject: staff, points: -{a},
      severities: {{grave: -{b}}}, acts: [rude]}}
  - {{code: "4", article: 四, wording: 感谢。, subject: staff, points: {a}, acts: [thanks], into: bonus}}
  - {{code: "5", article: 五, wording: 无人。, subject: window, points: -{b}, acts: [empty]}}
schemes:
  - kind: staff
    base: 100
    floor: 0
    cap: null
    components: [{{code: bonus, name: 加分, part: own, floor: 0, cap: {a}}}]
  - {{kind: window, base: 100, floor: 0, cap: null}}
  - {{kind: unit, base: 100, floor: 0, cap: null}}
"""
RICH = """
format: 1
rulebook: {{code: bench, name: 测量用办法}}
version: {{number: "2", title: 测量用办法（多规则）, effective_on: 2026-10-01}}
acts: {acts}
clauses:
  - code: "1"
    article: 一
    wording: 迟到按次数。
    subject: staff
    acts: [late]
    count: {{what: times, over: month, on_move: goes_on}}
    steps: [{{from: 1, to: 1, points: -{a}}}, {{from: 2, points: -{b}}}]
    then: [{{from: 2, every: 2, produces: {{act: absence, quantity: 1}}}}]
  - {{code: "2", article: 二, wording: 旷工。, subject: staff, points: -{b}, acts: [absence]}}
  - code: "3"
    article: 三
    wording: 十个工作日内再次态度生硬。
    subject: staff
    points: -{a}
    acts: [rude]
    count: {{what: times, over: rolling, days: 10, on_move: goes_on}}
    steps: [{{from: 1, to: 1, factor: 1}}, {{from: 2, factor: 2}}]
  - {{code: "4", article: 四, wording: 感谢。, subject: staff, points: {a},
      acts: [thanks], same_incident: first}}
  - {{code: "5", article: 五, wording: 无人。, subject: window, points: -{b}, acts: [empty]}}
  - {{code: "6", article: 六, wording: 离岗连带。, subject: staff, points: -{a}, acts: [away],
      effects: [{{to: self}}, {{to: group, percent: 50}}]}}
  - {{code: "7", article: 七, wording: 每扣五分。, subject: staff, points: -2,
      lost: {{over: month, every: 5}}, to: group}}
  - {{code: "8", article: 八, wording: 红旗。, subject: window, points: 2,
      award: flag, to: members, into: derived}}
schemes:
  - {{kind: staff, base: 100, floor: 0, cap: null, rounding: {{to: 0.01, how: half_up}}}}
  - kind: window
    base: 70
    floor: 0
    cap: null
    rounding: {{to: 0.01, how: half_up}}
    components:
      - {{code: people, name: 成员, part: own, source: {{members: mean, factor: 0.3, missing: zero}}}}
  - {{kind: unit, base: 100, floor: 0, cap: null, rounding: {{to: 0.01, how: half_up}}}}
gates:
  - {{code: "9", article: 九, wording: 态度。, kind: staff, acts: [rude], span: month, most: 0, valid: month}}
awards:
  - {{code: flag, name: 红旗, kind: window, quota: {{number: 3}}, then: [members], tie: number}}
  - code: star
    name: 标兵
    kind: staff
    quota: {{percent: 10, rounding: down, of: candidates}}
    then: [lost, gained]
    tie: number
"""


def fill(size: Size) -> None:
    """Rows go straight to the tables: this is never a real database."""
    count = size.staff or 3000
    roots = [Hall.objects.create(code=f"root-{n}", name=f"第{n + 1}市") for n in range(RULEBOOKS)]
    for number, root in enumerate(roots):
        load(root, PLAIN, number)
    for number in range(max(count // PER_HALL, 1)):
        _fill_hall(roots[number % RULEBOOKS], number, min(PER_HALL, count))


def load(root: Hall, words: str, number: int) -> None:
    """A rulebook of its own for each root: other points."""
    pack = parse_pack(words.format(acts=ACTS, a=number + 1, b=number + 3))
    load_pack(pack, hall=root, by=Robot("benchmark"))


def _fill_hall(root: Hall, number: int, people: int) -> None:
    hall = Hall.objects.create(code=f"bench-{number}", name=f"第{number + 1}大厅", parent=root)
    categories = list(Category.values)
    units = Department.objects.bulk_create(
        Department(hall=hall, name=f"第{n}局", category=categories[n % len(categories)]) for n in range(UNITS)
    )
    windows = Window.objects.bulk_create(
        Window(hall=hall, code=f"A{n}", name=f"{n}号", department=unit, category=unit.category)
        for n in range(WINDOWS)
        for unit in [units[n % UNITS]]
    )
    staff = Staff.objects.bulk_create(
        Staff(hall=hall, department=windows[n % WINDOWS].department, no=f"P{n}", name=f"人员{n}")
        for n in range(people)
    )
    Posting.objects.bulk_create(
        Posting(hall=hall, staff=person, window=windows[n % WINDOWS], starts_on=date(2026, 1, 1))
        for n, person in enumerate(staff)
    )
    acts = {act.code: act for act in Act.objects.filter(rulebook__hall=root)}
    rows = _records(hall, staff, windows, acts)
    while batch := list(islice(rows, BATCH)):
        ConductRecord.objects.bulk_create(batch)


def _records(
    hall: Hall, staff: list[Staff], windows: list[Window], acts: dict[str, Act]
) -> Iterator[ConductRecord]:
    kinds = ["late", "away", "absence", "rude", "thanks", "late", "away", "late"]
    for n in range(2 * len(staff)):
        code = "empty" if n % 20 == 19 else kinds[(n * 7 + n // 5 + hall.pk) % len(kinds)]
        place = n * 13 % len(staff)
        at = FIRST_HOUR + timedelta(days=n * 11 % 31)
        subject: dict[str, Any] = {"staff": staff[place], "window": windows[place % WINDOWS]}
        if code == "empty":
            del subject["staff"]
        yield ConductRecord(
            hall=hall,
            number=f"B-{n}",
            act=acts[code],
            subject=acts[code].subject,
            day=timezone.localdate(at),
            at=at,
            quantity=200 if n % 9 == 0 else 100,
            severity="grave" if n % 10 == 3 else "",
            incident=f"事由{place}" if code == "thanks" else "",
            source=RecordSource.PATROL,
            status=RecordStatus.CONFIRMED,
            countable_at=at,
            created_at=at,
            **subject,
        )
