"""周通报 as .docx: the simpler sheet of a hall's own bulletin, without a document number."""

from __future__ import annotations

from datetime import date
from typing import Any

from bulletins.documents.gbt import (
    CENTRE,
    FANGSONG,
    HEADING,
    HEI,
    LEFT,
    LINE,
    PARAGRAPH,
    TYPE_WIDTH,
    Look,
    Paper,
    date_words,
)

COLUMNS = {"日期": 1250, "窗口、人员": 3044, "事项": 2450, "扣分": 900, "状态": 1200}


def issue_docx(content: dict[str, Any]) -> bytes:
    """The issue as it was printed, or the draft as it reads now."""
    paper = Paper(title=content["title"], author=content["hall"]["name"])
    dated = date.fromisoformat(content["dated"])
    _head(paper, content, dated)
    for section in content["sections"]:
        paper.say(section["heading"], HEADING)
        for runs in section["sentences"]:
            paper.say("".join(run["text"] for run in runs), PARAGRAPH)
        for words in section["words"]:
            paper.say(words, PARAGRAPH)
        if section["key"] == "problems" and content["problems"]:
            _list(paper, content["problems"])
    paper.sign(content["hall"]["name"], dated)
    paper.imprint(content["copy_to"], f"{content['hall']['name']}{content['office']}", dated)
    return paper.as_bytes()


def _head(paper: Paper, content: dict[str, Any], dated: date) -> None:
    paper.masthead(content["masthead"])
    number = f"第 {content['number']} 期" if content["number"] else "（草稿）"
    paper.say(number, Look(align=CENTRE))
    line = paper.say(f"{content['hall']['name']}\t{date_words(dated)}", Look(align=LEFT))
    line.paragraph_format.tab_stops.add_tab_stop(TYPE_WIDTH * 635, 2)
    paper.rule()
    paper.title(content["title"])
    paper.say(content["salutation"], Look(align=LEFT))
    paper.say(content["opening"], PARAGRAPH)


def _list(paper: Paper, problems: list[dict[str, Any]]) -> None:
    paper.say("问题清单", Look(HEI, 14, CENTRE, before=LINE // 3, keep_next=True))
    rows = []
    for row in problems:
        day = date.fromisoformat(row["day"])
        who = " ".join(filter(None, [row["window_code"], row["window_name"], row["staff_name"]]))
        words = [f"{day.month}月{day.day}日", who or row["department"], row["act"]]
        rows.append([*words, row["points_words"], row["status_words"]])
    paper.table(list(COLUMNS), rows, list(COLUMNS.values()))
    paper.say("", Look(FANGSONG, 12, line=240))
