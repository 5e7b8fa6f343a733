"""A small rulebook in force, and records made through the services."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.models import Hall
from violations.models import Act, Clause, ClauseCategory, Price, Rulebook, RulebookVersion, Step
from violations.rule_enums import VersionStatus
from violations.services.ledger import Found, find_record, propose_record


@dataclass
class Rules:
    """The acts of the small rulebook."""

    version: RulebookVersion
    talk: Act  # 人员，−2
    late: Act  # 人员，−2
    messy: Act  # 窗口，−2，须整改
    elsewhere: Act  # 派驻单位，−5
    thanks: Act  # 人员，+2


ACTS = [
    ("talk", "串岗聊天", "staff", -200, {}),
    ("late", "迟到", "staff", -200, {}),
    ("messy", "台面不整洁", "window", -200, {"asks_rectification": True}),
    ("elsewhere", "厅外受理", "unit", -500, {}),
    ("thanks", "书面感谢", "staff", 200, {"is_bonus": True}),
]


def rules_of(hall: Hall, effective_on: date = date(2020, 1, 1)) -> Rules:
    """Five acts and what they cost, in force in the hall."""
    rulebook = Rulebook.objects.create(hall=hall, code="small", name="小考核办法")
    version = RulebookVersion.objects.create(
        rulebook=rulebook, version="2026", title="小考核办法", effective_on=effective_on
    )
    group = ClauseCategory.objects.create(version=version, code="all", name="全部")
    acts = {}
    for sort, (code, name, subject, points, more) in enumerate(ACTS, 1):
        act = Act.objects.create(
            rulebook=rulebook, code=code, name=name, short_name=name, subject=subject, sort=sort, **more
        )
        clause = Clause.objects.create(
            version=version, category=group, code=f"20-{sort}", article=f"第二十条（{sort}）",
            wording=f"{name}的，每次{points // 100}分。", subject=subject, points=points, sort=sort,
        )  # fmt: skip
        step = Step.objects.create(clause=clause, act=act, points=points)
        Price.objects.create(version=version, act=act, clause=clause, step=step, points=points)
        acts[code] = act
    version.status = VersionStatus.IN_FORCE
    version.save(update_fields=["status"])
    return Rules(version=version, **acts)


def record_of(act, *, by, staff=None, window=None, at=None, **more):
    """A record as an officer makes it."""
    hall = (staff or window).hall
    found = Found(act=act, at=at or timezone.now(), staff=staff, window=window, **more)
    return find_record(found, hall=hall, by=by)


def draft_of(act, *, by, staff=None, window=None, at=None, **more):
    """A machine's proposal."""
    hall = (staff or window).hall
    found = Found(act=act, at=at or timezone.now(), staff=staff, window=window, **more)
    return propose_record(found, hall=hall, by=by)
