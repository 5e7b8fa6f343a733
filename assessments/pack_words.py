"""What a pack means, in Chinese sentences, and how it differs from another: for `load_rulebook --dry-run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assessments.enums import LOWEST_FIRST, Grouping, RankedBy, Rounding, SortKey, TiePolicy
from assessments.pack_people import ballot_words, condition_words
from assessments.pack_standing import looked_words, running_words
from violations.enums import RecordSource
from violations.ladders import hundredths, words
from violations.rule_enums import Dedup, Meter, Period, Ranked, Severity, Span, Subject, Target
from violations.services.storing import mode_of, source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNTED = {Meter.HALF_DAY: "个半天", Meter.OVERDUE_DAY: "个工作日", Meter.PERCENT_POINT: "个百分点"}
"""After a number: 3 个半天, 3 分钟."""
EACH = {
    Meter.HALF_DAY: "每半天",
    Meter.OVERDUE_DAY: "每逾期一个工作日",
    Meter.PERCENT_POINT: "每个百分点",
}
PLACE_AMONG = {
    "hall": "全大厅",
    "category": "同类窗口",
    "floor": "同楼层",
    "unit": "同单位",
    "scheme": "同考核方案",
}
SECTIONS = {
    "acts": "事项",
    "clauses": "条款",
    "schemes": "评分方案",
    "gates": "门槛",
    "awards": "评选",
    "ballots": "投票",
    "measures": "处理措施",
    "categories": "分类",
}
WORDING = {"article": "条文", "wording": "原文", "note": "说明", "needs": "前提", "name": "名称"}
"""What people read and nothing is counted by: told beside a change of meaning."""
MISSING = {"full": "没有数记满分", "zero": "没有数记零分", "left_out": "没有数不计入"}
HOW = {
    "mean": "平均",
    "sum": "合计",
    "worst": "最低",
    "best": "最高",
    "wins": "获评次数",
    "lasts": "末位次数",
}


@dataclass(frozen=True)
class Names:
    """What the codes of a pack are called, and in what its acts are measured."""

    acts: dict[str, str] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    awards: dict[str, str] = field(default_factory=dict)
    grades: dict[str, str] = field(default_factory=dict)
    components: dict[str, str] = field(default_factory=lambda: {"own": "本体分", "derived": "联动分"})


def names_of(*packs: dict[str, Any]) -> Names:
    """The names of one or several packs; a later pack's words win."""
    found = Names()
    for data in packs:
        for act in data["acts"]:
            found.acts[act["code"]] = act["name"]
            found.meters[act["code"]] = Meter(act.get("meter", Meter.TIME))
        for measure in data.get("measures", []):
            found.measures[measure["code"]] = measure["wording"].rstrip("。")
        for award in data.get("awards", []):
            found.awards[award["code"]] = award["name"]
        for scheme in data["schemes"]:
            found.grades.update({grade["code"]: grade["name"] for grade in scheme.get("grades", [])})
            found.components.update(_component_names(scheme))
    return found


def _component_names(parent: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for node in parent.get("components", []):
        yield node["code"], node["name"]
        yield from _component_names(node)


def meaning(data: dict[str, Any]) -> list[str]:
    """The whole pack, a sentence a line."""
    head = data["version"]
    lines = [f"《{head['title']}》{head['number']} 版，{head['effective_on']} 起施行。"]
    names = names_of(data)
    for scheme in data["schemes"]:
        lines += scheme_words(scheme)
    lines += [
        f"{clause['code']} {clause['article']}：{clause_words(clause, names)}" for clause in data["clauses"]
    ]
    lines += [
        f"门槛 {gate['code']} {gate['article']}：{gate_words(gate, names)}" for gate in data.get("gates", [])
    ]
    lines += [f"评选“{award['name']}”：{award_words(award, names)}" for award in data.get("awards", [])]
    lines += [f"投票“{ballot['name']}”：{ballot_words(ballot)}" for ballot in data.get("ballots", [])]
    return lines


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the new pack changes, item by item."""
    lines = []
    names = names_of(old, new)
    for section, title in SECTIONS.items():
        before, after = _by_code(old, section), _by_code(new, section)
        lines += [f"删去{title} {_label(before[key])}" for key in before if key not in after]
        lines += [f"新增{title} {_label(after[key])}" for key in after if key not in before]
        for key in after:
            if key in before and before[key] != after[key]:
                lines += [f"改动{title} {_label(after[key])}"]
                lines += [f"  {line}" for line in _changed(section, before[key], after[key], names)]
    return lines or ["与现行版本的规则相同。"]


def _by_code(data: dict[str, Any], section: str) -> dict[Any, dict[str, Any]]:
    def key(item: dict[str, Any]) -> Any:
        return (
            (item.get("kind"), item.get("code"), item.get("period")) if section == "schemes" else item["code"]
        )

    return {key(item): item for item in data.get(section, [])}


def _label(item: dict[str, Any]) -> str:
    name = item.get("name") or item.get("article") or dict(Subject.choices).get(item.get("kind", ""), "")
    return f"{item.get('code', '')} {name}".strip()


def _changed(section: str, old: dict[str, Any], new: dict[str, Any], names: Names) -> Iterator[str]:
    says: dict[str, Callable[[dict[str, Any]], str]] = {
        "clauses": lambda item: clause_words(item, names),
        "gates": lambda item: gate_words(item, names),
        "awards": lambda item: award_words(item, names),
        "ballots": ballot_words,
        "schemes": lambda item: "；".join(scheme_words(item)),
    }
    if section in says and says[section](old) != says[section](new):
        yield f"原来：{says[section](old)}"
        yield f"现在：{says[section](new)}"
        keys = sorted((old.keys() | new.keys()) & WORDING.keys())
    else:
        keys = sorted(old.keys() | new.keys())
    for key in keys:
        if old.get(key) != new.get(key):
            name = WORDING.get(key, key)
            yield f"{name}：{old.get(key, '（没有）')} → {new.get(key, '（没有）')}"


# --- schemes ---------------------------------------------------------------------------------------


def scheme_words(scheme: dict[str, Any]) -> list[str]:
    """A scheme and its components, a line each."""
    period = Period(scheme.get("period", "month")).label
    whom = Subject(scheme["kind"]).label
    if "for" in scheme:
        whom = f"{condition_words(scheme['for'])}的{whom}"
    bounds = f"{_bound(scheme['floor'], '最低')}，{_bound(scheme['cap'], '最高')}"
    line = f"{period}考核{whom}：基础分 {scheme['base']}，{bounds}"
    if scheme.get("own_share", 100) != 100:
        line += f"；本体分按 {scheme['own_share']}% 计，再加联动分"
    if "rounding" in scheme:
        line += f"；总分取到 {scheme['rounding']['to']}，{Rounding(scheme['rounding']['how']).label}"
    lines = [line + "。", *(f"  {text}" for text in _node_lines(scheme, scheme.get("components", []), ""))]
    if "grades" in scheme:
        grades = "；".join(f"{grade['name']} {edge_words(grade)}" for grade in scheme["grades"])
        lines.append(f"  等次：{grades}。")
    return lines


def _bound(value: float | None, name: str) -> str:
    return f"{name}不限" if value is None else f"{name} {value} 分"


def _node_lines(parent: dict[str, Any], nodes: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for node in nodes:
        line = f"{indent}“{node['name']}”"
        if "weight" in node:
            line += f"占 {node['weight']}%"
        source = node.get("source")
        line += f"：{source_words(source)}" if source else "："
        if node.get("base"):
            line += f"基础 {node['base']} 分，"
        if node.get("negative") is False or node.get("floor") is not None:
            line += f"最少 {node.get('floor') or 0} 分，扣完为止，"
        if node.get("cap") is not None:
            line += f"最多 {node['cap']} 分，"
        combine = {"weighted": "下级加权平均", "mean": "下级平均"}.get(node.get("combine", ""), "")
        yield (line + combine).rstrip("，：") + "。"
        yield from _node_lines(node, node.get("components", []), indent + "  ")


def source_words(source: dict[str, Any]) -> str:
    """Where a component's value comes from, and what a missing figure means."""
    factor = f"乘 {source['factor']}，" if "factor" in source else ""
    missing = f"{MISSING[source['missing']]}，" if "missing" in source else ""
    texts = {
        "metric": lambda v: f"取指标 {v}", "self": lambda v: f"取自评 {v}",
        "panel": lambda v: f"取评审打分 {v}",
        "ballot": lambda v: f"取投票 {v}", "members": lambda v: f"取成员本体分的{HOW[v]}",
        "group": lambda v: f"取所在窗口（单位）的{'总分' if v == 'total' else '本体分'}",
        "periods": lambda v: f"取各月得分的{HOW[v]}",
    }  # fmt: skip
    text = next(say(source[name]) for name, say in texts.items() if name in source)
    return f"{text}，{factor}{missing}"


def edge_words(row: dict[str, Any], unit: str = "") -> str:
    """A range with what its ends include: 15 分钟以上（含 15）、不满 60 分钟（不含 60）."""
    gap, after = (" ", "") if unit else ("", " ")
    parts = []
    if "from" in row:
        parts.append(f"{row['from']}{gap}{unit}{after}以上（含 {row['from']}）")
    if "over" in row:
        parts.append(f"超过 {row['over']}{gap}{unit}（不含 {row['over']}）")
    if "to" in row:
        parts.append(f"{row['to']}{gap}{unit}{after}以下（含 {row['to']}）")
    if "under" in row:
        parts.append(f"不满 {row['under']}{gap}{unit}（不含 {row['under']}）")
    return "、".join(parts) or "不论多少"


# --- clauses ---------------------------------------------------------------------------------------


def clause_words(clause: dict[str, Any], names: Names) -> str:
    """One clause: what is counted, what it gives, to whom."""
    parts = [_counted_words(clause, names), *_points_words(clause, names), *_then_words(clause, names)]
    parts += _target_words(clause, names)
    if "at_most" in clause:
        parts.append(f"每期本条最多 {clause['at_most']} 分")
    policy = clause.get("same_incident", "all")
    if policy != "all":
        parts.append(f"同一事由{Dedup(policy).label}")
    for name, text in (("needs_verdict", "须经认定才计"), ("needs_evidence", "须有佐证才计")):
        if clause.get(name):
            parts.append(text)
    if clause.get("period", "month") != "month":
        parts.append(f"计入{Period(clause['period']).label}考核")
    return "；".join(part for part in parts if part) + "。"


def _counted_words(clause: dict[str, Any], names: Names) -> str:
    source = source_of(clause)
    if source == "lost":
        of = (
            f"“{names.components.get(clause['lost']['of'], clause['lost']['of'])}”"
            if "of" in clause["lost"]
            else ""
        )
        return f"{Subject(clause['subject']).label}{of}被扣的分，{Span(clause['lost']['over']).label}"
    if source == "award":
        return f"获得“{names.awards.get(clause['award'], clause['award'])}”"
    if source == "running":
        return running_words(clause["running"], names)
    if source == "metric":
        metric = clause["metric"]
        gap = f"低于 {metric['below']} 的差距" if "below" in metric else (
            f"高于 {metric['above']} 的差距" if "above" in metric else "的数值")  # fmt: skip
        missing = "没有数不计本条" if metric["missing"] == "full" else "没有数按 0 计"
        if "rank" in metric:
            rank = metric["rank"]
            gap = f"在{PLACE_AMONG[rank['within']]}的名次（{Ranked(rank['order']).label}，并列同名次）"
        return f"指标 {metric['code']} {gap}，{missing}"
    codes = [entry if isinstance(entry, str) else entry["act"] for entry in clause["acts"]]
    text = "、".join(names.acts.get(code, code) for code in codes)
    if "only_sources" in clause:
        text += f"（只计{'、'.join(RecordSource(s).label for s in clause['only_sources'])}发现的）"
    count = clause.get("count")
    if count:
        over = f"{count['days']} 个工作日内累计" if count["over"] == "rolling" else Span(count["over"]).label
        text += f"，{over}" if count["over"] != "each" else ""
        text += {"group": "，全窗口（单位）合并", "unit": "，全单位合并"}.get(count.get("per", ""), "")
        text += {"anew": "，换窗口重新数", "goes_on": "，换窗口接着数"}.get(count.get("on_move", ""), "")
    if "warn_first" in clause:
        warn = clause["warn_first"]
        text += f"，{Span(warn['over']).label}前 {warn['times']} 次只提醒"
    return text


def unit_of(clause: dict[str, Any], names: Names) -> str:
    """What an amount of the clause is counted in: 次, 分钟, 个半天, 分, 期."""
    source = source_of(clause)
    if "rank" in clause.get("metric", {}):
        return "名"
    if source in ("lost", "metric", "running"):
        return {"lost": "分", "metric": "", "running": "期"}[source]
    if source == "award" or clause.get("count", {}).get("what", "times") == "times":
        return "次"
    meter = _meter(clause, names)
    return COUNTED.get(meter, meter.label) if meter else "个单位"


def _meter(clause: dict[str, Any], names: Names) -> Meter | None:
    """The one measure of all acts of the clause."""
    codes = [entry if isinstance(entry, str) else entry["act"] for entry in clause.get("acts", [])]
    meters = {names.meters.get(code, Meter.TIME) for code in codes}
    return meters.pop() if len(meters) == 1 else None


def per_words(clause: dict[str, Any], names: Names) -> str:
    """每次, 每件, 每半天: what one price is for."""
    meter = _meter(clause, names) or Meter.TIME
    if clause.get("once") or meter == Meter.TIME:
        return str(clause.get("per", "每次"))
    return str(clause.get("per") or EACH.get(meter, f"每{meter.label}"))


def _points_words(clause: dict[str, Any], names: Names) -> Iterator[str]:
    per, unit = per_words(clause, names), unit_of(clause, names)
    if mode_of(clause) == "lookup":
        for row in clause["table"]:
            yield f"{edge_words(row, unit)}：{_row_points(row)}"
    elif "steps" in clause:
        for row in clause["steps"]:
            yield f"{step_words(row, unit)}：{_row_points(row)}"
    elif "linear" in clause:
        yield _linear_words(clause, unit)
    elif "every" in clause.get("lost", {}):
        lost = clause["lost"]
        start = f"满 {lost['from']} 分起，" if lost.get("from", lost["every"]) != lost["every"] else ""
        yield f"{start}每满 {lost['every']} 分{points_words(clause['points'])}"
    elif "points" in clause:
        yield f"{per}{points_words(clause['points'])}" if clause["points"] else "只记次数，不计分"
    if clause.get("once"):
        yield "不论多少只计一次"
    yield from _variant_words(clause)


def _linear_words(clause: dict[str, Any], unit: str) -> str:
    span, gap = clause["linear"], " " if unit else ""
    over = f"超过 {span['over']}{gap}{unit}的部分，" if "over" in span else ""
    to = f"到 {span['to']}{gap}{unit}为止，" if "to" in span else ""
    return f"{over}{to}每 {span['every']} {unit}{points_words(clause['points'])}，不足的按比例"


def _variant_words(clause: dict[str, Any]) -> Iterator[str]:
    """What changes the price of one case: how grave it was, who found it, a range to choose from."""
    for tier, points in clause.get("severities", {}).items():
        yield f"情节{Severity(tier).label}的{points_words(points)}"
    for source, points in clause.get("by_source", {}).items():
        yield f"{RecordSource(source).label}发现的{points_words(points)}"
    if "range" in clause:
        least, most = sorted((clause["range"]["from"], clause["range"]["to"]), key=abs)
        yield f"酌情，{points_words(least).removesuffix(' 分')} 至 {words(abs(hundredths(most)))} 分"


def step_words(row: dict[str, Any], unit: str) -> str:
    """第 1 次, 第 2 至 3 次, 第 4 次起, 累计满 3 个半天起每满 3 个半天."""
    first, last, every = row.get("from"), row.get("to"), row.get("every", 1)
    if "over" in row or "under" in row or first is None:
        return f"累计{edge_words(row, unit)}"
    if every != 1:
        return f"满 {first} {unit}起每满 {every} {unit}"
    if unit in ("次", "期"):
        single = f"第 {first} {unit}" if first == last else f"第 {first} 至 {last} {unit}"
        return single if last is not None else f"第 {first} {unit}起每{unit}"
    return f"累计第 {first} 至 {last} {unit}" if last is not None else f"累计第 {first} {unit}起"


def _row_points(row: dict[str, Any]) -> str:
    if "points" in row:
        return points_words(row["points"])
    return "按原分值" if row["factor"] == 1 else f"按原分值的 {row['factor']} 倍"


def points_words(points: float) -> str:
    """扣 2 分, 加 2 分, 不计分."""
    if not points:
        return "不计分"
    return f"{'加' if points > 0 else '扣'} {words(abs(hundredths(points)))} 分"


def _then_words(clause: dict[str, Any], names: Names) -> Iterator[str]:
    unit = unit_of(clause, names)
    for row in clause.get("then", []):
        when = _when(row, unit)
        if "produces" in row:
            act, quantity = row["produces"]["act"], row["produces"]["quantity"]
            meter = names.meters.get(act, Meter.TIME)
            yield f"{when}，折算为{names.acts.get(act, act)} {quantity} {COUNTED.get(meter, meter.label)}"
        elif "grade" in row:
            grade = next(iter(row["grade"].values()))
            rule = "等次定为" if "set" in row["grade"] else "等次最高为"
            yield f"{when}，{rule}{names.grades.get(grade, grade)}"
        elif "measure" in row:
            yield f"{when}，提出“{names.measures.get(row['measure'], row['measure'])}”（由人决定）"
        else:
            veto = row["disqualify"]
            award = f"“{names.awards.get(veto['award'], veto['award'])}”" if "award" in veto else ""
            lasts = f"，再管 {veto['lasts']} 个月" if veto.get("lasts") else ""
            yield f"{when}，取消{award}评优资格，管到{Period(veto['valid']).label}末{lasts}"


def _when(row: dict[str, Any], unit: str) -> str:
    if row.get("every", 1) != 1:
        return f"每满 {row['every']} {unit}"
    if row.get("to") is not None and row["to"] != row["from"]:
        return f"第 {row['from']} 至 {row['to']} {unit}"
    return f"到第 {row['from']} {unit}" if unit in ("次", "期") else f"达到 {row['from']} {unit}"


def _target_words(clause: dict[str, Any], names: Names) -> Iterator[str]:
    if "effects" not in clause:
        if clause.get("to", "self") != "self":
            yield f"计到{Target(clause['to']).label}"
        if clause.get("into", "own") != "own":
            yield f"计入“{names.components.get(clause['into'], clause['into'])}”"
        return
    for effect in clause["effects"]:
        share = f" {effect['percent']}%" if "percent" in effect else ""
        share = f" {points_words(effect['points'])}" if "points" in effect else share
        into = effect.get("into", "own")
        into = f"的“{names.components.get(into, into)}”" if into != "own" else ""
        yield f"计到{Target(effect['to']).label}{into}{share}"


# --- gates and awards ------------------------------------------------------------------------------


def gate_words(gate: dict[str, Any], names: Names) -> str:
    """Who is barred, from what, and for how long."""
    whom = Subject(gate["kind"]).label
    award = f"“{names.awards.get(gate['award'], gate['award'])}”" if "award" in gate else "各项评选"
    if "of" in gate:
        bounds = [f"低于 {gate['least']}" for _ in [0] if "least" in gate]
        bounds += [f"高于 {gate['most']}" for _ in [0] if "most" in gate]
        missing = {"fail": "，没有数的也", "pass": "，没有数的不受限，其余"}.get(
            gate["of"].get("missing", ""), ""
        )
        looked = looked_words(gate["of"], names)
        return f"{whom}{looked}{'或'.join(bounds) or '达不到'} 的{missing}不参加{award}。"
    acts = "、".join(names.acts.get(code, code) for code in gate["acts"])
    over = f"{gate['days']} 个工作日内" if gate["span"] == "rolling" else Span(gate["span"]).label
    unit = (
        "次"
        if gate.get("count", "times") == "times"
        else unit_of({**gate, "count": {"what": "quantity"}}, names)
    )
    lasts = f"，再管 {gate['lasts']} 个月" if gate.get("lasts") else ""
    limit = f"，{over}超过 {gate['most']} {unit}" if gate["most"] or gate["span"] != "each" else ""
    return f"{whom}有{acts}{limit}的，{Period(gate['valid']).label}内不参加{award}{lasts}。"


def award_words(award: dict[str, Any], names: Names) -> str:
    """Who competes, for how many seats, and what decides a tie."""
    whom = Subject(award["kind"]).label
    if "for" in award:
        whom = f"{condition_words(award['for'])}的{whom}"
    if "follows" in award:
        verb = "都列入" if award.get("order") == "lowest" else "都评上"
        return f"{whom}所在窗口（单位）获得“{names.awards.get(award['follows'], award['follows'])}”的{verb}。"
    quota = award["quota"]
    seats = "达标的都评" if quota == "all" else f"{quota['number']} 个名额" if "number" in quota else (
        f"{'符合条件的' if quota['of'] == 'eligible' else '候选人的'} {quota['percent']}%，"
        f"不足一个的{Rounding(quota['rounding']).label}"
        + (f"，至少 {quota['least']} 个" if "least" in quota else ""))  # fmt: skip
    is_honour = award.get("order", "highest") == "highest"
    by = RankedBy(award.get("by", "total")).label + (f"“{award['key_of']}”" if "by" in award else "")
    verb = f"按{by}评" if is_honour else f"从{by}最低的排起（末位名单，不是荣誉）"
    parts = [f"{whom}，{Grouping(award.get('within', 'hall')).label}{verb}，{seats}"]
    if "winners_of" in award:
        parts.append(f"先要获得“{names.awards.get(award['winners_of'], award['winners_of'])}”")
    if "least" in award:
        parts.append(f"{by}不低于 {award['least']}（含）")
    if "most" in award:
        parts.append(f"{by}不高于 {award['most']}（含）")
    if "limit" in award:
        parts.append(f"每个窗口（单位）最多 {award['limit']} 个")
    keys = [SortKey(key) for key in award.get("then", [])]
    if keys:
        order = "、".join(str(key.label) if is_honour else LOWEST_FIRST[key] for key in keys)
        parts.append(f"{by}相同的依次比：{order}")
    parts.append(TiePolicy(award["tie"]).words(is_honour))
    return "；".join(parts) + "。"
