"""制度包 packs: read a YAML file, say in Chinese what is wrong with its form and on which line.

What the words mean together (unknown acts, cycles) is checked by the room that loads a pack.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

SCHEMA_FILE = Path(__file__).parent / "rulebooks" / "schema.json"
LARGEST = 1_000_000
"""A pack is a few dozen kilobytes; a megabyte is a mistake."""
TYPE_WORDS = {
    "object": "若干“项: 值”",
    "array": "列表",
    "string": "文字（数字和日期样的编号要加引号）",
    "number": "数字",
    "integer": "整数",
    "boolean": "true 或 false",
    "null": "null",
}

QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's reader, many times as quick, where the wheel of this machine has it."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class PackError:
    """One thing wrong in a pack: what, where in the structure, and where in the file (from 1)."""

    reason: str
    path: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = f"第 {self.line} 行第 {self.column} 列" if self.line else ""
        return "：".join(part for part in (place, self.path, self.reason) if part)

    def as_json(self) -> dict[str, Any]:
        """For a command's JSON."""
        return {"line": self.line, "column": self.column, "path": self.path, "reason": self.reason}


class PackRefused(Exception):
    """The pack cannot be loaded; `errors` says why, all at once."""

    def __init__(self, errors: list[PackError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass
class Pack:
    """A pack in the right form: its data, and where each item stands in the file."""

    data: dict[str, Any]
    text: str
    marks: dict[Path_, tuple[int, int]] = field(default_factory=dict)

    def error(self, reason: str, *path: str | int) -> PackError:
        """An error at an item, or at the nearest thing around it that has a place in the file."""
        place: Path_ = path
        while place and place not in self.marks:
            place = place[:-1]
        line, column = self.marks.get(place, (None, None))
        return PackError(reason, path_words(path), line, column)

    def canonical(self) -> str:
        """The content without comments and layout: the same for two files that mean the same."""
        return json.dumps(self.data, ensure_ascii=False, sort_keys=True)


def read_pack(path: Path) -> Pack:
    """Read and check the form of a pack file. Raises PackRefused with all that is wrong."""
    return parse_pack(_text(path))


def parse_pack(text: str) -> Pack:
    """Check the form of a pack. Raises PackRefused with all that is wrong."""
    pack = _parse(text)
    found = _validator().iter_errors(pack.data)
    errors = sorted(found, key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        raise PackRefused(list(dict.fromkeys(_in_words(pack, error) for error in errors)))
    return pack


@cache
def pack_schema() -> dict[str, Any]:
    """The JSON Schema of packs."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(pack_schema(), format_checker=FormatChecker(["date"]))


@lru_cache(maxsize=32)
def known_pack(text: str) -> Pack:
    """The pack of a version that was checked when it was stored: read, not checked again; never change it."""
    return _parse(text)


def path_words(path: Path_) -> str:
    """clauses[3].points, counting from 1 as people do."""
    words = ""
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return words.lstrip(".")


def _text(path: Path) -> str:
    if not path.is_file():
        raise PackRefused([PackError(f"找不到文件 {path}")])
    raw = path.read_bytes()
    if len(raw) > LARGEST:
        raise PackRefused([PackError("文件超过 1 MB，不像制度包。")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        reason = "文件不是 UTF-8 编码（可能是 GBK），请用编辑器另存为 UTF-8。"
        raise PackRefused([PackError(reason, line=line, column=1)]) from error


def _parse(text: str) -> Pack:
    node = _compose(text)
    if not isinstance(node, yaml.MappingNode):
        raise PackRefused([PackError("文件是空的，或者不是“项: 值”的形式。", line=1, column=1)])
    reader = _Reader()
    data = reader.read(node, ())
    if reader.errors:
        raise PackRefused(reader.errors)
    return Pack(data, text, reader.marks)


def _compose(text: str) -> yaml.Node | None:
    """The text as nodes; what is wrong in it is always told by the reader written in Python, whose words
    `YAML_WORDS` knows.
    """
    try:
        return yaml.compose(text, Loader=QUICK)
    except yaml.YAMLError:
        pass
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise PackRefused([_yaml_words(error)]) from error


class _Reader:
    """Turns YAML nodes into plain data and remembers where each item stood."""

    def __init__(self) -> None:
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.errors: list[PackError] = []
        self._seen: set[int] = set()
        self._loader = yaml.SafeLoader("")

    def read(self, node: yaml.Node, path: Path_) -> Any:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in self._seen:
            self._refuse(node, path, "不要用 & 和 * 引用，请把内容写全。")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self._refuse(key, (*path, name), f"“{name}”写了两次。")
            found[name] = self.read(value, (*path, name))
        return found

    def _scalar(self, node: yaml.Node, path: Path_) -> Any:
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._refuse(node, path, f"看不懂“{node.value}”。")
            return None
        return value.isoformat() if isinstance(value, date) else value

    def _refuse(self, node: yaml.Node, path: Path_, reason: str) -> None:
        mark = node.start_mark
        self.errors.append(PackError(reason, path_words(path), mark.line + 1, mark.column + 1))


YAML_WORDS = {
    "could not find expected ':'": "少了冒号，要用英文冒号加一个空格，不能用中文冒号",
    "expected ',' or ']'": "方括号没有写完，或者少了逗号",
    "expected ',' or '}'": "花括号没有写完，或者少了逗号",
    "mapping values are not allowed": "这里不能再写“项: 值”，多半是缩进不齐，或者文字里的冒号要加引号",
    "expected <block end>": "缩进与上面不齐",
    "cannot start any token": "有不能这样开头的字符",
    "while scanning a quoted scalar": "引号没有成对",
    "unexpected end of stream": "引号没有成对",
}
"""What the YAML reader says, in the hall's words."""


def _yaml_words(error: yaml.YAMLError) -> PackError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "不合 YAML 格式"
    tabs = "\\t" in problem
    problem = next((words for part, words in YAML_WORDS.items() if part in problem), problem)
    hint = "（缩进只能用空格，不能用 Tab）" if tabs else "（检查缩进、冒号后的空格和引号是否成对）"
    place = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
    return PackError(f"YAML 格式有误：{problem}{hint}", **place)


def _in_words(pack: Pack, error: ValidationError) -> PackError:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        extra = [name for name in error.instance if name not in error.schema.get("properties", {})]
        homes = {name: found for name in extra if (found := _sections_with(name))}
        hints = "".join(f"“{name}”写在 {'、'.join(found)} 里。" for name, found in homes.items())
        return pack.error(f"不认识的项“{'、'.join(extra)}”。{hints}", *path, *extra[:1])
    return pack.error(_reason(error), *path)


def _sections_with(name: str) -> list[str]:
    """The lists of a pack whose entries know the key: where something written at the wrong level belongs."""
    sections = pack_schema()["properties"]
    entries = {key: section.get("items", {}) for key, section in sections.items()}
    return [key for key, entry in entries.items() if name in entry.get("properties", {})]


def _reason(error: ValidationError) -> str:
    value, limit = error.instance, error.validator_value
    title = error.schema.get("title", "") if isinstance(error.schema, dict) else ""
    if error.validator == "required":
        missing = [name for name in limit if name not in value]
        return f"缺少“{'、'.join(missing)}”。"
    if error.validator == "type":
        kinds = limit if isinstance(limit, list) else [limit]
        return f"应为{'或'.join(TYPE_WORDS[kind] for kind in kinds)}，现在是“{value}”。"
    words = {
        "enum": lambda: f"“{value}”不行，只能是 {'、'.join(map(str, limit))}。",
        "const": lambda: f"只能是 {json.dumps(limit, ensure_ascii=False)}，现在是“{value}”。",
        "pattern": lambda: f"“{value}”不合要求：{title}。",
        "format": lambda: f"“{value}”不是日期，要写成 2026-01-01 这样。",
        "minimum": lambda: f"{value} 太小，不能小于 {limit}。",
        "exclusiveMinimum": lambda: f"{value} 太小，要大于 {limit}。",
        "maximum": lambda: f"{value} 太大，不能大于 {limit}。",
        "minLength": lambda: "不能为空。",
        "maxLength": lambda: f"太长，最多 {limit} 个字。",
        "minItems": lambda: f"至少要有 {limit} 项。",
        "maxItems": lambda: f"最多 {limit} 项。",
        "minProperties": lambda: f"至少要有 {limit} 项。",
        "uniqueItems": lambda: "有重复的项。",
        "oneOf": lambda: f"写法不对，应为{title}。",
    }
    return words.get(str(error.validator), lambda: f"“{value}”不合要求。")()
