"""反馈函 as .docx: a document with a red head and 〔2026〕N号."""

from __future__ import annotations

from datetime import date
from typing import Any

from bulletins.documents.gbt import CENTRE, LEFT, LINE, PARAGRAPH, Look, Paper

HEAD_DROP = 1984
"""The red head stands 35 mm below the top of the type area."""


def letter_docx(content: dict[str, Any]) -> bytes:
    """The letter as it was signed, or the draft as it reads now."""
    paper = Paper(title=content["title"], author=content["hall"]["name"])
    paper.masthead(content["masthead"], before=HEAD_DROP)
    paper.say(content["reference"] or "（草稿，签发时编号）", Look(align=CENTRE, before=LINE * 2))
    paper.rule()
    paper.title(content["title"])
    paper.say(content["addressee"], Look(align=LEFT))
    for words in (*content["paragraphs"], content["closing"]):
        paper.say(words, PARAGRAPH)
    paper.sign(content["hall"]["name"], date.fromisoformat(content["dated"]))
    return paper.as_bytes()
