"""单元格: what people type, as text, day and time."""

from contextlib import suppress
from datetime import date, datetime, time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trail.services.cells import (
    EXCEL_EPOCH,
    clean_code,
    clean_name,
    clean_text,
    parse_day,
    parse_time,
    year_of,
)

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
STYLES = [
    "{d.year}.{d.month}.{d.day}",
    "{d:%Y-%m-%d}",
    "{d.year}年{d.month}月{d.day}日",
    "{d.year}/{d.month}/{d.day}",
    "{d:%Y%m%d}",
    "{d:%Y-%m-%d} 00:00:00",
    " {d.year} 年 {d.month} 月 {d.day} 号 ",
]


@given(day=DAYS, style=st.sampled_from(STYLES))
def test_every_style_is_read_back(day, style):
    assert parse_day(style.format(d=day)) == day


@given(day=DAYS, style=st.sampled_from(STYLES))
def test_full_width_figures_are_read(day, style):
    wide = {ord(figure): ord(figure) + 0xFEE0 for figure in "0123456789./-:"}

    assert parse_day(style.format(d=day).translate(wide)) == day


@given(day=DAYS, style=st.sampled_from(["{d.month}月{d.day}日", "{d.month}/{d.day}", "{d.month}.{d.day}"]))
def test_day_without_a_year_takes_the_hint(day, style):
    assume(style[-2:] != "}." and (day.month, day.day) != (2, 29))

    assert parse_day(style.format(d=day), day.year) == day


@given(day=DAYS)
def test_spreadsheet_values_are_read(day):
    serial = (day - EXCEL_EPOCH).days
    assume(serial >= 30_000)

    moment = datetime.combine(day, time())
    found = [parse_day(value) for value in (day, moment, serial, float(serial))]

    assert found == [day] * 4


@given(text=st.text(max_size=30))
def test_any_text_is_a_day_or_a_plain_no(text):
    with suppress(ValueError):
        parse_day(text, 2026)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("12月30日", date(2027, 1, 1), date(2026, 12, 30)),
        ("1月4日", date(2026, 12, 1), date(2027, 1, 4)),
        ("2月29日", date(2025, 1, 1), date(2024, 2, 29)),
        ("10月8日（周四）", 2026, date(2026, 10, 8)),
        ("2026年10月8日 星期四 08:30", None, date(2026, 10, 8)),
        ("10月8日下午3点10分", 2026, date(2026, 10, 8)),
    ],
)
def test_parse_day(text, hint, expected):
    assert parse_day(text, hint) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有日期"),
        ("10月8日", "没有年份"),
        ("2026-02-30", "没有这一天"),
        ("2026-13-01", "没有这一天"),
        ("10/8/26", "看不懂"),
        ("2026年10月", "看不懂"),
        ("1899-01-01", "年份不对"),
        ("2026-10-08至10-09", "看不懂"),
        ("2026-10-08下午", "看不懂"),
        ("待定", "看不懂"),
        (12, "看不懂"),
    ],
)
def test_parse_day_says_no(text, words):
    with pytest.raises(ValueError, match=words):
        parse_day(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("8:30", time(8, 30)),
        ("08：30：15", time(8, 30, 15)),
        ("8点30分", time(8, 30)),
        ("8点", time(8)),
        ("下午2:05", time(14, 5)),
        ("下午 14:05", time(14, 5)),
        (time(9, 1), time(9, 1)),
        (datetime(2026, 10, 8, 9, 1), time(9, 1)),  # noqa: DTZ001 - as a spreadsheet gives it
        (0.5, time(12)),
        (0.354166667, time(8, 30)),
    ],
)
def test_parse_time(value, expected):
    assert parse_time(value) == expected


@pytest.mark.parametrize("value", ["", "25:00", "8", "8:70", "上午", "八点"])
def test_parse_time_says_no(value):
    with pytest.raises(ValueError, match="时间"):
        parse_time(value)


@pytest.mark.parametrize(
    ("value", "text", "name", "code"),
    [
        ("苏  婷", "苏 婷", "苏婷", "苏婷"),
        ("　张三\xa0", "张三", "张三", "张三"),
        ("ＺＷ００１", "ZW001", "ZW001", "ZW001"),
        ("John  Smith", "John Smith", "John Smith", "JohnSmith"),
        ("阿依古丽•买买提", "阿依古丽•买买提", "阿依古丽·买买提", "阿依古丽•买买提"),
        ("党政办（综合）", "党政办（综合）", "党政办(综合)", "党政办(综合)"),
        (" 2 ", "2", "2", "2"),
        (2.0, "2", "2", "2"),
        ("007", "007", "007", "007"),
        (None, "", "", ""),
        (True, "是", "是", "是"),
        ("零\u200b宽", "零宽", "零宽", "零宽"),
    ],
)
def test_clean(value, text, name, code):
    assert (clean_text(value), clean_name(value), clean_code(value)) == (text, name, code)


def test_year_of_a_column():
    assert (year_of(["2026-10-08", "10月9日", "2026.1.1", "2025.1.1", None]), year_of(["10月9日"])) == (
        2026,
        None,
    )
