"""What a pack's words mean together: unknown codes, wrong subjects, and points that would run in a circle.

Upward effects (person → window → unit) read own points only; downward ones land in the derived part only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from assessments.pack_amounts import check_amounts, check_conversions
from assessments.pack_trees import check_circles, check_schemes, components_of, parts_of, person_traits
from assessments.services.schemes import award_rounds, receiver, scheme_code
from violations.ladders import hundredths
from violations.packs import Pack, PackError
from violations.rule_enums import Source, Subject
from violations.services.rulebook import phrase_key
from violations.services.storing import nominal_points, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

UPWARD = {Subject.STAFF: Subject.WINDOW, Subject.WINDOW: Subject.UNIT}
"""Whose card is the group of whose."""
DOWNWARD = {Subject.WINDOW: Subject.STAFF, Subject.UNIT: Subject.WINDOW}
"""A gate may count what is about those below it: people at a window, people and windows of a unit."""
WORDS = dict(Subject.choices)


def check_pack(pack: Pack) -> list[PackError]:
    """All that is wrong with the meaning of a pack, in the order of the checks."""
    checks: list[Callable[[Pack], Iterator[PackError]]] = [
        _decimals,
        _doubles,
        _clauses,
        check_amounts,
        check_conversions,
        check_schemes,
        _gates,
        _awards,
        _ballots,
        _measures,
        _phrases,
        check_circles,
    ]
    errors = [error for check in checks[:2] for error in check(pack)]
    if errors:
        return errors
    return [error for check in checks[2:] for error in check(pack)]


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
            is_factor = path[-1] == "factor"
            try:
                hundredths(Decimal(str(value)) * (100 if is_factor else 1))
            except ValueError:
                most = "四" if is_factor else "两"
                yield pack.error(f"{value} 的小数位太多，最多{most}位。", *path)

    yield from walk(pack.data, ())


def _doubles(pack: Pack) -> Iterator[PackError]:
    """No code stands for two things."""
    lists = ("categories", "acts", "clauses", "awards", "measures")
    for name in lists:
        yield from _twice(pack, name, [item["code"] for item in pack.data.get(name, [])])
    yield from _twice(pack, "gates", [(g["kind"], g["code"]) for g in pack.data.get("gates", [])])
    yield from _twice(pack, "schemes", [(scheme_code(s), s["kind"]) for s in pack.data["schemes"]])
    yield from _twice(pack, "ballots", [ballot["code"] for ballot in pack.data.get("ballots", [])])


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


def _kinds(pack: Pack) -> set[str]:
    return {scheme["kind"] for scheme in pack.data["schemes"]}


def _periods(pack: Pack, kind: str) -> set[str]:
    return {scheme.get("period", "month") for scheme in pack.data["schemes"] if scheme["kind"] == kind}


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


COUNTED_TITLES = ("award", "lasts", "graded")
"""What a gate may count over several periods."""
SOURCES = ("acts", "lost", "award", "metric", "running")


def _source(pack: Pack, clause: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    given = [name for name in SOURCES if name in clause]
    if len(given) != 1:
        yield pack.error(f"要写 {'、'.join(SOURCES)} 中的一个，而且只写一个。", *place)
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
    if clause.get("period", "month") not in _periods(pack, clause["subject"]):
        yield pack.error("没有这个周期的评分方案（schemes 的 period）。", *place, "period")
    if given != ["acts"]:
        only = ("severities", "same_incident", "once", "count", "warn_first", "range", "by_source",
                "only_sources", "needs_verdict", "needs_evidence")  # fmt: skip
        for name in only:
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
        elif nominal_points(clause) and bool(acts[code].get("bonus")) != (nominal_points(clause) > 0):
            yield pack.error(f"“{acts[code]['name']}”的加分、扣分与条款分值的正负不一致。", *here)
        if code in seen:
            yield pack.error(f"“{code}”写了两次。", *here)
        seen.add(code)


ALLOWED = {
    Source.RECORD: ("self", "group", "unit", "chief", "members", "recorder"),
    Source.LOST: ("group", "unit", "self"),
    Source.AWARD: ("members", "chief"),
    Source.METRIC: ("self", "group", "unit", "chief", "members"),
    Source.RUNNING: ("self",),
}


def _target(pack: Pack, clause: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    """Points go to a card and a part where they cannot run in a circle."""
    source = source_of(clause)
    if "effects" in clause and ("to" in clause or "into" in clause):
        yield pack.error("写了 effects 就不再写 to 和 into。", *place, "effects")
        return
    for index, effect in enumerate(clause.get("effects", [clause])):
        here = (*place, "effects", index) if "effects" in clause else place
        if "percent" in effect and "points" in effect:
            yield pack.error("percent 和 points 只能写一个。", *here)
        target = effect.get("to", "self")
        if target not in ALLOWED[Source(source)]:
            words = {
                "record": "acts",
                "lost": "lost",
                "award": "award",
                "metric": "metric",
                "running": "running",
            }
            allowed = "、".join(ALLOWED[Source(source)])
            yield pack.error(f"写了 {words[source]} 的条款，to 只能是 {allowed}。", *here, "to")
            continue
        yield from _receiver(pack, clause, effect, here)


def _receiver(
    pack: Pack, clause: dict[str, Any], effect: dict[str, Any], place: tuple[str | int, ...]
) -> Iterator[PackError]:
    source, subject = source_of(clause), clause["subject"]
    target, into = effect.get("to", "self"), effect.get("into", "own")
    receiving = receiver(subject, target)
    if receiving is None or (subject, target) == ("unit", "chief"):
        yield pack.error(f"{WORDS[subject]}没有上级、成员或首席代表可以这样计分。", *place, "to")
        return
    if receiving not in _kinds(pack):
        yield pack.error(f"没有写{WORDS[receiving]}的评分方案（schemes）。", *place, "to")
        return
    part = parts_of(pack, receiving, clause.get("period", "month")).get(into)
    into_place = "into" if "into" in effect else "to"
    if part is None:
        yield pack.error(f"{WORDS[receiving]}的评分方案里没有“{into}”。", *place, "into")
    elif source == Source.AWARD and part != "derived":
        yield pack.error(_circle(pack, clause, subject, receiving), *place, into_place)
    elif source == Source.LOST and part != "own":
        yield pack.error("连带扣分要计入窗口（单位）的本体分 own。", *place, "into")
    elif source == Source.RECORD and target == "self" and part != "own":
        yield pack.error("操行记录要计入本体分 own。", *place, "into")


def _circle(pack: Pack, clause: dict[str, Any], subject: str, receiver: str) -> str:
    """The path the points would run: an honour goes by the total, so it must not feed it."""
    award = _awards_by_code(pack).get(clause["award"], {}).get("name", clause["award"])
    lifts = [c for c in pack.data["clauses"] if "lost" in c and c["subject"] == receiver]
    back = f" → {lifts[0]['code']} → {WORDS[subject]}本体分" if lifts else ""
    path = f"{WORDS[subject]}本体分 → {award} → {clause['code']} → {WORDS[receiver]}本体分{back}"
    return f"得分会循环：{path}。请改为 into: derived（联动分）。"


def _gates(pack: Pack) -> Iterator[PackError]:
    awards = _awards_by_code(pack)
    for index, gate in enumerate(pack.data.get("gates", [])):
        place = ("gates", index)
        if gate["kind"] not in _kinds(pack):
            yield pack.error(f"没有写{WORDS[gate['kind']]}的评分方案（schemes）。", *place, "kind")
        if "award" in gate and awards.get(gate["award"], {}).get("kind") != gate["kind"]:
            yield pack.error(f"没有给{WORDS[gate['kind']]}的评选“{gate['award']}”。", *place, "award")
        if ("acts" in gate) == ("of" in gate):
            yield pack.error("要写 acts（看事项）或者 of（看数值），只写一个。", *place)
        elif "acts" in gate:
            yield from _acts_gate(pack, gate, place)
        else:
            yield from _value_gate(pack, gate, place)


def _acts_gate(pack: Pack, gate: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    acts = _acts(pack)
    for name in ("span", "most", "valid"):
        if name not in gate:
            yield pack.error(f"缺少“{name}”。", *place)
    if (gate.get("span") == "rolling") != ("days" in gate):
        yield pack.error("span 是 rolling 时要写 days，其他时候不写。", *place, "span")
    for position, code in enumerate(gate["acts"]):
        if code not in acts:
            yield pack.error(f"没有事项“{code}”。", *place, "acts", position)


def _value_gate(pack: Pack, gate: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    looked = {name: value for name, value in gate["of"].items() if name not in ("missing", "over", "last")}
    if len(looked) != 1:
        yield pack.error("of 里只写一样。", *place, "of")
        return
    ((name, code),) = looked.items()
    if name not in COUNTED_TITLES and {"over", "last"} & gate["of"].keys():
        yield pack.error("over 和 last 只用于数次数的门槛（award、lasts、graded）。", *place, "of")
    if "award" not in gate and "period" not in gate and len(_periods(pack, gate["kind"])) > 1:
        yield pack.error("有几个周期的方案，门槛要写 period：管哪个周期的评选。", *place)
    if name != "grade" and not {"least", "most"} & gate.keys():
        yield pack.error("要写 least（不低于，含本数）或者 most（不超过，含本数）。", *place)
    if name == "metric" and "missing" not in gate["of"]:
        yield pack.error("看指标的门槛要写没有数时怎么办：missing: pass 通过，fail 不通过。", *place, "of")
    known: dict[str, set[str]] = {
        "component": set().union(*(components_of(s, pack.data) for s in _schemes_of(pack, gate["kind"]))),
        "grade": {g["code"] for s in _schemes_of(pack, gate["kind"]) for g in s.get("grades", [])},
        "award": {a["code"] for a in pack.data.get("awards", []) if a["kind"] == gate["kind"]},
    }
    known["graded"] = known["grade"]
    if name in known and code not in known[name]:
        words = {"component": "构成", "grade": "等次", "graded": "等次", "award": "评选"}
        yield pack.error(f"{WORDS[gate['kind']]}没有{words[name]}“{code}”。", *place, "of", name)


def _schemes_of(pack: Pack, kind: str) -> list[dict[str, Any]]:
    return [scheme for scheme in pack.data["schemes"] if scheme["kind"] == kind]


def _awards(pack: Pack) -> Iterator[PackError]:
    awards = _awards_by_code(pack)
    for index, award in enumerate(pack.data.get("awards", [])):
        place = ("awards", index)
        yield from person_traits(pack, award, place)
        if award["kind"] not in _kinds(pack):
            yield pack.error(f"没有写{WORDS[award['kind']]}的评分方案（schemes）。", *place, "kind")
        elif award.get("period", "month") not in _periods(pack, award["kind"]):
            yield pack.error("没有这个周期的评分方案（schemes 的 period）。", *place, "period")
        if award.get("within") in ("category", "floor", "size") and award["kind"] != Subject.WINDOW:
            yield pack.error("只有窗口分类别、楼层、大小，其他的 within 不能这样写。", *place, "within")
        if (award.get("within") == "size") != ("big_from" in award):
            yield pack.error("按大小分组时要写 big_from（几人起算大窗口），其他时候不写。", *place)
        yield from _tie_keys(pack, award, place)
        if award.get("within") == "window" and award["kind"] != Subject.STAFF:
            yield pack.error("只有人员按窗口分别评。", *place, "within")
        if {"least", "most"} <= award.keys() and award["least"] > award["most"]:
            yield pack.error("least（不低于）比 most（不高于）还大，没有人符合。", *place, "least")
        yield from _award_links(pack, award, awards, place)


def _tie_keys(pack: Pack, award: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[PackError]:
    then = award.get("then", [])
    ballots = {ballot["code"] for ballot in pack.data.get("ballots", [])}
    if "members" in then and award["kind"] == Subject.STAFF:
        yield pack.error("人员没有成员平均分可比。", *place, "then")
    if "senior" in then and award["kind"] != Subject.STAFF:
        yield pack.error("只有人员有进驻时间可比。", *place, "then")
    asked = {"figure", "ballot"} & {*then, award.get("by", "total")}
    if len(asked) > 1:
        yield pack.error("一项评选只能看一个指标或一个投票（key_of）。", *place, "key_of")
    if bool(asked) != ("key_of" in award):
        yield pack.error("by、then 用 figure 或 ballot 时要写 key_of（哪个指标或投票），不用就不写。", *place)
    if "ballot" in asked and award.get("key_of") not in ballots:
        yield pack.error(f"没有投票“{award.get('key_of', '')}”。", *place, "key_of")


def _award_links(
    pack: Pack, award: dict[str, Any], awards: dict[str, dict[str, Any]], place: tuple[str | int, ...]
) -> Iterator[PackError]:
    if "follows" in award:
        leader = awards.get(award["follows"])
        if leader is None or leader["kind"] != UPWARD.get(Subject(award["kind"])):
            yield pack.error("follows 要写所在窗口（单位）的一个评选。", *place, "follows")
        elif leader.get("order", "highest") != award.get("order", "highest"):
            yield pack.error(
                "随末位名单的也是末位名单，随荣誉的也是荣誉：order 要写得一样。", *place, "follows"
            )
        if "quota" in award or "tie" in award:
            yield pack.error("随窗口获评的不另设名额和同分办法。", *place, "follows")
        return
    for name in ("quota", "tie"):
        if name not in award:
            yield pack.error(f"缺少“{name}”。", *place)
    if "winners_of" in award:
        earlier = awards.get(award["winners_of"])
        if earlier is None or earlier["kind"] != award["kind"] or "follows" in earlier:
            yield pack.error("winners_of 要写同一主体的另一个评选。", *place, "winners_of")
        elif award_rounds(pack.data["awards"])[award["code"]] > 3:
            yield pack.error("评选最多三轮，而且不能互相等着。", *place, "winners_of")


def _ballots(pack: Pack) -> Iterator[PackError]:
    """The least numbers of votes must be able to bind, and leave votes to count."""
    for index, ballot in enumerate(pack.data.get("ballots", [])):
        for position, group in enumerate(ballot["groups"]):
            left = group.get("quorum", 0) - 2 * group.get("trim", 0)
            if "quorum" in group and "trim" in group and left <= 0:
                reason = f"至少 {group['quorum']} 票，去掉最高最低各 {group['trim']} 票就没有票了。"
                yield pack.error(reason, "ballots", index, "groups", position, "quorum")
        together = sum(group.get("quorum", 0) for group in ballot["groups"])
        if together >= ballot.get("quorum", together + 1):
            reason = f"各组至少的票数加起来已经有 {together} 票，合计 {ballot['quorum']} 票用不到。"
            yield pack.error(reason, "ballots", index, "quorum")


def _measures(pack: Pack) -> Iterator[PackError]:
    for index, measure in enumerate(pack.data.get("measures", [])):
        place = ("measures", index)
        by_hand = measure["counts"] in ("by_hand", "clause")
        if by_hand == ("reaches" in measure):
            reason = "由人或条款提出的措施不写 reaches。" if by_hand else "要写达到多少（reaches）。"
            yield pack.error(reason, *place)
        if measure["counts"] == "bulletins" and measure["kind"] != "letter":
            reason = "按通报期数提请的是反馈函（kind: letter）；其他措施由条款提出：条款里写 count 和 then。"
            yield pack.error(reason, *place, "kind")
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
