"""Filters and tags: numbers, dates, deadlines and pills in the words of the pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from accounts.gallery import Pill
from accounts.templatetags import mingchuang as tags


@pytest.fixture
def noon(time_machine):
    """2026-11-25 12:00 in the hall."""
    time_machine.move_to(datetime(2026, 11, 25, 4, 0, tzinfo=UTC), tick=False)
    return timezone.now()


def render(text, **context):
    return Template("{% load mingchuang %}" + text).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("hundredths", "words"),
    [(-200, "−2"), (200, "+2"), (0, "0"), (-150, "−1.5"), (25, "+0.25"), (None, "")],
)
def test_points(hundredths, words):
    assert tags.points(hundredths) == words


@pytest.mark.parametrize(
    ("hundredths", "words"),
    [(10192, "101.92"), (10000, "100"), (10110, "101.10"), (-50, "−0.50"), (0, "0"), (None, "—")],
)
def test_score(hundredths, words):
    assert tags.score(hundredths) == words


def test_points_tone():
    assert [tags.points_tone(n) for n in (-1, 0, 1, None)] == ["minus", "", "plus", ""]


def test_dates(noon):
    moment = datetime(2026, 11, 25, 6, 5, tzinfo=UTC)

    assert tags.cn_date(date(2026, 11, 5)) == "11月5日"
    assert tags.cn_date(date(2025, 1, 2)) == "2025年1月2日"
    assert tags.cn_datetime(moment) == "11月25日 14:05"
    assert tags.cn_time(moment) == "14:05"
    assert tags.cn_weekday(moment) == "星期三"
    assert tags.cn_month(date(2026, 11, 1)) == "2026年11月"


def test_date_of_a_moment_is_the_hall_day(noon):
    assert tags.cn_date(datetime(2026, 11, 24, 16, 30, tzinfo=UTC)) == "11月25日"


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(67, 100, "67%"), (1, 3, "33.3%"), (0.675, None, "67.5%"), (1, 0, "—"), (None, 5, "—")],
)
def test_percent(part, whole, words):
    assert tags.percent(part, whole) == words


@pytest.mark.parametrize(
    ("left", "words", "tone"),
    [
        (timedelta(days=5), "11月30日 12:00", ""),
        (timedelta(days=1, hours=23), "11月27日 11:00，还剩 1 天 23 小时", "warn"),
        (timedelta(hours=5), "今天 17:00，还剩 5 小时", "warn"),
        (timedelta(minutes=20), "今天 12:20，还剩 20 分钟", "warn"),
        (timedelta(hours=22, minutes=12), "明天 10:12，还剩 22 小时", "warn"),
        (-timedelta(days=2), "11月23日 12:00，超期 2 天", "bad"),
        (-timedelta(minutes=1), "今天 11:59，超期 1 分钟", "bad"),
    ],
)
def test_deadline(noon, left, words, tone):
    html = render("{% deadline due %}", due=noon + left)

    assert words in html
    assert ("tag--" + tone if tone else 'class="tag"') in html


def test_deadline_of_something_done_counts_no_more(noon):
    html = render("{% deadline due done=True %}", due=noon - timedelta(days=2))

    assert "超期" not in html
    assert "11月23日 12:00" in html


def test_deadline_without_moment():
    assert render("{% deadline due %}", due=None) == ""


def test_status_tag_has_colour_shape_and_words():
    html = render("{% status_tag state %}", state=Pill("待确认", "warn", "clock"))

    assert html == (
        '<span class="tag tag--warn"><svg class="icon" aria-hidden="true">'
        '<use href="/static/img/icons.svg#i-clock"/></svg>待确认</span>'
    )


def test_status_tag_escapes_words():
    assert "<b>" not in render("{% tag words %}", words="<b>")


def test_card_holds_escaped_content_and_link():
    html = render(
        '{% card "标题" anchor="week" link="/x/" note="台账" %}{{ words }}{% endcard %}', words="<i>"
    )

    assert html == (
        '<section class="card" id="week" aria-labelledby="week-h">'
        '<div class="card__head"><h2 id="week-h">标题</h2><a href="/x/">台账</a></div>'
        '<div class="card__body">&lt;i&gt;</div></section>'
    )


class LeaveForm(forms.Form):
    reason = forms.CharField(label="事由", help_text="写清去哪里")


def test_field_ties_label_hint_and_error_to_input():
    html = render('{% include "components/field.html" with field=form.reason only %}', form=LeaveForm({}))

    assert 'for="id_reason"' in html
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'id="id_reason_error"' in html
    assert 'id="id_reason_helptext"' in html


def test_error_summary_says_the_words_of_the_fields():
    summary = render('{% include "components/error_summary.html" with form=form only %}', form=LeaveForm({}))
    field = render('{% include "components/field.html" with field=form.reason only %}', form=LeaveForm({}))

    assert '<a href="#id_reason">请填写事由</a>' in summary
    assert "有 1 处要改" in summary
    assert ">请填写事由</span>" in field


class DayForm(forms.Form):
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


def test_day_is_written_as_browsers_read_it():
    assert 'value="2026-11-05"' in str(DayForm(initial={"day": date(2026, 11, 5)})["day"])
    assert DayForm({"day": "2026年11月5日"}).is_valid()


def test_link_in_a_list_is_the_address_that_url_gives(noon):
    words = (
        '{% load mingchuang %}{% link "attendance:day" pk day %}|{% url "attendance:day" pk "2026-11-25" %}'
    )

    twice = Template(words).render(Context({"pk": 7, "day": date(2026, 11, 25)})).split("|")

    assert twice[0] == twice[1] == "/attendance/7/2026-11-25/"


@pytest.mark.parametrize(
    ("state", "icon", "css"),
    [("ok", "check", "is-ok"), ("bad", "warn", "is-bad"), ("now", "right", "is-now"), ("", "dash", "")],
)
def test_window_on_the_map_has_a_sign_of_its_own_for_each_state(state, icon, css):
    window = {"code": "A05", "url": "/patrol/1/?w=A05", "state": state, "words": "<未查>"}

    shown = tags.map_windows([window])

    assert shown == (
        f'<li><a class="{css}" href="/patrol/1/?w=A05" aria-label="A05 &lt;未查&gt;">'
        f"A05{tags.icon(icon)}</a></li>"
    )


def test_box_of_a_row_is_ticked_when_the_page_is_picked_and_escapes_its_label():
    plain, picked = tags.bulk_check(7, "<b>", False), tags.bulk_check(7, "第 7 条", True)

    assert "选择 &lt;b&gt;" in plain
    assert ('value="7" form="bulk">' in plain, 'value="7" form="bulk" checked>' in picked) == (True, True)
