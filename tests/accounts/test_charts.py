"""Charts: geometry, labels and the table beside them."""

from accounts import words
from accounts.charts import BOTTOM, TOP, Box, Drawing, Series, Text, bar_chart, line_chart, waterfall_chart


def test_bars_start_at_zero_and_fill_the_height():
    chart = bar_chart("k", "t", ["一", "二"], [Series("上周", [4, 2]), Series("本周", [2, None])])
    drawing = chart.drawings[0]

    assert [(b.css, b.y, b.height) for b in drawing.boxes] == [
        ("s3", TOP, BOTTOM - TOP),
        ("s1", 64, 40),
        ("s3", 64, 40),
    ]
    assert [t.words for t in drawing.texts if t.css == "strong"] == ["2"]
    assert chart.table == [["一", "4", "2"], ["二", "2", "—"]]


def test_wide_chart_has_a_drawing_for_phones():
    chart = bar_chart("k", "t", ["一"], [Series("数", [1])], size="wide")

    assert [(d.css, d.width) for d in chart.drawings] == [("wide", 640), ("narrow", 320)]


def test_line_axis_that_does_not_start_at_zero_says_so():
    scores = Series("得分", [9700, 10200, None])
    chart = line_chart("k", "t", ["9月", "10月", "11月"], [scores], show=words.score, unit="分")

    assert chart.note == "纵轴从 94.50 分起画"
    assert len(chart.drawings[0].dots) == 2


def test_waterfall_ends_where_the_sum_is():
    chart = waterfall_chart(
        "k",
        "t",
        ("基础分", 10000),
        [("9日", 500), ("14日", -200)],
        "合计",
        show=words.score,
        show_step=words.signed,
    )

    assert [row[1] for row in chart.table] == ["100", "+5", "−2", "103"]
    assert [b.css for b in chart.drawings[0].boxes] == ["s1", "pos", "neg", "s1"]


def test_charts_without_any_number_still_draw():
    assert bar_chart("k", "t", ["一"], [Series("数", [None])]).drawings[0].boxes == []
    assert line_chart("k", "t", [], [Series("数", [])]).drawings[0].dots == []


def test_shapes_are_drawn_with_words_escaped_and_plain_numbers():
    drawing = Drawing("", 272)
    drawing.boxes.append(Box(1.5, 2, 1000, 4, "s1"))
    drawing.texts.append(Text(3, 4, "<甲>", "strong"))
    drawing.lines.append(("1,2 3,4", "s2"))

    assert drawing.shapes == (
        '<rect x="1.5" y="2" width="1000" height="4" class="s1" rx="2"/>'
        '<polyline points="1,2 3,4" class="s2"/>'
        '<text x="3" y="4" text-anchor="middle" class="strong">&lt;甲&gt;</text>'
    )
