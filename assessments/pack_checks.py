"""What a pack's words mean together: unknown codes, wrong subjects, and points that would run in a circle.

Upward effects (person → window → unit) read own points only; downward ones land in the derived part only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from violations.packs import Pack, PackError
from violations.rule_enums import Source, Subject
from violations.services.rulebook import hundredths, phrase_key, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

UPWARD = {Subject.STAFF: Subject.WINDOW, Subject.WINDOW: Subject.UNIT}
"""Whose card is the group of whose."""
DOWNWARD = {Subject.WINDOW: Subject.STAFF, Subject.UNIT: Subject.WINDOW}
WORDS = dict(Subject.choices)
ROOTS = ("own", "derived")


def check_pack(pack: Pack) -> list[PackError]:
    """All that is wrong with the meaning of a pack, in the order of the checks."""
    checks: list[Callable[[Pack], Iterator[PackError]]] = [
        _decimals,
        _doubles,
        _clauses,
        _schemes,
        _gates,
        _awards,
        _measures,
        _phrases,
    ]
    return [error for check in checks for error in check(pack)]


def _decimals(pack: Pack) -> Iterator[PackError]:
    """No number has more than two decimals."""

    def walk(value: Any, path: tuple[str | int, ...]) -> Iterator[PackError]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, (*path, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from walk(item, (*path, index))
        elif isinstance(value, float):
            try:
                hundredths(value)
            except ValueError as error:
                yield pack.error(f"{error}。", *path)

    yield from walk(pack.data, ())


def _doubles(pack: Pack) -> Iterator[PackError]:
    """No code stands for two things."""
    lists = ("categories", "acts", "clauses", "awards", "measures")
    for name in lists:
        yield from _twice(pack, name, [item["code"] for item in pack.data.get(name, [])])
    yield from _twice(pack, "gates", [(g["kind"], g["code"]) for g in pack.data.get("gates", [])])
    yield from _twice(pack, "schemes", [scheme["kind"] for scheme in pack.data["schemes"]])


def _twice(pack: Pack, name: str, codes: list[Any]) -> Iterator[PackError]:
    counts = Counter(codes)
    for index, code in enumerate(codes):
        if counts[code] > 1 and codes.index(code) != index:
            shown = code if isinstance(code, str) else code[-1]
            yield pack.error(f"“{shown}”写了两次。", name, index)


def _acts(pack: Pack) -> dict[str, dict[str, Any]]:
    return {act["code"]: act for act in pack.data["acts"]}


def _awards_by_code(pack: Pack) -> dict[str, dict[str, Any]]:
    return {award["code"]: award for award in pack.data.get("awards", [])}


def _kinds(pack: Pack) -> dict[str, dict[str, Any]]:
    return {scheme["kind"]: scheme for scheme in pack.data["schemes"]}


def _clauses(pack: Pack) -> Iterator[PackError]:
    categories = {category["code"] for category in pack.data.get("categories", [])}
    for index, clause in enumerate(pack.data["clauses"]):
        place = ("clauses", index)
        if "category" in clause and clause["category"] not in categories:
            yield pack.error(f"没有分类“{clause['category']}”。", *place, "category")
        if clause["subject"] not in _kinds(pack):
            yield pack.error(f"没有写{WORDS[clause['subject']]}的评分方案（schemes）。", *place, "subject")
        yield from _source(pack, clause, place)
        yield from _target(pack, clause, place)


def _source(pack: Pack, clause: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    given = [name for name in ("acts", "lost", "award") if name in clause]
    if len(given) != 1:
        yield pack.error("要写 acts、lost、award 中的一个，而且只写一个。", *place)
        return
    if given == ["acts"]:
        yield from _clause_acts(pack, clause, place)
    elif given == ["award"]:
        award = _awards_by_code(pack).get(clause["award"])
        if award is None:
            yield pack.error(f"没有评选“{clause['award']}”。", *place, "award")
        elif award["kind"] != clause["subject"]:
            reason = f"“{award['name']}”评的是{WORDS[award['kind']]}，条款写的是{WORDS[clause['subject']]}。"
            yield pack.error(reason, *place, "award")
    if given != ["acts"]:
        for name in ("severities", "same_incident", "once"):
            if name in clause:
                yield pack.error(f"“{name}”只用于写了 acts 的条款。", *place, name)


def _clause_acts(pack: Pack, clause: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    acts = _acts(pack)
    seen: set[str] = set()
    for index, entry in enumerate(clause["acts"]):
        code = entry if isinstance(entry, str) else entry["act"]
        here = (*place, "acts", index)
        if code not in acts:
            yield pack.error(f"没有事项“{code}”。", *here)
        elif acts[code]["subject"] != clause["subject"]:
            words = f"“{acts[code]['name']}”记在{WORDS[acts[code]['subject']]}上"
            yield pack.error(f"{words}，条款写的是{WORDS[clause['subject']]}。", *here)
        elif bool(acts[code].get("bonus")) != (clause["points"] > 0) and clause["points"] != 0:
            yield pack.error(f"“{acts[code]['name']}”的加分、扣分与条款分值的正负不一致。", *here)
        if code in seen:
            yield pack.error(f"“{code}”写了两次。", *here)
        seen.add(code)


def _target(pack: Pack, clause: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    """Points go to a card and a part where they cannot run in a circle."""
    source = source_of(clause)
    target = clause.get("to", "self")
    subject, into = clause["subject"], clause.get("into", "own")
    allowed = {Source.RECORD: ["self"], Source.LOST: ["group"], Source.AWARD: ["members", "chief"]}
    if target not in allowed[source]:
        words = {"record": "写了 acts 的条款", "lost": "写了 lost 的条款", "award": "写了 award 的条款"}
        yield pack.error(f"{words[source]}，to 只能是 {'、'.join(allowed[source])}。", *place, "to")
        return
    receiver = {"self": subject, "group": UPWARD.get(subject)}.get(target, DOWNWARD.get(subject))
    if receiver is None:
        yield pack.error(f"{WORDS[subject]}没有上级或成员可以计分。", *place, "to")
        return
    if receiver not in _kinds(pack):
        yield pack.error(f"没有写{WORDS[receiver]}的评分方案（schemes）。", *place, "to")
        return
    part = _parts(_kinds(pack)[receiver]).get(into)
    if part is None:
        yield pack.error(f"{WORDS[receiver]}的评分方案里没有“{into}”。", *place, "into")
    elif source == Source.AWARD and part != "derived":
        yield pack.error(
            _circle(pack, clause, subject, receiver), *place, "into" if "into" in clause else "to"
        )
    elif source == Source.LOST and part != "own":
        yield pack.error("连带扣分要计入窗口（单位）的本体分 own。", *place, "into")
    elif source == Source.RECORD and part != "own":
        yield pack.error("操行记录要计入本体分 own。", *place, "into")


def _circle(pack: Pack, clause: dict[str, Any], subject: str, receiver: str) -> str:
    """The path the points would run: an honour goes by the total, so it must not feed it."""
    award = _awards_by_code(pack).get(clause["award"], {}).get("name", clause["award"])
    lifts = [c for c in pack.data["clauses"] if "lost" in c and c["subject"] == receiver]
    back = f" → {lifts[0]['code']} → {WORDS[subject]}本体分" if lifts else ""
    path = f"{WORDS[subject]}本体分 → {award} → {clause['code']} → {WORDS[receiver]}本体分{back}"
    return f"得分会循环：{path}。请改为 into: derived（联动分）。"


def _parts(scheme: dict[str, Any]) -> dict[str, str]:
    parts = {root: root for root in ROOTS}
    parts.update({item["code"]: item["part"] for item in scheme.get("components", [])})
    return parts


def _schemes(pack: Pack) -> Iterator[PackError]:
    for index, scheme in enumerate(pack.data["schemes"]):
        yield from _bounds(pack, scheme, ("schemes", index))
        codes = [item["code"] for item in scheme.get("components", [])]
        for place, code in enumerate(codes):
            where = ("schemes", index, "components", place)
            if code in ROOTS or codes.index(code) != place:
                yield pack.error(f"“{code}”已经有了。", *where, "code")
            yield from _bounds(pack, scheme["components"][place], where)


def _bounds(pack: Pack, item: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    floor, cap = item.get("floor"), item.get("cap")
    if floor is not None and cap is not None and floor > cap:
        yield pack.error("下限比上限高。", *place, "floor")


def _gates(pack: Pack) -> Iterator[PackError]:
    acts, awards = _acts(pack), _awards_by_code(pack)
    for index, gate in enumerate(pack.data.get("gates", [])):
        place = ("gates", index)
        if gate["kind"] not in _kinds(pack):
            yield pack.error(f"没有写{WORDS[gate['kind']]}的评分方案（schemes）。", *place, "kind")
        if "award" in gate and awards.get(gate["award"], {}).get("kind") != gate["kind"]:
            yield pack.error(f"没有给{WORDS[gate['kind']]}的评选“{gate['award']}”。", *place, "award")
        if (gate["span"] == "rolling") != ("days" in gate):
            yield pack.error("span 是 rolling 时要写 days，其他时候不写。", *place, "span")
        for position, code in enumerate(gate["acts"]):
            if code not in acts:
                yield pack.error(f"没有事项“{code}”。", *place, "acts", position)
            elif acts[code]["subject"] != gate["kind"]:
                words = f"“{acts[code]['name']}”记在{WORDS[acts[code]['subject']]}上"
                yield pack.error(f"{words}，门槛写的是{WORDS[gate['kind']]}。", *place, "acts", position)


def _awards(pack: Pack) -> Iterator[PackError]:
    for index, award in enumerate(pack.data.get("awards", [])):
        place = ("awards", index)
        if award["kind"] not in _kinds(pack):
            yield pack.error(f"没有写{WORDS[award['kind']]}的评分方案（schemes）。", *place, "kind")
        if award.get("within") == "category" and award["kind"] != Subject.WINDOW:
            yield pack.error("只有窗口分类别，其他的 within 只能是 hall。", *place, "within")
        if "members" in award.get("then", []) and award["kind"] == Subject.STAFF:
            yield pack.error("人员没有成员平均分可比。", *place, "then")


def _measures(pack: Pack) -> Iterator[PackError]:
    for index, measure in enumerate(pack.data.get("measures", [])):
        place = ("measures", index)
        by_hand = measure["counts"] == "by_hand"
        if by_hand == ("reaches" in measure):
            reason = "由人提出的措施不写 reaches。" if by_hand else "要写达到多少（reaches）。"
            yield pack.error(reason, *place)
        if (measure.get("span") == "rolling") != ("days" in measure):
            yield pack.error("span 是 rolling 时要写 days，其他时候不写。", *place)


def _phrases(pack: Pack) -> Iterator[PackError]:
    acts = _acts(pack)
    seen: dict[str, str] = {}
    for code, phrases in pack.data.get("phrases", {}).items():
        if code not in acts:
            yield pack.error(f"没有事项“{code}”。", "phrases", code)
        for index, words in enumerate(phrases):
            key = phrase_key(words)
            if not key:
                yield pack.error("说法里没有文字。", "phrases", code, index)
            elif seen.setdefault(key, code) != code:
                yield pack.error(f"“{words}”已经对应“{seen[key]}”。", "phrases", code, index)
