"""Invented halls and months for invented rulebooks: the same as rows and as plain objects."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from accounts.models import Hall, User
from assessments.models import Figure, Vote
from tests.assessments import reference
from tests.assessments.worlds import CATEGORIES, FIRST, LAST, SOURCES, SUBJECT, Invention
from tests.factories.accounts import HallFactory, UserFactory
from tests.factories.assessments import new_record
from tests.factories.rulebook import load
from violations.models import ConductRecord
from windows.models import Department, Posting, Staff, Window

POLITICS = ("群众", "中共党员", " 中共党员 ", "中共预备党员", "中共党员,群众", "%", "")


def build(seed: int) -> tuple[Hall, reference.World]:
    """One hall with its own rulebook and month, as rows and as plain objects."""
    invention = Invention(seed)
    pack, dice = invention.pack(), invention.dice
    hall, officer = HallFactory(), UserFactory()
    acts = {act.code: act for act in load(pack, hall).rulebook.acts.all()}
    departments = Department.objects.bulk_create(
        Department(hall=hall, name=f"第{n}局", category=dice.choice(CATEGORIES))
        for n in range(dice.randint(1, 3))
    )
    windows = Window.objects.bulk_create(
        Window(hall=hall, code=f"W{n}", name=f"窗口{n}", department=department, category=department.category)
        for n in range(dice.randint(1, 4))
        for department in [dice.choice(departments)]
    )
    staff = Staff.objects.bulk_create(
        Staff(
            hall=hall, no=f"P{n}", name=f"职员{n}", department=dice.choice(departments),
            joined_on=dice.choice([None, date(2020, 1, 1), date(2021, 5, 1)]),
            user=officer if n == 0 else None, gender=dice.choice(["女", "男", ""]),
            political_status=dice.choice(POLITICS),
        )
        for n in range(dice.randint(0, 6))
    )  # fmt: skip
    postings = {person.pk: _postings(dice, hall, person, windows) for person in staff}
    Posting.objects.bulk_create(row for rows in postings.values() for row in rows)
    pools = {"staff": staff, "window": windows, "unit": departments}
    world = reference.World(
        pack=pack,
        staff=[_member(person, postings[person.pk]) for person in staff],
        windows=[
            reference.Member(w.pk, w.department_id, w.category, number=w.code, unit=w.department_id, days=0)
            for w in windows
        ],
        units=[
            reference.Member(d.pk, None, d.category, number=d.name, unit=d.pk, days=0) for d in departments
        ],
        facts=_facts(dice, acts, pools, postings, officer, staff),
        first=FIRST,
        last=LAST,
    )
    _figures(dice, hall, pools, world)
    return hall, world


def _postings(dice: Random, hall: Hall, person: Staff, windows: list[Window]) -> list[Posting]:
    start = dice.choice([date(2026, 1, 1), date(2026, 1, 1), date(2026, 10, 12)])
    rows = [Posting(hall=hall, staff=person, window=dice.choice(windows), starts_on=start,
                    is_chief=dice.random() < 0.4)]  # fmt: skip
    if dice.random() < 0.3:
        day = date(2026, 10, dice.randint(13, 31))
        rows[0].ends_on = day - timedelta(days=1)
        rows.append(Posting(hall=hall, staff=person, window=dice.choice(windows), starts_on=day))
    return rows


def _member(person: Staff, rows: list[Posting]) -> reference.Member:
    last = rows[-1]
    days = sum(((row.ends_on or LAST) - max(row.starts_on, FIRST)).days + 1 for row in rows)
    return reference.Member(
        person.pk, last.window_id, last.window.category, last.is_chief, person.no,
        unit=person.department_id, days=days, joined=person.joined_on,
        political_status=person.political_status, gender=person.gender,
    )  # fmt: skip


def _facts(
    dice: Random,
    acts: dict[str, Any],
    pools: dict[str, list[Any]],
    postings: dict[int, list[Posting]],
    officer: User,
    staff: list[Staff],
) -> list[reference.Fact]:
    records, facts = [], []
    for _ in range(dice.randint(0, 25)):
        code = dice.choice(list(SUBJECT))
        kind = SUBJECT[code]
        if not pools[kind]:
            continue
        subject = dice.choice(pools[kind])
        day = date(2026, 10, dice.randint(1, 31)) if dice.random() < 0.7 else (
            date(2026, 1, 1) + timedelta(days=dice.randint(0, 306))
        )  # fmt: skip
        fact = {
            "quantity": dice.choice([50, 100, 123, 200, 300]),
            "severity": dice.choice(["", "", "slight", "grave"]),
            "incident": dice.choice(["", "", "一", "二"]),
            "source": dice.choice(SOURCES),
            "judged": dice.choice([None, None, -300, 250, -2000]),
        }
        status = dice.choice(["confirmed", "confirmed", "lapsed", "appealed"])
        found = dice.random() < 0.5
        place = {"staff": "staff", "window": "window", "unit": "department"}[kind]
        records.append(new_record(acts[code], day, status=status, finder=officer if found else None,
                                  **{place: subject}, **fact))  # fmt: skip
        seat = _seat(postings.get(subject.pk, []) if kind == "staff" else [], day)
        facts.append({"act": code, "subject": subject.pk, "window": seat, "day": day, **fact,
                      "counts": status != "appealed", "decided": status == "confirmed",
                      "finder": staff[0].pk if found and staff else None})  # fmt: skip
    saved = ConductRecord.objects.bulk_create(records)
    return [reference.Fact(id=row.pk, **fact) for row, fact in zip(saved, facts, strict=True)]


def _seat(rows: list[Posting], day: date) -> int | None:
    held = [row for row in rows if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)]
    return held[0].window_id if held else None


def _figures(dice: Random, hall: Hall, pools: dict[str, list[Any]], world: reference.World) -> None:
    figures, votes = [], []
    for kind, pool in pools.items():
        for subject in pool:
            for origin, code in (("metric", "satisfied"), ("self", "form")):
                if dice.random() < 0.6:
                    value = dice.choice([9500, 9600, 9650, 9700, 9999, 10000])
                    world.figures[origin, code, kind, subject.pk] = value
                    figures.append(Figure(hall=hall, origin=origin, code=code, month=FIRST, kind=kind,
                                          subject_id=subject.pk, value=value))  # fmt: skip
            for _ in range(dice.choice([0, 1, 3])):
                group, value = dice.choice(["leaders", "peers"]), dice.choice([6000, 8000, 9000, 9500])
                times = dice.choice([1, 1, 2])
                world.votes += [("vote", group, kind, subject.pk, value)] * times
                votes.append(Vote(hall=hall, ballot="vote", group=group, month=FIRST, kind=kind,
                                  subject_id=subject.pk, value=value, times=times))  # fmt: skip
    Figure.objects.bulk_create(figures)
    Vote.objects.bulk_create(votes)
