"""What a pack says of how a subject stands: in a period, and over several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from violations.rule_enums import Span

if TYPE_CHECKING:
    from assessments.pack_words import Names

LOOKED_AT = {"total": "总分", "rank": "名次", "lost": "被扣的分", "days": "在岗天数", "absent": "缺岗天数"}


def running_words(running: dict[str, Any], names: Names) -> str:
    """连续各期末位, 当年累计第一名的期数: what a clause about standing counts."""
    grade, award = running.get("grade", ""), running.get("award", "")
    stood = {"last": "末位", "first": "第一名"}
    what = next((words for name, words in stood.items() if name in running), "")
    what = what or (f"获“{names.awards.get(award, award)}”" if award else names.grades.get(grade, grade))
    return f"{Span(running['over']).label}{what}的期数" if "over" in running else f"连续各期{what}"


def looked_words(of: dict[str, Any], names: Names) -> str:
    """总分, 名次, 指标“满意率”: what a gate looks at."""
    key = next(key for key in of if key not in ("missing", "over", "last"))
    when = f"前 {of['last']} 期" if "last" in of else Span(of.get("over", "year")).label
    counted = {"award": "获“{}”的次数", "graded": "各月评为“{}”的次数", "lasts": "各月末位的次数"}
    if key in counted:
        known = names.awards if key == "award" else names.grades
        return when + counted[key].format(known.get(of[key], of[key]))
    if of[key] is True:
        return LOOKED_AT[key]
    title = {"component": "分项", "metric": "指标", "grade": "等次"}[key]
    known = {"component": names.components, "grade": names.grades}.get(key, {})
    return f"{title}“{known.get(of[key], of[key])}”"
