"""Numbers, dates and deadlines in the words of the pages: the same in templates, charts and documents."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

MINUS = "\N{MINUS SIGN}"
WEEKDAYS = "一二三四五六日"


def plain_number(hundredths: int) -> str:
    """Hundredths as a number without needless zeros: 10192 → 101.92, 10000 → 100, -150 → −1.5."""
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"{MINUS}{text}" if hundredths < 0 else text


def signed(hundredths: int) -> str:
    """Points with their sign: 200 → +2, -200 → −2, 0 → 0."""
    return f"+{plain_number(hundredths)}" if hundredths > 0 else plain_number(hundredths)


def score(hundredths: int) -> str:
    """A score keeps two decimals unless it is whole, so that columns line up: 101.10, 100."""
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole}.{rest:02d}" if rest else str(whole)
    return f"{MINUS}{text}" if hundredths < 0 else text


def local(value: date | datetime) -> date | datetime:
    """A moment in the hall's time; a day stays as it is."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day_words(value: date | datetime) -> str:
    """11月25日, with the year when it is not this year."""
    value = local(value)
    year = "" if value.year == timezone.localdate().year else f"{value.year}年"
    return f"{year}{value.month}月{value.day}日"


def time_words(value: datetime) -> str:
    """14:05, in the hall's time."""
    return f"{local(value):%H:%M}"


def month_words(value: date | datetime) -> str:
    """2026年11月."""
    value = local(value)
    return f"{value.year}年{value.month}月"


def near_day_words(value: datetime, now: datetime) -> str:
    """今天 17:00, 明天 10:12, 11月27日 17:00."""
    days = (local(value).date() - local(now).date()).days  # type: ignore[union-attr]
    day = {-1: "昨天", 0: "今天", 1: "明天"}.get(days) or day_words(value)
    return f"{day} {time_words(value)}"


def span_words(span: timedelta) -> str:
    """1 天 23 小时, 5 小时, 20 分钟: at most two units, never "0"."""
    minutes = max(int(span.total_seconds()) // 60, 1)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} 天 {hours} 小时" if hours and days < 3 else f"{days} 天"
    return f"{hours} 小时" if hours else f"{minutes} 分钟"
