"""What a pack says about schemes: the tree of components, their sources, grades, and circles of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assessments.pack_people import TRAITS
from assessments.services.schemes import ORIGINS, receiver, scheme_code
from violations.ladders import edge_errors, table_errors
from violations.rule_enums import Period, Subject
from violations.services.storing import component_for, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from violations.packs import Pack, PackError

    Place = tuple[str | int, ...]

ROOTS = ("own", "derived")
WORDS = dict(Subject.choices)
DEEPEST = 4


def components_of(scheme: dict[str, Any], data: dict[str, Any]) -> dict[str, str]:
    """Codes of a scheme's components with their part, limits of clauses included."""
    found = {root: root for root in ROOTS}

    def walk(nodes: list[dict[str, Any]], part: str) -> None:
        for node in nodes:
            found[node["code"]] = node.get("part", part)
            walk(node.get("components", []), found[node["code"]])

    walk(scheme.get("components", []), "")
    for clause in data["clauses"]:
        if "at_most" in clause:
            found.setdefault(component_for(clause, ""), "own")
    return found


def parts_of(pack: Pack, kind: str, period: str) -> dict[str, str]:
    """Components of all schemes of a kind and period, with their part."""
    found: dict[str, str] = {}
    for scheme in pack.data["schemes"]:
        if scheme["kind"] == kind and scheme.get("period", "month") == period:
            found.update(components_of(scheme, pack.data))
    return found


def check_schemes(pack: Pack) -> Iterator[PackError]:
    """Bounds, codes, weights, sources and grades of every scheme."""
    for index, scheme in enumerate(pack.data["schemes"]):
        place = ("schemes", index)
        yield from _bounds(pack, scheme, place)
        yield from person_traits(pack, scheme, place)
        yield from _covered(pack, scheme, index)
        seen: set[str] = set(ROOTS)
        yield from _nodes(pack, scheme, scheme, (*place,), seen, 1)
        yield from _grades(pack, scheme, place)
        if _rounds(scheme, pack) and "rounding" not in scheme:
            yield pack.error("有加权、平均、系数或者比例的方案要写总分怎样取整（rounding）。", *place)
        if scheme.get("own_share", 100) != 100 and scheme["kind"] == "unit":
            yield pack.error("单位没有联动分，own_share 只能是 100。", *place, "own_share")
        if scheme["kind"] == "unit" and scheme.get("ranking") in ("category", "floor"):
            yield pack.error("单位不分楼层和窗口类别排名。", *place, "ranking")


def person_traits(pack: Pack, item: dict[str, Any], place: Place) -> Iterator[PackError]:
    """Only people have a political status and a gender."""
    for name, title in TRAITS.items():
        if item["kind"] != Subject.STAFF and name in item.get("for", {}):
            yield pack.error(f"只有人员有{title}，{WORDS[item['kind']]}没有。", *place, "for", name)


def _covered(pack: Pack, scheme: dict[str, Any], index: int) -> Iterator[PackError]:
    """A scheme without conditions takes all; one that stands behind it would never be used."""
    for earlier in pack.data["schemes"][:index]:
        same = all(earlier.get(key, "month") == scheme.get(key, "month") for key in ("kind", "period"))
        if same and "for" not in earlier:
            whom = WORDS[scheme["kind"]]
            reason = f"前面的方案“{scheme_code(earlier)}”没有条件，已经管了全部{whom}，这一个用不到。"
            yield pack.error(reason, "schemes", index)
            return


def _bounds(pack: Pack, item: dict[str, Any], place: Place) -> Iterator[PackError]:
    floor, cap = item.get("floor"), item.get("cap")
    if floor is not None and cap is not None and floor > cap:
        yield pack.error("下限比上限高。", *place, "floor")
    if item.get("negative") is False and item.get("floor") not in (None, 0):
        yield pack.error("negative: false 就是下限 0，不要另写 floor。", *place, "negative")


def _nodes(
    pack: Pack, scheme: dict[str, Any], parent: dict[str, Any], place: Place, seen: set[str], depth: int
) -> Iterator[PackError]:
    nodes = parent.get("components", [])
    for index, node in enumerate(nodes):
        here = (*place, "components", index)
        if node["code"] in seen:
            yield pack.error(f"“{node['code']}”已经有了。", *here, "code")
        seen.add(node["code"])
        if depth == 1 and "part" not in node:
            yield pack.error("缺少“part”：own（本体）或 derived（联动）。", *here)
        if depth > 1 and "part" in node:
            yield pack.error("下级构成不写 part，跟着上级走。", *here, "part")
        if depth >= DEEPEST:
            yield pack.error(f"构成最多 {DEEPEST} 层。", *here)
        yield from _bounds(pack, node, here)
        yield from _source(pack, scheme, node, here, node.get("part", ""))
        yield from _nodes(pack, scheme, node, here, seen, depth + 1)
        if "combine" in node and "components" not in node:
            yield pack.error("没有下级构成，不写 combine。", *here, "combine")
    mine = [node for node in nodes if depth > 1 or node.get("part") == "own"]
    yield from _weights(pack, parent, mine, place)
    if parent.get("combine", "sum") != "sum":
        for clause_index, clause in enumerate(pack.data["clauses"]):
            code = parent["code"] if depth > 1 else "own"
            effect = clause.get("effects", [clause])[0]
            lands = receiver(clause["subject"], effect.get("to", "self")) == scheme["kind"]
            if "at_most" in clause and lands and effect.get("into", "own") == code:
                yield pack.error(
                    "有限额的条款不能直接计入加权或平均的构成。", "clauses", clause_index, "at_most"
                )


def _weights(
    pack: Pack, parent: dict[str, Any], nodes: list[dict[str, Any]], place: Place
) -> Iterator[PackError]:
    weighted = parent.get("combine") == "weighted"
    given = [node for node in nodes if "weight" in node]
    if weighted and len(given) < len(nodes):
        yield pack.error("加权的构成，每个下级都要写 weight。", *place, "combine")
    elif weighted and abs(sum(node["weight"] for node in nodes) - 100) > 0.001:
        total = sum(node["weight"] for node in nodes)
        yield pack.error(f"权重合计是 {total:g}，应为 100。", *place, "combine")
    elif not weighted and given:
        yield pack.error("上级没有写 combine: weighted，weight 用不到。", *place)


def _source(
    pack: Pack, scheme: dict[str, Any], node: dict[str, Any], place: Place, part: str
) -> Iterator[PackError]:
    source = node.get("source")
    if source is None:
        return
    here = (*place, "source")
    named = [name for name in ORIGINS if name in source]
    if len(named) != 1:
        yield pack.error(f"要写 {'、'.join(ORIGINS)} 中的一个，而且只写一个。", *here)
        return
    if "components" in node:
        yield pack.error("有得分来源的构成不再分下级。", *here)
    if "missing" not in source and named[0] != "group":
        yield pack.error("要写没有数时怎么办：missing: full 满分、zero 零分、left_out 不计入。", *here)
    if source.get("missing") == "full" and node.get("cap") is None:
        yield pack.error("没有数记满分（full），要写这个构成的 cap 是多少。", *here, "missing")
    ballots = {ballot["code"] for ballot in pack.data.get("ballots", [])}
    if named == ["ballot"] and source["ballot"] not in ballots:
        yield pack.error(f"没有投票“{source['ballot']}”（ballots）。", *here, "ballot")
    yield from _other_cards(pack, scheme, named[0], here, part)
    if named == ["periods"] and scheme.get("period", "month") == "month":
        yield pack.error("各期得分汇总只用于季度、半年、年度方案（period）。", *here, "periods")
    if "award" in source and named != ["periods"]:
        yield pack.error("award 只和 periods: wins 一起写。", *here, "award")
    if named == ["periods"]:
        yield from _periods_read(pack, scheme, source, here)


def _periods_read(
    pack: Pack, scheme: dict[str, Any], source: dict[str, Any], here: Place
) -> Iterator[PackError]:
    """What is rolled up is a shorter period that is scored, and a title of that period."""
    reads = source.get("of", "month")
    scored = {s.get("period", "month") for s in pack.data["schemes"] if s["kind"] == scheme["kind"]}
    if Period(reads).months >= Period(scheme.get("period", "month")).months:
        yield pack.error("汇总的周期（of）要比方案的周期短。", *here, "of")
    elif reads not in scored:
        yield pack.error("没有这个周期的评分方案（schemes 的 period）可汇总。", *here)
    if "award" in source:
        awards = [award for award in pack.data.get("awards", []) if award["code"] == source["award"]]
        if not awards or awards[0]["kind"] != scheme["kind"]:
            yield pack.error(f"没有给{WORDS[scheme['kind']]}的评选“{source['award']}”。", *here, "award")
        elif awards[0].get("period", "month") != reads:
            yield pack.error("这个评选是另一个周期的，请用 of 写明汇总哪个周期。", *here, "award")


def _other_cards(
    pack: Pack, scheme: dict[str, Any], name: str, here: Place, part: str
) -> Iterator[PackError]:
    """Scores of members are read upward into own parts, those of the group downward into derived ones."""
    named = [name]
    if named == ["members"] and scheme["kind"] == "staff":
        yield pack.error("人员没有成员。", *here, "members")
    if named == ["members"] and part == "derived":
        yield pack.error("成员平均分是本体分，要放在 part: own 里。", *here, "members")
    if named == ["group"] and (scheme["kind"] == "unit" or part != "derived"):
        yield pack.error(_group_circle(scheme["kind"]), *here, "group")


def _group_circle(kind: str) -> str:
    if kind == "unit":
        return "单位没有上级得分可取。"
    return (
        f"得分会循环：{WORDS[kind]}本体分 → 所在窗口（单位）本体分 → {WORDS[kind]}本体分。"
        "请改放 part: derived（联动分）。"
    )


def _grades(pack: Pack, scheme: dict[str, Any], place: Place) -> Iterator[PackError]:
    rows = scheme.get("grades", [])
    problems = list(edge_errors(rows)) or list(table_errors(rows))
    for index, reason in problems if rows else []:
        yield pack.error(reason, *place, "grades", index)
    codes = [grade["code"] for grade in rows]
    for index, code in enumerate(codes):
        if codes.index(code) != index:
            yield pack.error(f"等次“{code}”写了两次。", *place, "grades", index)


def _rounds(scheme: dict[str, Any], pack: Pack) -> bool:
    """Whether anything in a scheme can leave a part of a hundredth."""

    def divides(nodes: list[dict[str, Any]]) -> bool:
        return any(
            node.get("combine", "sum") != "sum" or "source" in node or divides(node.get("components", []))
            for node in nodes
        )

    shares = any(_shares(scheme, clause) for clause in pack.data["clauses"])
    whole = scheme.get("combine", "sum") == "sum" and scheme.get("own_share", 100) == 100
    return not whole or shares or divides(scheme.get("components", []))


def _shares(scheme: dict[str, Any], clause: dict[str, Any]) -> bool:
    """Whether a clause brings a card of the scheme a share of points: by a ratio, or in proportion."""
    if clause.get("period", "month") != scheme.get("period", "month"):
        return False
    return any(
        receiver(clause["subject"], effect.get("to", "self")) == scheme["kind"]
        and ("percent" in effect or "linear" in clause)
        for effect in clause.get("effects", [clause])
    )


def check_circles(pack: Pack) -> Iterator[PackError]:
    """Points of people feed windows, and the other way round only through what is read later.

    Upward: lost points and members' means read own parts. Downward: honours and the group's score land
    in derived parts. What is left is an effect of lost points on a card whose own score it reads again.
    """
    for index, clause in enumerate(pack.data["clauses"]):
        if source_of(clause) != "lost" or clause.get("to", "group") != "self":
            continue
        if clause["lost"].get("of") == clause.get("into", "own"):
            node = clause["lost"]["of"]
            yield pack.error(
                f"得分会循环：{clause['code']} 看“{node}”的扣分，又计入它自己。请换一个 into。",
                "clauses",
                index,
                "into",
            )
