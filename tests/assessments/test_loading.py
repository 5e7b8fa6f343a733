"""The packs of the house say what their regulations say; broken ones are refused with line and reason."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from assessments.models import Award, Gate
from assessments.pack_checks import check_pack
from assessments.services.loading import load_pack
from assessments.services.months import publish_month
from tests.factories.assessments import window_with
from tests.factories.rulebook import as_pack, load, small_pack
from trail.actors import Robot
from violations.models import Act, ActPhrase, Clause, MeasureRule, Rulebook, RulebookVersion
from violations.packs import PackRefused, parse_pack
from violations.services.rulebook import act_for_phrase

PACKS = Path(__file__).parents[2] / "violations" / "rulebooks"

MAIJI = {
    "12-1": -500, "12-2": -500,
    "13-1": -500, "13-2": -500, "13-3": -500, "13-4": -500, "13-5": -400, "13-6": -1000,
    "17-1": -500, "17-2": -200, "17-3": -500,
    "18-1": 500, "18-2": 500, "18-3": 500, "18-4": 200, "18-5": 300,
    "20-2": -300, "20-3": -200, "20-4": -200, "20-5": -300, "20-6": -500, "20-7": -200,
    "21-1": -300, "21-2": -500, "21-3": -200, "21-4": -1000,
    "24-1": 300, "24-2": 200, "24-3": 300, "24-4": 200,
    "25-2": 0, "25-3": 0, "25-4": 0,
}  # fmt: skip
PATROL_WORDS = {
    "无故离岗,17分钟后返回": "20-7",
    "巡查时不在岗,无去向说明": "20-7",
    "串岗聊天": "20-3",
    "窗口内吃东西": "20-3",
    "工作时间玩电脑游戏": "20-6",
    "上班期间带外人进入工作区聊天": "20-5",
    "服务态度生硬,与办事群众争吵": "21-1",
    "打瞌睡": "20-4",
    "窗口无人值守": "17-1",
    "窗口办公区不整洁": "17-3",
}


def test_maiji_has_every_clause_with_its_points(rulebook):
    assert dict(rulebook.clauses.values_list("code", "points")) == MAIJI


@pytest.mark.parametrize(("words", "clause"), PATROL_WORDS.items())
def test_words_of_the_paper_ledger_map_to_clauses(rulebook, hall, words, clause):
    act = act_for_phrase(hall, words)

    assert list(act.clause_acts.values_list("clause__code", flat=True)) == [clause]


def test_maiji_absence_costs_five_a_half_day(rulebook):
    price = rulebook.prices.get(act__code="unexcused_absence", severity="")

    assert (price.points, price.act.meter, price.clause.code) == (-500, "half_day", "20-7")


def test_maiji_gates_and_awards(rulebook):
    gates = Gate.objects.filter(scheme__version=rulebook).order_by("sort")
    awards = Award.objects.filter(scheme__version=rulebook).order_by("sort")

    assert list(gates.values_list("code", "span", "days", "most", "valid")) == [
        ("25-1", "each", 0, 0, "month"),
        ("25-2", "rolling", 22, 100, "month"),
        ("25-3a", "year", 0, 200, "year"),
        ("25-3b", "each", 0, 300, "month"),
        ("25-4", "each", 0, 0, "month"),
    ]
    assert list(awards.values_list("code", "quota_kind", "quota", "rounding")) == [
        ("excellent_window", "number", 5, "down"),
        ("rotating_flag", "number", 1, "down"),
        ("service_exemplar", "percent", 1000, "down"),
    ]


def test_maiji_article_26_is_a_suggestion(rulebook):
    measure = rulebook.measures.get(code="return_to_department")

    assert (measure.kind, measure.counted) == ("return", "by_hand")


def test_renhe_has_three_groups_and_the_letter(hall):
    call_command("load_rulebook", PACKS / "renhe.yaml", hall=hall.code, verbosity=0)
    version = RulebookVersion.objects.get()

    letter = version.measures.get(kind="letter")
    assert version.categories.count() == 3
    assert (letter.counted, letter.span, letter.threshold) == ("bulletins", "year", 3)


def run(path, hall, **options) -> dict:
    out = StringIO()
    try:
        call_command("load_rulebook", path, hall=hall.code, json=True, stdout=out, **options)
    except CommandError as error:
        return {**json.loads(out.getvalue()), "error": str(error)}
    return json.loads(out.getvalue())


def test_same_pack_again_changes_nothing(hall):
    first, second = (run(PACKS / "maiji.yaml", hall) for _ in range(2))

    assert [(r["created"], r["unchanged"]) for r in (first, second)] == [(1, 0), (0, 1)]
    assert RulebookVersion.objects.count() == 1


def test_same_number_with_other_layout_is_the_same(hall, tmp_path):
    run(PACKS / "maiji.yaml", hall)
    copy = tmp_path / "copy.yaml"
    copy.write_text("# 注释\n" + (PACKS / "maiji.yaml").read_text(encoding="utf-8"), encoding="utf-8")

    assert run(copy, hall)["unchanged"] == 1


def test_same_number_with_other_content_is_refused(hall, tmp_path):
    run(PACKS / "maiji.yaml", hall)
    changed = tmp_path / "changed.yaml"
    text = (PACKS / "maiji.yaml").read_text(encoding="utf-8").replace("points: -10", "points: -8")
    changed.write_text(text, encoding="utf-8")

    result = run(changed, hall)

    assert (result["created"], "已经载入过，内容不同" in result["error"]) == (0, True)
    assert result["rejected"][0]["line"] is not None
    assert Clause.objects.get(code="13-6").points == -1000


def test_dry_run_stores_nothing(hall):
    result = run(PACKS / "maiji.yaml", hall, dry_run=True)

    assert (result["clauses"], result["dry_run"]) == (len(MAIJI), True)
    assert Rulebook.objects.count() == 0


def test_version_before_a_published_month_is_refused(small, hall, score, manager):
    window_with(hall, "A01")
    publish_month(month=score(), by=manager)
    later = small_pack(version={"number": "2", "title": "新", "effective_on": "2026-09-01"})

    with pytest.raises(PackRefused, match="已经发布"):
        load(later, hall)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.yaml", None, "找不到文件"),
        ("gbk.yaml", "format: 1\nrulebook: 麦积".encode("gb18030"), "不是 UTF-8 编码"),
        ("empty.yaml", b"", "文件是空的"),
        ("list.yaml", b"- 1\n", "不是“项: 值”"),
        ("tab.yaml", b"format: 1\n\trulebook: 2\n", "YAML 格式有误"),
        ("quote.yaml", b'format: "1\n', "YAML 格式有误"),
        ("alias.yaml", b"format: &a 1\nrulebook: *a\n", "不要用 & 和 *"),
        ("twice.yaml", b"format: 1\nformat: 1\n", "写了两次"),
        ("date.yaml", b"format: 1\nversion: {effective_on: 2026-02-30}\n", "看不懂“2026-02-30”"),
    ],
)
def test_file_that_cannot_be_read_is_refused(hall, tmp_path, name, content, reason):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    result = run(path, hall)

    assert reason in result["error"]
    assert RulebookVersion.objects.count() == 0


def changed(*path, value):
    """A change of the small pack: set, or with `value` None remove, what stands at the path."""

    def change(pack):
        place = pack
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


def added(key, **item):
    return lambda pack: pack[key].append({**pack[key][0], **item})


BROKEN = {
    "unknown item": (changed("colour", value="red"), "不认识的项“colour”"),
    "missing item": (changed("clauses", 0, "points", value=None), "缺少“points”"),
    "number for text": (changed("version", "number", value=2026), "应为文字"),
    "text for number": (changed("clauses", 0, "points", value="两分"), "应为数字"),
    "no such choice": (changed("acts", 0, "subject", value="person"), "只能是 staff、window、unit"),
    "date in words": (changed("version", "effective_on", value="明年"), "不是日期"),
    "empty list": (changed("acts", value=[]), "至少要有 1 项"),
    "three decimals": (changed("clauses", 0, "points", value=-0.125), "最多两位"),
    "unknown act": (changed("clauses", 0, "acts", value=["nothing"]), "没有事项“nothing”"),
    "act of another subject": (changed("clauses", 0, "acts", value=["empty"]), "记在窗口上"),
    "act twice": (changed("clauses", 0, "acts", value=["late", "late"]), "写了两次"),
    "bonus act in a deduction": (changed("clauses", 0, "acts", value=["thanks"]), "正负不一致"),
    "unknown category": (changed("clauses", 0, "category", value="nothing"), "没有分类"),
    "clause code twice": (added("clauses"), "“1”写了两次"),
    "act code twice": (added("acts"), "“late”写了两次"),
    "two sources": (changed("clauses", 5, "acts", value=["late"]), "只写一个"),
    "no source": (
        changed("clauses", 0, "acts", value=None),
        "要写 acts、lost、award、metric、running 中的一个",
    ),
    "unknown award": (changed("clauses", 7, "award", value="nothing"), "没有评选“nothing”"),
    "award of another kind": (changed("clauses", 7, "award", value="star"), "评的是人员"),
    "unknown component": (changed("clauses", 0, "into", value="nothing"), "没有“nothing”"),
    "record into derived": (changed("clauses", 0, "into", value="derived"), "要计入本体分"),
    "lost to members": (changed("clauses", 5, "to", value="members"), "to 只能是 group"),
    "cycle": (changed("clauses", 7, "into", value="own"), "得分会循环"),
    "severity on a cascade": (changed("clauses", 5, "severities", value={"grave": -3}), "只用于写了 acts"),
    "scheme twice": (added("schemes"), "“staff”写了两次"),
    "scheme missing": (lambda pack: pack["schemes"].pop(), "没有写派驻单位的评分方案"),
    "floor above cap": (lambda pack: pack["schemes"][0].update(floor=100, cap=0), "下限比上限高"),
    "component named as a root": (
        changed("schemes", 0, "components", value=[{"code": "own", "name": "x", "part": "own"}]),
        "已经有了",
    ),
    "gate with unknown act": (changed("gates", 0, "acts", value=["nothing"]), "没有事项“nothing”"),
    "rolling gate without days": (changed("gates", 0, "span", value="rolling"), "要写 days"),
    "gate of an unknown award": (changed("gates", 0, "award", value="flag"), "没有给人员的评选"),
    "quota of another shape": (changed("awards", 0, "quota", value=5), "写法不对"),
    "category seats for people": (changed("awards", 1, "within", value="category"), "只有窗口分类别"),
    "members of a person": (changed("awards", 1, "then", value=["members"]), "没有成员平均分"),
    "measure without threshold": (
        changed(
            "measures",
            value=[{"code": "m", "article": "一", "wording": "函", "kind": "letter", "counts": "bulletins"}],
        ),
        "要写达到多少",
    ),
    "phrase of an unknown act": (changed("phrases", value={"nothing": ["迟"]}), "没有事项“nothing”"),
    "phrase with two meanings": (
        changed("phrases", value={"late": ["晚到"], "rude": ["晚到。"]}),
        "已经对应“late”",
    ),
    "phrase without words": (changed("phrases", value={"late": ["，。"]}), "说法里没有文字"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_pack_is_refused_with_place_and_reason(hall, name):
    change, reason = BROKEN[name]
    pack = small_pack()
    change(pack)

    with pytest.raises(PackRefused) as refused:
        load_pack(as_pack(pack), hall=hall, by=Robot("test"))

    assert reason in str(refused.value)
    assert all(error.line for error in refused.value.errors)
    assert (Act.objects.count(), ActPhrase.objects.count(), MeasureRule.objects.count()) == (0, 0, 0)


def test_cycle_is_shown_with_its_path(hall):
    pack = small_pack()
    pack["clauses"][7]["into"] = "own"

    with pytest.raises(PackRefused, match="窗口本体分 → 流动红旗 → 8 → 人员本体分 → 6 → 窗口本体分"):
        load(pack, hall)


def test_all_errors_are_told_at_once(hall):
    pack = small_pack()
    pack["clauses"][0]["acts"] = ["a_one", "b_two"]

    with pytest.raises(PackRefused) as refused:
        load(pack, hall)

    assert [error.path for error in refused.value.errors] == ["clauses[1].acts[1]", "clauses[1].acts[2]"]


def test_error_names_line_and_column():
    with pytest.raises(PackRefused) as refused:
        parse_pack("format: 1\nrulebook:\n  code: 麦积\n  name: x\n")

    places = [(e.path, e.line, e.column) for e in refused.value.errors]
    assert ("rulebook.code", 3, 9) in places


def test_hall_that_does_not_exist(db):
    with pytest.raises(CommandError, match="没有代码为"):
        call_command("load_rulebook", PACKS / "maiji.yaml", hall="nowhere")


def test_switching_to_another_rulebook(hall):
    run(PACKS / "maiji.yaml", hall)
    run(PACKS / "renhe.yaml", hall)  # of 2014: the newer day of 麦积区 goes on ruling

    assert act_for_phrase(hall, "未挂牌上岗", date(2015, 1, 5)).code == "no_badge"
    assert RulebookVersion.objects.get(rulebook__code="maiji").status == "in_force"


def test_only_schemes_that_receive_a_share_must_say_how_they_round(hall):
    linear = {"code": "9", "article": "第九条", "wording": "按比例。", "subject": "window", "points": -1,
              "metric": {"code": "rate", "missing": "full", "below": 95}, "linear": {"every": 1}}  # fmt: skip
    pack = small_pack(clauses=[*small_pack()["clauses"], linear])
    rounded = {"to": 0.01, "how": "half_up"}

    errors = [str(error) for error in check_pack(as_pack(pack))]
    pack["schemes"] = [
        {**scheme, "rounding": rounded} if scheme["kind"] == "window" else scheme
        for scheme in pack["schemes"]
    ]

    assert [error.split("：")[1] for error in errors] == ["schemes[2]"]
    assert list(check_pack(as_pack(pack))) == []
