"""What a clause, a gate or an award means is said in the hall's words, with its unit."""

import pytest

from assessments.pack_words import Names, award_words, clause_words, gate_words, names_of
from violations.rule_enums import Meter

NAMES = Names(
    acts={"late": "迟到", "away": "脱岗", "absence": "旷工"},
    meters={"late": Meter.MINUTE, "away": Meter.TIME, "absence": Meter.HALF_DAY},
    measures={"talk": "约谈本人"},
    awards={"flag": "流动红旗"},
    grades={"pass": "合格"},
)
YEAR = {"count": {"what": "times", "over": "year", "on_move": "anew"}}


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ({"acts": ["absence"], "points": -5}, "旷工；每半天扣 5 分。"),
        ({"acts": ["absence"], "points": -5, "once": True}, "旷工；每次扣 5 分；不论多少只计一次。"),
        ({"acts": ["away"], "points": -2, "per": "每人次"}, "脱岗；每人次扣 2 分。"),
        (
            {
                "acts": ["late"],
                "count": {"what": "quantity", "over": "each"},
                "table": [{"to": 15, "points": -1}, {"over": 15, "points": 0}],
                "then": [{"from": 60, "produces": {"act": "absence", "quantity": 1}}],
            },
            (
                "迟到；15 分钟以下（含 15）：扣 1 分；超过 15 分钟（不含 15）：不计分；"
                "达到 60 分钟，折算为旷工 1 个半天。"
            ),
        ),
        (
            {
                **YEAR,
                "acts": ["away"],
                "points": -2,
                "steps": [
                    {"from": 1, "to": 1, "points": 0},
                    {"from": 2, "to": 3, "factor": 1},
                    {"from": 4, "factor": 2},
                ],
                "then": [{"from": 2, "measure": "talk"}, {"from": 3, "grade": {"at_most": "pass"}}],
            },
            (
                "脱岗，当年累计，换窗口重新数；第 1 次：不计分；第 2 至 3 次：按原分值；"
                "第 4 次起每次：按原分值的 2 倍；到第 2 次，提出“约谈本人”（由人决定）；"
                "到第 3 次，等次最高为合格。"
            ),
        ),
        (
            {"acts": ["away"], "points": -3, "range": {"from": -1, "to": -10}},
            "脱岗；每次扣 3 分；酌情，扣 1 至 10 分。",
        ),
        (
            {"lost": {"over": "month", "every": 5}, "points": -2, "to": "group", "subject": "staff"},
            "人员被扣的分，当月累计；每满 5 分扣 2 分；计到所在窗口（单位）。",
        ),
        ({"award": "flag", "points": 2, "into": "derived"}, "获得“流动红旗”；每次加 2 分；计入“联动分”。"),
    ],
)
def test_clause_says_what_it_counts_gives_and_brings(clause, said):
    assert clause_words(clause, NAMES) == said


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ({"acts": ["away"], "span": "each", "most": 0}, "人员有脱岗的，月度内不参加各项评选。"),
        (
            {"acts": ["away"], "span": "year", "most": 2},
            "人员有脱岗，当年累计超过 2 次的，月度内不参加各项评选。",
        ),
        (
            {"of": {"days": True, "missing": "fail"}, "least": 15, "award": "flag"},
            "人员在岗天数低于 15 的，没有数的也不参加“流动红旗”。",
        ),
    ],
)
def test_gate_says_whom_it_bars(gate, said):
    assert gate_words({"kind": "staff", "valid": "month", **gate}, NAMES) == said


def test_award_names_the_award_it_follows():
    assert (
        award_words({"kind": "staff", "follows": "flag"}, NAMES)
        == "人员所在窗口（单位）获得“流动红旗”的都评上。"
    )


def test_names_come_from_the_pack():
    found = names_of(
        {
            "acts": [{"code": "late", "name": "迟到", "meter": "minute"}],
            "measures": [{"code": "talk", "wording": "约谈。"}],
            "schemes": [
                {
                    "grades": [{"code": "pass", "name": "合格"}],
                    "components": [{"code": "a", "name": "甲", "components": [{"code": "b", "name": "乙"}]}],
                }
            ],
        }
    )

    assert (found.acts, found.meters) == ({"late": "迟到"}, {"late": Meter.MINUTE})
    assert (found.measures, found.grades) == ({"talk": "约谈"}, {"pass": "合格"})
    assert found.components == {"own": "本体分", "derived": "联动分", "a": "甲", "b": "乙"}
