"""Rulebooks: small packs written in the test, loaded through the same door as real ones."""

import copy
import json
from typing import Any

import yaml

from accounts.models import Hall
from assessments.services.loading import load_pack
from trail.actors import Robot
from violations.models import Act, RulebookVersion
from violations.packs import Pack, parse_pack

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
SMALL: dict[str, Any] = {
    "format": 1,
    "rulebook": {"code": "small", "name": "小制度"},
    "version": {"number": "1", "title": "小制度", "effective_on": "2020-01-01"},
    "categories": [{"code": "all", "name": "全部"}],
    "acts": [
        {"code": "late", "name": "迟到", "subject": "staff"},
        {"code": "absence", "name": "旷工", "subject": "staff", "meter": "half_day"},
        {"code": "rude", "name": "态度生硬", "subject": "staff"},
        {"code": "thanks", "name": "感谢", "subject": "staff", "bonus": True},
        {"code": "empty", "name": "无人值守", "subject": "window"},
        {"code": "praise", "name": "表扬", "subject": "window", "bonus": True},
        {"code": "reply", "name": "答复逾期", "subject": "unit", "meter": "overdue_day"},
    ],
    "clauses": [
        {
            "code": "1",
            "article": "第一条",
            "category": "all",
            "wording": "迟到扣 2 分，旷工每半天扣 5 分。",
            "subject": "staff",
            "points": -2,
            "acts": ["late", {"act": "absence", "points": -5}],
        },
        {
            "code": "2",
            "article": "第二条",
            "wording": "态度生硬扣 3 分，严重的扣 5 分。",
            "subject": "staff",
            "points": -3,
            "severities": {"grave": -5},
            "acts": ["rude"],
        },
        {
            "code": "3",
            "article": "第三条",
            "wording": "感谢加 2 分，一件事只计一次。",
            "subject": "staff",
            "points": 2,
            "acts": ["thanks"],
            "same_incident": "first",
        },
        {
            "code": "4",
            "article": "第四条",
            "wording": "无人值守扣 5 分。",
            "subject": "window",
            "points": -5,
            "acts": ["empty"],
        },
        {
            "code": "5",
            "article": "第五条",
            "wording": "表扬加 3 分。",
            "subject": "window",
            "points": 3,
            "acts": ["praise"],
        },
        {
            "code": "6",
            "article": "第六条",
            "wording": "人员每扣 5 分，扣窗口 2 分。",
            "subject": "staff",
            "points": -2,
            "lost": {"over": "month", "from": 5, "every": 5},
            "to": "group",
        },
        {
            "code": "7",
            "article": "第七条",
            "wording": "答复每逾期一天扣 4 分。",
            "subject": "unit",
            "points": -4,
            "acts": ["reply"],
        },
        {
            "code": "8",
            "article": "第八条",
            "wording": "窗口得流动红旗，成员加 2 分。",
            "subject": "window",
            "points": 2,
            "award": "flag",
            "to": "members",
            "into": "derived",
        },
    ],
    "schemes": [
        {"kind": "staff", "base": 100, "floor": 0, "cap": None},
        {"kind": "window", "base": 100, "floor": 0, "cap": None},
        {"kind": "unit", "base": 100, "floor": 0, "cap": None},
    ],
    "gates": [
        {
            "code": "9",
            "article": "第九条",
            "wording": "态度生硬的不参评。",
            "kind": "staff",
            "acts": ["rude"],
            "span": "each",
            "most": 0,
            "valid": "month",
        }
    ],
    "awards": [
        {"code": "flag", "name": "流动红旗", "kind": "window", "quota": {"number": 1}, "tie": "none"},
        {
            "code": "star",
            "name": "标兵",
            "kind": "staff",
            "quota": {"percent": 50, "rounding": "down", "of": "candidates"},
            "then": ["lost", "gained"],
            "tie": "hand",
        },
    ],
    "phrases": {"late": ["迟到{}分钟", "来晚了"]},
}
"""A rulebook with one of each: fixed, per half day, severity, incident, cascade, gate and two awards."""


def small_pack(**changes: Any) -> dict[str, Any]:
    """The small rulebook with some of its top-level items replaced."""
    return {**copy.deepcopy(SMALL), **changes}


def as_pack(data: dict[str, Any]) -> Pack:
    """A pack as it is read from a file."""
    plain = json.loads(json.dumps(data))
    return parse_pack(yaml.dump(plain, Dumper=DUMPER, allow_unicode=True, sort_keys=False))


def load(data: dict[str, Any], hall: Hall) -> RulebookVersion:
    """The pack in force in the hall."""
    return load_pack(as_pack(data), hall=hall, by=Robot("test")).version


def act(hall: Hall, code: str) -> Act:
    """An act of the hall's rulebook."""
    return Act.objects.get(rulebook__hall=hall, code=code)
