"""Invented rulebooks, each from one seed."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from tests.assessments.reference.points import _nominal

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
CATEGORIES = ("public_service", "law_enforcement")
SOURCES = ("patrol", "covert", "manual")
ACTS = [
    {"code": "late", "name": "迟到", "subject": "staff"},
    {"code": "absence", "name": "旷工", "subject": "staff", "meter": "half_day"},
    {"code": "fault", "name": "差错", "subject": "staff", "meter": "item"},
    {"code": "thanks", "name": "感谢", "subject": "staff", "bonus": True},
    {"code": "empty", "name": "无人值守", "subject": "window"},
    {"code": "praise", "name": "表扬", "subject": "window", "bonus": True},
    {"code": "reply", "name": "答复逾期", "subject": "unit", "meter": "overdue_day"},
]
SUBJECT = {act["code"]: act["subject"] for act in ACTS}
BONUS = {"thanks", "praise"}
POINTS = (0.5, 1, 2, 5)
TRAITS = (
    {"political_status": ["中共党员", "中共预备党员"]},
    {"political_status": ["群众"], "gender": ["女"]},
    {"gender": ["女"]},
)


class Invention:
    """A pack in the making; every choice comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.seed = seed

    def one(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def maybe(self, part: float = 0.5) -> bool:
        return self.dice.random() < part

    def pack(self) -> dict[str, Any]:
        grades = self.maybe()
        self.grades = self._grades() if grades else {}
        schemes = self._schemes()
        pack = {
            "format": 1,
            "rulebook": {"code": "invented", "name": "虚构制度"},
            "version": {"number": "1", "title": "虚构制度", "effective_on": "2020-01-01"},
            "acts": ACTS,
            "clauses": [],
            "schemes": schemes,
            "ballots": [self._ballot()],
            "awards": self._awards(),
            "measures": [
                {"code": "talk", "article": "约谈", "wording": "约谈", "kind": "talk", "counts": "clause"}
            ],
        }
        pack["gates"] = [self._gate(number) for number in range(self.one(0, 1, 2, 3))]
        makers = [
            self._record,
            self._record,
            self._counted,
            self._counted,
            self._lost,
            self._metric,
            self._award,
        ]
        clauses = [maker() for maker in self.dice.choices(makers, k=self.one(3, 5, 8))]
        pack["clauses"] = [{"code": str(n), "article": f"第{n}条", "wording": "条文。", **clause}
                           for n, clause in enumerate(clauses, 1)]  # fmt: skip
        return pack

    def _ballot(self) -> dict[str, Any]:
        leaders = {"code": "leaders", "name": "领导", "weight": 40, "trim": self.one(0, 1)}
        ballot = {
            "code": "vote",
            "name": "测评",
            "groups": [leaders, {"code": "peers", "name": "同事", "weight": 60}],
        }
        if self.maybe(0.3):
            ballot["quorum"] = self.one(2, 4, 5)
        if self.maybe(0.3):
            ballot["groups"][1]["quorum"] = 1
        if self.maybe(0.2) and ballot.get("quorum", 9) > 4:
            leaders["quorum"] = 1 + 2 * leaders["trim"]
        return ballot

    # --- clauses

    def _record(self) -> dict[str, Any]:
        act = self.one(*SUBJECT)
        sign = 1 if act in BONUS else -1
        clause: dict[str, Any] = {"subject": SUBJECT[act], "points": sign * self.one(*POINTS), "acts": [act]}
        if self.maybe(0.3):
            clause["severities"] = {"grave": sign * 5, "slight": sign * 0.5}
        elif self.maybe(0.3):
            clause["by_source"] = {"covert": sign * 4}
        if self.maybe(0.2):
            clause["range"] = {"from": sign * 0.5, "to": sign * 5}
        if self.maybe(0.3):
            clause["same_incident"] = self.one("all", "first", "heaviest")
        self._spread(clause)
        for name, value in (("once", True), ("needs_verdict", True), ("only_sources", ["covert", "patrol"]),
                            ("at_most", self.one(2, 3.5))):  # fmt: skip
            taken = (name == "only_sources" and "by_source" in clause) or (
                name == "at_most" and "effects" in clause
            )
            if self.maybe(0.15) and not taken:
                clause[name] = value
        if SUBJECT[act] == "staff" and self.maybe(0.15):
            clause["warn_first"] = {
                "times": self.one(1, 2), "over": self.one("month", "year"),
                "on_move": self.one("anew", "goes_on"),
            }  # fmt: skip
        return clause

    def _spread(self, clause: dict[str, Any]) -> None:
        """Sometimes the points go to others too."""
        if self.maybe(0.3):
            others = {"staff": ["group", "unit", "chief", "recorder", "members"],
                      "window": ["group", "unit", "chief", "members", "recorder"],
                      "unit": ["recorder"]}[clause["subject"]]  # fmt: skip
            more = {"to": self.one(*others)}
            sign = 1 if _nominal(clause) > 0 else -1
            more.update(self.one({"percent": 33}, {"points": sign * 0.7}, {"percent": 150}))
            clause["effects"] = [{"to": "self"}, more]

    def _counted(self) -> dict[str, Any]:
        act = self.one("late", "absence", "fault", "thanks", "empty", "reply")
        sign = 1 if act in BONUS else -1
        over = self.one("each", "day", "week", "month", "quarter", "half_year", "year", "rolling", "running")
        what = "times" if over == "running" else self.one("times", "quantity")
        count: dict[str, Any] = {"what": what, "over": over}
        if over == "rolling":
            count["days"] = self.one(1, 3, 22)
        if SUBJECT[act] != "unit" and self.maybe(0.3):
            count["per"] = "group"
        if SUBJECT[act] == "staff" and over not in ("each", "day", "week") and "per" not in count:
            count["on_move"] = self.one("anew", "goes_on")
        clause: dict[str, Any] = {"subject": SUBJECT[act], "acts": [act], "count": count}
        form = self.one("steps", "table", "linear", "plain")
        clause["points"] = sign * self.one(*POINTS)
        if form == "steps":
            clause["steps"] = self._steps(sign)
        elif form == "table":
            clause["table"] = self._table(sign, None)
        elif form == "linear":
            clause["linear"] = self.one(
                {"every": 1}, {"over": 1, "every": 3}, {"over": 0.5, "to": 2, "every": 0.7}
            )
        if self.maybe(0.2):
            clause["same_incident"] = "first"
        if self.maybe(0.4):
            clause["then"] = self._then(act)
        self._spread(clause)
        return clause

    def _then(self, act: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        if act in ("late", "fault"):
            made = {"late": "absence", "fault": "late"}[act]
            rows.append({"from": self.one(1, 2), "every": self.one(1, 2),
                         "produces": {"act": made, "quantity": self.one(1, 2)}})  # fmt: skip
        if self.grades.get(SUBJECT[act]) and self.maybe():
            rows.append({"from": 2, "grade": self.one({"set": "fail"}, {"at_most": "pass"})})
        if self.maybe():
            rows.append({"from": self.one(1, 2, 3), "measure": "talk"})
        if self.maybe(0.3) and SUBJECT[act] == "staff":
            rows.append(
                {"from": self.one(1, 2), "disqualify": {"valid": self.one("month", "quarter", "year")}}
            )
        if not any("disqualify" in row for row in rows) or True:
            rows = [row for row in rows if "disqualify" not in row or self._over_is_calendar]
        return rows or [{"from": 1, "measure": "talk"}]

    _over_is_calendar = False

    def _steps(self, sign: int) -> list[dict[str, Any]]:
        edges = self.one([1], [1, 2], [1, 3], [1, 2, 4])
        rows = []
        for index, start in enumerate(edges):
            row: dict[str, Any] = {"from": start}
            if index + 1 < len(edges):
                row.update(self.one({"to": edges[index + 1] - 1}, {"under": edges[index + 1]}))
            row.update(self.one({"points": sign * self.one(0, *POINTS)}, {"factor": self.one(0, 1, 1.5, 2)}))
            rows.append(row)
        if self.maybe(0.2):
            rows[-1]["every"] = self.one(1, 2)
        return rows

    def _table(self, sign: int, lowest: float | None) -> list[dict[str, Any]]:
        edges = sorted(self.dice.sample([0.5, 1, 2, 3], k=self.one(1, 2, 3)))
        if lowest is not None:
            edges = [lowest + edge for edge in edges]
        rows: list[dict[str, Any]] = [{}]
        for edge in edges:
            low, high = self.one(({"to": edge}, {"over": edge}), ({"under": edge}, {"from": edge}))
            rows[-1].update(low)
            rows.append(dict(high))
        for row in rows:
            row["points"] = sign * self.one(0, *POINTS)
        return rows

    def _lost(self) -> dict[str, Any]:
        subject = self.one("staff", "staff", "window")
        clause: dict[str, Any] = {
            "subject": subject,
            "lost": {"over": self.one("each", "month", "quarter", "year")},
            "to": self.one("group", "group", "unit", "self"),
            "points": -self.one(*POINTS),
        }
        if self.maybe(0.6):
            clause["lost"]["every"] = self.one(*POINTS)
            if self.maybe():
                clause["lost"]["from"] = self.one(1, 3, 5.5)
        else:
            clause["table"] = self._table(-1, None)
        return clause

    def _metric(self) -> dict[str, Any]:
        subject = self.one("staff", "window", "unit")
        clause: dict[str, Any] = {"subject": subject, "points": self.one(1, -1, -0.5)}
        metric: dict[str, Any] = {"code": "satisfied", "missing": self.one("full", "zero")}
        form = self.one("table", "linear", "steps", "rank")
        if form == "rank":
            own = ("category", "floor") if subject == "window" else ("unit",)
            metric["rank"] = {
                "order": self.one("highest", "lowest"),
                "within": self.one("hall", "scheme", *own),
            }
            clause["table"] = self.one(
                [{"to": 1, "points": 3}, {"from": 2, "to": 2, "points": 1.5}, {"from": 3, "points": 0}],
                [{"to": 2, "points": -2}, {"over": 2, "points": 0}],
            )
            return self._of_metric(clause, metric)
        if form == "table":
            clause["table"] = self._table(self.one(1, -1), 95)
        else:
            metric[self.one("below", "above")] = 97
            clause[form] = {"every": 0.5} if form == "linear" else self._steps(-1)
        return self._of_metric(clause, metric)

    def _of_metric(self, clause: dict[str, Any], metric: dict[str, Any]) -> dict[str, Any]:
        """Sometimes what a figure brings goes to others too."""
        below = ["members", "chief"] if clause["subject"] == "window" else []
        if below and self.maybe(0.3):
            more = self.one({"percent": 33}, {"points": self.one(0.7, -0.5)})
            clause["effects"] = [{"to": "self"}, {"to": self.one(*below), **more}]
        return {**clause, "metric": metric}

    def _award(self) -> dict[str, Any]:
        kind = self.one("window", "unit")
        to = self.one("members", "chief") if kind == "window" else "members"
        code = "flag" if kind == "window" else "house"
        if kind == "window" and self.black == "window" and self.maybe():
            return {"subject": kind, "points": -2, "award": "black", "to": to, "into": "derived"}
        return {"subject": kind, "points": self.one(1, 2), "award": code, "to": to, "into": "derived"}

    # --- schemes

    def _grades(self) -> dict[str, list[dict[str, Any]]]:
        edge = self.one(({"from": 100}, {"under": 100}), ({"over": 100}, {"to": 100}))
        rows = [
            {"code": "good", "name": "优秀", **edge[0]},
            {"code": "pass", "name": "合格", **edge[1], "from": 90},
            {"code": "fail", "name": "不合格", "under": 90},
        ]
        return dict.fromkeys(self.dice.sample(["staff", "window", "unit"], k=2), rows)

    def _schemes(self) -> list[dict[str, Any]]:
        found = []
        for kind in ("staff", "window", "unit"):
            if self.maybe(0.3):
                condition = {"categories": [self.one(*CATEGORIES)]}
                if kind == "staff":
                    condition = self.one(condition, {"chief": True}, {"members": {"least": 2}}, *TRAITS)
                found.append({**self._scheme(kind), "code": "special", "for": condition})
            found.append(self._scheme(kind))
        return found

    def _scheme(self, kind: str) -> dict[str, Any]:
        floor, cap = self.one((None, None), (0, None), (90, 105), (None, 100))
        scheme: dict[str, Any] = {
            "kind": kind, "base": 100, "floor": floor, "cap": cap,
            "rounding": {"to": self.one(0.01, 0.1, 0.5, 1), "how": self.one("down", "up", "half_up")},
            "components": [],
        }  # fmt: skip
        if kind in self.grades:
            scheme["grades"] = self.grades[kind]
        if kind != "unit" and self.maybe(0.3):
            scheme["own_share"] = self.one(60, 33.33)
        if self.maybe(0.3):
            scheme["ranking"] = self.one("hall", "scheme", "unit")
        if self.maybe(0.3):
            scheme["components"].append(
                {
                    "code": "bonus",
                    "name": "附加",
                    "part": "own",
                    "base": self.one(0, 3),
                    "floor": None,
                    "cap": 4,
                }
            )
        if self.maybe(0.5):
            scheme["components"].append({"code": "mix", "name": "综合", "part": "own", **self._mix(kind)})
        if kind != "unit" and self.maybe(0.4):
            scheme["components"].append(
                {"code": "share", "name": "窗口", "part": "derived",
                 "source": {"group": self.one("own", "total"), "factor": self.one(0.4, 0.05)}})  # fmt: skip
        return scheme

    def _mix(self, kind: str) -> dict[str, Any]:
        leaves: list[dict[str, Any]] = [
            self._leaf("m1", {"metric": "satisfied"}),
            self._leaf("m2", {"ballot": "vote"}),
        ]
        if kind != "staff":
            leaves.append(self._leaf("m3", {"members": self.one("mean", "worst", "best", "sum")}))
        else:
            leaves.append({"code": "m3", "name": "内部", "components": [self._leaf("m4", {"self": "form"})]})
        combine = self.one("sum", "weighted", "mean")
        if combine == "weighted":
            for leaf, weight in zip(leaves, (50, 30, 20), strict=True):
                leaf["weight"] = weight
        return {"combine": combine, "components": leaves}

    def _leaf(self, code: str, source: dict[str, Any]) -> dict[str, Any]:
        missing = self.one("full", "zero", "left_out")
        node = {"code": code, "name": code, "source": {**source, "missing": missing}}
        if missing == "full" or self.maybe(0.3):
            node["cap"] = self.one(97, 100)
        if self.maybe(0.3):
            node["source"]["factor"] = self.one(0.2, 0.333)
        return node

    # --- gates and awards

    def _gate(self, number: int) -> dict[str, Any]:
        kind = self.one("staff", "window", "staff", "window", "unit")
        gate: dict[str, Any] = {"code": f"g{number}", "article": "门槛", "wording": "不参评。", "kind": kind}
        if self.maybe(0.3):
            gate["award"] = {"staff": "star", "window": "flag", "unit": "house"}[kind]
            if kind == self.black and self.maybe():
                gate["award"] = "black"
        if kind == "unit" or self.maybe(0.5):
            span = self.one("each", "day", "week", "month", "quarter", "half_year", "year", "rolling")
            pools = {
                "staff": [["late", "absence", "fault"], ["empty", "reply", "fault"]],
                "window": [["empty", "praise"], ["fault", "thanks", "empty"]],
                "unit": [["reply", "thanks"], ["fault", "empty", "reply"]],
            }
            pool = self.one(*pools[kind])
            made = {"late", "absence"}
            acts = [act for act in self.dice.sample(pool, k=self.one(1, 2)) if act not in made] or [pool[-1]]
            gate.update(acts=acts, span=span, most=self.one(0, 1, 1.5), count=self.one("times", "quantity"),
                        valid=self.one("month", "quarter", "half_year", "year"))  # fmt: skip
            if span == "rolling":
                gate["days"] = self.one(1, 3, 22)
            if self.maybe(0.3):
                gate["lasts"] = self.one(1, 2)
            return gate
        looked = self.one({"total": True}, {"rank": True}, {"lost": True}, {"days": True},
                          {"metric": "satisfied", "missing": self.one("pass", "fail")},
                          *([{"grade": "pass"}] if kind in self.grades else []))  # fmt: skip
        gate["of"] = looked
        if "grade" not in looked:
            value = {"total": 98, "rank": 2, "lost": 1, "days": 20, "metric": 96}[next(iter(looked))]
            gate[self.one("least", "most")] = value
        return gate

    def _awards(self) -> list[dict[str, Any]]:
        flag = {
            "code": "flag",
            "name": "红旗",
            "kind": "window",
            **self._seats(["lost", "gained", "members"]),
        }
        flag["within"] = self.one("hall", "category", "size", "unit", "scheme")
        if flag["within"] == "size":
            flag["big_from"] = 2
        star = {
            "code": "star",
            "name": "标兵",
            "kind": "staff",
            **self._seats(["lost", "gained", "senior", "ballot"]),
        }
        if self.maybe(0.4):
            star["limit"] = self.one(1, 2)
        if self.maybe(0.2):
            star["within"] = "window"
        if self.maybe(0.4):
            star["for"] = self.one({"chief": False}, {"categories": [CATEGORIES[0]]}, {"days": 20}, *TRAITS)
        self.black = self.one("staff", "window")
        black = {
            "code": "black",
            "name": "末位",
            "kind": self.black,
            "order": "lowest",
            **self._seats(["lost", "gained", "figure"]),
        }
        if self.maybe(0.4):
            black["most"] = max(self.one(98, 100), black.get("least", 0))
        awards = [
            flag,
            star,
            black,
            {"code": "house", "name": "优秀单位", "kind": "unit", **self._seats(["lost"])},
        ]
        if self.maybe(0.4):
            awards.append({"code": "best", "name": "之星", "kind": "staff", "winners_of": "star",
                           **self._seats(["figure"])})  # fmt: skip
        if self.maybe(0.4):
            awards.append({"code": "member", "name": "红旗成员", "kind": "staff", "follows": "flag"})
            if self.maybe():
                where = ({"categories": [CATEGORIES[0]]}, {"members": {"least": 2}})
                awards[-1]["for"] = self.one(*where, *TRAITS)
        return awards

    def _seats(self, keys: list[str]) -> dict[str, Any]:
        quota = self.one("all", {"number": 1}, {"number": 2},
                         {"percent": self.one(10, 33.33, 50), "rounding": self.one("down", "up", "half_up"),
                          "of": self.one("candidates", "eligible"),
                          **self.one({}, {"least": 1})})  # fmt: skip
        chosen = self.dice.sample(keys, k=min(len(keys), self.one(0, 1, 2)))
        award: dict[str, Any] = {
            "quota": quota,
            "tie": self.one("all", "none", "hand", "number"),
            "then": chosen,
        }
        if len(chosen) < 2 and "figure" in keys and self.maybe(0.4):
            award["by"] = "figure"
        if "ballot" in chosen or "figure" in chosen or "by" in award:
            award["key_of"] = "vote" if "ballot" in chosen else "satisfied"
        if self.maybe(0.2):
            award["least"] = self.one(98, 100)
        return award
