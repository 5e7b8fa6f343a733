"""设置项 options: the typed settings a hall may change, registered by the rooms that read them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Option:
    """One setting of a hall.

    `kind` is the type of its value: int, bool, str, time ("17:00"), choice or choices. `unit` is shown
    behind the field (工作日, 分钟 …), `help` says what changes when it is changed.
    """

    key: str
    label: str
    default: Any
    kind: str = "int"
    group: str = "其他"
    unit: str = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None


_options: dict[str, Option] = {}


def register_option(option: Option) -> None:
    """Make a setting known; called from `<room>/registration.py` at start."""
    _options[option.key] = option


def find_option(key: str) -> Option:
    """The registered setting; raises KeyError for a key no room has registered."""
    return _options[key]


def all_options() -> list[Option]:
    """Every registered setting, in the order of registration."""
    return list(_options.values())
