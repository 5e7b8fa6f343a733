"""What a pack says of people, in Chinese: whom it asks for, and who votes."""

from __future__ import annotations

from typing import Any

TRAITS = {"political_status": "政治面貌", "gender": "性别"}
"""What a pack may ask of a person, by the file of the person."""


def condition_words(wanted: dict[str, Any]) -> str:
    """The conditions of a scheme or of candidates."""
    parts = []
    if "categories" in wanted:
        parts.append(f"类别为 {'、'.join(wanted['categories'])}")
    if "chief" in wanted:
        parts.append("是首席代表" if wanted["chief"] else "不是首席代表")
    members = wanted.get("members", {})
    if "least" in members:
        parts.append(f"窗口至少 {members['least']} 人")
    if "most" in members:
        parts.append(f"窗口至多 {members['most']} 人")
    for name, title in TRAITS.items():
        if name in wanted:
            parts.append(f"{title}为 {'、'.join(wanted[name])}")
    if "days" in wanted:
        parts.append(f"在岗至少 {wanted['days']} 天")
    return "、".join(parts)


def ballot_words(ballot: dict[str, Any]) -> str:
    """What may be ticked, how the groups weigh, and how many votes it takes."""
    parts = [f"{name} {points} 分" for name, points in ballot.get("options", {}).items()]
    groups = []
    for group in ballot["groups"]:
        words = f"{group['name']}权重 {group['weight']}"
        words += f"，去掉最高最低各 {group['trim']} 票" if group.get("trim") else ""
        groups.append(
            words + (f"，不到 {group['quorum']} 票整个投票按没有数处理" if "quorum" in group else "")
        )
    found = ["、".join(parts), *groups]
    if "quorum" in ballot:
        found.append(f"合计不到 {ballot['quorum']} 票按没有数处理")
    return "；".join(part for part in found if part) + "。"
