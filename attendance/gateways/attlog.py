"""考勤机文件: attlog.dat as devices write it to a USB stick, read line by line.

A line is a number, a moment, and codes that say nothing certain: only the first two are read.
Tabs, blanks or commas part them; CRLF, LF and UTF-8, GB18030 or UTF-16 all occur.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

BLOCK = 1 << 16
LONGEST_LINE = 2000
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MOMENT = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2}):(\d{2})"
LINE = re.compile(rf"\s*\"?\s*(\S[^\t,]*?)\s*\"?(?:\t|,| )\s*\"?{MOMENT}(?=\"|[\s,;.]|$)")
UNSEEN = str.maketrans("", "", "\x00\x1a\ufeff")


@dataclass(frozen=True)
class PunchLine:
    """One line that could be read; `at` is the device's local time."""

    row: int
    number: str
    at: datetime
    raw: str


@dataclass(frozen=True)
class BadLine:
    """One line that could not, and why."""

    row: int
    reason: str


def read_attlog(path: Path) -> Iterator[PunchLine | BadLine]:
    """The lines of the file in order; blank lines and a line of column names are passed over."""
    with path.open(encoding=_encoding(path), errors="replace", newline=None) as lines:
        row = 0
        while line := lines.readline(LONGEST_LINE):
            row += 1
            text = line.translate(UNSEEN)
            if text.strip() and not (row == 1 and not re.search(r"\d", text)):
                yield _read(row, text)


def _read(row: int, text: str) -> PunchLine | BadLine:
    found = LINE.match(text)
    if found is None:
        return BadLine(row, f"这一行不完整或看不懂：{text.strip()[:60]}")
    number, *parts = found.groups()
    try:
        at = datetime(*map(int, parts))  # type: ignore[arg-type] # noqa: DTZ001  the device's local time
    except ValueError:
        return BadLine(row, f"没有这个时间：{text.strip()[:60]}")
    return PunchLine(row, number, at, text.rstrip("\r\n")[:200])


def _encoding(path: Path) -> str:
    """UTF-16 and UTF-8 by their mark, else UTF-8 when every byte fits, else GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        block = file.read(BLOCK)
        for mark, encoding in BOMS:
            if block.startswith(mark):
                return encoding
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"
