"""改制度包 small changes to a pack: which numbers and words of it a form offers, and writing them back.

A change is written into the text at the place where the old value stood, so that comments and layout stay.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from assessments.pack_words import SECTIONS
from violations.enums import RecordSource
from violations.rule_enums import Severity, Subject, Target

Place = tuple[str | int, ...]
EDITED = ("clauses", "schemes", "gates", "awards", "measures", "ballots")
HEAD = "version"
TEXTS = {
    "version": ("number", "title", "basis", "effective_on"),
    "clauses": ("article", "wording", "note", "per"),
    "gates": ("article", "wording", "note"),
    "awards": ("name", "article"),
    "measures": ("article", "wording", "note"),
    "schemes": ("note",),
}
"""Words one may change: what an article says must fit what it costs."""
EMPTY_MEANS_NONE = ("floor", "cap")
NAMES = {
    "number": "名额", "percent": "比例（%）", "points": "分值", "from": "以上（含本数）",
    "over": "超过（不含本数）", "to": "以下（含本数）", "under": "不满（不含本数）", "every": "每满",
    "factor": "倍数（系数）", "at_most": "本条每期限额", "base": "基础分", "floor": "最低（空着为不限）",
    "cap": "最高（空着为不限）", "weight": "权重（%）", "own_share": "本体分占比（%）",
    "limit": "每个窗口（单位）最多", "least": "不低于", "most": "不超过", "lasts": "再管几期",
    "reaches": "达到", "days": "天数", "trim": "去掉最高最低各", "quorum": "至少几票",
    "big_from": "大窗口从几人起",
    "times": "次数", "quantity": "数量", "below": "目标（低于它的差距）", "above": "目标（高于它的差距）",
    "article": "条文", "wording": "原文", "note": "说明", "per": "计量说明", "title": "标题", "basis": "依据",
    "effective_on": "施行日期", "name": "名称",
}  # fmt: skip
GROUPS = {
    "severities": "情节", "range": "酌情", "warn_first": "先提醒", "count": "计数", "lost": "累计扣分",
    "linear": "按比例", "metric": "指标", "running": "连续", "for": "条件", "members": "成员数",
    "quota": "名额", "rounding": "取整", "disqualify": "取消评优", "produces": "折算", "source": "来源",
    "of": "所看的", "steps": "第 {} 档", "table": "第 {} 行", "then": "后果 {}", "options": "选项",
    "by_source": "", "acts": "", "effects": "", "components": "", "grades": "", "groups": "",
}  # fmt: skip
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d+)?")


@dataclass(frozen=True)
class Leaf:
    """One value a form offers: where it stands in its item, what it is called, and what it is now."""

    path: Place
    label: str
    value: str
    is_number: bool
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """The field of a form."""
        return "-".join(map(str, self.path))


@dataclass(frozen=True)
class Item:
    """One thing of a pack that is changed on a form of its own; `number` counts from 1."""

    section: str
    number: int
    title: str
    leaves: tuple[Leaf, ...]

    @property
    def place(self) -> Place:
        """Where it stands in the pack."""
        return (HEAD,) if self.section == HEAD else (self.section, self.number - 1)

    @property
    def wording(self) -> str:
        """What the article says."""
        return next((leaf.value for leaf in self.leaves if leaf.path == ("wording",)), "")

    @property
    def summary(self) -> str:
        """Its numbers on one line; of the heading everything."""
        shown = [leaf for leaf in self.leaves if leaf.is_number or self.section == HEAD]
        return "；".join(f"{leaf.label} {leaf.value or '不限'}" for leaf in shown)

    @property
    def facts(self) -> dict[str, Any]:
        """What its form shows, by the names of the fields."""
        return {leaf.name: leaf.value for leaf in self.leaves}


def items_of(data: dict[str, Any]) -> list[Item]:
    """Everything of a pack that can be changed on a form, in the order of the pack; the heading first."""
    names = {act["code"]: act["name"] for act in data["acts"]}
    found = [Item(HEAD, 1, "版本号、标题和施行日期", tuple(_leaves(HEAD, data[HEAD], names)))]
    for section in EDITED:
        for number, item in enumerate(data.get(section, []), 1):
            leaves = tuple(_leaves(section, item, names))
            if leaves:
                found.append(Item(section, number, _title(section, item), leaves))
    return found


def item_of(data: dict[str, Any], section: str, number: int) -> Item | None:
    """One of them; None for any other."""
    return next((i for i in items_of(data) if (i.section, i.number) == (section, number)), None)


def number_words(value: Any) -> str:
    """A number as the form shows it: 2, 0.5, nothing for null."""
    return "" if value is None else f"{value:.10f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def read_number(text: str) -> str:
    """What was typed, as a pack writes it. Raises ValueError for what is no number."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace(" ", "").removeprefix("+")
    if not NUMBER.fullmatch(plain):
        raise ValueError(text)
    return number_words(float(plain)) if "." in plain else str(int(plain))


def rewritten(text: str, changes: Mapping[Place, str], *, numbers: set[Place]) -> str:
    """The text of a pack with other values at these places; all else stays letter for letter."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    spots = [(_node(root, place), place, value) for place, value in changes.items()]
    for node, place, value in sorted(spots, key=lambda spot: -spot[0].start_mark.index):
        plain = (value or "null") if place in numbers else json.dumps(value, ensure_ascii=False)
        tail = "\n" if node.style in ("|", ">") else ""
        text = text[: node.start_mark.index] + plain + tail + text[node.end_mark.index :]
    return text


def _node(root: Any, place: Place) -> Any:
    node = root
    for step in place:
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next(value for key, value in node.value if str(key.value) == step)
    return node


def _title(section: str, item: dict[str, Any]) -> str:
    name = item.get("name") or item.get("article") or Subject(item["kind"]).label
    code = "" if section == "schemes" else item.get("code", "")
    return f"{SECTIONS[section]} {code} {name}".replace("  ", " ")


def _leaves(section: str, item: dict[str, Any], names: dict[str, str]) -> Iterator[Leaf]:
    for key in TEXTS.get(section, ()):
        if key in item:
            label = "版本号" if (section, key) == (HEAD, "number") else NAMES[key]
            yield Leaf((key,), label, str(item[key]), is_number=False)
    for path, label, value in _numbers(item, (), "", names):
        yield Leaf(
            path, label, number_words(value), is_number=True, may_be_empty=path[-1] in EMPTY_MEANS_NONE
        )


def _numbers(
    value: Any, path: Place, label: str, names: dict[str, str]
) -> Iterator[tuple[Place, str, float | None]]:
    """Numbers below a value with what they are called; yes-or-no values are no numbers."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _numbers(one, (*path, key), f"{label} {_step_words(key, path, one)}".strip(), names)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _numbers(one, (*path, index), _row_words(label, path, index, one, names), names)
    elif (isinstance(value, int | float) and not isinstance(value, bool)) or (
        value is None and path[-1] in EMPTY_MEANS_NONE
    ):
        yield path, label, value


def _step_words(key: str, path: Place, value: Any) -> str:
    above = path[-1] if path else ""
    if above == "severities":
        return Severity(key).label
    if above == "by_source":
        return f"{RecordSource(key).label}发现的"
    if above == "options":
        return str(key)
    if above == "range":
        return "从" if key == "from" else "到"
    if above == "members":
        return "至少" if key == "least" else "至多"
    if above == "rounding":
        return "到"
    if "then" in path and key in ("from", "to"):
        return "从第几次起" if key == "from" else "到第几次"
    return GROUPS.get(key, "") if isinstance(value, dict | list) else NAMES.get(key, key)


def _row_words(label: str, path: Place, index: int, row: Any, names: dict[str, str]) -> str:
    kind = str(path[-1])
    pattern = GROUPS.get(kind, "")
    if "{}" in pattern:
        return (
            label.replace(pattern, "").strip()
            + " " * bool(label.replace(pattern, "").strip())
            + (pattern.format(index + 1))
        )
    if not isinstance(row, dict):
        return label
    if kind == "acts":
        return f"{label} {names.get(row['act'], row['act'])}".strip()
    if kind == "effects":
        return f"{label} 计到{Target(row['to']).label}".strip()
    return f"{label} “{row.get('name', row.get('code', index + 1))}”".strip()
