"""What a pack says about amounts: counters, steps, tables, ranges and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from violations.ladders import ONE, edge_errors, step_errors, table_errors
from violations.services.storing import conversion_levels, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from violations.packs import Pack, PackError

    Place = tuple[str | int, ...]

FORMS = ("steps", "table", "linear")
LONG = ("month", "quarter", "half_year", "year", "rolling", "running")


def check_amounts(pack: Pack) -> Iterator[PackError]:
    """Clause by clause: what is counted, over which span, and what each amount gives."""
    for index, clause in enumerate(pack.data["clauses"]):
        place = ("clauses", index)
        yield from _counter(pack, clause, place)
        yield from _forms(pack, clause, place)
        yield from _points(pack, clause, place)
        yield from _then(pack, clause, place)


def _counter(pack: Pack, clause: dict[str, Any], place: Place) -> Iterator[PackError]:
    count = clause.get("count")
    needs_count = "acts" in clause and any(name in clause for name in (*FORMS, "then"))
    if needs_count and count is None:
        yield pack.error("要写 count：数什么（what）、在多长时间里数（over）。", *place)
    if count is not None:
        if (count["over"] == "rolling") != ("days" in count):
            yield pack.error("over 是 rolling 时要写 days，其他时候不写。", *place, "count")
        if count["over"] == "running" and count["what"] != "times":
            yield pack.error("连续各月只能按次（what: times）。", *place, "count")
        if "warn_first" in clause:
            yield pack.error(
                "写了 count 就不写 warn_first，先提醒的几次在 steps 里 points 写 0。", *place, "count"
            )
        yield from _moves(pack, clause, count, (*place, "count"))
    if "warn_first" in clause:
        yield from _moves(pack, clause, clause["warn_first"], (*place, "warn_first"))


def _moves(pack: Pack, clause: dict[str, Any], count: dict[str, Any], place: Place) -> Iterator[PackError]:
    """A person may change windows within a long span: the pack says what becomes of the count."""
    person = clause["subject"] == "staff" and count.get("per", "self") == "self"
    if person and count["over"] in LONG and "on_move" not in count:
        yield pack.error("要写换窗口以后接着数（on_move: goes_on）还是重新数（anew）。", *place)
    if not person and "on_move" in count:
        yield pack.error("只有数人员自己的次数时才写 on_move。", *place, "on_move")
    if clause["subject"] == "unit" and count.get("per", "self") != "self":
        yield pack.error("单位没有上级可以合并计数。", *place, "per")


def _forms(pack: Pack, clause: dict[str, Any], place: Place) -> Iterator[PackError]:
    given = [name for name in FORMS if name in clause]
    if len(given) > 1:
        yield pack.error(f"{'、'.join(given)} 只能写一个。", *place, given[1])
        return
    if "metric" in clause:
        yield from _metric(pack, clause, given, place)
    if "lost" in clause and not {"every"} & clause["lost"].keys() and not given:
        yield pack.error("要写每满多少分（every），或者写 steps。", *place, "lost")
    if "lost" in clause and "every" in clause["lost"] and given:
        yield pack.error("lost 里写了 every 就不写 steps、table、linear。", *place, "lost")
    if source_of(clause) in ("award", "running") and given:
        yield pack.error("这样的条款不写 steps、table、linear。", *place, given[0])
        return
    for name in given:
        yield from _rows(pack, clause, name, (*place, name))


def _metric(pack: Pack, clause: dict[str, Any], given: list[str], place: Place) -> Iterator[PackError]:
    metric = clause["metric"]
    has_aim = ("below" in metric) + ("above" in metric)
    if has_aim > 1:
        yield pack.error("below 和 above 只能写一个。", *place, "metric")
    if "rank" in metric:
        yield from _ranked(pack, clause, metric, place)
    elif not given:
        yield pack.error("指标条款要写 table、steps 或 linear。", *place)
    elif given != ["table"] and not has_aim:
        yield pack.error("steps 和 linear 按差距计分，要写 below 或 above 多少。", *place, "metric")


def _ranked(pack: Pack, clause: dict[str, Any], metric: dict[str, Any], place: Place) -> Iterator[PackError]:
    """Points by the place of a figure: a table of places, and no target beside it."""
    if {"below", "above"} & metric.keys():
        yield pack.error("按名次计分（rank）时不写 below 和 above。", *place, "metric", "rank")
    if "table" not in clause:
        yield pack.error("按名次计分要写 table：第几名到第几名多少分。", *place)
    if metric["rank"]["within"] in ("category", "floor") and clause["subject"] != "window":
        yield pack.error(
            "只有窗口分类别、楼层，其他的 within 不能这样写。", *place, "metric", "rank", "within"
        )


def _measured(clause: dict[str, Any]) -> dict[str, int]:
    """From which number on a table must hold, and by what it goes on: places are whole numbers from 1."""
    if "metric" not in clause:
        return {"lowest": 0}
    return {"lowest": ONE, "unit": ONE} if "rank" in clause["metric"] else {}


def _rows(pack: Pack, clause: dict[str, Any], name: str, place: Place) -> Iterator[PackError]:
    if name == "linear":
        span = clause["linear"]
        if "to" in span and span["to"] <= span.get("over", 0):
            yield pack.error("终点要比起点大。", *place, "to")
        if "points" not in clause:
            yield pack.error("linear 要写 points：每满一个 every 多少分。", *place)
        return
    yield from _ladder(pack, clause, name, place)
    for index, row in enumerate(clause[name]):
        if ("points" in row) == ("factor" in row):
            yield pack.error("每行写 points（分值）或者 factor（倍数），只写一个。", *place, index)
        if "factor" in row and "points" not in clause:
            yield pack.error("用倍数的条款要写 points。", *place, index, "factor")
        if name == "table" and "every" in row:
            yield pack.error("table 的行不写 every。", *place, index, "every")


def _ladder(pack: Pack, clause: dict[str, Any], name: str, place: Place) -> Iterator[PackError]:
    """Rows that overlap, or leave amounts without a row."""
    rows = clause[name]
    problems = list(edge_errors(rows))
    if not problems and name == "steps":
        problems = list(step_errors(rows))
    elif not problems:
        problems = list(table_errors(rows, **_measured(clause)))
    for index, reason in problems:
        yield pack.error(reason, *place, index)


def _points(pack: Pack, clause: dict[str, Any], place: Place) -> Iterator[PackError]:
    rows = [*clause.get("steps", []), *clause.get("table", [])]
    if "points" not in clause and not rows and not ("then" in clause and "running" in clause):
        yield pack.error("缺少“points”。只记次数、不计分的写 0。", *place)
    if "range" in clause:
        ends = (clause["range"]["from"], clause["range"]["to"])
        if ends[0] * ends[1] < 0 or ends[0] == ends[1]:
            yield pack.error("酌情分值的两头要同是加分或同是扣分，而且不相同。", *place, "range")
        elif "points" in clause and not min(ends) <= clause["points"] <= max(ends):
            yield pack.error("没有酌情时的分值 points 要在 range 之内。", *place, "range")
    if {"by_source", "severities"} <= clause.keys():
        yield pack.error("by_source 和 severities 不能同时写，请分成两条。", *place, "by_source")
    if {"by_source", "only_sources"} <= clause.keys():
        for source in sorted(set(clause["by_source"]) - set(clause["only_sources"])):
            yield pack.error(f"only_sources 里没有“{source}”。", *place, "by_source", source)
    yield from _without_effect(pack, clause, rows, place)
    signs = {value > 0 for value in _values(clause) if value}
    if len(signs) > 1 and source_of(clause) == "record":
        yield pack.error("一条里不能又加分又扣分，请分成两条。", *place)


def _without_effect(
    pack: Pack, clause: dict[str, Any], rows: list[dict[str, Any]], place: Place
) -> Iterator[PackError]:
    """What would be read and then never counted is refused."""
    if "range" in clause and any("points" in row for row in rows):
        reason = "酌情的分值（range）要和倍数（factor）一起用：行里写了 points，酌情就不起作用。"
        yield pack.error(reason, *place, "range")
    if "at_most" in clause and len(clause.get("effects", [])) > 1:
        reason = "限额（at_most）只限一处：计到几处的条款请按对象分成几条，各写限额。"
        yield pack.error(reason, *place, "at_most")


def _values(clause: dict[str, Any]) -> list[float]:
    found = [
        clause.get("points", 0),
        *clause.get("severities", {}).values(),
        *clause.get("by_source", {}).values(),
    ]
    found += [entry["points"] for entry in clause.get("acts", []) if isinstance(entry, dict)]
    return found + [row.get("points", 0) for row in (*clause.get("steps", []), *clause.get("table", []))]


def _then(pack: Pack, clause: dict[str, Any], place: Place) -> Iterator[PackError]:
    running = clause.get("running", {})
    if running:
        yield from _running(pack, clause, running, place)
    if "grade" in running and running["grade"] not in _grades(pack, clause):
        yield pack.error(f"没有等次“{running['grade']}”。", *place, "running", "grade")
    if running and "then" not in clause:
        yield pack.error("连续各期的条款要写 then：到第几期做什么。", *place)
    for index, row in enumerate(clause.get("then", [])):
        here = (*place, "then", index)
        kinds = [name for name in ("produces", "grade", "measure", "disqualify") if name in row]
        if len(kinds) != 1:
            yield pack.error("produces、grade、measure、disqualify 要写一个，而且只写一个。", *here)
            continue
        if "to" in row and row["to"] < row["from"]:
            yield pack.error("起点比终点还大。", *here, "to")
        yield from _consequence(pack, clause, row, kinds[0], here)


def _running(
    pack: Pack, clause: dict[str, Any], running: dict[str, Any], place: Place
) -> Iterator[PackError]:
    """One thing is looked at in each period, and what follows is a measure, not points."""
    looked = [name for name in ("last", "first", "grade", "award") if name in running]
    awards = {award["code"]: award["kind"] for award in pack.data.get("awards", [])}
    if len(looked) != 1:
        yield pack.error("last、first、grade、award 写一个，而且只写一个。", *place, "running")
    elif looked == ["award"] and awards.get(running["award"]) != clause["subject"]:
        yield pack.error(f"没有给这个主体的评选“{running['award']}”。", *place, "running", "award")
    if clause.get("points"):
        yield pack.error("连续各期的条款不计分，只提请措施（then）；points 不写。", *place, "points")


def _consequence(
    pack: Pack, clause: dict[str, Any], row: dict[str, Any], kind: str, place: Place
) -> Iterator[PackError]:
    """One thing that follows: the code it names exists and the clause can do it."""
    awards = {award["code"]: award["kind"] for award in pack.data.get("awards", [])}
    if kind == "measure" and row["measure"] not in {m["code"] for m in pack.data.get("measures", [])}:
        yield pack.error(f"没有处理措施“{row['measure']}”（measures）。", *place, kind)
    if kind == "grade":
        code = row["grade"].get("set") or row["grade"]["at_most"]
        if code not in _grades(pack, clause):
            yield pack.error(f"没有等次“{code}”（schemes 的 grades）。", *place, kind)
        if source_of(clause) == "running":
            yield pack.error("连续各期看的是定下来的等次，不能再改本期等次。", *place, kind)
    if kind == "disqualify":
        code = row["disqualify"].get("award")
        if code is not None and awards.get(code) != clause["subject"]:
            yield pack.error(f"没有给这个主体的评选“{code}”。", *place, kind, "award")
    if source_of(clause) != "record" and kind in ("produces", "disqualify"):
        yield pack.error(f"{kind} 只用于写了 acts 的条款。", *place, kind)


def _grades(pack: Pack, clause: dict[str, Any]) -> set[str]:
    schemes = [scheme for scheme in pack.data["schemes"] if scheme["kind"] == clause["subject"]]
    return {grade["code"] for scheme in schemes for grade in scheme.get("grades", [])}


def check_conversions(pack: Pack) -> Iterator[PackError]:
    """Acts that become other acts: known, of the same subject, at most twice, never in a circle."""
    acts = {act["code"]: act for act in pack.data["acts"]}
    makes: dict[str, set[str]] = {}
    for index, clause in enumerate(pack.data["clauses"]):
        for position, row in enumerate(clause.get("then", [])):
            code = row.get("produces", {}).get("act")
            here = ("clauses", index, "then", position, "produces")
            if code is None:
                continue
            if code not in acts:
                yield pack.error(f"没有事项“{code}”。", *here)
            elif acts[code]["subject"] != clause["subject"]:
                yield pack.error("折算成的事项要记在同一种主体上。", *here)
            for entry in clause.get("acts", []):
                makes.setdefault(entry if isinstance(entry, str) else entry["act"], set()).add(code)
    circle = _circle(makes)
    if circle:
        words = " → ".join(acts[code]["name"] if code in acts else code for code in circle)
        yield pack.error(f"折算会循环：{words}。", "clauses")
        return
    if any(level == 1 for level in conversion_levels(pack.data["clauses"]).values()) and _depth(makes) > 2:
        yield pack.error("折算最多两层。", "clauses")


def _circle(makes: dict[str, set[str]]) -> list[str]:
    def walk(code: str, path: list[str]) -> list[str]:
        if code in path:
            return [*path[path.index(code) :], code]
        for made in sorted(makes.get(code, ())):
            found = walk(made, [*path, code])
            if found:
                return found
        return []

    return next((found for code in sorted(makes) if (found := walk(code, []))), [])


def _depth(makes: dict[str, set[str]]) -> int:
    def below(code: str) -> int:
        return max((1 + below(made) for made in makes.get(code, ())), default=0)

    return max((below(code) for code in makes), default=0)
