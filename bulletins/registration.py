"""What the bulletins room shows of itself elsewhere."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from accounts.options import Option, register_option
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
from accounts.searching import list_of
from bulletins import audit_words, cards
from bulletins.lists import EXPORTS
from bulletins.models import BulletinItem, Letter
from bulletins.services.drafting import draft_bulletin
from bulletins.services.periods import due_issues
from bulletins.services.seals import broken_bulletins, broken_letters
from trail.enums import FileKind
from trail.seals import register_seal
from trail.services.exports import register_export
from trail.services.files import register_file_access
from trail.services.jobs import Job, register_job
from violations.uses import Use, register_use

if TYPE_CHECKING:
    from accounts.models import Hall, User
    from trail.actors import Robot
    from trail.models import StoredFile
    from violations.models import ConductRecord

GROUP = "通报与文书"
OFFICE = ("manager", "officer")
HALL = ("clerk", "head", "unit", "admin")
ISSUES, LETTERS = "/bulletins/", "/letters/"


def run_weekly_bulletin(*, hall: Hall, period: str, by: Robot) -> dict[str, Any]:
    """The job: one service call, so that a killed worker leaves all or nothing."""
    bulletin = draft_bulletin(hall=hall, iso_week=period, by=by)
    return {
        "bulletin": bulletin.pk,
        "status": bulletin.status,
        "problems": bulletin.problem_count,
        "praise": bulletin.praise_count,
    }


def bulletins_using(records: list[ConductRecord]) -> dict[int, list[Use]]:
    """The printed issues that list or correct each record."""
    items = BulletinItem.objects.filter(record__in=records, bulletin__status="issued", held_reason="")
    found: dict[int, list[Use]] = defaultdict(list)
    rows = items.select_related("bulletin").defer("bulletin__content", "shown").order_by("bulletin__until")
    for item in rows:
        words = "（更正）" if item.section == "erratum" else ""
        bulletin = item.bulletin
        use = Use(f"{bulletin.name}{words}", bulletin.get_absolute_url(), bulletin.signed_at)
        found[item.record_id].append(use)
    return found


def may_open_reply(user: User, stored: StoredFile) -> bool:
    """Whoever may see the letter may see what came back."""
    return Letter.objects.visible_to(user).filter(reply_file=stored).exists()


for option in (
    Option("bulletins.masthead", "通报报头", "大厅巡查周通报", kind="str", group=GROUP),
    Option("bulletins.office", "承办科室", "督查科", kind="str", group=GROUP),
    Option("bulletins.copy_to", "抄送", "各派驻单位", kind="str", group=GROUP),
    Option(
        "bulletins.agency_code",
        "机关代字",
        "",
        kind="str",
        group=GROUP,
        help="印在反馈函文号前面，例如 青政服函〔2026〕17号",
    ),
    Option("bulletins.reply_days", "回函期限", 10, group=GROUP, unit="工作日", minimum=1, maximum=60),
):
    register_option(option)

READS_LETTERS = ("letter.read_all",)
register_menu(
    MenuEntry(
        "bulletins",
        "周通报",
        ISSUES,
        "doc",
        "督办",
        42,
        ("bulletin.read",),
        roles=OFFICE,
        todos=("bulletin_drafts",),
        tab=4,
        tab_label="通报",
        tab_roles=OFFICE,
    ),
    MenuEntry(
        "letters",
        "约谈与反馈函",
        LETTERS,
        "mail",
        "督办",
        46,
        READS_LETTERS,
        roles=("manager", "leader"),
        todos=("letter_drafts", "letter_sign"),
    ),
    MenuEntry(
        "bulletins_leader",
        "周通报",
        ISSUES,
        "doc",
        "阅读",
        28,
        ("bulletin.sign",),
        roles=("leader",),
        todos=("bulletin_sign",),
        tab=2,
        tab_label="通报",
        tab_roles=("leader",),
    ),
    MenuEntry(
        "bulletins_supervisor",
        "周通报",
        ISSUES,
        "doc",
        "查阅",
        62,
        ("bulletin.read_drafts",),
        roles=("supervisor",),
        tab=2,
        tab_label="通报",
        tab_roles=("supervisor",),
    ),
    MenuEntry(
        "letters_supervisor",
        "约谈与反馈函",
        LETTERS,
        "mail",
        "查阅",
        64,
        READS_LETTERS,
        roles=("supervisor",),
    ),
    MenuEntry(
        "bulletins_hall",
        "周通报",
        ISSUES,
        "doc",
        "大厅",
        60,
        ("bulletin.read",),
        roles=HALL,
        todos=("bulletin_read",),
        tab=4,
        tab_label="通报",
        tab_roles=("clerk", "head", "unit"),
    ),
    MenuEntry(
        "letters_unit",
        "反馈函",
        LETTERS,
        "mail",
        "我的",
        4,
        ("letter.read_unit",),
        roles=("unit",),
        todos=("letter_reply",),
        tab=2,
        tab_label="函件",
        tab_roles=("unit",),
    ),
)
for key, permission, find in (
    ("bulletin_drafts", "bulletin.draft", cards.drafts_to_submit),
    ("bulletin_sign", "bulletin.sign", cards.issues_to_sign),
    ("bulletin_read", "bulletin.sign_read", cards.issues_to_read),
    ("letter_drafts", "letter.draft", cards.letters_to_write),
    ("letter_sign", "letter.sign", cards.letters_to_sign),
    ("letter_reply", "letter.reply", cards.letters_to_answer),
):
    register_todo(TodoSource(key, (permission,), find))
register_card(
    Card(
        "today",
        "bulletin",
        30,
        "bulletins/_today.html",
        cards.today_card,
        ("bulletin.draft", "bulletin.sign"),
        column="aside",
    )
)
register_card(
    Card(
        "me", "bulletin", 60, "bulletins/_latest.html", cards.latest_card, ("bulletin.read",), column="aside"
    )
)
register_card(Card("unit", "letters", 40, "bulletins/_unit.html", cards.unit_card, ("letter.read_unit",)))
register_search(
    SearchSource(
        "bulletins",
        "通报",
        ("bulletin.read",),
        cards.find_bulletins,
        more=list_of("/bulletins/"),
        room="bulletins",
        order=40,
    )
)
register_search(
    SearchSource(
        "letters",
        "反馈函",
        ("letter.read_all", "letter.read_unit"),
        cards.find_letters,
        number=cards.LETTER_NUMBER,
        more=list_of("/letters/"),
        room="bulletins",
        order=45,
    )
)
register_job(Job("weekly_bulletin", "起草周通报", due=due_issues, run=run_weekly_bulletin))
register_seal("bulletins", "周通报", broken_bulletins)
register_seal("letters", "反馈函", broken_letters)
register_use(bulletins_using)
register_file_access(FileKind.DOCUMENT, may_open_reply)
register_export(*EXPORTS)
audit_words.register()
