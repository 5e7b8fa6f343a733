"""The engine and the plain reference agree on random rulebooks and months, line by line."""

import os
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Hall
from assessments.models import AwardResult, GateFailure, Line, Scorecard
from assessments.services.months import score_month
from tests.assessments import reference
from tests.factories.accounts import HallFactory
from tests.factories.assessments import new_record
from tests.factories.rulebook import load, small_pack
from tests.factories.windows import DepartmentFactory, PostingFactory, StaffFactory, WindowFactory
from trail.actors import Robot
from violations.models import ConductRecord
from windows.models import CalendarDay, Department, Posting, Staff, Window

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "25"))
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
ALL_DAYS = st.dates(date(2026, 7, 1), date(2026, 11, 3))
DAYS = st.one_of(st.dates(FIRST, LAST), ALL_DAYS)
FEW_POINTS = st.sampled_from([0.5, 1, 2, 5])
CATEGORIES = st.sampled_from(["public_service", "law_enforcement"])
TIES = st.sampled_from(["all", "none", "hand", "number"])
BOUNDS = st.sampled_from([None, 0, 2, 100])


@st.composite
def packs(draw) -> dict[str, Any]:
    """The small rulebook with other numbers, bounds, incidents, cascades, gates and quotas."""
    pack = small_pack()
    for clause in pack["clauses"]:
        sign = -1 if clause["points"] < 0 else 1
        clause["points"] = sign * draw(FEW_POINTS)
        if "acts" in clause and draw(st.booleans()):
            clause["same_incident"] = draw(st.sampled_from(["all", "first", "heaviest"]))
        if "acts" in clause and draw(st.integers(0, 3)) == 0:
            clause["once"] = True
        if "lost" in clause:
            every = draw(FEW_POINTS)
            clause["lost"] = {"over": draw(st.sampled_from(["each", "month"])), "every": every}
            clause["lost"]["from"] = draw(st.sampled_from([every, every + 1, every / 2]))
    if draw(st.booleans()):
        lift = {"over": "month", "every": draw(FEW_POINTS)}
        pack["clauses"].append(
            {
                "code": "10",
                "article": "第十条",
                "wording": "窗口扣分，扣单位。",
                "subject": "window",
                "points": -1,
                "lost": lift,
                "to": "group",
            }
        )
    draw_bounds(draw, pack)
    pack["gates"] = [draw(gates(number)) for number in range(draw(st.integers(0, 2)))]
    draw_awards(draw, pack)
    if draw(st.booleans()):
        pack["clauses"][7]["to"] = "chief"
    return pack


def draw_bounds(draw, pack: dict[str, Any]) -> None:
    """Floors, caps and sometimes nodes of their own for bonuses and faults."""
    for scheme in pack["schemes"]:
        low, high = draw(BOUNDS), draw(BOUNDS)
        scheme["floor"] = low
        scheme["cap"] = None if high is None or (low or 0) > high else high
    if draw(st.booleans()):
        pack["schemes"][0]["components"] = [
            {
                "code": "deeds",
                "name": "加分",
                "part": "own",
                "floor": None,
                "cap": draw(st.sampled_from([1, 3])),
            },
            {
                "code": "faults",
                "name": "扣分",
                "part": "own",
                "base": draw(st.sampled_from([0, 4])),
                "floor": -3,
            },
        ]
        pack["clauses"][2]["into"] = "deeds"
        pack["clauses"][0]["into"] = "faults"


def draw_awards(draw, pack: dict[str, Any]) -> None:
    """Quotas, sort keys, groups, minimum and tie policy."""
    for award in pack["awards"]:
        award["tie"] = draw(TIES)
        keys = ["lost", "gained", "members"] if award["kind"] == "window" else ["lost", "gained"]
        award["then"] = draw(st.lists(st.sampled_from(keys), unique=True, max_size=2))
        award["quota"] = draw(quotas())
        if award["kind"] == "window" and draw(st.booleans()):
            award["within"] = "category"
        if draw(st.integers(0, 3)) == 0:
            award["least"] = draw(st.sampled_from([98, 100]))


@st.composite
def gates(draw, number: int) -> dict[str, Any]:
    span = draw(st.sampled_from(["each", "month", "quarter", "year", "rolling"]))
    gate = {
        "code": f"g{number}",
        "article": "门槛",
        "wording": "超过的不参评。",
        "kind": "staff",
        "acts": draw(st.lists(st.sampled_from(["rude", "late", "absence"]), min_size=1, unique=True)),
        "span": span,
        "most": draw(st.sampled_from([0, 1, 1.5, 2])),
        "count": draw(st.sampled_from(["times", "quantity"])),
        "valid": draw(st.sampled_from(["month", "quarter", "year"])),
    }
    if span == "rolling":
        gate["days"] = draw(st.sampled_from([1, 3, 22]))
    if draw(st.integers(0, 2)) == 0:
        gate["award"] = "star"
    return gate


@st.composite
def quotas(draw) -> Any:
    return draw(
        st.one_of(
            st.just("all"),
            st.builds(lambda n: {"number": n}, st.integers(1, 3)),
            st.builds(
                lambda p, r, o: {"percent": p, "rounding": r, "of": o},
                st.sampled_from([10, 33.33, 50]),
                st.sampled_from(["down", "up", "half_up"]),
                st.sampled_from(["candidates", "eligible"]),
            ),
        )
    )


@st.composite
def layouts(draw) -> dict[str, Any]:
    """Windows with a department each, people, who moved when, and what was recorded."""
    windows = draw(st.lists(CATEGORIES, min_size=1, max_size=4))
    people = draw(st.lists(st.integers(0, len(windows) - 1), max_size=6))
    moves = draw(
        st.dictionaries(
            st.integers(0, max(len(people) - 1, 0)),
            st.tuples(st.integers(0, len(windows) - 1), st.dates(date(2026, 10, 2), LAST)),
            max_size=2 if people else 0,
        )
    )
    facts = st.tuples(
        st.sampled_from(["late", "absence", "rude", "thanks", "empty", "praise", "reply"]),
        st.integers(0, 5),
        DAYS,
        st.sampled_from([50, 100, 123, 200, 300]),
        st.sampled_from(["", "", "slight", "grave"]),
        st.sampled_from(["", "", "一", "二"]),
        st.sampled_from([True, True, True, False]),
        st.booleans(),
    )
    return {"windows": windows, "people": people, "moves": moves, "facts": draw(st.lists(facts, max_size=30))}


def build(pack: dict[str, Any], layout: dict[str, Any]) -> tuple[Hall, reference.World]:
    """The same month as rows and as plain objects."""
    hall = HallFactory()
    version = load(pack, hall)
    acts = {act.code: act for act in version.rulebook.acts.all()}
    departments = [DepartmentFactory(hall=hall, category=category) for category in layout["windows"]]
    windows = [WindowFactory(department=department) for department in departments]
    people, postings = _people(layout, windows)
    facts, records = [], []
    for code, who, day, quantity, severity, incident, counts, names_window in layout["facts"]:
        subject = _subject(acts[code].subject, who, people, windows, departments)
        if subject is None:
            continue
        seat = _seat(subject, day, postings) if acts[code].subject == "staff" else None
        fields: dict[str, Any] = {
            {"staff": "staff", "window": "window", "unit": "department"}[acts[code].subject]: subject
        }
        if acts[code].subject == "staff" and names_window and seat:
            fields["window"] = seat
        records.append(
            new_record(
                acts[code],
                day,
                quantity=quantity,
                severity=severity,
                incident=incident,
                status="confirmed" if counts else "appealed",
                **fields,
            )
        )
        facts.append((code, subject.pk, seat.pk if seat else None, day, quantity, severity, incident, counts))
    saved = ConductRecord.objects.bulk_create(records)
    world = reference.World(
        pack=pack,
        staff=[
            reference.Member(
                p.pk, postings[p.pk][-1].window_id, is_chief=postings[p.pk][-1].is_chief, number=p.no
            )
            for p in people
        ],
        windows=[reference.Member(w.pk, w.department_id, w.category, number=w.code) for w in windows],
        units=[reference.Member(d.pk, None, number=d.name) for d in departments],
        facts=[reference.Fact(row.pk, *fact) for row, fact in zip(saved, facts, strict=True)],
        first=FIRST,
        last=LAST,
    )
    return hall, world


def _people(layout: dict[str, Any], windows: list[Window]) -> tuple[list[Staff], dict[int, list[Posting]]]:
    people, postings = [], {}
    for index, seat in enumerate(layout["people"]):
        person = StaffFactory(department=windows[seat].department)
        rows = [PostingFactory(staff=person, window=windows[seat], is_chief=index % 2 == 0)]
        if index in layout["moves"]:
            target, day = layout["moves"][index]
            rows[0].ends_on = day - timedelta(days=1)
            rows[0].save()
            rows.append(PostingFactory(staff=person, window=windows[target], starts_on=day))
        people.append(person)
        postings[person.pk] = rows
    return people, postings


def _subject(
    kind: str, who: int, people: list[Staff], windows: list[Window], departments: list[Department]
) -> Any:
    pool: list[Any] = {"staff": people, "window": windows, "unit": departments}[kind]
    return pool[who % len(pool)] if pool else None


def _seat(person: Staff, day: date, postings: dict[int, list[Posting]]) -> Window | None:
    for posting in postings[person.pk]:
        if posting.starts_on <= day and (posting.ends_on is None or day <= posting.ends_on):
            return posting.window
    return None


def results(hall: Hall, month) -> dict[tuple[str, int], reference.Sheet]:
    """The engine's result in the reference's words."""
    cards = Scorecard.objects.filter(run=month.run, hall=hall)
    lines, found, honours = defaultdict(list), defaultdict(dict), defaultdict(dict)
    for line in Line.objects.filter(run=month.run).select_related("clause"):
        lines[line.card_id].append((line.clause.code, line.kind, line.record_id, line.points))
    for failure in GateFailure.objects.filter(card__run=month.run).select_related("gate"):
        found[failure.card_id][failure.gate.code] = failure.observed
    for result in AwardResult.objects.filter(card__run=month.run).select_related("award"):
        honours[result.card_id][result.award.code] = result.outcome
    return {
        (card.kind, card.subject_id): reference.Sheet(
            lines=sorted(lines[card.pk], key=str),
            own=card.own,
            derived=card.derived,
            total=card.total,
            lost=card.lost,
            gained=card.gained,
            rank=card.rank,
            gates=found[card.pk],
            awards=honours[card.pk],
        )
        for card in cards
    }


def shown(sheets: dict[tuple[str, int], reference.Sheet]) -> dict[tuple[str, int], Any]:
    """What both must agree on."""
    names = ("own", "derived", "total", "lost", "gained", "rank", "gates", "awards")
    return {
        key: (sorted(sheet.lines, key=str), *(getattr(sheet, name) for name in names))
        for key, sheet in sheets.items()
    }


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pack=packs(), layout=layouts())
def test_engine_agrees_with_the_reference(db, pack, layout):
    CalendarDay.objects.all().delete()
    hall, world = build(pack, layout)

    month = score_month(hall=hall, month=FIRST, by=Robot("test"))

    expected = reference.score(world)
    assert shown(results(hall, month)) == shown(expected)
