"""解释 explain: where a score comes from, as a tree of components and in Chinese sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from accounts.words import score as words_of
from assessments.enums import Combine, How, Origin, SortKey
from assessments.models import (
    Award,
    BallotGroup,
    Component,
    ComponentScore,
    GateFailure,
    GradeChange,
    Line,
    LineCut,
    MeasureCall,
    Vote,
)
from assessments.services.results import points_number
from assessments.services.schemes import clamp

if TYPE_CHECKING:
    from assessments.models import Scorecard


@dataclass
class Node:
    """A component of one card: what came in, what a bound left."""

    component: Component
    raw: int = 0
    value: int = 0
    lines: list[Line] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def lost_to_bound(self) -> int:
        """What a floor or cap took (below zero) or gave."""
        return self.value - self.raw

    def as_json(self) -> dict[str, Any]:
        """The tree below this node."""
        return {
            "code": self.component.code,
            "name": self.component.name,
            "raw": points_number(self.raw),
            "value": points_number(self.value),
            "children": [child.as_json() for child in self.children],
        }


@dataclass
class Explanation:
    """The tree of a card and the sentences that tell it."""

    card: Scorecard
    roots: list[Node]
    sentences: list[str]

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "total": points_number(self.card.total),
            "tree": [root.as_json() for root in self.roots],
            "sentences": self.sentences,
        }


def explain(card: Scorecard) -> Explanation:
    """Why a card has its score: nine queries, and one more where a ballot asks for a number of votes."""
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in Line.objects.filter(card=card).select_related("clause", "record__act").order_by("day", "pk"):
        lines[line.component_id].append(line)
    stored = {row.component_id: row for row in ComponentScore.objects.filter(card=card)}
    nodes = {
        row.pk: Node(row, lines=lines[row.pk]) for row in Component.objects.filter(scheme=card.scheme_id)
    }
    roots: list[Node] = []
    for node in nodes.values():
        parent = nodes.get(node.component.parent_id or 0)
        (parent.children if parent else roots).append(node)
    for root in roots:
        _value(root, stored)
    ballots = {node.component.of for node in nodes.values() if node.component.origin == Origin.BALLOT}
    cuts = dict(LineCut.objects.filter(card=card).values_list("line", "points"))
    sentences = [text for root in roots for text in _node_words(root, cuts)]
    return Explanation(card, roots, [*sentences, *_total_words(card), *_other_words(card, ballots)])


def _value(node: Node, stored: dict[int, ComponentScore]) -> None:
    """What is not stored is a plain sum of what lies below it."""
    for child in node.children:
        _value(child, stored)
    kept = stored.get(node.component.pk)
    if kept is not None:
        node.raw, node.value = kept.raw, kept.value
    elif node.component.combine != Combine.SUM or node.component.origin != Origin.CLAUSES:
        node.raw = node.value = node.component.value0
    else:
        node.raw = node.component.base + sum(line.points for line in node.lines)
        node.raw += sum(child.value for child in node.children)
        node.value = clamp(node.raw, node.component.floor, node.component.cap)


def _node_words(node: Node, cuts: dict[int, int]) -> list[str]:
    component = node.component
    if not node.lines and not node.children and not node.value and not node.raw:
        return []
    found = [text for child in node.children for text in _node_words(child, cuts)]
    found += [_line_words(line, cuts) for line in node.lines]
    how = {Combine.WEIGHTED: "按权重加权平均", Combine.MEAN: "取平均"}.get(Combine(component.combine), "")
    source = "" if component.origin == Origin.CLAUSES else f"取自{Origin(component.origin).label}"
    if component.origin in (Origin.MEMBERS, Origin.PERIODS):
        source += f"（{How(component.how).label}）"
    start = f"基础 {words_of(component.base)} 分" if component.base else ""
    parts = "，".join(part for part in (start, source, how) if part)
    sentence = f"“{component.name}”{f'（{parts}）' if parts else ''}合计 {words_of(node.raw)} 分"
    if node.lost_to_bound:
        bound = "上限" if node.lost_to_bound < 0 else "下限"
        gap = words_of(abs(node.lost_to_bound))
        what = "少计" if node.lost_to_bound < 0 else "少扣"
        sentence += f"，{bound} {words_of(node.value)} 分，{what} {gap} 分"
    return [*found, sentence + "。"]


def _line_words(line: Line, cuts: dict[int, int]) -> str:
    clause = line.clause
    act = f"{line.record.act}，" if line.record else ""
    nth = f"累计到 {words_of(line.nth)}，" if line.nth > line.quantity else ""
    sign = "加" if line.points > 0 else "扣"
    text = f"{line.day.month}月{line.day.day}日，{act}按 {clause.code} {clause.article}，{nth}"
    text += f"{sign} {words_of(abs(line.points))} 分" if line.points else "不计分"
    if line.source_card_id:
        text += f"（{line.get_kind_display()}）"
    if line.pk in cuts:
        text += f"，受限后计 {words_of(abs(cuts[line.pk]))} 分"
    return text + "。"


def _total_words(card: Scorecard) -> list[str]:
    scheme, joined = card.scheme, card.own + card.derived
    share = "" if scheme.own_share == 10_000 else f"，本体分按 {words_of(scheme.own_share)}% 计"
    text = f"本体分 {words_of(card.own)} 分，联动分 {words_of(card.derived)} 分{share}"
    text += f"，总分 {words_of(card.total)} 分"
    if not share and card.total != joined:
        text += f"（{words_of(joined)} 分经取整和总分上下限）"
    grade = f"，等次{card.grade.name}" if card.grade else ""
    return [f"{text}{grade}，第 {card.rank} 名。"]


def _other_words(card: Scorecard, ballots: set[str]) -> list[str]:
    found = []
    for change in GradeChange.objects.filter(card=card).select_related("clause"):
        rule = "等次最高为" if change.is_cap else "等次定为"
        found.append(f"按 {change.clause.code} {change.clause.article}，{rule} {change.grade}。")
    for failure in GateFailure.objects.filter(card=card).select_related("gate", "gate__award"):
        award = f"“{failure.gate.award.name}”" if failure.gate.award else "各项评选"
        seen = "没有数" if failure.observed is None else f"达到 {words_of(failure.observed)}"
        found.append(f"按 {failure.gate.code} {failure.gate.article}（{seen}），不参加{award}。")
    awards = list(Award.objects.filter(scheme=card.scheme_id))
    found += [_candidates_words(award) for award in awards if award.politics or award.genders]
    found += _ballot_words(
        card, ballots | {a.key_of for a in awards if SortKey.BALLOT in (a.key1, a.key2, a.key3)}
    )
    calls = MeasureCall.objects.filter(card=card).select_related("clause")
    return [*found, *(_call_words(call) for call in calls)]


def _candidates_words(award: Award) -> str:
    """Whom an award asks for: said on every sheet, for the file of a person may have changed since."""
    asked = {"政治面貌": award.politics, "性别": award.genders}
    words = [f"{title}为{values.strip(',').replace(',', '、')}" for title, values in asked.items() if values]
    return f"“{award.name}”只在{'且'.join(words)}的人员中评。"


def _ballot_words(card: Scorecard, keys: set[str]) -> list[str]:
    """Ballots the card is scored or ranked by that came to nothing for want of votes."""
    asking = Q(quorum__gt=0) | Q(ballot_quorum__gt=0)
    rows = BallotGroup.objects.filter(asking, version=card.scheme.version_id, ballot__in=keys)
    ballots: dict[str, list[BallotGroup]] = defaultdict(list)
    for row in rows:
        ballots[row.ballot].append(row)
    if not ballots:
        return []
    mine = Vote.objects.filter(
        hall=card.hall_id, month=card.run.month, period=card.run.period, kind=card.kind,
        subject_id=card.subject_id, ballot__in=ballots,
    )  # fmt: skip
    votes = Counter({(b, g): n for b, g, n in mine.values_list("ballot", "group").annotate(n=Sum("times"))})
    found = []
    for ballot, groups in ballots.items():
        cast = {group.label: (votes[ballot, group.code], group.quorum) for group in groups}
        short = [f"{label} {n} 票，不到 {least} 票" for label, (n, least) in cast.items() if n < least]
        together, least = sum(n for n, _ in cast.values()), groups[0].ballot_quorum
        short += [f"合计 {together} 票，不到 {least} 票"] if together < least else []
        if short:
            found.append(f"投票“{groups[0].name}”{'；'.join(short)}，按没有数处理。")
    return found


def _call_words(call: MeasureCall) -> str:
    clause = call.clause
    reached = f"累计到 {words_of(call.observed)}"
    return f"按 {clause.code} {clause.article}，{reached}，提请处理措施 {call.call}（由人决定）。"
