"""Two people edit the same thing at once: the second sees what the first did, and nothing is silently lost.

Each page with a form about something is in `PAGES`; a form that carries no version fails the last test.
"""

from __future__ import annotations

import re
import threading
from datetime import date
from html import unescape

import pytest
from django import forms
from django.db import connection
from django.utils import timezone

from accounts.opened import OpenedForm
from accounts.versions import ChangedMeanwhile, version_of
from assessments.services.drafts import find_item
from bulletins.models import Bulletin
from tests.factories.bulletins import counting_record
from tests.factories.windows import WindowFactory
from trail.models import AuditEntry, Channel
from violations.models import ActPhrase, RulebookVersion
from windows.models import CalendarDay, Department, Staff, Window
from windows.services import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def b06(department):
    return WindowFactory(department=department, code="B06", name="综合窗口")


@pytest.fixture
def draft(hall, rulebook, manager, staff):
    from bulletins.services.drafting import draft_bulletin  # noqa: PLC0415  needs the rulebook first

    counting_record(hall, since="2026-11-04 10:00", by=manager, staff=staff)
    return draft_bulletin(hall=hall, iso_week="2026-W45", by=manager)


@pytest.fixture
def rule_draft(rulebook, admin):
    from assessments.services.drafts import make_draft  # noqa: PLC0415  as above

    return make_draft(base=rulebook, number="next", effective_on=date(2027, 1, 1), by=admin)


@pytest.fixture
def phrase(hall, rulebook):
    return ActPhrase.objects.filter(hall=hall).first()


@pytest.fixture
def letter(hall, department, staff):
    from bulletins.models import Letter  # noqa: PLC0415  as above

    return Letter.objects.create(hall=hall, department=department, staff=staff, year=2026, threshold=3)


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send from the form of the page, untouched."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="opened"' in f)
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, kind = attribute(tag, "name"), attribute(tag, "type") or "text"
        if not name or kind == "file" or (kind in ("checkbox", "radio") and " checked" not in tag):
            continue
        sent.setdefault(name, []).append(attribute(tag, "value") or ("on" if kind == "checkbox" else ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = [unescape(text).removeprefix("\n")]
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        sent[name] = [chosen[1] if chosen else ""]
    return sent


def attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def opened(client, user, path: str) -> dict[str, list[str]]:
    client.force_login(user)
    return fields_of(client.get(path).content.decode())


def send(client, user, path: str, fields: dict, **changes):
    client.force_login(user)
    return client.post(path, {**fields, **changes})


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


PAGES = {
    # name: (address of the form, where it is sent, what the first writes, what the second writes, read back)
    "window": (
        "/windows/{window.pk}/edit/",
        "",
        {"pledge": "当日办结"},
        {"pledge": "立等可取"},
        lambda w: Window.objects.get(pk=w["window"].pk).pledge,
    ),
    "services of a window": (
        "/windows/{window.pk}/edit/",
        "",
        {"services": "抵押登记"},
        {"services": "转移登记"},
        lambda w: "\n".join(w["window"].services.offered().values_list("name", flat=True)),
    ),
    "department": (
        "/settings/departments/{department.pk}/",
        "",
        {"name": "自然资源和规划局"},
        {"name": "自规局"},
        lambda w: Department.objects.get(pk=w["department"].pk).name,
    ),
    "person": (
        "/people/{staff.pk}/edit/",
        "",
        {"phone": "13800000001"},
        {"phone": "13800000002"},
        lambda w: Staff.objects.get(pk=w["staff"].pk).phone,
    ),
    "phrase": (
        "/settings/phrases/{phrase.pk}/",
        "",
        {"pattern": "甲的说法"},
        {"pattern": "乙的说法"},
        lambda w: ActPhrase.objects.get(pk=w["phrase"].pk).pattern,
    ),
    "bulletin draft": (
        "/bulletins/{draft.pk}/edit/",
        "",
        {"problems": "离岗仍是主要问题。"},
        {"problems": "串岗有所抬头。"},
        lambda w: Bulletin.objects.get(pk=w["draft"].pk).words.get("problems"),
    ),
    "letter draft": (
        "/letters/{letter.pk}/",
        "/letters/{letter.pk}/write/",
        {"words": "请贵局核实处理。"},
        {"words": "请贵局批评教育。"},
        lambda w: type(w["letter"]).objects.get(pk=w["letter"].pk).words,
    ),
    "rulebook draft": (
        "/rules/{rule_draft.pk}/edit/clauses/1/",
        "",
        {"points": "-7"},
        {"points": "-9"},
        lambda w: find_item(RulebookVersion.objects.get(pk=w["rule_draft"].pk), "clauses", 1).facts["points"],
    ),
    "local day": (
        "/settings/calendar/days/{local_day.pk}/",
        "",
        {"name": "防汛"},
        {"name": "台风停办"},
        lambda w: CalendarDay.objects.get(pk=w["local_day"].pk).name,
    ),
    "channel": (
        "/settings/outbox/channels/{channel.pk}/",
        "",
        {"name": "值班长群"},
        {"name": "值班员群"},
        lambda w: Channel.objects.get(pk=w["channel"].pk).name,
    ),
    "log of a day of duty": (
        "/duty/{duty.pk}/",
        "",
        {"seen": "秩序正常"},
        {"seen": "有人离岗"},
        lambda w: type(w["duty"]).objects.get(pk=w["duty"].pk).seen,
    ),
    "special period": (
        "/duty/periods/{period.pk}/",
        "",
        {"name": "年底服务月"},
        {"name": "岁末迎检"},
        lambda w: type(w["period"]).objects.get(pk=w["period"].pk).name,
    ),
    "hall options": (
        "/settings/hall/",
        "",
        {"violations__appeal_days": "6"},
        {"violations__appeal_days": "9"},
        lambda w: str(type(w["hall"]).objects.get(pk=w["hall"].pk).option("violations.appeal_days")),
    ),
}
KEEPER = {"hall options": "admin", "rulebook draft": "admin", "channel": "admin"}


@pytest.fixture(params=PAGES)
def case(request, hall, department, window, staff, manager, second_manager, admin):
    """One page with its two editors."""
    address, target, first, second, read = PAGES[request.param]
    world = {"hall": hall, "department": department, "window": window, "staff": staff}
    for name in ("phrase", "draft", "letter", "rule_draft", "local_day", "channel", "duty", "period"):
        if "{" + name in address:
            world[name] = request.getfixturevalue(name)
    one, other = (manager, second_manager)
    if KEEPER.get(request.param) == "admin":
        other = admin
        admin.role_grants.create(hall=hall, role="manager")
        manager.role_grants.create(hall=hall, role="admin")
    path = address.format(**world)
    return {
        "path": path,
        "target": target.format(**world) if target else path,
        "first": first,
        "second": second,
        "read": lambda: read(world),
        "one": one,
        "other": other,
    }


def both_save(client, case):
    """Both open the page, the first saves, the second saves."""
    theirs = opened(client, case["one"], case["path"])
    mine = opened(client, case["other"], case["path"])
    assert send(client, case["one"], case["target"], theirs, **case["first"]).status_code == 302
    return send(client, case["other"], case["target"], mine, **case["second"])


def test_second_save_overwrites_nothing_and_shows_both(client, case):
    answer = both_save(client, case)

    said = text_of(answer)
    assert answer.status_code == 409
    assert case["read"]() == next(iter(case["first"].values()))
    assert [w for w in (*case["first"].values(), *case["second"].values()) if w not in said] == []
    assert f"{case['one'].name}刚改过" in said


@pytest.mark.parametrize(("take", "kept"), [("mine", "second"), ("theirs", "first")])
def test_second_chooses_field_by_field(client, case, take, kept):
    kept_fields = fields_of(both_save(client, case).content.decode())
    name = next(iter(case["second"]))

    answer = send(client, case["other"], case["target"], kept_fields, **{f"take-{name}": take})

    assert answer.status_code == 302
    assert case["read"]() == next(iter(case[kept].values()))


def test_second_goes_back_to_write_on_with_all_he_typed(client, case):
    kept_fields = fields_of(both_save(client, case).content.decode())

    page = send(client, case["other"], case["target"], kept_fields, back="1")

    assert page.status_code == 200
    again = fields_of(page.content.decode())
    assert [again[name] for name in case["second"]] == [[value] for value in case["second"].values()]
    assert case["read"]() == next(iter(case["first"].values()))
    assert send(client, case["other"], case["target"], again).status_code == 302
    assert case["read"]() == next(iter(case["second"].values()))


def test_first_save_alone_is_no_conflict(client, case):
    mine = opened(client, case["other"], case["path"])

    assert send(client, case["other"], case["target"], mine, **case["second"]).status_code == 302
    assert case["read"]() == next(iter(case["second"].values()))


def test_fields_only_the_other_touched_are_his_unless_one_says_otherwise(
    client, manager, second_manager, window
):
    path = f"/windows/{window.pk}/edit/"
    mine = opened(client, second_manager, path)
    send(client, manager, path, opened(client, manager, path), floor="二楼")

    page = send(client, second_manager, path, mine, zone="西区").content.decode()

    fields = fields_of(page)
    assert fields["take-floor"] == ["theirs"]
    assert send(client, second_manager, path, fields).status_code == 302
    window.refresh_from_db()
    assert (window.floor, window.zone) == ("二楼", "西区")


def test_third_person_meanwhile_is_a_conflict_again(client, case, admin):
    fields = fields_of(both_save(client, case).content.decode())
    name, value = next(iter(case["first"].items()))
    late = "7" if value.isdigit() and len(value) < 3 else f"{value[:-1]}9"
    send(client, case["one"], case["target"], opened(client, case["one"], case["path"]), **{name: late})

    answer = send(client, case["other"], case["target"], fields, **{f"take-{name}": "mine"})

    assert (answer.status_code, case["read"]()) == (409, late)


def test_conflict_tells_who_changed_which_field(client, manager, second_manager, admin, window):
    path = f"/windows/{window.pk}/edit/"
    mine = opened(client, second_manager, path)
    send(client, manager, path, opened(client, manager, path), floor="二楼")
    admin.role_grants.create(hall=window.hall, role="manager")
    send(client, admin, path, opened(client, admin, path), zone="东区")

    said = text_of(send(client, second_manager, path, mine, floor="三楼", zone="西区"))

    assert "管理员甲、周敏刚改过" in said
    assert re.search(r"楼层 两边都改了 打开时 1楼 周敏 二楼 你填的 三楼", said)
    assert re.search(r"区域 两边都改了 打开时 （空） 管理员甲 东区 你填的 西区", said)


def test_person_moved_meanwhile(client, manager, second_manager, staff, b06, department):
    path = f"/people/{staff.pk}/move/"
    c07 = WindowFactory(department=department, code="C07", name="三号窗口")
    today = str(timezone.localdate())
    mine = opened(client, second_manager, path)
    first = opened(client, manager, path)
    send(client, manager, path, first, window=b06.pk, starts_on=today)

    answer = send(client, second_manager, path, mine, window=c07.pk, starts_on=today)

    assert (answer.status_code, staff.postings.get(ends_on=None).window) == (409, b06)
    assert "现在的派驻" in text_of(answer)
    fields = fields_of(answer.content.decode())
    assert send(client, second_manager, path, fields).status_code == 302
    assert staff.postings.get(ends_on=None).window == c07


def test_person_left_meanwhile(client, manager, second_manager, staff):
    path = f"/people/{staff.pk}/leave/"
    mine = opened(client, second_manager, path)
    send(client, manager, path, opened(client, manager, path))

    answer = send(client, second_manager, path, mine, day="2026-12-31")

    assert answer.status_code == 409
    assert Staff.objects.get(pk=staff.pk).left_on == timezone.localdate()


def test_hours_changed_meanwhile(client, manager, second_manager, hall):
    path = "/settings/hours/"
    first, mine = opened(client, manager, path), opened(client, second_manager, path)
    send(client, manager, path, first, day0="08:30-12:00")

    answer = send(client, second_manager, path, mine, day0="09:00-12:00")

    assert (answer.status_code, "周一 两边都改了" in text_of(answer)) == (409, True)
    assert fields_of(client.get(path).content.decode())["day0"] == ["08:30-12:00"]


def test_day_decided_meanwhile_is_not_replaced_unseen(client, manager, second_manager, hall):
    path = "/settings/calendar/days/new/"
    first, mine = opened(client, manager, path), opened(client, second_manager, path)
    send(client, manager, path, first, day="2026-12-09", kind="local_off", name="停电")

    answer = send(client, second_manager, path, mine, day="2026-12-09", kind="local_on", name="加开")

    kept = CalendarDay.objects.get(hall=hall)
    assert (answer.status_code, kept.name) == (409, "停电")
    said = text_of(answer)
    assert "周敏刚改过" in said
    assert "安排 两边都改了 打开时 （空） 周敏 本地停办 你填的 本地加开" in said
    fields = fields_of(answer.content.decode())
    assert send(client, second_manager, path, fields, **{"take-name": "mine"}).status_code == 302
    kept.refresh_from_db()
    assert kept.name == "加开"


def test_same_day_decided_alike_is_no_conflict(client, manager, second_manager, hall):
    path = "/settings/calendar/days/new/"
    both = [(user, opened(client, user, path)) for user in (manager, second_manager)]

    answers = [
        send(client, user, path, fields, day="2026-12-09", kind="local_off", name="停电").status_code
        for user, fields in both
    ]

    assert answers == [302, 302]
    assert AuditEntry.objects.filter(action="calendar.local_set").count() == 1


def test_day_changed_meanwhile_is_not_dropped_unseen(client, manager, second_manager, local_day):
    page = "/settings/calendar/?year=2026"
    client.force_login(second_manager)
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    edit = f"/settings/calendar/days/{local_day.pk}/"
    send(client, manager, edit, opened(client, manager, edit), name="防汛")

    answers = [
        send(client, second_manager, f"{edit}drop/", {"seen": version}).status_code
        for version in (seen, version_of({"kind": "local_off", "name": "防汛"}))
    ]

    assert answers == [412, 302]


def test_refusal_tells_the_number_of_the_request(client, manager, local_day):
    client.force_login(manager)

    answer = client.post(f"/settings/calendar/days/{local_day.pk}/drop/", {"seen": "old"})

    number = re.search(r"问题编号 <code>(\w+)</code>", answer.content.decode())
    assert (answer.status_code, number[1]) == (412, answer.headers["X-Request-ID"])


def test_role_given_meanwhile(client, admin, clerk, hall):
    other = opened(client, admin, f"/settings/accounts/{clerk.pk}/")
    first = dict(other)
    path = f"/settings/accounts/{clerk.pk}/"
    send(client, admin, path, first, role="officer", hall=hall.pk, ends_on="2027-01-31")

    answer = send(client, admin, path, other, role="officer", hall=hall.pk, ends_on="2027-06-30")

    assert (answer.status_code, clerk.role_grants.get(role="officer").ends_on) == (409, date(2027, 1, 31))


def test_phrase_removed_meanwhile_is_said_with_what_was_typed(client, manager, second_manager, phrase):
    path = f"/settings/phrases/{phrase.pk}/"
    opened(client, second_manager, path)
    client.force_login(manager)
    client.post(f"{path}remove/")

    assert send(client, second_manager, path, {}, pattern="甲", act=phrase.act_id).status_code == 404


def test_unreadable_version_is_a_conflict_not_a_free_pass(client, manager, window):
    path = f"/windows/{window.pk}/edit/"
    fields = opened(client, manager, path)

    answer = send(client, manager, path, fields, opened="forged", floor="九楼")

    assert (answer.status_code, Window.objects.get(pk=window.pk).floor) == (409, "1楼")


def test_both_changes_stand_in_the_audit(client, case):
    fields = fields_of(both_save(client, case).content.decode())
    send(client, case["other"], case["target"], fields, **{f"take-{next(iter(case['second']))}": "mine"})

    people = set(AuditEntry.objects.filter(after__isnull=False).values_list("by__name", flat=True))
    assert {case["one"].name, case["other"].name} <= people


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_the_same_moment_leave_one(hall, window, manager, second_manager):
    """On PostgreSQL the row lock makes the second wait and then compare; on SQLite the whole file does."""
    seen, outcomes, barrier = version_of(places.window_facts(window)), [], threading.Barrier(2)

    def save(user, words):
        try:
            barrier.wait()
            mine = Window.objects.get(pk=window.pk)
            places.edit_window(window=mine, by=user, seen=seen, pledge=words)
            outcomes.append(words)
        except ChangedMeanwhile as changed:
            outcomes.append(changed)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=pair) for pair in ((manager, "甲"), (second_manager, "乙"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    saved = [one for one in outcomes if isinstance(one, str)]
    refused = [one for one in outcomes if isinstance(one, ChangedMeanwhile)]
    assert (len(saved), len(refused)) == (1, 1)
    assert Window.objects.get(pk=window.pk).pledge == saved[0] == refused[0].facts["pledge"]


NEW_THINGS = {
    # forms that make something or take one step along a table of states: nothing stands to be overwritten
    "LoginForm", "PasswordForm", "TokenForm", "ReasonForm", "InstructionForm", "ReplyForm",
    "CodeForm", "NewPasswordForm", "ProofForm", "SetupForm",
    "ChannelForm", "NewChannelForm", "MailWishForm",
    "CloseWindowForm", "NoticeForm", "RosterUploadForm",
}  # fmt: skip


def test_every_form_that_edits_carries_its_version():
    """A form of these rooms either carries what it was opened with, or is named above with the reason."""
    import accounts.forms  # noqa: PLC0415  the modules are what is looked at
    import bulletins.forms  # noqa: PLC0415
    import trail.outbox_forms  # noqa: PLC0415
    import windows.forms  # noqa: PLC0415

    bare = {
        name
        for module in (accounts.forms, bulletins.forms, trail.outbox_forms, windows.forms)
        for name, form in vars(module).items()
        if isinstance(form, type) and issubclass(form, forms.Form) and form.__module__ == module.__name__
        if not issubclass(form, OpenedForm)
    }
    assert bare - NEW_THINGS == set()
