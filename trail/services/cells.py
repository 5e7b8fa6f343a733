"""单元格 cells: what a person typed into a paper table, as text, day or time.

Full-width letters and figures become half-width and blanks are tidied; Chinese punctuation stays.
A value that cannot be read for certain raises ValueError with words for the clerk: nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

Cell = str | date | datetime | time | int | float | bool | None

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
NARROW_LETTERS = {
    code: narrow for code, narrow in WIDE.items() if chr(narrow).isalnum() or chr(narrow) in "-_/.#@+&"
}
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u00ad"), None)
BLANKS = re.compile(r"[\s\u3000\xa0]+")
DOTS = re.compile(r"[•・‧∙]")
EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(30_000, 80_000)
"""Day numbers of a spreadsheet that are taken as days: 1982 to 2119."""
YEARS = range(1950, 2101)

DAY_WITH_YEAR = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?")
DAY_WITHOUT_YEAR = re.compile(r"(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
CLOCK = re.compile(r"(上午|下午|晚上|中午)?(\d{1,2})(?::|时|点)(\d{1,2})?分?(?::(\d{1,2})(?:\.0+)?)?秒?")
AFTER_DAY = re.compile(
    r"[T ]?(?:[(]?(?:星期|周)[一二三四五六日天][)]?)?[T ]?(?:(?:上午|下午|晚上|中午)? ?"
    r"(?:\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?|\d{1,2}[点时](?:\d{1,2}分?)?))?"
)


def half_width(text: str) -> str:
    """ＺＷ００１ → ZW001; all full-width ASCII, also brackets and punctuation."""
    return text.translate(WIDE)


def clean_text(value: Cell) -> str:
    """A cell as one line of text: "2" for 2 and 2.0, 2026-10-15 for a day, blanks joined, ends cut."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    text = str(value).translate(UNSEEN).translate(NARROW_LETTERS)
    return BLANKS.sub(" ", text).strip()


def clean_name(value: Cell) -> str:
    """A person's or a unit's name: "苏  婷" → 苏婷; a blank between Latin letters stays."""
    text = DOTS.sub("·", half_width(clean_text(value)))
    return re.sub(r"(?<![A-Za-z]) | (?![A-Za-z])", "", text)


def clean_code(value: Cell) -> str:
    """A number or code, always text, without blanks: " 2 " and 2 → "2", ＺＷ０１ → ZW01."""
    return half_width(clean_text(value)).replace(" ", "")


def parse_day(value: Cell, year_hint: int | date | None = None) -> date:
    """The day a cell means: 2025.11.9, 2024-07-03, 2025年3月22日, 2026/10/8, 20261008, 10月8日, a serial.

    A day without a year takes `year_hint`; a hint that is a day gives the year that brings it nearest.
    Raises ValueError in the clerk's words.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = half_width(clean_text(value))
    text = re.sub(r" ?([年月日号./-]) ?", r"\1", text)
    if found := DAY_WITH_YEAR.match(text):
        year, month, day = map(int, found.groups())
        return (
            _day(year, month, day, value) if AFTER_DAY.fullmatch(text[found.end() :]) else _unreadable(value)
        )
    if found := COMPACT_DAY.fullmatch(text):
        year, month, day = map(int, found.groups())
        return _day(year, month, day, value)
    if text.isdecimal() and text.isascii() and int(text) in SERIALS:
        return EXCEL_EPOCH + timedelta(days=int(text))
    if re.fullmatch(r"\d{5}\.\d+", text) and int(float(text)) in SERIALS:
        return EXCEL_EPOCH + timedelta(days=int(float(text)))
    found = DAY_WITHOUT_YEAR.match(text)
    if found and AFTER_DAY.fullmatch(text[found.end() :]):
        return _without_year(int(found[1]), int(found[2]), year_hint, value)
    return _unreadable(value)


def parse_time(value: Cell) -> time:
    """The time of day a cell means: 8:30, 08：30:15, 8点30分, 下午2:05, a time cell or a fraction of a day.

    Raises ValueError in the clerk's words.
    """
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    if isinstance(value, time):
        return value.replace(microsecond=0)
    text = half_width(clean_text(value)).replace(" ", "")
    if re.fullmatch(r"0?\.\d+", text):
        seconds = round(float(text) * 86400) % 86400
        return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    found = CLOCK.fullmatch(text)
    if not found or not (found[3] or "点" in text or "时" in text):
        raise ValueError(f"看不懂的时间“{clean_text(value)}”")
    hour = int(found[2])
    if found[1] in ("下午", "晚上") and hour < 12:
        hour += 12
    try:
        return time(hour, int(found[3] or 0), int(found[4] or 0))
    except ValueError:
        raise ValueError(f"没有这个时间“{clean_text(value)}”") from None


def year_of(values: Iterable[Cell]) -> int | None:
    """The year most days of a column carry; what a day without one takes when nothing else is known."""
    years: Counter[int] = Counter()
    for value in values:
        try:
            years[parse_day(value).year] += 1
        except ValueError:
            continue
    return years.most_common(1)[0][0] if years else None


def _day(year: int, month: int, day: int, value: Cell) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"没有这一天“{clean_text(value)}”") from None
    if found.year not in YEARS:
        raise ValueError(f"年份不对“{clean_text(value)}”")
    return found


def _without_year(month: int, day: int, hint: int | date | None, value: Cell) -> date:
    if hint is None:
        raise ValueError(f"日期“{clean_text(value)}”没有年份")
    if not isinstance(hint, date):
        return _day(hint, month, day, value)
    near = []
    for year in (hint.year - 1, hint.year, hint.year + 1):
        try:
            near.append(date(year, month, day))
        except ValueError:
            continue
    if not near:
        raise ValueError(f"没有这一天“{clean_text(value)}”")
    return min(near, key=lambda day: abs(day - hint))


def _unreadable(value: Cell) -> date:
    text = clean_text(value)
    raise ValueError(f"看不懂的日期“{text}”" if text else "没有日期")
