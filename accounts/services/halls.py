"""Halls and their settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.enums import HallLevel
from accounts.errors import NotPermitted, Refused
from accounts.models import Hall, User
from accounts.options import Option, all_options, find_option
from accounts.services import trace
from accounts.versions import Facts, require_unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@transaction.atomic
def create_hall(
    *,
    code: str,
    name: str,
    by: User | Any,
    parent: Hall | None = None,
    level: str = HallLevel.DISTRICT,
    short_name: str = "",
) -> Hall:
    """A new hall; raises Refused when the code is taken or not of letters, digits and hyphens."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code):
        raise Refused("大厅代码只用小写字母、数字和连字符，最长 40 个字符。", code="bad_code", status=422)
    if Hall.objects.filter(code=code).exists():
        raise Refused(f"代码 {code} 已经有大厅在用。", code="code_taken", status=422)
    hall = Hall.objects.create(code=code, name=name, parent=parent, level=level, short_name=short_name)
    trace.record("hall.created", target=hall, by=by, hall=hall, after={"code": code, "name": name})
    return hall


def option_facts(hall: Hall) -> Facts:
    """All settings of the hall as they are, by the names their form gives them."""
    return {option_name(option.key): hall.option(option.key) for option in all_options()}


def option_name(key: str) -> str:
    """The field of a setting: a dot is no name in a form."""
    return key.replace(".", "__")


@transaction.atomic
def set_options(*, hall: Hall, values: Mapping[str, Any], by: User | Any, seen: str = "") -> list[str]:
    """Change settings of a hall; returns the keys that changed. A value like the default is not kept.

    Raises Refused for a value out of bounds, KeyError for an unknown key, ChangedMeanwhile when the
    settings are no longer the version `seen`.
    """
    if isinstance(by, User) and not by.can("hall.settings", hall):
        raise NotPermitted("大厅设置由系统管理员维护。")
    hall.settings = Hall.objects.select_for_update().values_list("settings", flat=True).get(pk=hall.pk)
    require_unchanged(option_facts(hall), seen)
    changed = {}
    for key, raw in values.items():
        option = find_option(key)
        value, before = clean_option(option, raw), hall.option(key)
        if value == before:
            continue
        changed[key] = (before, value)
        if value == option.default:
            hall.settings.pop(key, None)
        else:
            hall.settings[key] = value
    if changed:
        hall.save(update_fields=["settings"])
        trace.record(
            "hall.options",
            target=hall,
            by=by,
            hall=hall,
            before={key: old for key, (old, _) in changed.items()},
            after={key: new for key, (_, new) in changed.items()},
        )
    return list(changed)


def clean_option(option: Option, raw: Any) -> Any:
    """The value in the option's type; raises Refused in the administrator's words."""
    if option.kind == "bool":
        return raw in (True, "on", "true", "1", 1)
    if option.kind == "int":
        return _whole(option, raw)
    if option.kind == "choices":
        return _several(option, raw)
    text = str(raw).strip()
    if option.kind == "time" and not CLOCK.fullmatch(text):
        raise Refused(f"“{option.label}”要写成 17:00 这样的时间。", code="bad_time", status=422)
    if option.kind == "choice" and text not in dict(option.choices):
        raise Refused(f"“{option.label}”没有这个选项。", code="bad_choice", status=422)
    return text


def _several(option: Option, raw: Any) -> list[str]:
    chosen = set(raw)
    if chosen - set(dict(option.choices)):
        raise Refused(f"“{option.label}”没有这个选项。", code="bad_choice", status=422)
    return [value for value, _ in option.choices if value in chosen]


def _whole(option: Option, raw: Any) -> int:
    try:
        value = int(str(raw).strip())
    except ValueError:
        raise Refused(f"“{option.label}”要填整数。", code="bad_number", status=422) from None
    low, high = option.minimum, option.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused(f"“{option.label}”要在 {low} 到 {high} 之间。", code="out_of_bounds", status=422)
    return value
