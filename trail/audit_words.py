"""留痕用语 audit words: what an action and a changed value are called, as each room registers them.

A field of a model needs no entry: its verbose_name and the labels of its choices are read off the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class _Words:
    actions: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    values: dict[str, Mapping[str, str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)


_words = _Words()


def register_audit_words(
    group: str,
    actions: Mapping[str, str],
    *,
    fields: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
    commands: Mapping[str, str] | None = None,
) -> None:
    """Name a room's actions under the heading `group`, and values that are no field of their target.

    `fields` and `values` are by the key in `before` and `after`; "letter.replied:outcome" is the key
    of one action only. `commands` are the names under which the room's commands act; jobs have titles.
    """
    _words.actions.update(actions)
    _words.fields.update(fields or {})
    _words.values.update(values or {})
    _words.commands.update(commands or {})
    _words.groups.setdefault(group, []).extend(actions)


def action_words(action: str) -> str:
    """The action in words; its code when no room has named it."""
    return _words.actions.get(action, action)


def command_words(name: str) -> str:
    """The command in words; its name when no room has named it."""
    return _words.commands.get(name, name)


def actions_with(word: str) -> list[str]:
    """Actions whose words or code contain `word`."""
    return [code for code, words in _words.actions.items() if word in words or word in code]


def action_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every named action by the heading of its room."""
    return [
        (group, [(code, _words.actions[code]) for code in codes]) for group, codes in _words.groups.items()
    ]


def field_words(action: str, key: str) -> str:
    """The registered name of a value, empty when there is none."""
    return _words.fields.get(f"{action}:{key}") or _words.fields.get(key, "")


def value_words(action: str, key: str) -> Mapping[str, str]:
    """The registered labels of a value's codes."""
    return _words.values.get(f"{action}:{key}") or _words.values.get(key, {})
