"""What the assessment room shows of itself elsewhere: menu, to-do, cards, job, seal, uses of a record."""

from accounts.registry import (
    Card,
    MenuEntry,
    SearchSource,
    TodoSource,
    register_card,
    register_menu,
    register_search,
    register_todo,
)
from accounts.tidying import register_tidying
from assessments import audit_words, cards
from assessments.lists import EXPORTS
from assessments.services import drafts, monthly_job, score_run, trial
from assessments.services.reading import read_out
from assessments.services.seals import broken_months
from trail.seals import register_seal
from trail.services.exports import register_export
from trail.services.jobs import register_job
from trail.services.runs import register_run
from trail.services.undo import register_mending
from violations.rule_parts import RulePart, register_reading, register_rule_part
from violations.uses import register_use

GROUP = "考核"

register_menu(
    MenuEntry(
        "assess",
        "月度考核",
        "/assess/",
        "chart",
        GROUP,
        60,
        ("assess.read",),
        todos=("assess",),
        tab=3,
        tab_label="考核",
        tab_roles=("leader",),
    ),
    MenuEntry("honour", "光荣榜", "/honour/", "medal", GROUP, 61, ("honour.read",)),
    MenuEntry("rules", "考核细则", "/rules/", "sheet", GROUP, 62, ("rules.read",)),
    MenuEntry(
        "phrases", "常用说法", "/settings/phrases/", "book", "设置", 94, ("phrases.edit", "rules.edit")
    ),
)
register_todo(TodoSource("assess", ("assess.publish",), cards.months_to_publish))
register_card(Card("me", "score", 20, "assessments/_me.html", cards.my_score, ("sheet.read_own",)))
register_card(
    Card("me", "trend", 30, "assessments/_me_trend.html", cards.my_trend, ("sheet.read_own",), "aside")
)
register_card(
    Card("today", "assess", 60, "assessments/_today.html", cards.newest_month, ("sheet.read_all",), "aside")
)
register_job(monthly_job.JOB)
register_run(score_run.KIND)
register_run(trial.KIND)
register_tidying("old trials", trial.drop_old_rows)
register_seal("assessments", "月度考核", broken_months)
register_use(cards.uses)
register_rule_part(RulePart("assessments/_rule_part.html", cards.rules_of))
register_reading(read_out)
register_export(*EXPORTS)
register_search(
    SearchSource("months", "月度考核", ("assess.read",), cards.find_months, room="assessments", order=50)
)
for action in drafts.UNDOABLE:
    register_mending(action, drafts.rebuild_after_undo)
audit_words.register()
